"""How far one database carries a fleet: `python -m benchmarks.fleet DATABASE`, an empty one.

The database has to be on this machine: the processor time of its processes is counted, too.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
from attrs import evolve, frozen

from nemo_sdk import NemoClient, Timing
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore, Worker
from nemo_sdk.jobs import Jobs

SIZES = (100, 1_000, 10_000)
MORE = 200
"""Jobs that are queued and delivered while so many wait."""
FILMS = 40
OWNERS = 50
CLOCK = evolve(Timing().scaled(0.01), connect=30, read=60, turn=900, quiet=600, render=900)

_FILL = """
    WITH one AS (SELECT record, round, owner FROM nemo_jobs LIMIT 1),
    entries AS (INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args)
        SELECT 'films', 'nemo_sdk.run', -1000, jsonb_build_object('id', 'filler-' || number)
        FROM generate_series(1, %(size)s) AS number RETURNING id, args ->> 'id' AS job)
    INSERT INTO nemo_jobs (id, record, status, final, round, fraction, owner, queue, entry)
    SELECT job, replace(record, 'a cat', job), 'waiting', 0, 1, 0, entries.id %% 50, 'films',
        entries.id FROM entries, one
"""


@frozen
class Film:
    """What is said of a film that nobody looks at."""

    duration: float = 10.0
    size: int = 9


def no_film(draft: Mapping[str, Any], target: Path, **_: Any) -> Film:
    """Write a few bytes in place of a film."""
    del draft
    target.write_bytes(b"no film\n\n")
    return Film()


async def one(store: PostgresStore, statement: Any) -> Any:
    """The one value that a statement gives."""
    (row,) = await store.database.rows(statement)
    (value,) = row.values()
    return value


async def transactions(store: PostgresStore) -> int:
    """Transactions of the database until now."""
    await asyncio.sleep(1.5)  # its sessions report once a second
    found = "SELECT xact_commit + xact_rollback FROM pg_stat_database"
    return int(await one(store, f"{found} WHERE datname = current_database()"))


def work_of_database(postmaster: int) -> float:
    """Processor seconds of the server's processes."""
    server = psutil.Process(postmaster)
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(taken.user + taken.system for taken in times)


@asynccontextmanager
async def told(what: str, count: int, postmaster: int) -> AsyncIterator[None]:
    """Print what some work took."""
    here, there, wall = time.process_time(), work_of_database(postmaster), time.perf_counter()
    yield
    here, there = time.process_time() - here, work_of_database(postmaster) - there
    wall = time.perf_counter() - wall
    print(
        f"  {what}: {1000 * here / count:.1f} ms of a Python process, "
        f"{1000 * there / count:.1f} ms of the database; {count / wall:.0f} a second"
    )


async def queued(store: PostgresStore, client: NemoClient, size: int, postmaster: int) -> None:
    """Have so many jobs wait, and tell what one more costs."""
    await store.database.rows("TRUNCATE nemo_jobs")
    await store.database.rows("DELETE FROM procrastinate_jobs")
    async with Jobs(client, store=store) as jobs:
        await jobs.film("a cat")
        await store.database.rows(_FILL, size=size)
        await store.database.rows("ANALYZE nemo_jobs")
        await store.database.rows("ANALYZE procrastinate_jobs")
        kept = await one(store, "SELECT pg_total_relation_size('nemo_jobs')")
        print(f"with {size} waiting ({kept / size:.0f} bytes a job in the table)")
        async with told("queued", MORE, postmaster):
            for number in range(MORE):
                await jobs.film(f"a dog in garden {number}", owner=f"new {number % OWNERS}")
        async with told("listed", size, postmaster):
            await jobs.list()
        await store.database.rows(
            "UPDATE nemo_jobs SET status = 'cancelled', final = 2 WHERE owner LIKE 'new%%'"
        )
        left = "SELECT count(*) FROM procrastinate_jobs WHERE priority > -1000"
        async with told("delivered and ended, without a film", MORE, postmaster):
            worker = Worker(client, store, drain=0.1)
            working = asyncio.create_task(worker.run())
            while await one(store, left):
                await asyncio.sleep(0.1)
        worker.stop()
        await working


async def films(store: PostgresStore, client: NemoClient, postmaster: int) -> None:
    """Make some films, and say what they ask of the database."""
    await store.database.rows("TRUNCATE nemo_jobs")
    await store.database.rows("DELETE FROM procrastinate_jobs")
    memory = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        async with Jobs(client, store=store) as jobs:
            before, resident = await transactions(store), memory.memory_info().rss
            begun = [await jobs.film(f"a fox in garden {number}") for number in range(FILMS)]
            worker = Worker(client, store, save_to=folder)
            async with told("films, with the emulator", FILMS, postmaster):
                working = asyncio.create_task(worker.run())
                while await one(store, "SELECT count(*) FROM nemo_jobs WHERE final = 0"):
                    await asyncio.sleep(0.5)
            found = "SELECT count(*) FROM pg_stat_activity"
            connections = await one(store, f"{found} WHERE datname = current_database()")
            spent = await transactions(store) - before
            held = memory.memory_info().rss - resident
            worker.stop()
            await working
        done = [(await job).status for job in begun].count("done")
    print(f"{done} films: {spent / FILMS:.0f} transactions a film, {connections} connections of a")
    print(f"  worker and who has begun them, {held / FILMS / 1024:.0f} KiB a film that runs")


async def main(dsn: str) -> None:
    """Print all figures."""
    async with (
        Emulator(credits=1_000_000, speed=200, renderer=no_film) as emulator,
        NemoClient(base_url=emulator.base_url, timing=CLOCK, token_store=None) as client,
        PostgresStore(dsn) as store,
    ):
        await store.set_up()
        backend = await one(store, "SELECT pg_backend_pid()")
        postmaster = psutil.Process(backend).ppid()
        await films(store, client, postmaster)
        for size in SIZES:
            await queued(store, client, size, postmaster)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
