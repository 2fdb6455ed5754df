"""A process that begins or joins a job, and that may be killed at any instant.

`python worker.py <base URL> <folder> film|edit <words>`; the token is in NEMO_TOKEN.
"""

import asyncio
import os
import sys
from pathlib import Path

from nemo_sdk import NemoClient, Timing
from nemo_sdk.jobs import FileStore, Job, Jobs

TIMING = Timing(
    rate_limit_wait=0.1,
    render_poll=0.02,
    recovery=(0.15, 0.15, 0.3, 1, 2),
    backoff=0.01,
    backoff_max=0.05,
)


async def work(base_url: str, folder: Path, kind: str, words: str) -> str:
    """Do the job, or join who does it; return what became of it."""
    async with (
        NemoClient(base_url=base_url, timing=TIMING, token_store=None) as client,
        Jobs(client, store=FileStore(folder / "jobs"), save_to=folder) as jobs,
    ):
        job = await begun(jobs, folder, kind, words)
        return told(await job.wait())


async def begun(jobs: Jobs, folder: Path, kind: str, words: str) -> Job:
    """Begin the job, or join it."""
    if kind == "film":
        return await jobs.film(words, language="en")
    return await jobs.edit((folder / "session").read_text(), words)


def told(job: Job) -> str:
    """Return a job's end as one line."""
    if job.status != "done":
        return f"{job.status} {job.error}"
    return f"film {job.video.render_id} {job.saved}" if job.video is not None else "edit"


if __name__ == "__main__":
    os.write(1, b"ready\n")
    base_url, folder, kind, words = sys.argv[1:]
    outcome = asyncio.run(work(base_url, Path(folder), kind, words))
    os.write(1, outcome.encode() + b"\n")
