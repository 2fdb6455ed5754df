"""Databases and rows of other versions of the library, and what is kept in them."""

import json
from typing import LiteralString

import pytest

from nemo_sdk import NemoClient, NemoError
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.fleet._database import Connection
from nemo_sdk.jobs import Jobs, Record

OLDER: dict[str, LiteralString] = {
    "no table": "DROP TABLE nemo_jobs",
    "no column": "ALTER TABLE nemo_jobs DROP COLUMN mark",
    "no function of the queue": "DROP FUNCTION procrastinate_defer_jobs_v1",
}


@pytest.mark.parametrize("older", OLDER)
async def test_older_tables_say_what_to_do(store: PostgresStore, older: str) -> None:
    """The error is about the command to run, not about SQL."""
    await store.database.rows(OLDER[older])

    async def use() -> None:
        await store.save(Record("film-1"))
        await store.claim("film-1", None)

    with pytest.raises(NemoError, match="--set-up"):
        await use()


async def test_rows_of_a_newer_version(
    store: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    """What is new in them is left out; a job of a new kind is not taken for one of an old kind."""
    await store.save(Record("film-1", words="a cat"))
    await store.database.rows("ALTER TABLE nemo_jobs ADD COLUMN colour text DEFAULT 'red'")
    newer = json.loads(Record("film-2", words="a dog").to_json())
    await _write(store, "film-2", {**newer, "colour": "red", "status": "paused"}, "paused")
    await _write(store, "story-3", {**newer, "id": "story-3", "kind": "story"}, "waiting")
    found = {record.id: record.status for record in await store.list()}
    assert found == {"film-1": "waiting", "film-2": "waiting"}
    assert "story-3 is left out" in caplog.text
    with pytest.raises(ValueError, match="of this library"):
        await store.load("story-3")


async def _write(store: PostgresStore, id: str, record: object, status: str) -> None:
    await store.database.rows(
        "INSERT INTO nemo_jobs (id, record, status, final, round, fraction, owner)"
        " VALUES (%(id)s, %(record)s, %(status)s, 0, 1, 0, '')",
        id=id,
        record=json.dumps(record),
        status=status,
    )


async def test_no_token_is_kept(
    emulator: Emulator, client: NemoClient, store: PostgresStore, dsn: str
) -> None:
    """In no table, whatever became of a job."""
    token = emulator.add_token(credits=0)
    async with (
        NemoClient(token, base_url=emulator.base_url, timing=client.timing) as poor,
        Jobs(poor, store=PostgresStore(dsn, queue=None)) as jobs,
    ):
        job = await (await jobs.film("a cat")).wait()
    assert (job.status, type(job.error).__name__) == ("failed", "InsufficientCreditsError")
    rows = await store.database.rows(
        "SELECT to_jsonb(job)::text AS all FROM nemo_jobs AS job"
        " UNION ALL SELECT to_jsonb(entry)::text FROM procrastinate_jobs AS entry"
    )
    assert rows and not [row for row in rows if token in row["all"]]


async def test_nothing_is_left_in_a_connection(dsn: str, store: PostgresStore) -> None:
    """A pooler may give it to somebody else after each transaction: nothing is prepared or set."""
    setting = "SELECT current_setting('idle_in_transaction_session_timeout') AS it"
    async with PostgresStore(dsn, size=1) as one:
        before = await one.database.rows(setting)
        for number in range(10):
            await one.save(Record(f"film-{number}"))
            await one.slow_down(0)
            await one.load("film-1")
        assert await one.database.rows("SELECT name FROM pg_prepared_statements") == []
        assert await one.database.rows(setting) == before


async def test_a_replica_that_takes_over_is_waited_for(store: PostgresStore) -> None:
    """It may say for a moment that it can only be read."""
    tries = []

    async def write(connection: Connection) -> None:
        tries.append(connection)
        read_only = "READ ONLY" if len(tries) == 1 else "READ WRITE"
        await connection.execute(f"SET TRANSACTION {read_only}")
        await connection.execute("UPDATE nemo_jobs SET owner = ''")

    await store.database.transaction(write)
    assert len(tries) == 2
