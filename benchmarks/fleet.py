"""How far one database carries a fleet: `python -m benchmarks.fleet DATABASE`, an empty one."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from attrs import evolve, frozen

from nemo_sdk import NemoClient, Timing
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore, Worker
from nemo_sdk.jobs import Jobs

SIZES = (100, 1_000, 10_000)
FILMS = 40
CLOCK = evolve(Timing().scaled(0.01), connect=30, read=60, turn=900, quiet=600, render=900)


@frozen
class Film:
    """What is said of a film that nobody looks at."""

    duration: float = 10.0
    size: int = 9


def no_film(_: Mapping[str, Any], target: Path, **__: Any) -> Film:
    """Write a few bytes in place of a film."""
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
    await store.database.rows("SELECT pg_stat_clear_snapshot()")
    return int(
        await one(
            store,
            "SELECT xact_commit + xact_rollback FROM pg_stat_database"
            " WHERE datname = current_database()",
        )
    )


async def queued(store: PostgresStore, client: NemoClient, size: int) -> None:
    """Begin so many jobs, deliver them, and say how fast that was."""
    memory = psutil.Process()
    async with Jobs(client, store=store) as jobs:
        room = asyncio.Semaphore(16)
        before = await one(store, "SELECT pg_total_relation_size('nemo_jobs')")
        resident = memory.memory_info().rss

        async def begin(number: int) -> Any:
            async with room:
                return await jobs.film(f"a cat in garden {number} of {size}", owner=f"{number % 50}")

        began = time.perf_counter()
        begun = await asyncio.gather(*(begin(number) for number in range(size)))
        seconds = time.perf_counter() - began
        held = (memory.memory_info().rss - resident) / size
        kept = (await one(store, "SELECT pg_total_relation_size('nemo_jobs')") - before) / size
        print(f"{size} queued: {size / seconds:.0f} a second, {kept:.0f} bytes a job in the table,")
        print(f"  {held:.0f} bytes a job in the process that holds them all")
        began = time.perf_counter()
        await jobs.list()
        print(f"  all listed in {time.perf_counter() - began:.2f} s")
        await store.database.rows("UPDATE nemo_jobs SET status = 'cancelled', final = 2")
        worker = Worker(client, store, drain=1)
        began = time.perf_counter()
        working = asyncio.create_task(worker.run())
        while await one(store, "SELECT count(*) FROM procrastinate_jobs"):
            await asyncio.sleep(0.05)
        print(f"  delivered and ended, without a film: {size / (time.perf_counter() - began):.0f} a second")
        worker.stop()
        await working
        await store.database.rows("DELETE FROM nemo_jobs")
        del begun


async def films(store: PostgresStore, client: NemoClient) -> None:
    """Make some films, and say what they ask of the database."""
    with tempfile.TemporaryDirectory() as folder:
        async with Jobs(client, store=store) as jobs:
            before = await transactions(store)
            begun = [await jobs.film(f"a dog in garden {number}") for number in range(FILMS)]
            worker = Worker(client, store, save_to=folder)
            began = time.perf_counter()
            working = asyncio.create_task(worker.run())
            for job in begun:
                while not (await job).record.ended:
                    await asyncio.sleep(0.2)
            seconds = time.perf_counter() - began
            connections = await one(
                store,
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
            )
            spent = await transactions(store) - before
            worker.stop()
            await working
        done = sum(job.status == "done" for job in begun)
        print(f"{done} films in {seconds:.1f} s: {spent / FILMS:.0f} transactions a film,")
        print(f"  {connections} connections of a worker and who has begun them")


async def main(dsn: str) -> None:
    """Print all figures."""
    async with (
        Emulator(credits=1_000_000, speed=200, renderer=no_film) as emulator,
        NemoClient(base_url=emulator.base_url, timing=CLOCK, token_store=None) as client,
        PostgresStore(dsn) as store,
    ):
        await store.set_up()
        for size in SIZES:
            await queued(store, client, size)
        await films(store, client)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
