"""A process that makes a film, or goes on with one, and that may be killed at any instant.

`python worker.py <base URL> <folder> <prompt>`; the token is in NEMO_TOKEN.
"""

import asyncio
import os
import sys
from pathlib import Path

from nemo_sdk import Checkpoint, NemoClient, OutcomeUnknownError, Timing

TIMING = Timing(
    rate_limit_wait=0.1,
    render_poll=0.02,
    recovery=(0.15, 0.15, 0.3, 1, 2),
    backoff=0.01,
    backoff_max=0.05,
)


async def work(base_url: str, folder: Path, prompt: str) -> str:
    """Make the film, from the last checkpoint if there is one; return what became of it."""
    kept = folder / "checkpoint.json"

    def keep(checkpoint: Checkpoint) -> None:
        new = folder / "checkpoint.new"
        new.write_text(checkpoint.to_json())
        new.replace(kept)

    async with NemoClient(base_url=base_url, timing=TIMING, token_store=None) as client:
        if kept.exists():
            checkpoint = Checkpoint.from_json(kept.read_text())
            generation = client.resume(checkpoint, on_checkpoint=keep)
        else:
            generation = client.generate(prompt, language="en", on_checkpoint=keep)
        try:
            video = await generation
        except OutcomeUnknownError:
            return "unknown"
        await video.save(folder / "film.mp4")
        return f"film {video.render_id}"


if __name__ == "__main__":
    os.write(1, b"ready\n")
    base_url, folder, prompt = sys.argv[1:]
    outcome = asyncio.run(work(base_url, Path(folder), prompt))
    os.write(1, outcome.encode() + b"\n")
