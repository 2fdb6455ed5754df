"""Machines whose clocks differ: times are compared where they were taken, in the database."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import procrastinate.utils
import pytest
from procrastinate.jobs import Job as Entry

from nemo_sdk.fleet import PostgresStore, _manager
from nemo_sdk.fleet._delivery import PatientConnector
from nemo_sdk.fleet._limits import Limits
from nemo_sdk.jobs import Record, _record

from .fixtures import message

HOURS = [-3, 0, 3]


@pytest.fixture(params=HOURS)
def hours(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """By how much this machine's clock is wrong."""
    hours: int = request.param

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(hours=hours)

    monkeypatch.setattr(_record, "datetime", Shifted)
    monkeypatch.setattr(_manager, "datetime", Shifted)
    monkeypatch.setattr(procrastinate.utils, "utcnow", lambda: Shifted.now(UTC))
    return hours


@pytest.mark.usefixtures("hours")
async def test_how_long_ago_a_message_was_claimed(store: PostgresStore) -> None:
    """A worker with a fast clock does not give up a message that another has just sent."""
    await store.save(Record("film-1"))
    await store.claim("film-1", message("first"))
    kept = await store.load("film-1")
    assert kept is not None and kept.claimed_within(600)
    await store.database.rows("UPDATE nemo_jobs SET claimed = now() - interval '20 minutes'")
    kept = await store.load("film-1")
    assert kept is not None and not kept.claimed_within(900) and kept.claimed_within(1500)


async def test_when_a_job_is_delivered_again(store: PostgresStore, hours: int) -> None:
    """What could not be worked on is tried again in half a minute, not in hours, nor at once."""
    await store.save(Record("film-1"))
    (row,) = await store.database.rows(
        "UPDATE procrastinate_jobs SET status = 'doing' RETURNING id, queue_name, task_name"
    )
    connector = PatientConnector(lambda: True, conninfo=store.dsn)
    manager = _manager.Manager(connector, store.database, Limits("films", None, None, 30), 30)
    entry = Entry(
        id=row["id"], queue=row["queue_name"], task_name=row["task_name"], lock=None,
        queueing_lock=None,
    )  # fmt: skip
    async with procrastinate.App(connector=connector).open_async():
        here = datetime.now(UTC) + timedelta(hours=hours)
        await manager.retry_job(entry, here + timedelta(seconds=30))
    (row,) = await store.database.rows(
        "SELECT extract(epoch FROM scheduled_at - now())::float8 AS left FROM procrastinate_jobs"
    )
    assert 0 < row["left"] <= 30
