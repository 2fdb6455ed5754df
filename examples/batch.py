"""Batch: several clips, each in a session of its own, with its own instruction and film.

python examples/batch.py films one.mp4 "add a title" two.mp4 "remove the music"
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from nemo_sdk import NemoClient, NemoError


async def batch(
    client: NemoClient, jobs: Iterable[tuple[str, str]], folder: str
) -> AsyncIterator[Path]:
    """Edit clip after clip, and yield each film as it is saved."""
    for number, (clip, instruction) in enumerate(jobs, 1):
        session = await client.create_session()  # a session has one timeline
        await session.upload(clip)
        reply = await session.ask(instruction)
        print(f"{clip}: {'; '.join(reply.changes) or reply.text}")
        render = await session.export()
        video = await render.wait()
        yield await video.save(Path(folder) / f"{number} {Path(clip).stem}.mp4")


async def main(folder: str, *words: str) -> None:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        async for film in batch(client, zip(words[::2], words[1::2], strict=True), folder):
            print(film)


if __name__ == "__main__":
    if len(sys.argv) < 4 or len(sys.argv) % 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except (NemoError, OSError, ValueError) as error:
        sys.exit(str(error))
