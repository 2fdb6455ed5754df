"""One run of a job: a task that has it worked on, until it has ended wherever that is."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Protocol

import attrs

from nemo_sdk import Credits, Event, NemoError, OutcomeUnknownError

from . import _errors
from ._job import Job
from ._keeping import Keeping, Office, Overtaken
from ._making import Making
from ._queue import Queue
from ._rate_limit import unhurried
from ._record import Record, Status

__all__ = ["Run"]

log = logging.getLogger("nemo_sdk")


class Workshop(Office, Protocol):
    """What a run needs of those who gave it out."""

    queue: Queue

    def hold(self, id: str) -> contextlib.AbstractAsyncContextManager[bool]:
        """Be the one process to work on a job."""
        ...


class Run:
    """Works on a job in a task of its own, until it has ended or is stopped.

    Args:
        office: Whose run it is.
        job: The job; it is told of everything.
        files: Its files as they were given, where that is known.
        on_event: Called with the events of an edit's turn.
    """

    def __init__(
        self,
        office: Workshop,
        job: Job,
        files: Sequence[Any],
        on_event: Callable[[Event], object] | None,
    ) -> None:
        self.job = job
        self._office = office
        self._keeping = Keeping(office, job)
        self._making = Making(office, self._keeping, files, on_event)
        self._is_cancelled = False
        self._is_overtaken = False
        self.task = asyncio.create_task(self._work())

    @property
    def ended(self) -> bool:
        """Whether the job has."""
        return self._keeping.record.ended

    def join(self, save_as: str | None) -> Job | None:
        """Return the job for who asks for it, too; None where it is ending."""
        return self._keeping.join(save_as)

    def told_to(self, job: Job) -> Record:
        """Return what somebody who has the job is to know."""
        return self._keeping.told_to(job)

    async def changed(self) -> None:
        """Wait until there is something new, or the run has ended."""
        news = asyncio.create_task(self._keeping.changed.wait())
        try:
            await asyncio.wait({news, self.task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()

    async def stop(self) -> None:
        """End the work, not the job."""
        self.task.cancel()
        await asyncio.wait([self.task])

    async def cancel(self) -> None:
        """End the job."""
        self._is_cancelled = True
        await self.stop()
        if not self.ended:  # it had not begun
            await self._keeping.write(status="cancelled")

    async def _work(self) -> None:
        try:
            while not self.ended:
                async with self._office.hold(self.job.id) as mine:
                    if mine:
                        await self._wait_and_make()
                        return
                await asyncio.sleep(self._office.look)
                await self._keeping.take(await self._keeping.kept())
        except Exception as error:  # the store's own: whoever waits is told
            log.warning("job %s: %s", self.job.id, error)
            self._keeping.fail(error)

    async def _wait_and_make(self) -> None:
        try:
            async with self._office.queue.place(self.job.owner, self._stand_in_line) as alone:
                kept = await self._keeping.kept()  # as whoever held it before has left it
                await self._keeping.take(kept)
                if kept.status == "done" and self.ended:
                    return
                while not self.ended:
                    await self._make(alone)
        except asyncio.CancelledError:
            if not self.ended:
                await self._keeping.write(status="cancelled" if self._is_cancelled else "waiting")
            raise

    async def _make(self, alone: Callable[[], bool]) -> None:
        keeping = self._keeping
        try:
            async with self._watched():
                await keeping.save(status="running", message="Starting")
                await self._making.check()
                before = await self._balance()
                office = self._office
                await unhurried(self._making.make, office.client, office.store, self._say)
                spent = await self._spent(before, alone) if keeping.is_sender else self.job.spent
            while not self.ended:
                await self._making.save()
                await keeping.write(status="done", stage="done", fraction=1.0, spent=spent)
        except Overtaken:
            await self._take_over()
        except OutcomeUnknownError as error:
            await self._end("unknown", error)
        except Exception as error:  # whatever it is: whoever waits is told
            await self._end("failed", error)

    async def _take_over(self) -> None:
        """Go on from where another worker is, without sending; or end as it has ended there."""
        keeping = self._keeping
        await keeping.take(await keeping.kept())
        record = keeping.record
        if record.status in {"failed", "unknown"} and record.checkpoint is not None:
            keeping.tell(attrs.evolve(record, status="running"))

    @contextlib.asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Keep what is new meanwhile, and end the work where somebody else has ended the job.

        Raises:
            Overtaken: That is so.
        """
        watching = asyncio.create_task(self._watch())
        try:
            yield
        except asyncio.CancelledError:
            if not self._is_overtaken or self.task.uncancel():
                raise
            raise Overtaken from None
        finally:
            watching.cancel()
            self._is_overtaken = False

    async def _watch(self) -> None:
        kept = self._keeping.record
        while True:
            await asyncio.sleep(self._office.look)
            try:
                over = await self._keeping.is_over()
                if not over and self._keeping.record is not kept:
                    over = not await self._keeping.write()
            except Exception as error:  # the store's own, whatever it is: it may be for a moment
                log.warning("job %s cannot be looked at: %s", self.job.id, error)
                continue
            if over:
                self._is_overtaken = True
                self.task.cancel()
                return
            kept = self._keeping.record

    async def _balance(self) -> Credits | None:
        try:
            return await self._office.client.credits()
        except NemoError:
            return None

    async def _spent(self, before: Credits | None, alone: Callable[[], bool]) -> float | None:
        """Return what has left the account; None where it may have been for something else."""
        after = await self._balance()
        if before is None or after is None or not alone():
            return None
        return (before.available + before.frozen) - (after.available + after.frozen)

    def _stand_in_line(self, before: int) -> None:
        self._say(f"Waiting ({before} before this one)")

    def _say(self, message: str) -> None:
        self._keeping.tell(attrs.evolve(self._keeping.record, message=message))

    async def _end(self, status: Status, error: Exception) -> None:
        log.info("job %s: %s: %s", self.job.id, status, error)
        await self._keeping.write(status=status, error=_errors.to_facts(error))
