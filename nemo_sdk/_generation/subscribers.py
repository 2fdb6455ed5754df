"""Those who hear what a generation tells: its events, or how far it is."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Self

from nemo_sdk._concurrency.shared_run import SharedRun
from nemo_sdk._video import Video
from nemo_sdk.events import Event
from nemo_sdk.models import Progress

from .stages import Stages

__all__ = ["Listener", "ProgressSteps"]


class Listener:
    """One iteration over a generation's events."""

    def __init__(self, run: SharedRun[Video]) -> None:
        self._run = run
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()

    def tell(self, event: Event) -> None:
        self._events.put_nowait(event)

    def end(self) -> None:
        self._events.put_nowait(None)

    def __aiter__(self) -> Self:
        return self

    def __del__(self) -> None:
        self._run.left(self)

    async def __anext__(self) -> Event:
        event = await self._next()
        if event is None:
            await self._run.result()
            raise StopAsyncIteration
        return event

    async def skip_to_news(self) -> bool:
        """Wait until there are events, and drop them; False when there are no more."""
        event = await self._next()
        while event is not None and not self._events.empty():
            event = self._events.get_nowait()
        return event is not None

    async def _next(self) -> Event | None:
        if self._run.done and self._events.empty():
            return None
        self._run.start()
        return await self._run.waiting(self._events.get(), self)


class ProgressSteps(AsyncGenerator[Progress, None]):
    """The progress of a generation, told when it has changed.

    A class, and no generator function: Python ends those in another task, where nobody can see any
    more that whoever listened was cancelled.

    Args:
        run: The run.
        listener: Hears when there is something new.
        stages: Where the run stands.
        every: Seconds that lie between two steps at least.
    """

    def __init__(
        self, run: SharedRun[Video], listener: Listener, stages: Stages, every: float
    ) -> None:
        self._run = run
        self._listener = listener
        self._stages = stages
        self._every = every
        self._told: Progress | None = None
        self._is_over = False

    async def asend(self, value: None) -> Progress:
        """Return the next step; nothing can be sent."""
        if self._is_over:
            raise StopAsyncIteration
        if self._told is not None:
            end = asyncio.wait([self._run.start()], timeout=self._every)
            await self._run.waiting(end, self._listener)
        self._run.start()
        self._run.listen(self._listener)
        while not self._run.done:
            now = self._stages.now
            if self._told is None or _shown(now) != _shown(self._told):
                self._told = now
                return now
            if not await self._listener.skip_to_news():
                break
        self._is_over = True
        await self._run.result()
        return self._stages.now

    async def athrow(self, error: Any, *_: Any) -> Progress:
        """Tell nothing more."""
        self._is_over = True
        self._run.left(self._listener)
        raise error


def _shown(progress: Progress) -> tuple[str, str, int]:
    """What a bar or a message shows of a progress: whole percents."""
    return progress.stage, progress.message, int(progress.fraction * 100)
