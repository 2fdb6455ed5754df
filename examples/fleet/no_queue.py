"""Films without a queue: any worker takes any open job of the store.

    python no_queue.py                          # a worker; as many of it as you like
    python no_queue.py "a cat in the snow"      # begins a job, and waits for it

The environment says where: see shared_jobs.py. AT_ONCE is how many jobs a worker has at once, and
ALIVE a file that it touches whenever it looks for work: for the probes of containers.
"""

import asyncio
import os
import random
import signal
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared_jobs import shared_jobs

from nemo_sdk.jobs import Job, Jobs

AT_ONCE = int(os.environ.get("AT_ONCE", "8"))
ALIVE = Path(os.environ.get("ALIVE", os.devnull))


def open_jobs(jobs: Iterable[Job], quiet: timedelta) -> list[str]:
    """Return what wants a worker: jobs that wait, then those that nobody has told of for a while.

    They are shuffled, so that few workers take the same. Where two do, one alone sends.
    """
    heard = datetime.now(UTC) - quiet
    left = [job.record for job in jobs if not job.record.ended]
    random.shuffle(left)
    waiting = [one.id for one in left if one.status == "waiting"]
    running = [one for one in left if one.status == "running"]
    return waiting + [one.id for one in running if datetime.fromisoformat(one.updated) < heard]


async def work(jobs: Jobs, stop: asyncio.Event) -> None:
    """Work on what is open until told to stop; what is not done then, another worker takes."""
    poll = jobs.client.timing.render_poll
    mine: dict[str, asyncio.Task[Job]] = {}
    while not stop.is_set():
        mine = {job: task for job, task in mine.items() if not task.done()}
        wanted = open_jobs(await jobs.list(), timedelta(seconds=4 * poll))
        for job in [one for one in wanted if one not in mine][: AT_ONCE - len(mine)]:
            mine[job] = asyncio.create_task(jobs.run(job))
        os.utime(ALIVE)
        try:
            await asyncio.wait_for(stop.wait(), poll / 10)
        except TimeoutError:
            continue


async def worker() -> None:
    """Work until the system says that it is over."""
    stop = asyncio.Event()
    for kill in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(kill, stop.set)
    async with shared_jobs(AT_ONCE) as jobs:
        await work(jobs, stop)


async def begin(words: str) -> None:
    """Begin a job, and wait until some worker has made it."""
    async with shared_jobs(at_once=0) as jobs:
        job = await (await jobs.film(words)).wait()
        print(job.status, job.saved or job.error)


if __name__ == "__main__":
    ALIVE.touch()
    asyncio.run(begin(sys.argv[1]) if len(sys.argv) > 1 else worker())
