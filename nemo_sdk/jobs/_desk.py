"""The work that is done here: one run a job, and what the store knows of the others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import attrs

from nemo_sdk import Event, NemoClient, NemoError, Video
from nemo_sdk._concurrency.callbacks import settled

from ._job import Job
from ._making import video_of
from ._queue import Queue
from ._record import Record, now
from ._run import Run
from ._saved import wanted, wanted_elsewhere
from ._stores import Store, advance, call, holds

__all__ = ["Desk"]

_How = Callable[[Record | None], Awaitable[Record] | Record]

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
        self.wanted: Callable[[Record, str | None], Record] = (
            wanted_elsewhere if getattr(store, "delivers", False) else wanted
        )
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
        return None if run is None or run.ended else run.job

    async def join(self, id: str, save_as: str | None) -> Job | None:
        """Return a job that is worked on here, its film to be saved there, too; or None."""
        while (run := self._runs.get(id)) is not None:
            if (job := run.join(save_as)) is not None:
                return job
            await asyncio.wait([run.task])  # it has told its end, and is leaving
        return None

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
        if (job := await self.join(record.id, record.save_as)) is not None:
            return job
        self.check_open()
        run = self._runs[record.id] = Run(self, Job(self, record), files, on_event)
        run.task.add_done_callback(lambda _: self._runs.pop(record.id, None))
        return run.job

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
        if not holds(self.store) and await self._end(id):
            await asyncio.sleep(2 * self.look)  # who works on it elsewhere sees that by then
        for _ in range(2 * _LOOKS):
            async with self.hold(id) as mine:
                if mine:
                    await self._drop(id)
                    return
            await self._end(id)
            await asyncio.sleep(self.look)
        raise NemoError(f"Another process works on job {id} still: end that one.", next="wait")

    async def renew(self, kept: Record, asked: Record) -> None:
        """Have a job that is over begin anew; of many who ask at once, one alone does it."""
        anew = attrs.evolve(asked, round=kept.round + 1)

        def unless_done(found: Record | None) -> Record:
            return anew if found is None or found.round == kept.round else found

        async with self.hold(kept.id) as mine:
            if mine and await advance(self.store, kept.id, kept.checkpoint, None):
                await self.change(kept.id, unless_done)
                return
        await asyncio.sleep(self.look)

    async def read(self, id: str) -> Record | None:
        """Return what the store knows of a job, or None."""
        found: Record | None = await call(self.store.load, id)
        return found

    async def change(self, id: str, how: _How) -> Record:
        """Change what is kept of a job, whatever others write meanwhile.

        Args:
            id: The job's id.
            how: Called with what is kept, or None; returns what is to be kept. It may be called
                again, and may be a coroutine function.

        Returns:
            What it has returned; that is not kept where it would undo what is.
        """
        while True:
            kept = await self.read(id)
            record: Record = await settled(how(kept))
            if record == kept or not record.replaces(kept):
                return record
            if await call(self.store.save, record) is not False:
                return record

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
            job.take(run.told_to(job))
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
        await self._end(job.id)
        job.take(await self.read(job.id) or job.record)
        await self._cancel_render(job.record)

    def video_of(self, record: Record) -> Video | None:
        """Return a job's film."""
        return None if record.video is None else video_of(self.client, record.video)

    async def _drop(self, id: str) -> None:
        await call(self.store.claim, id, None)
        remove = getattr(self.store, "remove", None)
        if remove is not None:
            await call(remove, id)
        elif (record := await self.read(id)) is not None:
            ended = attrs.evolve(record, round=record.round + 1, status="cancelled", words="")
            await call(self.store.save, ended)

    async def _end(self, id: str) -> bool:
        """Have a job be cancelled; who works on it sees that at the next look.

        Returns:
            Whether it had not ended before.
        """
        cancel = getattr(self.store, "cancel", None)
        if cancel is not None:
            return await call(cancel, id) is not None
        was_open = False
        while (kept := await self.read(id)) is not None and not kept.ended:
            was_open = True
            await call(self.store.save, attrs.evolve(kept, status="cancelled", updated=now()))
        return was_open

    async def _cancel_render(self, record: Record) -> None:
        kept = record.checkpoint
        if record.status != "cancelled" or kept is None or kept.render_id is None:
            return
        if record.service not in {"", self.client.base_url}:  # there, that id is nobody's
            return
        try:
            await self.client.render(kept.render_id).cancel()
        except NemoError:  # it has ended, or never begun
            return
