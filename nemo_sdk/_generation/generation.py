"""The whole way from a prompt to a video: the one place that composes the resources."""

import asyncio
import contextlib
import inspect
import time
import warnings
import weakref
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Generator,
    Sequence,
)
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from attrs import evolve

from nemo_sdk._agent.adk import TurnReader
from nemo_sdk._agent.recovery import follow
from nemo_sdk._agent.reply import make_reply
from nemo_sdk._auth.account import Account
from nemo_sdk._concurrency.shared_run import SharedRun
from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._notebook.film import fits_in_cell
from nemo_sdk._notebook.live_line import LiveLine
from nemo_sdk._protocol import endpoints
from nemo_sdk._render import Render, find, new_render_id, submit
from nemo_sdk._session import Session, open_session
from nemo_sdk._telemetry.tracing import span
from nemo_sdk._transfer.upload import Source, check_sources
from nemo_sdk._transport.transport import Transport
from nemo_sdk._turn import Turn
from nemo_sdk._video import Video
from nemo_sdk._wording.languages import detect_language
from nemo_sdk.events import Event, StateChanged, StillWorking
from nemo_sdk.exceptions import (
    APIError,
    AuthenticationError,
    ExportBlockedError,
    NemoError,
    NothingToExportError,
    OutcomeUnknownError,
    RateLimitError,
    RenderError,
    RenderFailedError,
    RenderTimeoutError,
    ServerError,
    SessionNotFoundError,
    TransportError,
)
from nemo_sdk.models import Checkpoint, Progress, Reply, Stage, State

from .stages import Stages
from .subscribers import Listener, ProgressSteps

__all__ = ["Generation", "OnCheckpoint"]

OnCheckpoint = Callable[[Checkpoint], object]

_OF_VIDEOS = {"url", "duration", "size", "format", "render_id", "session_id"}
_RENDERS = 2
_LOOKS_AGAIN = (1, 2, 4)
_SECONDS_FOR_A_CELL = 10


class Generation:
    """A video in the making, from `client.generate(prompt)` or `client.resume(checkpoint)`.

    `await generation` gives the `Video`; `async for event in generation` tells what happens;
    `generation.progress()` tells how far it is. It starts with the first of these, and is one run
    however many there are. When the last one who waits is cancelled, it is cancelled too; an
    iterator that is kept in a variable counts as one who waits for as long as it lives.

    Attributes:
        prompt: What the video is to show.
        checkpoint: Where it stands: give it to `client.resume` to go on after a failure.
        reply: The agent's answer, when there is one.
        video: The film, when it is ready.
        error: What ended it, if something did.
        saved: Where `generate_many(..., save_to=...)` saved the film, or None.
    """

    def __init__(
        self,
        transport: Transport,
        account: Account,
        checkpoint: Checkpoint,
        *,
        files: Sequence[Source] = (),
        on_checkpoint: OnCheckpoint | None = None,
        running: "set[Generation]",
    ) -> None:
        self.prompt: str = checkpoint.prompt
        self.checkpoint: Checkpoint = checkpoint
        self.reply: Reply | None = None
        self.video: Video | None = None
        self.error: BaseException | None = None
        self.saved: Path | None = None
        self._transport = transport
        self._owned = transport.for_owner()
        self._account = account
        self._files = files
        self._on_checkpoint = on_checkpoint
        self._running = running
        self._message_left = False
        self._started = 0.0
        self._stages = Stages(transport.timing, checkpoint.stage)
        self._line = LiveLine(self.prompt, self._stages)
        self._listeners: weakref.WeakSet[Listener] = weakref.WeakSet()
        self._run = SharedRun(self._begin, self._end)

    if not TYPE_CHECKING:  # type checkers find the mistake by themselves

        def __getattr__(self, name: str) -> NoReturn:
            if (not name.startswith("_") and hasattr(Video, name)) or name in _OF_VIDEOS:
                raise AttributeError(
                    f"A Generation has no {name!r}, its Video has: await it first, as in "
                    "'video = await client.generate(prompt)'."
                )
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        stage = self._stages.now.stage if self._run.started else "not started: await it"
        return f"Generation({self.prompt[:60]!r}, {stage})"

    def __del__(self, _warn: Any = warnings.warn) -> None:
        run = self.__dict__.get("_run")
        if run is not None and not run.started:
            words = f"{self!r} was never awaited, so nothing was made."
            _warn(words, RuntimeWarning, source=self)

    def _ipython_display_(self) -> None:
        if not self._line.show():
            raise NotImplementedError  # so that IPython falls back on the repr

    def __await__(self) -> Generator[None, None, Video]:
        return self._run.result().__await__()

    def __aiter__(self) -> AsyncIterator[Event]:
        """Tell the events from now on."""
        listener = Listener(self._run)
        self._listeners.add(listener)
        return listener

    def progress(self, every: float = 2.0) -> AsyncGenerator[Progress, None]:
        """Tell how far it is, when that has changed, for a bar or for edits of one message.

        Args:
            every: Seconds that lie between two of them at least.

        Returns:
            An async iterator of `Progress`; the last one is that of the end. It raises what ended
            the generation.
        """
        listener = Listener(self._run)
        self._listeners.add(listener)
        return ProgressSteps(self._run, listener, self._stages, every)

    async def cancel(self) -> None:
        """End it here. What the service was asked to do goes on there; see `checkpoint`."""
        await self._run.cancel()

    def _begin(self) -> Coroutine[Any, Any, Video]:
        self._running.add(self)
        self._transport = self._transport.for_lifetime()
        self._owned = self._owned.for_lifetime()
        return self._make()

    def _end(self, run: "asyncio.Task[Video]") -> None:
        if run.cancelled() and self.error is None:  # before its first step
            self.error = asyncio.CancelledError()
        self._running.discard(self)
        for listener in self._listeners:
            listener.end()

    async def _make(self) -> Video:
        self._started = time.monotonic()
        self._line.start()
        try:
            self.video = await self._traced()
            await self._fetch_for_cell(self.video)
        except BaseException as error:
            self.error = error
            raise
        else:
            self._stages.enter("done", self._elapsed())
            return self.video
        finally:
            self._line.end(self.error, self.checkpoint)

    async def _fetch_for_cell(self, video: Video) -> None:
        """In a notebook, have a small film at hand: a cell that shows it cannot wait for it."""
        if fits_in_cell(video.size):
            with contextlib.suppress(NemoError, OSError):
                async with asyncio.timeout(_SECONDS_FOR_A_CELL):
                    await video.read()

    async def _traced(self) -> Video:
        with span("nemo.generate", current=True) as told:
            try:
                await self._converse()
                return await self._film()
            finally:
                kept = self.checkpoint
                told.set(session_id=kept.session_id, render_id=kept.render_id, stage=kept.stage)

    async def _converse(self) -> None:
        """Get the agent's answer, from wherever the generation stands."""
        if self.checkpoint.stage == "render":
            return
        if self.checkpoint.stage == "message":
            await self._look_for_outcome()
            return
        identity = self._account.identity
        try:
            await self._ask()
        except (SessionNotFoundError, AuthenticationError) as error:
            lost = isinstance(error, SessionNotFoundError) or self._account.fall_back(identity)
            if self._message_left or not lost:
                raise
            await self._ask()  # nothing was done in the session that is lost: a new one, once

    async def _ask(self) -> None:
        if self._files:
            await check_sources(self._files)  # before anything is made for them
        language = self.checkpoint.language or await in_thread(detect_language, self.prompt)
        await self._note(stage="session", session_id=None, task_id=None, language=language)
        session = await self._create_session()
        if self._files:
            await self._note(stage="upload")
            await session.upload(*self._files, on_progress=self._emit)
        turn = Turn(
            self._owned,
            self.prompt,
            session=(session.id, session.task_id),
            checkpoint=self.checkpoint,
            fresh=not self._files,
            before_sending=self._before_message,
        )
        async with turn:
            self._message_left = True
            async for event in turn:
                self._emit(event)
        self.reply = turn.reply

    async def _create_session(self) -> Session:
        kept = self.checkpoint
        ids, self._owned = await open_session(
            self._transport, kept.task_name, kept.language or "en"
        )
        self._account.note_user(ids.user_id)
        self.checkpoint = evolve(kept, session_id=ids.session_id, task_id=ids.task_id)
        return Session(self._owned, self._account, ids, fresh=True)

    async def _before_message(self, checkpoint: Checkpoint) -> None:
        await self._note(stage="message", draft_digest=checkpoint.draft_digest)

    async def _look_for_outcome(self) -> None:
        """Find out what became of a message that a process before this one may have sent."""
        self._stages.enter("message", self._elapsed())
        before = self.checkpoint.draft_digest or ""
        alive = self._owned.lifetime
        looks = follow(self._state, before, self._owned.timing, alive, at_once=True)
        try:
            async with contextlib.aclosing(looks):
                async for look in looks:
                    self._emit(
                        StateChanged(("draft",)) if look.changed else StillWorking(look.elapsed)
                    )
                    if look.settled and look.state is not None:
                        self.reply = make_reply(TurnReader(), None, look.state, recovered=True)
                        return
        except AuthenticationError:  # with another token it can be known
            raise
        except APIError as error:
            raise self._unknown() from error
        raise self._unknown()

    def _unknown(self) -> OutcomeUnknownError:
        return OutcomeUnknownError(
            "It is not known whether the message was sent, and the session's state does not tell.",
            checkpoint=self.checkpoint,
        )

    async def _film(self) -> Video:
        """Make the film of a draft that has been charged: "calling again is free" is untrue now."""
        limit = self._transport.timing.render
        deadline = asyncio.timeout(limit)
        try:
            async with deadline:
                return await self._rendered()
        except TimeoutError as error:
            if not deadline.expired():  # it is the caller's own, out of on_checkpoint
                raise
            raise RenderTimeoutError(
                f"The render was not ready after {limit:g} seconds.",
                render_id=self.checkpoint.render_id,
            ) from error
        except (TransportError, ServerError, RateLimitError) as error:
            what = str(error.args[0]).strip().rstrip(".") or type(error).__name__
            failure = RenderError(
                f"The service cannot be reached any more ({what}).",
                render_id=self.checkpoint.render_id,
            )
            failure.advice = _advice_after_charge(error)
            raise self._transport.hide(failure) from error
        except APIError as error:
            error.advice = _advice_after_charge(error)
            raise

    async def _rendered(self) -> Video:
        """Render the draft, and once more under a new id where that fails."""
        # Who resumes what failed for good wants one more: else nothing could be done about it.
        most = max(_RENDERS, self.checkpoint.renders + 1)
        render = await self._begun_render() or await self._submit()
        while True:
            try:
                return await self._watch(render)
            except RenderFailedError:
                if self.checkpoint.renders >= most:
                    raise
            render = await self._submit()

    async def _begun_render(self) -> Render | None:
        """Go on with the render that a process before this one may have submitted."""
        kept = self.checkpoint
        if kept.stage != "render" or kept.render_id is None:
            return None
        self._stages.enter("render", self._elapsed())
        found = await find(
            self._owned, kept.render_id, session_id=kept.session_id, format=kept.format
        )
        return found or await self._submit(kept.render_id)

    async def _submit(self, unknown_id: str | None = None) -> Render:
        """Have the draft rendered: under an id that never arrived, or else under a new one."""
        kept = self.checkpoint
        state = await self._state_with_something()
        await self._note(
            stage="render",
            render_id=unknown_id or new_render_id(),
            renders=kept.renders if unknown_id else kept.renders + 1,
        )
        render = await submit(
            self._owned,
            state,
            session_id=kept.session_id or "",
            render_id=self.checkpoint.render_id or "",
            format=kept.format,
            quality=kept.quality,
            maybe_sent=unknown_id is not None,
        )
        if render.id != self.checkpoint.render_id:  # the service has named it its own way
            await self._note(stage="render", render_id=render.id)
        return render

    async def _state_with_something(self) -> State:
        """Read the state; the service may write it a moment after the turn has ended."""
        state = await self._state()
        for wait in _LOOKS_AGAIN:
            if state.timeline.exportable:
                return state
            await self._owned.lifetime.sleep(wait * self._owned.timing.backoff)
            state = await self._state()
        if state.timeline.exportable:
            return state
        said = self.reply.raw_text.strip() if self.reply else ""
        words = f"it said: {said[:300]!r}" if said else "it said nothing"
        raise self._transport.hide(
            NothingToExportError(f"The agent made nothing that can be exported; {words}.")
        )

    async def _watch(self, render: Render) -> Video:
        async with contextlib.aclosing(render.watch()) as looks:
            async for progress in looks:
                self._emit(progress)
        return render.video()

    async def _state(self) -> State:
        return await self._owned.send(endpoints.state(self.checkpoint.session_id or ""))

    async def _note(self, stage: Stage, **changes: Any) -> None:
        """Keep where we stand, before the call that has an effect."""
        self.checkpoint = evolve(self.checkpoint, stage=stage, **changes)
        self._stages.enter(stage, self._elapsed())
        if self._on_checkpoint is not None:
            told = self._on_checkpoint(self.checkpoint)
            if inspect.isawaitable(told):
                await told

    def _emit(self, event: Event) -> None:
        self._stages.take(event, self._elapsed())
        for listener in self._listeners:
            listener.tell(event)

    def _elapsed(self) -> float:
        return time.monotonic() - self._started


def _advice_after_charge(error: NemoError) -> str:
    """What to do when there is no film of a message that was charged."""
    kept = f"{error.advice} " if isinstance(error, ExportBlockedError) else ""
    valid = " with a valid token" if isinstance(error, AuthenticationError) else ""
    return (
        f"{kept}The message is charged and not lost: client.resume(generation.checkpoint){valid} "
        "goes on from here, for free."
    )
