"""A folder of films from a list of prompts: python examples/many.py films < prompts.txt."""

import asyncio
import sys

from nemo_sdk import NemoClient, NemoError


async def main(folder: str) -> None:
    """Make a film of each line of standard input, four at a time."""
    prompts = [line.strip() for line in sys.stdin if line.strip()]
    async with NemoClient() as client:
        async for film in client.generate_many(prompts, concurrency=4, save_to=folder):
            print(film.saved or f"{film.prompt}: {film.error}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    try:
        asyncio.run(main(sys.argv[1]))
    except (NemoError, OSError, ValueError) as error:
        sys.exit(str(error))
