"""One message to the agent, and what it says and does until its turn is over."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from types import TracebackType
from typing import Self

from attrs import evolve

from ._agent.adk import AgentFailure, TurnReader
from ._agent.recovery import draft_digest, follow
from ._agent.reply import make_reply
from ._concurrency.async_only import AsyncOnly
from ._protocol import endpoints
from ._telemetry.tracing import span
from ._transport.event_stream import EventStream
from ._transport.transport import Transport
from .events import Event, Heartbeat, StateChanged, StillWorking
from .exceptions import (
    APIError,
    InsufficientCreditsError,
    NemoError,
    OutcomeUnknownError,
    ServerError,
    TransportError,
    TurnError,
    TurnTimeoutError,
)
from .models import Checkpoint, Reply, State, Timing
from .timeline import Timeline

__all__ = ["Turn"]

_LOOKS_AGAIN = (1, 2, 4)
"""Waits, as multiples of the backoff, for a state that is written a moment after the stream."""

_DEAD = 0.5
"""The share of `Timing.quiet` without even a heartbeat that makes a connection a lost one."""

BeforeSending = Callable[[Checkpoint], Awaitable[None]]


class Turn(AsyncOnly):
    """One message and its answer: an async context manager and an async iterator of events.

    Made by `session.send(text)`. The message leaves on entering, once: whatever breaks, it is not
    sent again. An answer that is lost on the way is looked for in the session's state. Leaving
    before the end closes the connection; what the agent does then is the service's affair.

    Example::

        async with session.send("add lo-fi music") as turn:
            async for event in turn:
                ...
        print(turn.reply.text)

    Entering and iterating raise what went wrong.

    Raises:
        APIError: The service refused the message; nothing was charged.
        TransportError: The message never left.
        TurnError: The agent failed, or took too long.
        OutcomeUnknownError: The answer was lost, and the state does not tell what became of it.
    """

    def __init__(
        self,
        transport: Transport,
        text: str,
        *,
        session: tuple[str, str | None],
        checkpoint: Checkpoint,
        fresh: bool,
        before_sending: BeforeSending | None = None,
    ) -> None:
        self._transport = transport
        self._text = text
        self._session_id, task_id = session
        self._checkpoint = evolve(checkpoint, session_id=self._session_id, task_id=task_id)
        self._fresh = fresh
        self._before_sending = before_sending
        self._before: State | None = None
        self._stream: EventStream | None = None
        self._lost: NemoError | None = None
        self._reader = TurnReader()
        self._reply: Reply | None = None
        self._alive = transport.lifetime
        self._events: AsyncGenerator[Event, None] | None = None
        self._span = ExitStack()

    @property
    def reply(self) -> Reply:
        """The agent's answer, when the turn has ended.

        Raises:
            RuntimeError: The turn has not ended well (yet): iterate over it to its end first.
        """
        if self._reply is None:
            raise RuntimeError(
                "There is no reply before the turn has ended: iterate over it to its end "
                "('async for event in turn'), or use 'await session.ask(text)'."
            )
        return self._reply

    async def __aenter__(self) -> Self:
        if self._events is not None:
            raise RuntimeError("A turn is one message: make another with session.send().")
        self._events = self._run()
        with ExitStack() as begun:
            begun.enter_context(span("nemo.turn", session_id=self._session_id))
            await self._begin()
            self._span = begun.pop_all()
        return self

    async def _begin(self) -> None:
        """Take note of how things are, and send the message."""
        self._transport = self._transport.for_lifetime()
        self._alive = self._transport.lifetime
        if not self._fresh:
            self._before = await self._state()
        self._checkpoint = evolve(
            self._checkpoint, stage="message", draft_digest=draft_digest(self._before)
        )
        if self._before_sending is not None:
            await self._before_sending(self._checkpoint)
        await self._send()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._events is not None:
                await self._events.aclose()
            await self._hang_up()
        finally:
            self._span.__exit__(kind, error, traceback)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._events is None:
            raise RuntimeError("Enter the turn first: 'async with session.send(text) as turn:'.")
        return await anext(self._events)

    async def _send(self) -> None:
        """Send the message. From here on it may be charged, and is not sent again."""
        call = endpoints.run_sse(self._session_id, self._text)
        try:
            self._stream = await self._transport.stream(call)
        except (TransportError, APIError) as error:
            if not _may_have_arrived(error):
                raise
            self._lost = error

    async def _run(self) -> AsyncGenerator[Event, None]:
        try:
            if self._lost is None:
                async with aclosing(self._listen()) as told:
                    async for event in told:
                        yield event
        except (TransportError, APIError) as error:
            if isinstance(error, APIError) and not _may_have_arrived(error):
                raise
            self._lost = error
        finally:
            await self._hang_up()
        if self._reader.failure is not None:
            raise self._transport.hide(self._failed(self._reader.failure))
        if self._lost is None:
            self._reply = await self._ended()
        else:
            async with aclosing(self._recover(self._lost)) as told:
                async for event in told:
                    yield event

    async def _listen(self) -> AsyncGenerator[Event, None]:
        watch = _Watch(self._transport.timing, self._checkpoint)
        told_anything = False
        while self._stream is not None:
            try:
                with self._alive.within():
                    async with asyncio.timeout_at(watch.next_alarm()):
                        batch = await self._stream.batch()
            except TimeoutError:
                if self._reader.failure is not None and watch.is_over():
                    return
                yield watch.alarm()
                continue
            if batch is None:
                break
            watch.heard_bytes()
            for message in batch:
                for event in self._reader.read(message):
                    if not isinstance(event, Heartbeat):
                        told_anything = True
                        watch.heard_news()
                    yield event
        self._check_end(told_anything=told_anything)

    def _check_end(self, *, told_anything: bool) -> None:
        """Refuse an end of the stream that is none of the turn's."""
        if self._reader.failure is not None:
            return
        if not told_anything:
            raise TransportError("The stream ended before it told anything.")
        if self._stream is not None and not self._stream.framed and self._reader.in_the_middle:
            raise TransportError("The connection ended in the middle of the turn.")

    async def _ended(self) -> Reply:
        """Make the reply of a turn that ended as it should."""
        try:
            after = await self._state()
            for wait in _LOOKS_AGAIN:
                if not self._is_behind(after):
                    break
                await self._alive.sleep(wait * self._transport.timing.backoff)
                after = await self._state()
        except (TransportError, APIError) as error:
            if not self._reader.text.strip():
                raise self._unknown("The turn ended without a word") from error
            told = State(self._session_id, draft=self._reader.draft)
            # What the stream did not tell is not known now: better no timeline than the old one.
            return make_reply(self._reader, self._before if told.draft else told, told)
        return make_reply(self._reader, self._before, after)

    def _is_behind(self, after: State) -> bool:
        """Whether the state lags behind what the turn has told, or left unsaid."""
        if self._reader.draft is not None:
            return after.timeline.tracks != Timeline.from_draft(self._reader.draft).tracks
        silent = not self._reader.text.strip()
        return silent and draft_digest(after) == self._checkpoint.draft_digest

    async def _recover(self, lost: NemoError) -> AsyncGenerator[Event, None]:
        changed = False
        before = self._checkpoint.draft_digest or ""
        looks = follow(self._state, before, self._transport.timing, self._alive)
        try:
            async with aclosing(looks):
                async for look in looks:
                    if look.changed and not changed:
                        changed = True
                        yield StateChanged(("draft",))
                    if look.settled and look.state is not None:
                        self._reply = make_reply(
                            self._reader, self._before, look.state, recovered=True
                        )
                        return
                    yield StillWorking(look.elapsed)
        except APIError as error:
            raise self._unknown(_lost(lost)) from error
        raise self._unknown(_lost(lost)) from lost

    def _unknown(self, what: str) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"{what}, and the session's state does not tell what became of the message.",
            checkpoint=self._checkpoint,
        )

    def _failed(self, failure: AgentFailure | APIError) -> NemoError:
        if isinstance(failure, InsufficientCreditsError):
            failure.register_url = self._transport.register_url()
        if isinstance(failure, APIError):
            return failure
        code = f" ({failure.code})" if failure.code else ""
        return TurnError(
            f"The agent failed{code}: {failure}.", code=failure.code, checkpoint=self._checkpoint
        )

    async def _state(self) -> State:
        self._alive.check()
        return await self._transport.send(endpoints.state(self._session_id))

    async def _hang_up(self) -> None:
        if self._stream is not None:
            await self._stream.close()


class _Watch:
    """The three clocks of a turn: how long it is quiet, how long in all, and when to say so."""

    def __init__(self, timing: Timing, checkpoint: Checkpoint) -> None:
        self._now = asyncio.get_running_loop().time
        self._timing = timing
        self._checkpoint = checkpoint
        self._started = self._last_bytes = self._last_news = self._now()
        self._next_word = self._started + timing.still_working

    def heard_bytes(self) -> None:
        self._last_bytes = self._now()

    def heard_news(self) -> None:
        self._last_news = self._now()

    def next_alarm(self) -> float:
        """Return when to stop waiting for the next piece, on the loop's clock."""
        return min(
            self._next_word,
            self._last_news + self._timing.quiet,
            self._started + self._timing.turn,
        )

    def is_over(self) -> bool:
        """Whether the alarm is the last one."""
        return self._now() >= self.next_alarm() != self._next_word

    def alarm(self) -> StillWorking:
        """Return what there is to say, or raise where the wait is over.

        Raises:
            TransportError: Not a byte came for too long: the connection is dead.
            TurnTimeoutError: The service is alive, and too slow.
        """
        now = self._now()
        if now - self._started >= self._timing.turn:
            raise self._too_slow(f"The turn was not over after {self._timing.turn:g} seconds.")
        if now - self._last_news >= self._timing.quiet:
            if now - self._last_bytes >= self._timing.quiet * _DEAD:
                raise TransportError("The connection was dead: not a byte came.")
            raise self._too_slow(f"Nothing but heartbeats for {self._timing.quiet:g} seconds.")
        self._next_word = now + self._timing.still_working
        return StillWorking(now - self._started)

    def _too_slow(self, words: str) -> TurnTimeoutError:
        return TurnTimeoutError(words, checkpoint=self._checkpoint)


def _may_have_arrived(error: NemoError) -> bool:
    """Whether the message may be at work although an error came in place of its stream."""
    if isinstance(error, TransportError):
        return error.sent
    if not isinstance(error, APIError) or error.path != endpoints.RUN_SSE:
        return False  # it is of the token that the message needed
    return isinstance(error, ServerError) or error.status == 408


def _lost(error: NemoError) -> str:
    words = str(error.args[0]).strip().rstrip(".")
    if not words and isinstance(error, APIError):
        words = f"HTTP {error.status}"
    return f"The answer was lost ({words})"
