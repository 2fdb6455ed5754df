"""Batch: several clips in one session, each with its own instruction and its own film.

python examples/batch.py films one.mp4 "add a title" two.mp4 "remove the music"
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from nemo_sdk import NemoClient, NemoError


async def batch(
    client: NemoClient, jobs: Sequence[tuple[str, str]], folder: str
) -> AsyncIterator[Path]:
    """Edit clip after clip, and yield the films as they are saved.

    The agent tells the clips apart by their names. A render keeps the timeline of its moment, so
    that the next clip is edited while the last one is rendered. Where an edit fails, the films of
    those before it are saved first.
    """
    clips = [Path(clip) for clip, _ in jobs]
    if len({clip.name for clip in clips}) < len(clips):
        raise ValueError("Two clips have the same name: rename one of them.")
    session = await client.create_session(text=jobs[0][1])
    await session.upload(*clips)
    renders, failed = [], None
    try:
        for clip, (_, instruction) in zip(clips, jobs, strict=True):
            reply = await session.ask(f"Use only {clip.name}: {instruction}")
            print(f"{clip.name}: {reply.text}")
            renders.append(await session.export())
    except NemoError as error:
        failed = error
    for clip, render in zip(clips, renders, strict=False):
        video = await render.wait()
        yield await video.save(Path(folder) / f"{clip.stem}.mp4")
    if failed is not None:
        raise failed


async def main(folder: str, *words: str) -> None:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        async for film in batch(client, [*zip(words[::2], words[1::2], strict=True)], folder):
            print(film)


if __name__ == "__main__":
    if len(sys.argv) < 4 or len(sys.argv) % 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (NemoError, OSError, ValueError) as error:
        sys.exit(str(error))
