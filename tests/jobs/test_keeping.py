"""What one worker keeps of a job, while others write and steps are told."""

import asyncio
from typing import Any

import pytest
from attrs import evolve

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.jobs import Jobs, Record
from nemo_sdk.jobs._keeping import Keeping, Overtaken

from .stores import Advancing

MESSAGE = Checkpoint("message", "a fox", "1", "2", draft_digest="")


def rendering(id: str) -> Checkpoint:
    """Where a worker stands that is about to ask for a render."""
    return evolve(MESSAGE, stage="render", render_id=id, renders=1)


async def test_who_has_heard_of_a_render_asks_for_no_other(client: NemoClient) -> None:
    """What is read of another worker's steps is no leave to go on from them."""
    store = Advancing()
    async with Jobs(client, store=store, at_once=0) as jobs:
        job = await jobs.film("a fox")
        one = Keeping(jobs._desk, job)
        await one.note(MESSAGE)
        other = Keeping(jobs._desk, jobs.get(job.id))
        await other.take(await other.kept())
        await other.note(rendering("r1"))
        await one.write(message="Still at it")
        with pytest.raises(Overtaken):
            await one.note(rendering("r2"))
    kept: Record | None = store.load(job.id)
    assert kept is not None and kept.checkpoint is not None
    assert kept.checkpoint.render_id == "r1"


async def test_a_step_that_comes_while_a_record_is_written_is_not_taken_back(
    client: NemoClient,
) -> None:
    """A slow store keeps nobody from hearing how far a film is."""
    writing, goes_on = asyncio.Event(), asyncio.Event()

    class Slow(Advancing):
        async def save(self, record: Record) -> Any:
            if record.message == "Writing":
                writing.set()
                await goes_on.wait()
            return super().save(record)

    async with Jobs(client, store=Slow(), at_once=0) as jobs:
        job = await jobs.film("a fox")
        keeping = Keeping(jobs._desk, job)
        written = asyncio.create_task(keeping.write(message="Writing"))
        await writing.wait()
        keeping.tell(evolve(keeping.record, fraction=0.7))
        goes_on.set()
        await written
        assert job.fraction == 0.7
