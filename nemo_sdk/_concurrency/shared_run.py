"""One run that many may wait for."""

import asyncio
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from nemo_sdk.exceptions import NemoError

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
        self._listeners: weakref.WeakKeyDictionary[object, _Standing] = weakref.WeakKeyDictionary()
        self._is_ending = False

    @property
    def started(self) -> bool:
        """Whether somebody has waited for it."""
        return self._task is not None

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._task is not None and self._task.done()

    @property
    def ending(self) -> bool:
        """Whether it has ended, or is being ended: it is nothing to join any more."""
        return self.done or self._is_ending

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
        standing = _Standing()
        try:
            return await self.waiting(asyncio.shield(task))
        except asyncio.CancelledError:
            if not task.cancelled() or standing.was_cancelled():
                raise
        raise NemoError("It was ended before it was done: cancelled, or its client was closed.")

    async def waiting(self, awaitable: Awaitable[W], listener: object = None) -> W:
        """Wait for something of the run's, and count as one who waits for the run meanwhile.

        Args:
            awaitable: What to wait for.
            listener: Who waits, where it comes back to wait again for as long as it lives.
        """
        if listener is not None:
            self.listen(listener)
        self._waiters += 1
        standing = _Standing()
        try:
            return await awaitable
        except asyncio.CancelledError:
            if standing.was_cancelled():
                if listener is not None:
                    self._listeners.pop(listener, None)
                if self._waiters == 1 and not self._listeners:
                    await self.cancel()
            raise
        finally:
            self._waiters -= 1

    def listen(self, listener: object) -> None:
        """Count a listener as one who waits, for as long as it lives or until it has left."""
        self._listeners[listener] = _Standing()

    def left(self, listener: object) -> None:
        """A listener is gone; with it the run, where it went because its task was cancelled."""
        standing = self._listeners.pop(listener, None)
        if self._task is None or self._task.done() or self._waiters or self._listeners:
            return
        if standing is not None and standing.was_cancelled():
            self._task.cancel()

    async def cancel(self) -> None:
        """End the run, and wait until it has ended."""
        task = self._task
        if task is None or task.done() or task.get_loop().is_closed():
            return
        self._is_ending = True
        task.cancel()
        if task.get_loop() is asyncio.get_running_loop() and task is not asyncio.current_task():
            await asyncio.wait([task])


class _Standing:
    """How often the current task was cancelled until now, to see later whether it was again.

    What a listener leaves behind is collected in any task, and a task may have been cancelled long
    ago without an end: neither tells that whoever listened was cancelled.
    """

    def __init__(self) -> None:
        task = _current()
        self._task = None if task is None else weakref.ref(task)
        self._times = 0 if task is None else task.cancelling()

    def was_cancelled(self) -> bool:
        """Whether this is the same task, and was cancelled since."""
        task = _current()
        same = task is not None and self._task is not None and self._task() is task
        return same and task is not None and task.cancelling() > self._times


def _current() -> "asyncio.Task[Any] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs here
        return None


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Take note of the exception, so that asyncio does not complain where nobody waits."""
    if not task.cancelled():
        task.exception()
