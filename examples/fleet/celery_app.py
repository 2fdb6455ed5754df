"""Films as tasks of Celery: Redis delivers a job's id, and `jobs.run(id)` is the whole body.

    celery -A celery_app worker --concurrency 4      # on as many machines as you like
    python celery_app.py "a cat in the snow"         # begins a job, and waits for it
    python celery_app.py                             # delivers once more what has not ended

The environment says where: BROKER, and what shared_jobs.py names.
"""

import asyncio
import os
import sys
from typing import Any

from celery import Celery
from shared_jobs import shared_jobs

app: Any = Celery("films", broker=os.environ.get("BROKER", "redis://127.0.0.1:6379/0"))
app.conf.update(
    # A task is done when it has ended, not when it was fetched: whoever dies over it, it stays.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # Of a machine that is gone, Redis knows nothing: after so many seconds without an end, a task
    # is delivered once more. A film that takes longer is then followed by a second worker, which
    # costs its place and nothing else. Workers look for such tasks every 10 seconds, one at a time;
    # one that is killed over it keeps the others from looking for the last of these times.
    broker_transport_options={
        "visibility_timeout": int(os.environ.get("VISIBILITY", "1800")),
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 30,
    },
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,  # what came of a job, the store knows
)


@app.task(  # type: ignore[untyped-decorator]
    name="film", autoretry_for=(Exception,), max_retries=None, retry_backoff=True
)
def film(id: str) -> None:
    """Work on a job until it has ended; it may be delivered as often as Redis likes."""
    asyncio.run(run(id))


async def run(id: str) -> None:
    """Work on a job."""
    async with shared_jobs(at_once=1) as jobs:
        await jobs.run(id)


async def begin(words: str) -> None:
    """Begin a job, have it delivered, and wait for it."""
    async with shared_jobs(at_once=0) as jobs:
        job = await jobs.film(words)
        film.delay(job.id)
        await job.wait()
        print(job.status, job.saved or job.error)


async def deliver_again() -> None:
    """Deliver what has not ended: for when Redis has lost what it knew. No film is made twice."""
    async with shared_jobs(at_once=0) as jobs:
        for job in await jobs.list():
            if not job.record.ended:
                film.delay(job.id)


if __name__ == "__main__":
    asyncio.run(begin(sys.argv[1]) if len(sys.argv) > 1 else deliver_again())
