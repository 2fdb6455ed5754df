"""A folder of prompts, each a text file, to a folder of films. Run it again to go on.

python examples/folder.py prompts films

A film that is there is not made again, and one that was begun is gone on with where it stood:
its checkpoint lies beside it until it is whole. Delete a checkpoint to begin that film anew.
"""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

from nemo_sdk import APIError, Checkpoint, Generation, NemoClient, NemoError, decode_prompt

AT_ONCE = 4


def generation_of(client: NemoClient, prompt: Path, kept: Path) -> Generation:
    """Begin a prompt's film, or go on with it."""

    def keep(checkpoint: Checkpoint) -> None:
        part = kept.with_suffix(".part")
        part.write_text(checkpoint.to_json(), "utf-8")
        part.replace(kept)  # whole, also where the process dies while it writes

    if kept.exists():
        checkpoint = Checkpoint.from_json(kept.read_text("utf-8"))
        return client.resume(checkpoint, on_checkpoint=keep)
    return client.generate(decode_prompt(prompt.read_bytes()), on_checkpoint=keep)


async def film(client: NemoClient, prompt: Path, folder: Path) -> Path:
    """Make one film, and return where it is."""
    kept = folder / f"{prompt.stem}.json"
    generation = generation_of(client, prompt, kept)
    try:
        video = await generation
    except APIError:
        if generation.reply is None and generation.checkpoint.stage != "render":
            kept.unlink(missing_ok=True)  # refused before anything was charged
        raise
    path = await video.save(folder / f"{prompt.stem}.mp4")
    kept.unlink()
    return path


async def films(client: NemoClient, prompts: Iterable[Path], folder: Path) -> int:
    """Make films, some at a time, and return how many failed."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(prompt: Path) -> bool:
        async with slots:
            try:
                print(await film(client, prompt, folder))
            except (NemoError, ValueError, OSError) as error:
                print(f"{prompt.name}: {error}", file=sys.stderr)
                return False
        return True

    return (await asyncio.gather(*map(one, prompts))).count(False)


def missing(prompts: Path, folder: Path) -> list[Path]:
    """Return the prompts that have no film yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        prompt
        for prompt in sorted(prompts.glob("*.txt"))
        if not (folder / f"{prompt.stem}.mp4").exists()
    ]


async def main(prompts: Path, folder: Path) -> int:
    """Run it with a client of its own."""
    async with NemoClient() as client:
        return await films(client, missing(prompts, folder), folder)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        failed = asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except OSError as error:
        sys.exit(str(error))
    sys.exit(min(failed, 1))
