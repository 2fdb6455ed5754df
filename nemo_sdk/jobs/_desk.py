"""The work that is done here: one run a job, and what the store knows of the others."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs

from nemo_sdk import Event, NemoClient, NemoError, Video
from nemo_sdk._concurrency.threads import in_thread

from ._job import Job
from ._queue import Queue
from ._record import Record
from ._run import Run, video_of
from ._saved import wanted, wanted_elsewhere
from ._stores import Store, call

__all__ = ["Desk"]

_LOOKS = 15
"""How often a job that is worked on elsewhere is looked at, in the time between two looks at a
render."""


class Desk:
    """Has jobs worked on here, each by one run, and looks at those of others.

    Args:
        client: The client to work with.
        store: Where jobs are kept.
        queue: Whose turn it is.
    """

    def __init__(self, client: NemoClient, store: Store, queue: Queue) -> None:
        self.client = client
        self.queue = queue
        self.store = store
        self.look: float = client.timing.render_poll / _LOOKS
        self.hands_on: bool = getattr(store, "delivers", False)
        self.is_open = False
        self._runs: dict[str, Run] = {}

    def check_open(self) -> None:
        """Refuse to begin what nobody would end.

        Raises:
            RuntimeError: The jobs are not entered, or left already.
        """
        if not self.is_open:
            raise RuntimeError("Enter the jobs first: 'async with Jobs(client) as jobs:'.")

    def at_work(self, id: str) -> Job | None:
        """Return a job that is worked on here, or None."""
        run = self._runs.get(id)
        return None if run is None or run.job.record.ended else run.job

    async def begin(
        self,
        record: Record,
        files: Sequence[Any] = (),
        on_event: Callable[[Event], object] | None = None,
    ) -> Job:
        """Have a job worked on, or return the one that is.

        Raises:
            RuntimeError: Nobody would end the work.
        """
        while (last := self._runs.get(record.id)) is not None:
            if not last.job.record.ended:
                return last.job
            await asyncio.wait([last.task])  # it has told its end, and is leaving
        self.check_open()
        run = self._runs[record.id] = Run(self, Job(self, record), files, on_event)
        run.task.add_done_callback(lambda _: self._runs.pop(record.id, None))
        return run.job

    async def go_on(self, record: Record, *, here: bool) -> Job:
        """Have a job worked on, here or elsewhere, whatever ended it before."""
        if record.ended:
            record = record.again()
            await self.write(record)
        return await self.begin(record) if here else Job(self, record)

    async def stop(self, id: str | None = None) -> None:
        """End the work on a job, or on all: it is left for somebody to go on with."""
        runs = [run for run in self._runs.values() if id in {None, run.job.id}]
        await asyncio.gather(*(run.stop() for run in runs))

    async def forget(self, id: str) -> None:
        """Drop what is kept of a job, when nobody works on it any more.

        Raises:
            NemoError: Another process works on it, and does not end that.
        """
        await self.stop(id)
        for _ in range(2 * _LOOKS):
            async with self.hold(id) as mine:
                if mine:
                    await self._drop(id)
                    return
            record = await self.read(id)
            if record is not None and not record.ended:
                await self.write(attrs.evolve(record, status="cancelled"))
            await asyncio.sleep(self.look)
        raise NemoError(f"Another process works on job {id} still: end that one.", next="wait")

    async def wanted(self, record: Record, save_as: str | None) -> Record:
        """Return the record of a film that is to be saved again, or the record as it is."""
        look = wanted_elsewhere if self.hands_on else wanted
        return await in_thread(look, record, save_as)

    async def read(self, id: str) -> Record | None:
        """Return what the store knows of a job, or None."""
        found: Record | None = await call(self.store.load, id)
        return found

    async def write(self, record: Record) -> None:
        """Keep what is known of a job."""
        await call(self.store.save, record)

    @asynccontextmanager
    async def hold(self, id: str) -> AsyncIterator[bool]:
        """Be the one process to work on a job: gives whether this one is."""
        hold = getattr(self.store, "hold", None)
        if hold is None:
            yield True
            return
        held = hold(id)
        if isinstance(held, AbstractAsyncContextManager):
            async with held as mine:
                yield mine
            return
        try:
            mine = await call(held.__enter__)
        except asyncio.CancelledError:  # the thread has taken it all the same
            await call(held.__exit__, None, None, None)
            raise
        try:
            yield mine
        finally:
            await call(held.__exit__, None, None, None)

    async def follow(self, job: Job) -> None:
        """Return when a job may have changed."""
        if (run := self._runs.get(job.id)) is not None:
            await run.changed()
            job.take(run.job.record)
            return
        record = await self.read(job.id)
        if record is None:
            raise LookupError(f"Job {job.id} was forgotten.")
        job.take(record)
        if not record.ended:
            await asyncio.sleep(self.look)

    async def cancel(self, job: Job) -> None:
        """End a job, here or elsewhere, and its render in the service."""
        if (run := self._runs.get(job.id)) is not None:
            await run.cancel()
            job.take(run.job.record)
        record = await self._cancelled_elsewhere(job)
        job.take(record)
        await self._cancel_render(record)

    def video_of(self, record: Record) -> Video | None:
        """Return a job's film."""
        return None if record.video is None else video_of(self.client, record.video)

    async def _drop(self, id: str) -> None:
        await call(self.store.claim, id, None)
        remove = getattr(self.store, "remove", None)
        if remove is not None:
            await call(remove, id)
        elif (record := await self.read(id)) is not None:
            await self.write(attrs.evolve(record, status="cancelled", words=""))

    async def _cancelled_elsewhere(self, job: Job) -> Record:
        """Have whoever works on a job see, at the next look, that it is to end."""
        cancel = getattr(self.store, "cancel", None)
        if cancel is not None:
            await call(cancel, job.id)
        record = await self.read(job.id) or job.record
        for _ in range(2 * _LOOKS):
            if record.ended:
                break
            await self.write(attrs.evolve(record, status="cancelled"))
            await asyncio.sleep(self.look)  # who works on it may have written at the same moment
            record = await self.read(job.id) or job.record
        return record

    async def _cancel_render(self, record: Record) -> None:
        kept = record.checkpoint
        if record.status != "cancelled" or kept is None or kept.render_id is None:
            return
        try:
            await self.client.render(kept.render_id).cancel()
        except NemoError:  # it has ended, or never begun
            return
