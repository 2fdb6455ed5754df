"""One message to the agent, and what it says and does until its turn is over."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from functools import cached_property, partial
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from ._agent.adk import AgentFailure, TurnReader
from ._agent.lost import may_have_arrived, words_of_loss
from ._agent.recovery import draft_digest, follow, until
from ._agent.reply import make_reply
from ._agent.watch import Watch
from ._concurrency.async_only import AsyncOnly
from ._concurrency.callbacks import settled
from ._protocol import endpoints
from ._telemetry.tracing import span
from ._transport.closing import Scope
from ._transport.connector import Departure
from ._transport.event_stream import EventStream
from ._transport.transport import Credential, Transport, with_register_url
from .events import Event, Heartbeat, StateChanged, StillWorking
from .exceptions import (
    APIError,
    AuthenticationError,
    NemoError,
    OutcomeUnknownError,
    RequestTimeoutError,
    TransportError,
    TurnError,
)
from .models import Checkpoint, Reply, Stage, State
from .timeline import Timeline

__all__ = ["OnCheckpoint", "Turn", "check_checkpoint"]

OnCheckpoint = Callable[[Checkpoint], object]


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

    Attributes:
        after: The session's state after the turn; None before, and where it could not be read.

    Raises:
        APIError: The service refused the message; nothing was charged.
        TransportError: The message never left.
        TurnError: The agent failed, or took too long.
        OutcomeUnknownError: The answer was lost, and the state does not tell what became of it.
    """

    def __init__(
        self,
        transport: Transport,
        credential: Credential,
        checkpoint: Checkpoint,
        *,
        fresh: bool = False,
        already_sent: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
    ) -> None:
        self._transport = transport
        self._credential = credential
        self._session_id = checkpoint.session_id or ""
        self._checkpoint = checkpoint
        self._fresh = fresh
        self._already_sent = already_sent
        self._on_checkpoint = on_checkpoint
        self._before: State | None = None
        self._stream: EventStream | None = None
        self._lost: NemoError | None = None
        self._reader = TurnReader()
        self._makes_reply: Callable[[], Reply] | None = None
        self.after: State | None = None
        self._events: AsyncGenerator[list[Event], None] | None = None
        self._told: Iterator[Event] = iter(())
        self._span = span("nemo.turn", session_id=self._session_id)

    @cached_property
    def reply(self) -> Reply:
        """The agent's answer, when the turn has ended.

        Raises:
            RuntimeError: The turn has not ended well (yet): iterate over it to its end first.
        """
        if self._makes_reply is None:
            raise RuntimeError(
                "There is no reply before the turn has ended: iterate over it to its end "
                "('async for event in turn'), or use 'await session.ask(text)'."
            )
        return self._makes_reply()

    async def __aenter__(self) -> Self:
        if self._events is not None:
            raise RuntimeError("A turn is one message: make another with session.send().")
        self._events = self._run()
        self._span.__enter__()
        try:
            if not self._already_sent:
                with self._transport.while_open():
                    await self._begin()
        except BaseException as error:
            if isinstance(error, NemoError):
                self._note_end(error)
            self._span.__exit__(*sys.exc_info())
            raise
        return self

    def _note_end(self, error: NemoError) -> None:
        """Have what is no refusal say that the message may be charged, and where to look."""
        refused = isinstance(error, APIError | TransportError) and error.charged == "no"
        if self._checkpoint.stage == "message" and not refused:
            error.charged, error.checkpoint = "maybe", self._checkpoint

    async def _begin(self) -> None:
        """Take note of how things are, and send the message."""
        if not self._fresh:
            self._before = await self._state()
        await self._note("message", draft_digest=draft_digest(self._before))
        await self._send()

    async def _note(self, stage: Stage, **facts: Any) -> None:
        """Keep where the message stands; it stands there when that has been noted."""
        checkpoint = evolve(self._checkpoint, stage=stage, **facts)
        if self._on_checkpoint is not None:
            await settled(self._on_checkpoint(checkpoint))
        self._checkpoint = checkpoint

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
            self._on_checkpoint = None  # it may lead to whoever holds this
            self._span.__exit__(kind, error, traceback)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._events is None:
            raise RuntimeError("Enter the turn first: 'async with session.send(text) as turn:'.")
        while (event := next(self._told, None)) is None:
            try:
                self._told = iter(await anext(self._events))
            except NemoError as error:
                self._note_end(error)
                raise
        return event

    async def _send(self) -> None:
        """Send the message. From here on it may be charged, and is not sent again."""
        call = endpoints.run_sse(self._session_id, self._checkpoint.prompt)
        departure = Departure()
        try:
            self._stream = await self._transport.stream(call, self._credential, departure)
        except (TransportError, APIError) as error:
            if not may_have_arrived(error):
                await self._note("session")  # nothing was done: it may be sent again
                raise
            self._lost = error
        except asyncio.CancelledError:
            if not departure.sent:
                with suppress(Exception):  # the caller's own: what counts is that this ends
                    await self._note("session")
            raise

    async def _run(self) -> AsyncGenerator[list[Event], None]:
        """Tell what happens, as many events at once as arrive together."""
        stream = self._stream
        if stream is not None:
            watch = Watch(self._transport.timing, self._checkpoint)
            scope = self._transport.while_open(what="The turn")
            try:
                while not watch.is_over:
                    yield await self._hear(stream, watch, scope)
                self._check_end(stream, watch)
            except (TransportError, APIError) as error:
                await self._lose(error)
            finally:
                await self._hang_up()
        await self._check_failure()
        if self._lost is None and not self._already_sent:
            await self._end()
            return
        async with aclosing(self._recover()) as told:
            async for event in told:
                yield [event]

    async def _lose(self, error: TransportError | APIError) -> None:
        """Take note that the answer was lost; raise what is the service's refusal instead."""
        if isinstance(error, APIError) and not may_have_arrived(error):
            await self._note("session")
            raise with_register_url(error, self._credential)
        self._lost = error

    async def _check_failure(self) -> None:
        """Raise what the stream told of a failure, unless it does not tell the outcome."""
        failure = self._reader.failure
        if isinstance(failure, APIError) and may_have_arrived(failure):
            self._lost = failure
        elif failure is not None:
            if isinstance(failure, APIError) and not self._reader.has_begun:
                await self._note("session")  # it was refused, in the stream
            raise self._transport.hide(self._failed(failure))

    async def _hear(self, stream: EventStream, watch: Watch, scope: Scope) -> list[Event]:
        """Return what comes next; nothing at the end of the stream."""
        try:
            with scope:
                scope.end_at(watch.wakes_at)
                batch = await stream.batch()
        except RequestTimeoutError:
            if not scope.is_over:
                raise
            return watch.alarm(failed=self._reader.failure is not None)
        if batch is None:
            watch.is_over = True
            return []
        events = [event for message in batch for event in self._reader.read(message)]
        watch.heard(news=not all(isinstance(event, Heartbeat) for event in events))
        return events

    def _check_end(self, stream: EventStream, watch: Watch) -> None:
        """Refuse an end of the stream that is none of the turn's."""
        if self._reader.failure is not None:
            return
        if not watch.heard_news:
            raise TransportError("The stream ended before it told anything.")
        if not stream.framed and self._reader.in_the_middle:
            raise TransportError("The connection ended in the middle of the turn.")

    async def _end(self) -> None:
        """Read what the reply of a turn is made of that ended as it should."""
        try:
            timing, sleep = self._transport.timing, self._transport.sleep
            after = await until(self._state, self._is_told, timing, sleep)
        except (TransportError, APIError) as error:
            if self._reader.silent:
                raise self._unknown("The turn ended without a word") from error
            told = State(self._session_id, draft=self._reader.draft)
            # What the stream did not tell is not known now: better no timeline than the old one.
            self._answer(self._before if told.draft else told, told)
        else:
            self.after = after
            self._answer(self._before, after)

    def _answer(self, before: State | None, after: State, *, recovered: bool = False) -> None:
        """Have the reply made when somebody asks for it: who wants the film alone does not."""
        self._makes_reply = partial(make_reply, self._reader, before, after, recovered=recovered)

    def _is_told(self, after: State) -> bool:
        """Whether the state has what the turn has told, or left unsaid."""
        draft = self._reader.draft
        if draft is not None:
            return (
                after.draft == draft or after.timeline.tracks == Timeline.from_draft(draft).tracks
            )
        return not self._reader.silent or draft_digest(after) != self._checkpoint.draft_digest

    async def _recover(self) -> AsyncGenerator[Event, None]:
        """Find out in the session's state what became of the message."""
        changed = False
        now = asyncio.get_running_loop().time
        end = now() + self._transport.timing.turn

        async def state() -> State:
            with self._transport.while_open(end - now(), "Looking for the outcome"):
                return await self._state()

        looks = follow(
            state,
            self._checkpoint.draft_digest or "",
            self._transport.timing,
            self._transport.sleep,
            at_once=self._already_sent,
        )
        try:
            async with aclosing(looks):
                async for look in looks:
                    if look.changed and not changed:
                        changed = True
                        yield StateChanged(("draft",))
                    if look.settled and look.state is not None:
                        self.after = look.state
                        self._answer(self._before, look.state, recovered=True)
                        return
                    yield StillWorking(look.elapsed)
        except APIError as error:
            if self._already_sent and isinstance(error, AuthenticationError):
                raise  # with the token of the process that sent it, it can be known
            raise self._unknown(words_of_loss(self._lost)) from error
        raise self._unknown(words_of_loss(self._lost)) from self._lost

    def _unknown(self, what: str) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            f"{what}, and the session's state does not tell what became of the message.",
            checkpoint=self._checkpoint,
        )

    def _failed(self, failure: AgentFailure | APIError) -> NemoError:
        if isinstance(failure, APIError):
            if self._reader.has_begun or may_have_arrived(failure):
                failure.charged = "maybe"
            return with_register_url(failure, self._credential)
        code = f" ({failure.code})" if failure.code else ""
        return TurnError(
            f"The agent failed{code}: {failure}.", code=failure.code, checkpoint=self._checkpoint
        )

    async def _state(self) -> State:
        return await self._transport.send(endpoints.state(self._session_id), self._credential)

    async def _hang_up(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            await stream.close()


def check_checkpoint(value: object) -> None:
    """Refuse what can be mistaken for a checkpoint: its text, or that of an error without one.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(value, Checkpoint):
        raise TypeError(
            f"A checkpoint must be a Checkpoint, not {type(value).__name__}: make one of its text "
            "with Checkpoint.from_json(text). An error without one has nothing to go on with."
        )
