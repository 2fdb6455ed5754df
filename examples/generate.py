"""One prompt in, one film out, with what happens in between.

python examples/generate.py "a cat walking through a snowy forest" cat.mp4
"""

import asyncio
import sys
from pathlib import Path

from nemo_sdk import NemoClient, NemoError


async def generate(client: NemoClient, prompt: str, target: str) -> Path:
    """Make a video, tell how far it is, and save it."""
    generation = client.generate(prompt)
    async for progress in generation.progress(every=2.0):
        print(f"{progress.fraction:4.0%}  {progress.message}")
    video = await generation
    return await video.save(target)


async def main(prompt: str, target: str) -> None:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        print(await generate(client, prompt, target))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:3]))
    except (NemoError, OSError, ValueError) as error:
        sys.exit(str(error))
