"""Who is refused the message follows who has it, to the same end."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from attrs import evolve
from conftest import FAST

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Jobs, MemoryStore, Record

from .stores import Advancing

SOON = evolve(FAST, recovery=(0.01, 0.01))


class Dated(MemoryStore):
    """Tells when a job's message was claimed, and counts who looks."""

    def __init__(self) -> None:
        super().__init__()
        self.when: Callable[[], str] = lambda: datetime.now(UTC).isoformat()
        self.looks = 0

    def load(self, id: str) -> Record | None:
        """Return what is kept of a job, or None."""
        record = super().load(id)
        self.looks += 1
        return record and evolve(record, claimed=self.when())


async def test_all_runs_of_a_job_make_one_render(emulator: Emulator, client: NemoClient) -> None:
    """Several workers have one job at once: one message, one render, one end."""
    store = Advancing()
    jobs = [Jobs(client, store=store) for _ in range(4)]
    for one in jobs:
        await one.__aenter__()
    begun = await asyncio.gather(*(one.film("a fox") for one in jobs))
    ended = await asyncio.gather(*(job.wait() for job in begun))
    assert {job.status for job in ended} == {"done"}
    assert (len(emulator.charges), len(emulator.renders)) == (1, 1)
    for one in jobs:
        await one.aclose()


async def claimed_elsewhere(client: NemoClient, jobs: Jobs, store: Dated) -> str:
    """Begin a job whose message another worker is about to send; return its session's id."""
    session = await client.create_session()
    async with Jobs(client, store=store, at_once=0) as others:
        job = await others.film("a fox", language="en")
    claim = Checkpoint(
        "message", "a fox", session.id, session.task_id, draft_digest="", mark="of another"
    )
    assert store.claim(job.id, claim)
    return session.id


async def test_the_outcome_is_not_unknown_while_the_sender_may_be_at_it(
    emulator: Emulator,
) -> None:
    """A follower waits as long as a turn may take, whatever the state does not tell yet."""
    store = Dated()
    async with (
        NemoClient(base_url=emulator.base_url, timing=SOON) as client,
        Jobs(client, store=store) as jobs,
    ):
        session_id = await claimed_elsewhere(client, jobs, store)
        (job,) = await jobs.resume()
        looks = store.looks
        while store.looks < looks + 10:  # several times as often as the state is looked at
            await asyncio.sleep(0.01)
        assert job.status == "running"
        await client.session(session_id).ask("a fox")
        assert (await job.wait()).status == "done"
    assert len(emulator.charges) == 1


async def test_after_a_turns_time_the_outcome_is_unknown(emulator: Emulator) -> None:
    """Nobody can be at it any more: the job ends, and is not sent again."""
    store = Dated()
    store.when = lambda: "2020-01-01T00:00:00+00:00"
    async with (
        NemoClient(base_url=emulator.base_url, timing=SOON) as client,
        Jobs(client, store=store) as jobs,
    ):
        await claimed_elsewhere(client, jobs, store)
        (job,) = await jobs.resume()
        assert (await job.wait()).status == "unknown"
    assert not emulator.charges


@pytest.mark.parametrize("kind", ["film", "edit"])
async def test_who_is_refused_for_good_ends_as_the_other_has(
    emulator: Emulator, client: NemoClient, kind: str
) -> None:
    """Where a claim is refused and nobody has it, the job has ended: that end is taken."""

    class Ended(MemoryStore):
        def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
            record = self.load(id)
            assert record is not None
            self.save(evolve(record, status="failed", error={"message": "no credits"}))
            return False

    async with Jobs(client, store=Ended()) as jobs:
        job = await (jobs.film("a fox") if kind == "film" else jobs.edit(None, "a fox"))
        await job.wait()
    assert job.status == "failed"
    assert str(job.error) == "no credits"
    assert not emulator.charges


async def test_a_store_that_can_tell_others_to_wait_is_told(
    emulator: Emulator, client: NemoClient
) -> None:
    """The service refuses for its limit: others hear of it, and the job goes on after the wait."""
    told: list[float] = []

    class Slowing(MemoryStore):
        async def slow_down(self, seconds: float) -> None:
            told.append(seconds)

    emulator.faults.answer("run_sse", status=429, times=3, headers={"Retry-After": "0.1"})
    async with Jobs(client, store=Slowing()) as jobs:
        job = await jobs.film("a fox")
        await job.wait()
    assert (job.status, len(emulator.charges)) == ("done", 1)
    assert len(told) == 3
