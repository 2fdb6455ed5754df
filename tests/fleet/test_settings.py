"""Databases that are set otherwise than usual: what holds does not depend on that."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from nemo_sdk import NemoClient
from nemo_sdk.fleet import PostgresStore, Worker
from nemo_sdk.fleet._database import Connection
from nemo_sdk.fleet._limits import Limits
from nemo_sdk.jobs import Jobs

from . import postgres

LEVELS = ["repeatable read", "serializable"]


def set_to(dsn: str, setting: str, value: str) -> str:
    """Return the address of the same database, with another default."""
    escaped = value.replace(" ", "\\ ")
    return f"{dsn}&options={quote(f'-c {setting}={escaped}')}"


@pytest.mark.parametrize("level", LEVELS)
async def test_limits_count_what_others_have_begun_meanwhile(
    store: PostgresStore, level: str
) -> None:
    """Also where a transaction would see what was there at its start."""
    limits = Limits("films", None, 1, 30)
    holds, goes_on = asyncio.Event(), asyncio.Event()

    async def begin(connection: Connection) -> bool:
        has_room = await limits.have_room(connection)
        holds.set()
        await goes_on.wait()
        if has_room:
            await limits.note_start(connection)
        return has_room

    async with PostgresStore(set_to(store.dsn, "default_transaction_isolation", level)) as other:
        await other.slow_down(0)  # as an earlier job has left it
        first = asyncio.create_task(other.database.transaction(begin))
        await holds.wait()
        second = asyncio.create_task(other.database.transaction(begin))
        while not await store.database.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)
        goes_on.set()
        assert [await first, await second] == [True, False]


@pytest.fixture
async def of_bytes(server: postgres.Postgres) -> AsyncIterator[PostgresStore]:
    """A store in a database that takes texts for bytes."""
    name = "of_bytes"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        how = sql.SQL("CREATE DATABASE {} ENCODING 'SQL_ASCII' TEMPLATE template0")
        connection.execute(how.format(sql.Identifier(name)))
    async with PostgresStore(server.dsn(name)) as store:
        await store.set_up()
        yield store


async def test_texts_are_texts_everywhere(
    client: NemoClient, of_bytes: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a database of bytes nor an environment with another encoding loses a job."""
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    async with Jobs(client, store=of_bytes) as jobs:
        job = await jobs.film("一只猫", owner="安")
        worker = Worker(client, PostgresStore(of_bytes.dsn), beat=0.2)
        running = asyncio.create_task(worker.run())
        await job.wait(60)
        worker.stop()
        await running
        assert [one.status for one in await jobs.list(owner="安")] == ["done"]
    assert await of_bytes.counts() == {"done": 1}


async def test_dates_are_read_however_they_are_written(
    client: NemoClient, store: PostgresStore
) -> None:
    """A job that is delivered again has a date."""
    async with (
        Jobs(client, store=store) as jobs,
        PostgresStore(set_to(store.dsn, "datestyle", "German")) as german,
    ):
        job = await jobs.film("a cat")
        await store.database.rows("UPDATE procrastinate_jobs SET scheduled_at = now()")
        (row,) = await german.database.rows("SELECT now() AS now")
        assert row["now"].tzinfo is not None
        worker = Worker(client, german, beat=0.2)
        running = asyncio.create_task(worker.run())
        await asyncio.wait(
            {running, asyncio.create_task(job.wait(60))}, return_when="FIRST_COMPLETED"
        )
        worker.stop()
        await running
    assert job.status == "done"
