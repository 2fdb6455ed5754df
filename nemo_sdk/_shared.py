"""One run that many may wait for."""

import asyncio
import contextlib
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from .exceptions import NemoError

__all__ = ["SharedRun"]

T = TypeVar("T")
W = TypeVar("W")


class SharedRun(Generic[T]):
    """Runs a coroutine once, however many tasks await its result.

    It starts at the first wait. When the last one who waits is cancelled it is cancelled too, and
    its end is awaited, so that nothing of it is left; a waiter who goes while others stay does not
    disturb it. A listener counts as one who waits also while it is busy with what it was told.

    Args:
        start: Makes the coroutine.
        ended: Called with the task when it has ended, also where it was cancelled before its
            first step.
    """

    def __init__(
        self,
        start: Callable[[], Coroutine[Any, Any, T]],
        ended: Callable[["asyncio.Task[T]"], None] | None = None,
    ) -> None:
        self._start = start
        self._ended = ended
        self._task: asyncio.Task[T] | None = None
        self._waiters = 0
        self._listeners: weakref.WeakSet[object] = weakref.WeakSet()

    @property
    def started(self) -> bool:
        """Whether somebody has waited for it."""
        return self._task is not None

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._task is not None and self._task.done()

    def belongs_to(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether it has not started yet, or runs in this loop."""
        return self._task is None or self._task.get_loop() is loop

    def start(self) -> asyncio.Task[T]:
        """Return the task of the run, started if need be."""
        if self._task is None:
            self._task = asyncio.create_task(self._start())
            self._task.add_done_callback(_retrieve)
            if self._ended is not None:
                self._task.add_done_callback(self._ended)
        return self._task

    async def result(self) -> T:
        """Wait for the end, and return or raise what came of it.

        Raises:
            NemoError: It was ended by somebody else.
        """
        task = self.start()
        try:
            return await self.waiting(asyncio.shield(task))
        except asyncio.CancelledError:
            if not task.cancelled() or _is_being_cancelled():
                raise
        raise NemoError("It was ended before it was done: cancelled, or its client was closed.")

    async def waiting(self, awaitable: Awaitable[W], listener: object = None) -> W:
        """Wait for something of the run's, and count as one who waits for the run meanwhile.

        Args:
            awaitable: What to wait for.
            listener: Who waits, where it comes back to wait again for as long as it lives.
        """
        if listener is not None:
            self._listeners.add(listener)
        self._waiters += 1
        try:
            return await awaitable
        except asyncio.CancelledError:
            if _is_being_cancelled():
                if listener is not None:
                    self._listeners.discard(listener)
                if self._waiters == 1 and not self._listeners:
                    await self.cancel()
            raise
        finally:
            self._waiters -= 1

    def left(self, listener: object) -> None:
        """A listener is gone; with it the run, where it went because its task is cancelled."""
        self._listeners.discard(listener)
        if self._task is None or self._task.done() or self._waiters or self._listeners:
            return
        with contextlib.suppress(RuntimeError):  # outside a loop nobody is being cancelled
            if _is_being_cancelled():
                self._task.cancel()

    async def cancel(self) -> None:
        """End the run, and wait until it has ended."""
        task = self._task
        if task is not None and not task.done() and not task.get_loop().is_closed():
            task.cancel()
            await asyncio.wait([task])


def _is_being_cancelled() -> bool:
    current = asyncio.current_task()
    return current is not None and current.cancelling() > 0


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Take note of the exception, so that asyncio does not complain where nobody waits."""
    if not task.cancelled():
        task.exception()
