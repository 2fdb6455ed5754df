"""Those who hear what a generation tells: its events, or how far it is."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, Self

from nemo_sdk._concurrency.shared_run import SharedRun, Waiter
from nemo_sdk._video import Video
from nemo_sdk.events import Event
from nemo_sdk.models import Progress

from .mailbox import Flag, Mailbox
from .stages import Stages

__all__ = ["Listener", "ProgressSteps"]


class _Subscriber:
    """Somebody who waits for a run for as long as it listens.

    Args:
        run: The run.
        gone: Called when it listens no more.
    """

    def __init__(self, run: SharedRun[Video], gone: Callable[[], None]) -> None:
        self._run = run
        self._waiter = Waiter(run)
        self._gone = gone

    def __del__(self) -> None:
        self._leave()  # an early sign: without it, the end of its task is one

    def _leave(self) -> None:
        self._waiter.leave()
        self._gone()


class Listener(_Subscriber):
    """One iteration over a generation's events.

    Args:
        run: The run.
        mailbox: Where its events wait.
        gone: Called when it listens no more.
    """

    def __init__(self, run: SharedRun[Video], mailbox: Mailbox, gone: Callable[[], None]) -> None:
        super().__init__(run, gone)
        self._mailbox = mailbox

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        self._run.start()
        self._waiter.enter()
        event = self._mailbox.take() or await self._waiter.wait(self._mailbox.next())
        if event is not None:
            return event
        self._leave()
        await self._run.result()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Listen no more."""
        self._mailbox.end()
        self._leave()


class ProgressSteps(_Subscriber, AsyncGenerator[Progress, None]):
    """The progress of a generation, told when it has changed.

    A class, and no generator function: Python ends those in another task.

    Args:
        run: The run.
        flag: Tells when there is something new.
        gone: Called when it listens no more.
        stages: Where the run stands.
        every: Seconds that lie between two steps at least.
    """

    def __init__(
        self,
        run: SharedRun[Video],
        flag: Flag,
        gone: Callable[[], None],
        stages: Stages,
        every: float,
    ) -> None:
        super().__init__(run, gone)
        self._flag = flag
        self._stages = stages
        self._every = every
        self._told: Progress | None = None
        self._is_over = False

    async def asend(self, value: None) -> Progress:
        """Return the next step; nothing can be sent."""
        if self._is_over:
            raise StopAsyncIteration
        run = self._run.start()
        if self._told is not None and not run.done():  # done, it may be of a loop that is closed
            await self._waiter.wait(asyncio.wait([run], timeout=self._every))
        self._waiter.enter()
        while not run.done():
            now = self._stages.now
            if self._told is None or _shown(now) != _shown(self._told):
                self._told = now
                return now
            if not await self._waiter.wait(self._flag.raised()):
                break
        self._is_over = True
        self._leave()
        await self._run.result()
        return self._stages.now

    async def athrow(self, error: Any, *_: Any) -> Progress:
        """Tell nothing more."""
        self._is_over = True
        self._leave()
        raise error


def _shown(progress: Progress) -> tuple[str, str, int]:
    """Return what a bar or a message shows of a progress: whole percents."""
    return progress.stage, progress.message, int(progress.fraction * 100)
