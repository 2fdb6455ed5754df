"""One prompt in, one film out: python examples/generate.py "a cat in the snow" cat.mp4."""

import asyncio
import sys

from nemo_sdk import NemoClient


async def main(prompt: str, path: str) -> None:
    """Make a video, tell how far it is, and save it."""
    async with NemoClient() as client:
        generation = client.generate(prompt)
        async for progress in generation.progress(every=2.0):
            print(f"{progress.fraction:4.0%}  {progress.message}")
        video = await generation
        print(await video.save(path))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
