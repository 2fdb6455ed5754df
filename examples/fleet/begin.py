"""Films that a fleet makes: python examples/fleet/begin.py WORDS.

It finds the fleet that `start.py` has started in the folder `fleet`, or in that of NEMO_FLEET.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from nemo_sdk import NemoClient
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.jobs import Job, Jobs


async def follow(job: Job) -> None:
    """Say how far a film is that is made elsewhere."""
    async for step in job.progress(every=1):
        print(f"{job.words[:30]:30} {step.fraction:4.0%}  {step.message}", flush=True)
    print(f"{job.words[:30]:30} {job.status}: {job.saved or job.error}")


async def main(prompts: list[str]) -> None:
    """Begin the films, and follow them."""
    folder = Path(os.environ.get("NEMO_FLEET", "fleet"))
    fleet = json.loads((folder / "fleet.json").read_text())
    async with (
        NemoClient(fleet["NEMO_TOKEN"], base_url=fleet["NEMO_API_URL"]) as client,
        Jobs(client, store=PostgresStore(fleet["NEMO_DATABASE"])) as jobs,
    ):
        begun = [await jobs.film(words) for words in prompts]
        await asyncio.gather(*(follow(job) for job in begun))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    asyncio.run(main(sys.argv[1:]))
