"""A folder of films from a list of prompts: python examples/many.py films < prompts.txt."""

import asyncio
import sys
from pathlib import Path

from nemo_sdk import NemoClient


async def main(folder: str) -> None:
    """Make a film of each line of standard input, four at a time."""
    prompts = [line.strip() for line in sys.stdin if line.strip()]
    async with NemoClient() as client:
        async for generation in client.generate_many(prompts, concurrency=4):
            if generation.video is None:
                print(f"{generation.prompt}: {generation.error}")
            else:
                name = f"{generation.video.render_id}.mp4"
                print(await generation.video.save(Path(folder) / name))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
