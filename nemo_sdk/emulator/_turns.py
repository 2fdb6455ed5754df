"""Turns: the work behind a message, which lives without the connection that asked for it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Literal, Self

from attrs import define, field

from ._clock import Clock
from ._dialects import Dialect, frame
from ._sessions import Session
from ._steps import Raw, Step, ToolResult, Wait

OnDisconnect = Literal["continue", "cancel"]

_HEARTBEAT_SECONDS = 10.0
_log = logging.getLogger(__name__)


@define(eq=False)
class Turn:
    """One message at work in its session; iterated over, the frames as they come.

    Attributes:
        session: The session, whose state changes as the work goes on.
        steps: What happens.
        dialect: How it is told.
        clock: What its durations wait on.
        on_end: Called when the work has ended, however it did.
        on_disconnect: Whether the work goes on without a listener.
        on_step: Called with each step that has been taken.
    """

    session: Session
    steps: Iterable[Step]
    dialect: Dialect
    clock: Clock
    on_end: Callable[[], None]
    on_disconnect: OnDisconnect = "continue"
    on_step: Callable[[Step], None] = lambda _: None
    task: asyncio.Task[None] | None = None
    _frames: asyncio.Queue[bytes | None] | None = field(factory=asyncio.Queue, init=False)

    def start(self) -> "asyncio.Task[None]":
        """Begins the work, and returns its task."""
        self.task = asyncio.create_task(self._run())
        self.task.add_done_callback(self._end)
        return self.task

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._frames.get() if self._frames is not None else None
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        """Take note that nobody listens any more."""
        self._frames = None
        if self.on_disconnect == "cancel" and self.task is not None:
            self.task.cancel()

    async def _run(self) -> None:
        async with self.session.busy:
            try:
                for step in self.steps:
                    await self._do(step)
            except Exception as error:
                _log.warning("a turn failed", exc_info=True)
                self._put(frame({"error": f"{type(error).__name__}: {error}"}))

    def _end(self, task: "asyncio.Task[None]") -> None:
        self.on_end()
        self._put(None)

    async def _do(self, step: Step) -> None:
        if isinstance(step, Wait):
            await self._work(step.seconds)
            return
        if isinstance(step, ToolResult | Raw):
            self.session.change(step.changes)
        for piece in self.dialect.frames(step):
            self._put(piece)
        self.on_step(step)

    async def _work(self, seconds: float) -> None:
        while seconds > _HEARTBEAT_SECONDS:
            await self.clock.sleep(_HEARTBEAT_SECONDS)
            self._put(self.dialect.heartbeat())
            seconds -= _HEARTBEAT_SECONDS
        await self.clock.sleep(seconds)

    def _put(self, piece: bytes | None) -> None:
        if self._frames is not None:
            self._frames.put_nowait(piece)
