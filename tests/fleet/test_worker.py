"""Workers of the fleet: what is begun anywhere is made once, whatever happens to them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore, Worker
from nemo_sdk.jobs import Jobs

Begun = Callable[..., Any]


@asynccontextmanager
async def at_work(client: NemoClient, dsn: str, folder: Path, **how: Any) -> AsyncIterator[Worker]:
    """A worker that is stopped at the end."""
    async with PostgresStore(dsn) as store:
        worker = Worker(client, store, save_to=folder, beat=0.2, stalled=1.0, **how)
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
    assert job.status == "waiting"
    async with at_work(client, dsn, tmp_path / "films"):
        steps = [step.fraction async for step in job.progress(every=0)]
    assert job.status == "done"
    assert steps == sorted(steps)
    assert job.saved is not None and job.saved.parent == tmp_path / "films"
    assert len(emulator.charges) == 1
    assert [one.id for one in await jobs.list("done", owner="ann")] == [job.id]
    again = await jobs.film("a cat in the snow", owner="ann")
    assert (again.id, again.status) == (job.id, "done")
    assert job.video is not None
    assert (await jobs.get(job.id)).record.video == job.record.video
