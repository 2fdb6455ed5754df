"""Workers of the fleet: what is begun anywhere is made once, whatever happens to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from attrs import evolve

from nemo_sdk import Checkpoint, NemoClient, OutcomeUnknownError
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore, Worker
from nemo_sdk.fleet._limits import Limits
from nemo_sdk.fleet._manager import Manager
from nemo_sdk.jobs import Jobs, Record

Begun = Callable[..., Any]


@asynccontextmanager
async def at_work(client: NemoClient, dsn: str, folder: Path, **how: Any) -> AsyncIterator[Worker]:
    """A worker that is stopped at the end."""
    async with PostgresStore(dsn) as store:
        worker = Worker(client, store, save_to=folder, beat=0.2, stalled=60, **how)
        running = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await running


@pytest.fixture
async def jobs(client: NemoClient, store: PostgresStore) -> AsyncIterator[Jobs]:
    """Jobs that are begun here and made by workers."""
    async with Jobs(client, store=store) as made:
        yield made


async def test_what_is_begun_here_is_made_there(
    emulator: Emulator, client: NemoClient, jobs: Jobs, dsn: str, tmp_path: Path
) -> None:
    """A film is begun in one process, made by another's worker, and found by everybody."""
    job = await jobs.film("a cat in the snow", owner="ann")
    assert not job.record.ended
    async with at_work(client, dsn, tmp_path / "films"):
        steps = [step.fraction async for step in job.progress(every=0)]
    assert job.status == "done"
    assert steps == sorted(steps)
    assert isinstance(job.saved, Path) and job.saved.parent == tmp_path / "films"
    assert len(emulator.charges) == 1
    assert [one.id for one in await jobs.list("done", owner="ann")] == [job.id]
    again = await jobs.film("a cat in the snow", owner="ann")
    assert (again.id, again.status) == (job.id, "done")
    assert job.video is not None
    assert (await jobs.get(job.id)).record.video == job.record.video


async def test_limits_hold_for_all_workers(
    client: NemoClient, jobs: Jobs, store: PostgresStore, dsn: str, tmp_path: Path
) -> None:
    """So many at once, however many workers there are."""
    begun = [await jobs.film(f"cat {number}") for number in range(5)]
    most = 0
    async with (
        at_work(client, dsn, tmp_path, at_once_in_all=2),
        at_work(client, dsn, tmp_path, at_once_in_all=2),
    ):
        while not all([(await job).record.ended for job in begun]):
            (row,) = await store.database.rows(
                "SELECT count(*) AS now FROM procrastinate_jobs WHERE status = 'doing'"
            )
            most = max(most, row["now"])
    assert most == 2
    assert {job.status for job in begun} == {"done"}


async def test_so_many_are_begun_a_minute(
    client: NemoClient, jobs: Jobs, store: PostgresStore, dsn: str, tmp_path: Path
) -> None:
    """What is more waits until the first ones are a minute ago."""
    begun = [await jobs.film(f"cat {number}") for number in range(5)]
    async with at_work(client, dsn, tmp_path, a_minute=3):
        for job in begun[:3]:
            await job.wait()
        assert [(await job).status for job in begun[3:]] == ["waiting", "waiting"]
        await store.database.rows("UPDATE nemo_starts SET at = at - interval '1 minute'")
        for job in begun[3:]:
            assert (await job.wait()).status == "done"


async def test_no_connection_prepares_statements(
    client: NemoClient, jobs: Jobs, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a pooler such as PgBouncer they would be somebody else's: neither store nor queue."""
    opened: list[psycopg.AsyncConnection[Any]] = []
    connect = psycopg.AsyncConnection.connect

    async def note(*address: Any, **how: Any) -> psycopg.AsyncConnection[Any]:
        opened.append(await connect(*address, **how))
        return opened[-1]

    job = await jobs.film("a cat")
    monkeypatch.setattr(psycopg.AsyncConnection, "connect", note)
    async with at_work(client, dsn, tmp_path):
        await job.wait()
        assert {one.prepare_threshold for one in opened if not one.closed} == {None}


async def test_a_429_slows_all(
    emulator: Emulator,
    client: NemoClient,
    jobs: Jobs,
    store: PostgresStore,
    dsn: str,
    tmp_path: Path,
) -> None:
    """The service's wish to wait is told to all workers, and the film is tried again."""
    emulator.faults.answer("run_sse", status=429, times=5, headers={"Retry-After": "0.2"})
    job = await jobs.film("a cat")
    async with at_work(client, dsn, tmp_path):
        await job.wait()
    assert (job.status, len(emulator.charges)) == ("done", 1)
    (row,) = await store.database.rows("SELECT not_before > '-infinity' AS told FROM nemo_limits")
    assert row["told"]


async def test_owners_take_turns(jobs: Jobs, store: PostgresStore) -> None:
    """Many films of one owner hold up nobody else."""
    ids = {}
    for owner, number in [("ann", 1), ("ann", 2), ("ann", 3), ("bob", 1), ("bob", 2), ("cid", 1)]:
        job = await jobs.film(f"cat {number}", owner=owner)
        ids[job.id] = f"{owner} {number}"
    told = [ids[job] for job in await order(store)]
    assert told == ["ann 1", "bob 1", "cid 1", "ann 2", "bob 2", "ann 3"]


async def order(store: PostgresStore) -> list[str]:
    """The jobs that wait, in the order in which they are begun."""
    rows = await store.database.rows(
        "SELECT args ->> 'id' AS job FROM procrastinate_jobs WHERE status = 'todo'"
        " ORDER BY priority DESC, id"
    )
    return [row["job"] for row in rows]


async def test_who_has_many_is_not_left_behind(jobs: Jobs, store: PostgresStore) -> None:
    """When the first ones are made, the next is no longer the third: new owners do not pass it."""
    begun = [await jobs.film(f"cat {number}", owner="ann") for number in range(4)]
    await store.database.rows(
        "WITH gone AS (DELETE FROM procrastinate_jobs WHERE priority > -2 RETURNING id)"
        " UPDATE nemo_jobs SET status = 'done', final = 3 WHERE entry IN (SELECT id FROM gone)"
    )
    new = [await jobs.film("cat", owner=owner) for owner in ("bob", "cid")]
    manager = Manager(None, store.database, Limits("films", None, None, 30), 30)
    for begins, expected in [(False, [begun[2], *new, begun[3]]), (True, [*new, begun[3]])]:
        if begins:
            await store.database.rows(
                "UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'id' = %(id)s",
                id=begun[2].id,
            )
        await manager.move_up()
        assert await order(store) == [job.id for job in expected]


async def test_a_worker_that_stops_hands_over(
    emulator: Emulator, client: NemoClient, jobs: Jobs, dsn: str, tmp_path: Path
) -> None:
    """What has not ended when the drain is over goes on elsewhere, and is charged once."""
    job = await jobs.film("a cat")
    async with at_work(client, dsn, tmp_path, drain=0.01):
        while (await job).checkpoint is None:
            await asyncio.sleep(0.01)
    async with at_work(client, dsn, tmp_path):
        await job.wait()
    assert (job.status, len(emulator.charges)) == ("done", 1)


LOST: dict[str, LiteralString] = {
    "no entry": "DELETE FROM procrastinate_jobs",
    "an entry that failed": "UPDATE procrastinate_jobs SET status = 'failed'",
    "a worker that is gone": """
        WITH gone AS (INSERT INTO procrastinate_workers (last_heartbeat)
            VALUES (now() - interval '1 hour') RETURNING id)
        UPDATE procrastinate_jobs SET status = 'doing', worker_id = gone.id FROM gone
    """,
    "a worker that does not know": """
        UPDATE procrastinate_jobs SET status = 'doing', worker_id = live.id
        FROM procrastinate_workers AS live
    """,
}


@pytest.mark.parametrize("lost", LOST)
async def test_what_was_lost_is_delivered_again(
    client: NemoClient, jobs: Jobs, store: PostgresStore, dsn: str, tmp_path: Path, lost: str
) -> None:
    """No job is stranded by what becomes of its entry in the queue."""
    await store.slow_down(3600)
    job = await jobs.film("a cat")
    async with at_work(client, dsn, tmp_path):
        while not await store.database.rows("SELECT 1 FROM procrastinate_workers"):
            await asyncio.sleep(0.01)
        await store.database.rows(LOST[lost])
        await store.database.rows("UPDATE nemo_limits SET not_before = '-infinity'")
        assert (await job.wait()).status == "done"


async def test_another_version_is_told(
    client: NemoClient,
    jobs: Jobs,
    store: PostgresStore,
    dsn: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A worker that is newer or older than who has begun a job says so, and works."""
    job = await jobs.film("a cat")
    await store.save(evolve(job.record, version="99.1"))
    async with at_work(client, dsn, tmp_path):
        assert (await job.wait()).status == "done"
    assert "was written by nemo_sdk 99.1" in caplog.text


async def test_a_job_of_another_service_is_left(
    emulator: Emulator,
    client: NemoClient,
    jobs: Jobs,
    store: PostgresStore,
    dsn: str,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not made with the wrong account; the log tells why."""
    job = await jobs.film("a cat")
    await store.save(evolve(job.record, service="https://other.example"))
    async with at_work(client, dsn, tmp_path):
        while "was begun at https://other.example" not in caplog.text:
            await asyncio.sleep(0.01)
    assert (await job).status == "waiting"
    assert not emulator.charges


async def test_a_cancelled_job_is_free(
    emulator: Emulator, client: NemoClient, jobs: Jobs, dsn: str, tmp_path: Path
) -> None:
    """What is cancelled before a worker has sent it costs nothing, and no worker begins it."""
    job = await jobs.film("a cat")
    await job.cancel()
    assert (job.status, job.checkpoint) == ("cancelled", None)
    async with at_work(client, dsn, tmp_path):
        other = await (await jobs.film("a dog")).wait()
    assert other.status == "done"
    assert [charge.text for charge in emulator.charges] == ["a dog"]


async def test_nothing_waits_between_claim_and_message(
    emulator: Emulator, client: NemoClient, store: PostgresStore, dsn: str
) -> None:
    """Not for a database that is slow or away: killed there, nobody would know what was sent."""

    class Slow(PostgresStore):
        has_claimed = False

        async def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
            self.has_claimed = await super().claim(id, checkpoint)
            return self.has_claimed

        async def save(self, record: Record) -> bool:
            while self.has_claimed and not emulator.charges:
                await asyncio.sleep(0.01)
            return await super().save(record)

    async with Jobs(client, store=Slow(dsn, queue=None)) as jobs:
        job = await (await jobs.film("a cat")).wait(60)
    assert (job.status, len(emulator.charges)) == ("done", 1)


async def test_a_message_that_nobody_sends(
    emulator: Emulator,
    client: NemoClient,
    jobs: Jobs,
    store: PostgresStore,
    dsn: str,
    tmp_path: Path,
) -> None:
    """Whoever was killed over it, a turn's time later the job is unknown, and charged to nobody."""
    job = await jobs.film("a cat")
    session = await client.create_session()
    await store.claim(job.id, Checkpoint("message", "a cat", session.id, draft_digest="", mark="x"))
    async with at_work(client, dsn, tmp_path):
        while (await job).status != "running":
            await asyncio.sleep(0.01)
        await store.database.rows("UPDATE nemo_jobs SET claimed = claimed - interval '15 minutes'")
        assert (await job.wait()).status == "unknown"
        assert isinstance(job.error, OutcomeUnknownError)
        assert (await (await jobs.film("a cat")).wait()).status == "unknown"
        assert not emulator.charges
        assert (await (await jobs.film("a cat", take=2)).wait()).status == "done"
    assert len(emulator.charges) == 1
