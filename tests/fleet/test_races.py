"""Many at once: those who ask for the same film, and those who cancel what others claim."""

import asyncio
from contextlib import AsyncExitStack

from nemo_sdk import NemoClient
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.jobs import Jobs, Record

from .fixtures import message

PROCESSES = 6


async def test_the_same_film_from_many_processes(
    client: NemoClient, store: PostgresStore, dsn: str
) -> None:
    """It is one job with one entry in the queue; the same words of another owner are another."""
    async with AsyncExitStack() as stack:
        programs = [
            await stack.enter_async_context(Jobs(client, store=PostgresStore(dsn, size=2)))
            for _ in range(PROCESSES)
        ]
        asked = [
            jobs.film("a cat", owner=owner) for owner in ("ann", "bob") for jobs in programs * 3
        ]
        begun = await asyncio.gather(*asked)
    assert {(job.status, job.owner) for job in begun} == {("waiting", "ann"), ("waiting", "bob")}
    assert len({job.id for job in begun}) == 2
    entries = await store.database.rows("SELECT args ->> 'id' AS id FROM procrastinate_jobs")
    assert sorted(row["id"] for row in entries) == sorted({job.id for job in begun})


async def test_cancelling_and_claiming_by_many(store: PostgresStore, dsn: str) -> None:
    """One claims the message, or it is cancelled and free: of many on both sides, never both."""
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(PostgresStore(dsn, size=2)) for _ in range(PROCESSES)
        ]
        for number in range(60):
            name = f"film-{number}"
            await store.save(Record(name))
            claims = [one.claim(name, message(f"{at}")) for at, one in enumerate(stores[::2])]
            cancels = [one.cancel(name) for one in stores[1::2]]
            said = await asyncio.gather(*claims, *cancels)
            claimed, told = said[: len(claims)], said[len(claims) :]
            (free,) = [one for one in told if one is not None]
            assert claimed.count(True) == (0 if free else 1)
            kept = await store.load(name)
            assert kept is not None and kept.status == "cancelled"
            assert (kept.checkpoint is None) is free
