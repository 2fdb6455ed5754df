"""What others make of a job meanwhile is neither undone nor charged again."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import scripted
from attrs import evolve
from clocks import FAST
from waiting import until

from nemo_sdk import NemoClient, OutcomeUnknownError
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Job, Jobs, MemoryStore, Record, Store

from .stores import Bare

EACH: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _: MemoryStore(),
    "file": FileStore,
    "bare": lambda _: Bare(),
}


@pytest.fixture(params=EACH)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Each kind of store."""
    return EACH[request.param](tmp_path / "jobs")


class Freezing(Bare):
    """Stands still before the first record that is saved as running, until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.stands, self.may_go_on = threading.Event(), threading.Event()

    def save(self, record: Record) -> Any:
        if record.status == "running" and not self.stands.is_set():
            self.stands.set()
            self.may_go_on.wait(60)
        return super().save(record)


async def cancelled(jobs: Jobs) -> Job:
    """Have the film be cancelled."""
    (job,) = jobs.list()
    await job.cancel()
    return job


async def made(jobs: Jobs) -> Job:
    """Have the film be made."""
    return await (await jobs.film("a fox")).wait()


@pytest.mark.parametrize("end", [cancelled, made])
async def test_a_worker_that_stood_still_undoes_nothing(
    emulator: Emulator, client: NemoClient, end: Any
) -> None:
    """What others have made of the job stays, and the worker ends as they did."""
    store = Freezing()
    async with Jobs(client, store=store) as one, Jobs(client, store=store) as other:
        job = await one.film("a fox")
        await until(store.stands.is_set)
        ended = await end(other)
        kept = store.load(job.id)
        store.may_go_on.set()
        assert (await job.wait()).status == ended.status
        await one.aclose()
        assert store.load(job.id) == kept
    assert len(emulator.charges) == len(emulator.renders) == (ended.status == "done")


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("running", "waiting", "waiting"),
        ("cancelled", "running", "cancelled"),
        ("done", "waiting", "done"),
        ("done", "cancelled", "done"),
        ("unknown", "running", "unknown"),
        ("unknown", "done", "done"),
    ],
)
def test_which_end_stays(store: Any, first: Any, second: Any, kept: str) -> None:
    """None is undone by a lesser one; who goes on with what has ended begins a new round."""
    record = Record("film-1", words="a fox", status=first)
    assert store.save(record)
    assert store.save(evolve(record, status=second)) is (kept == second)
    assert store.load("film-1").status == kept
    assert store.save(store.load("film-1").again())
    assert not store.save(record)


def test_of_many_that_write_at_once_none_undoes_the_end(store: Any) -> None:
    """To compare and to write is one step."""
    for number in range(20):
        record = Record(f"film-{number}", words="a fox")
        states: list[Any] = [*["running"] * 4, "cancelled", *["waiting"] * 4]
        with ThreadPoolExecutor(len(states)) as pool:
            list(pool.map(lambda one, of=record: store.save(evolve(of, status=one)), states))
        assert store.load(record.id).status == "cancelled"


async def test_done_for_long_it_is_made_anew_once(
    emulator: Emulator, client: NemoClient, store: Any
) -> None:
    """However many ask at once, of however many processes."""
    again = FileStore(store.folder) if isinstance(store, FileStore) else store
    async with Jobs(client, store=store) as one, Jobs(client, store=again) as other:
        job = await made(one)
        long_ago = (datetime.now(UTC) - timedelta(days=8)).isoformat()
        store.save(evolve(job.record, updated=long_ago))
        begun = await asyncio.gather(*(jobs.film("a fox") for jobs in (one, other, one, other)))
        assert {(await one.wait()).status for one in begun} == {"done"}
    assert len(emulator.charges) == 2


@pytest.mark.parametrize("removes", [False, True])
async def test_forgetting_waits_for_who_works_on_it(
    emulator: Emulator, client: NemoClient, removes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a store does not tell who that is: the same again is another job."""
    store = Bare()
    if removes:
        monkeypatch.setattr(store, "remove", store._kept.remove, raising=False)
    emulator.script(scripted.text("at it"), 5.0, draft=scripted.NEW, charge="generation")
    async with Jobs(client, store=store) as one, Jobs(client, store=store) as other:
        job = await one.film("a fox")
        await until(lambda: job.checkpoint)
        await other.forget(job.id)
        again = await made(other)
        assert ((await job.wait()).status, again.status) == ("cancelled", "done")


SOON = evolve(FAST, recovery=(0.02,) * 5)
"""A clock by which a lost answer is looked for soon."""


async def filmed(client: NemoClient) -> str:
    """Have a film made; return its session, to be edited."""
    generation = client.generate("a cat")
    return (await generation).session_id or ""


@pytest.mark.parametrize("timing", [SOON], ids=[""])
async def test_a_change_by_another_job_is_not_taken_for_ones_own(
    emulator: Emulator, client: NemoClient, store: Store
) -> None:
    """A message that never arrived stays unknown, whatever else is sent to its session."""
    session = await filmed(client)
    emulator.faults.cut("run_sse", effect=False)
    async with Jobs(client, store=store) as jobs:
        lost = await jobs.edit(session, "add the title 'Hi'")
        await until(lambda: emulator.faults.fired)
        other = await (await jobs.edit(session, "add lo-fi music")).wait()
        assert (other.status, (await lost.wait()).status) == ("done", "unknown")
        assert isinstance(lost.error, OutcomeUnknownError)
        assert (await (await jobs.edit(session, "add the title 'Hi'")).wait()).status == "unknown"
    assert len(emulator.charges) == 2


@pytest.mark.parametrize("timing", [SOON], ids=[""])
@pytest.mark.parametrize("later", [False, True])
async def test_ones_own_change_is_found_beside_others(
    emulator: Emulator, client: NemoClient, store: Store, later: bool
) -> None:
    """Others that had ended before, or that have seen the change, are no doubt."""
    session = await filmed(client)
    async with Jobs(client, store=store) as jobs:
        if not later:
            await (await jobs.edit(session, "add lo-fi music")).wait()
        emulator.faults.cut("run_sse")
        before = json.dumps(emulator.sessions[session].draft)
        lost = await jobs.edit(session, "add the title 'Hi'")
        if later:
            await until(lambda: json.dumps(emulator.sessions[session].draft) != before)
            await (await jobs.edit(session, "add lo-fi music")).wait()
        assert (await lost.wait()).status == "done"
    assert len(emulator.charges) == 3
