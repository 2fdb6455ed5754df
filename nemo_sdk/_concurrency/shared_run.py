"""One run that many may wait for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Generic, TypeVar

from nemo_sdk.exceptions import NemoError

__all__ = ["SharedRun", "Waiter", "current_task"]

T = TypeVar("T")
W = TypeVar("W")
_ELSEWHERE = "It runs in another event loop: wait for it in the one that it was begun in."
_FOR_ITSELF = (
    "It would wait for itself, without end: a generation's callback may not wait for the "
    "generation, nor a token function make calls of the client that asks it."
)


class SharedRun(Generic[T]):
    """Runs a coroutine once, however many tasks await its result.

    It starts at the first wait. When the last one who waits is cancelled it is cancelled too, and
    its end is awaited, so that nothing of it is left; a waiter who goes while others stay does not
    disturb it.

    Args:
        start: Makes the coroutine.
        ended: Called with the task when it has ended, also where it was cancelled before its
            first step.
        note: Called with the error that others get of a run that was ended before it was done.
    """

    def __init__(
        self,
        start: Callable[[], Coroutine[Any, Any, T]],
        ended: Callable[["asyncio.Task[T]"], None] = lambda _: None,
        note: Callable[[NemoError], None] = lambda _: None,
    ) -> None:
        self._start = start
        self._ended = ended
        self._note = note
        self._task: asyncio.Task[T] | None = None
        self._waiters: set[Waiter] = set()
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

    def start(self) -> "asyncio.Task[T]":
        """Return the task of the run, started if need be.

        Raises:
            NemoError: It runs in another loop.
        """
        loop = asyncio.get_running_loop()
        if not self.done and not self.belongs_to(loop):
            raise NemoError(_ELSEWHERE)
        if self._task is None:
            # By no task factory: an eager one would run it before anybody knows that it has begun.
            self._task = asyncio.Task(self._start(), loop=loop)
            self._task.add_done_callback(_retrieve)
            self._task.add_done_callback(self._ended)
            # They may lead to whoever holds this, who shall be gone as soon as nobody wants it.
            del self._start, self._ended
        return self._task

    async def result(self) -> T:
        """Wait for the end, and return or raise what came of it.

        Raises:
            NemoError: It was ended by somebody else, or cannot be waited for from here.
            RuntimeError: It raised StopAsyncIteration.
        """
        task = self.start()
        if task is asyncio.current_task():
            raise NemoError(_FOR_ITSELF)
        waiter = Waiter(self)
        try:
            return await waiter.wait(asyncio.shield(task))
        except asyncio.CancelledError:
            if not task.cancelled() or waiter.was_cancelled:
                raise
        except StopAsyncIteration as end:  # it would end a loop as if all were well
            raise RuntimeError("a callback raised StopAsyncIteration") from end
        finally:
            waiter.leave()
        error = NemoError("It was ended before it was done: cancelled, or its client was closed.")
        self._note(error)
        raise error

    async def cancel(self) -> None:
        """End the run, and wait until it has ended."""
        self._stop()
        await self.wait_for_end()

    async def wait_for_end(self) -> None:
        """Wait until it has ended, where it runs in this loop, and is not what calls this."""
        task = self._task
        if task is None or task.done() or task is asyncio.current_task():
            return
        if task.get_loop() is asyncio.get_running_loop():
            await asyncio.wait([task])

    def add(self, waiter: "Waiter") -> None:
        """Count one more who waits."""
        self._waiters.add(waiter)

    def remove(self, waiter: "Waiter", *, was_cancelled: bool) -> bool:
        """Count one less; end the run where that was the last, and cancelled.

        Returns:
            Whether the run is being ended now.
        """
        is_last = self._waiters == {waiter}
        self._waiters.discard(waiter)
        if is_last and was_cancelled and self._task is not None and not self._task.done():
            self._stop()
            return True
        return False

    def _stop(self) -> None:
        task = self._task
        if task is None or task.done() or task.get_loop().is_closed():
            return
        self._is_ending = True
        if _running_loop() is task.get_loop():
            task.cancel()
        else:  # the collector may run in any thread
            task.get_loop().call_soon_threadsafe(task.cancel)


class Waiter:
    """One who waits for a run: from its first `wait` or `enter` until it leaves.

    It remembers its task, and how often that was cancelled until its last wait. So it can tell in
    whatever task it is asked whether whoever waited was cancelled since; and it leaves when its
    task ends, where nobody else says so: a generator round a loop hears of that in another task.

    Args:
        run: What it waits for.
    """

    def __init__(self, run: SharedRun[Any]) -> None:
        self._run = run
        self._task: asyncio.Task[Any] | None = None
        self._times = 0

    @property
    def was_cancelled(self) -> bool:
        """Whether its task was cancelled since its last wait."""
        return self._task is not None and self._task.cancelling() > self._times

    def enter(self) -> None:
        """Count as one who waits, in the current task, from now on."""
        task = asyncio.current_task()
        if task is not self._task:
            self._forget_task()
            self._task = task
            if task is not None:
                task.add_done_callback(self._hear_of_end)
        self._times = 0 if task is None else task.cancelling()
        self._run.add(self)

    async def wait(self, awaitable: Awaitable[W]) -> W:
        """Wait for something of the run's; whoever is cancelled meanwhile has left."""
        self.enter()
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self.was_cancelled and self._run.remove(self, was_cancelled=True):
                await self._run.wait_for_end()
            raise

    def leave(self) -> None:
        """Wait no more; the run ends with the last who leaves because its task was cancelled."""
        self._run.remove(self, was_cancelled=self.was_cancelled)
        self._forget_task()

    def _hear_of_end(self, _: "asyncio.Task[Any]") -> None:
        self.leave()

    def _forget_task(self) -> None:
        if self._task is not None:
            self._task.remove_done_callback(self._hear_of_end)


def current_task() -> "asyncio.Task[Any] | None":
    """Return the task that this runs in; None where no loop runs here."""
    return None if _running_loop() is None else asyncio.current_task()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Take note of the exception, so that asyncio does not complain where nobody waits."""
    if not task.cancelled():
        task.exception()
