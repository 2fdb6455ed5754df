"""What a type checker knows of the values that come back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import assert_type

from nemo_sdk import (
    Checkpoint,
    Credits,
    DownloadProgress,
    Event,
    Generation,
    InsufficientCreditsError,
    MediaFile,
    NemoClient,
    Progress,
    Render,
    RenderError,
    RenderProgress,
    Reply,
    Session,
    State,
    TextDelta,
    Timeline,
    ToolCall,
    Turn,
    Upload,
    Video,
)


async def one(client: NemoClient) -> None:
    """A generation is awaited, or looked at while it is made."""
    generation = client.generate("a fox", files=["a.mov", Path("b.png"), b"..."], quality="high")
    assert_type(generation, Generation)
    async for event in generation:
        assert_type(event, Event)
    async for progress in generation.progress(every=1):
        assert_type(progress, Progress)
        assert_type(progress.fraction, float)
    assert_type(await generation, Video)
    assert_type(generation.checkpoint, Checkpoint)
    assert_type(generation.reply, Reply | None)
    assert_type(client.resume(Checkpoint.from_json("{}")), Generation)


async def many(client: NemoClient, prompts: list[str]) -> AsyncIterator[Video]:
    """Of many, each is yielded when it has ended, with its film or its error."""
    async for generation in client.generate_many(prompts, concurrency=2):
        assert_type(generation.error, BaseException | None)
        if generation.video is not None:
            yield generation.video


async def conversation(client: NemoClient) -> None:
    """A session, its turns, and what they lead to."""
    session = await client.create_session(language="en")
    assert_type(session, Session)
    upload = await session.upload("holiday.mov")
    assert_type(upload, Upload)
    assert_type(upload.files, tuple[MediaFile, ...])
    async with session.send("cut it") as turn:
        assert_type(turn, Turn)
        async for event in turn:
            match event:
                case TextDelta(text):
                    assert_type(text, str)
                case ToolCall(name):
                    assert_type(name, str)
                case _:
                    pass
    assert_type(turn.reply, Reply)
    assert_type(turn.reply.timeline, Timeline)
    assert_type(await session.ask("shorter"), Reply)
    assert_type(await session.state(), State)
    assert_type(await client.credits(), Credits)
    answer = await session.handle("export")
    if isinstance(answer, Render):
        async for look in answer:
            assert_type(look, RenderProgress)
        assert_type(await answer.wait(timeout=60), Video)


async def film(video: Video) -> None:
    """A film is saved, read, or passed on piece by piece."""
    assert_type(await video.save("cat.mp4"), Path)
    assert_type(await video.read(), bytes)
    async for piece in video.stream():
        assert_type(piece, bytes)
    assert_type(DownloadProgress(1, None).total, int | None)


async def errors(client: NemoClient) -> None:
    """Errors have what a program goes on with."""
    try:
        await client.generate("a fox")
    except InsufficientCreditsError as error:
        assert_type(error.register_url, str | None)
    except RenderError as error:
        assert_type(error.render_id, str | None)
