"""What a program may hand over to be called: anything that takes the value, sync or async.

The files of this folder are programs of users' that type checkers read and nobody runs.
"""

from pathlib import Path

from nemo_sdk import (
    Checkpoint,
    DownloadProgress,
    Event,
    NemoClient,
    Session,
    TextDelta,
    UploadProgress,
    Video,
)

kept: list[Checkpoint] = []
by_name: dict[str, float] = {}


def count(progress: UploadProgress) -> int:
    by_name[progress.filename] = progress.sent / (progress.total or 1)
    return progress.sent


async def push(progress: DownloadProgress) -> str:
    return f"{progress.received} of {progress.total}"


async def hear(event: Event) -> bool:
    return isinstance(event, TextDelta)


def of_text(checkpoint: str) -> None:
    Path("checkpoint.json").write_text(checkpoint)


async def make(client: NemoClient) -> Video:
    """A callback may return something, be a lambda or a method, and be async."""
    await client.generate("a fox", on_checkpoint=kept.append)
    await client.generate("a fox", on_checkpoint=lambda at: Path("at").write_text(at.to_json()))
    await client.generate("a fox", on_checkpoint=of_text)  # type: ignore[arg-type]
    return await client.resume(kept[-1], on_checkpoint=lambda at: [*kept, at])


async def move(session: Session, video: Video) -> Path:
    """Transfers tell of themselves in the same way."""
    await session.upload("a.mov", b"...", on_progress=count)
    await session.upload("a.mov", on_progress=lambda told: told.filename)
    await session.handle("make it shorter", on_event=hear)
    return await video.save("film.mp4", on_progress=push)
