"""Batch: several clips in one session, each with its own instruction and its own film.

python examples/batch.py films one.mp4 "add a title" two.mp4 "remove the music"
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from nemo_sdk import NemoClient


async def batch(
    client: NemoClient, jobs: Iterable[tuple[str, str]], folder: str
) -> AsyncIterator[Path]:
    """Edit clip after clip, and yield each film as it is saved."""
    session = await client.create_session()
    for clip, instruction in jobs:
        await session.upload(clip)
        reply = await session.ask(f"{Path(clip).name}: {instruction}")
        print(f"{clip}: {'; '.join(reply.changes) or reply.text}")
        render = await session.export()
        video = await render.wait()
        yield await video.save(Path(folder) / f"{Path(clip).stem}.mp4")


async def main(folder: str, *words: str) -> None:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        async for film in batch(client, zip(words[::2], words[1::2], strict=True), folder):
            print(film)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
