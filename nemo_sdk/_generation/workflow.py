"""The whole way from a prompt to a film: the one place that composes the resources."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from attrs import evolve

from nemo_sdk._agent.recovery import until
from nemo_sdk._auth.account import CurrentAccount
from nemo_sdk._concurrency.callbacks import settled
from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._export import find, new_render_id, submit
from nemo_sdk._protocol import endpoints
from nemo_sdk._render import CANCELLED, Render
from nemo_sdk._session import open_session
from nemo_sdk._telemetry.tracing import span
from nemo_sdk._timeline.draft import is_exportable
from nemo_sdk._transfer.upload import Source, check_sources, upload
from nemo_sdk._transport.transport import Transport
from nemo_sdk._turn import OnCheckpoint, Turn
from nemo_sdk._video import Video
from nemo_sdk._wording.languages import detect_language
from nemo_sdk.exceptions import (
    AuthenticationError,
    NothingToExportError,
    RateLimitError,
    RenderError,
    RenderFailedError,
    RenderTimeoutError,
    ServerError,
    SessionNotFoundError,
    TransportError,
)
from nemo_sdk.models import Checkpoint, Reply, Stage, State

from .broadcast import Broadcast
from .ending import note_end

__all__ = ["OnCheckpoint", "Workflow"]

_RENDERS = 2


class Workflow:
    """Makes one film, from the start or from a checkpoint.

    Args:
        transport: What calls are made with.
        account: Who makes the session.
        checkpoint: Where it begins.
        files: What is uploaded.
        on_checkpoint: Called before each call that has an effect.
        broadcast: What it tells.

    Attributes:
        checkpoint: Where it stands.
    """

    def __init__(
        self,
        transport: Transport,
        account: CurrentAccount,
        checkpoint: Checkpoint,
        *,
        files: Sequence[Source],
        on_checkpoint: OnCheckpoint | None,
        broadcast: Broadcast,
    ) -> None:
        self.checkpoint = checkpoint
        self._heard: Turn | None = None
        self._after: State | None = None
        self._transport = transport
        self._account = account
        self._credential = account.current
        self._files = files
        self._on_checkpoint = on_checkpoint
        self._broadcast = broadcast
        self._message_left = False
        self._begun_before = checkpoint.stage == "message"

    @property
    def reply(self) -> Reply | None:
        """The agent's answer, when there is one."""
        return None if self._heard is None else self._heard.reply

    def note_end(self, error: BaseException) -> None:
        """Have what ended the work say what was charged, and from where it is gone on with."""
        self.checkpoint = note_end(
            error,
            self.checkpoint,
            answered=self._heard is not None,
            begun_before=self._begun_before,
        )

    async def film(self) -> Video:
        """Make the film; it ends with the client.

        Raises:
            NemoError, ValueError, TypeError, OSError: See `NemoClient.generate`.
        """
        with self._transport.while_open(), span("nemo.generate", current=True) as told:
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
            await self._follow()
            return
        try:
            await self._ask()
        except (SessionNotFoundError, AuthenticationError) as error:
            if self._message_left:
                raise
            gone = isinstance(error, SessionNotFoundError)
            if not gone and self._account.fall_back(self._credential) is None:
                raise
            await self._ask()  # nothing was done in the session that is lost: a new one, once

    async def _ask(self) -> None:
        if self._files:
            await check_sources(self._files)  # before anything is made for them
        language = self.checkpoint.language or await in_thread(
            detect_language, self.checkpoint.prompt
        )
        await self._note(stage="session", session_id=None, task_id=None, language=language)
        await self._open_session(language)
        if self._files:
            await self._note(stage="upload")
            await self._upload()
        await self._hear(self._turn(fresh=not self._files, on_checkpoint=self._stand))

    async def _open_session(self, language: str | None) -> None:
        ids, self._credential = await open_session(
            self._account, self.checkpoint.task_name, language or "en"
        )
        self.checkpoint = evolve(self.checkpoint, session_id=ids.session_id, task_id=ids.task_id)

    async def _upload(self) -> None:
        session_id = self.checkpoint.session_id or ""
        with span("nemo.upload", current=True, session_id=session_id):
            await upload(
                self._transport, self._credential, session_id, self._files, self._broadcast.tell
            )

    def _turn(self, **how: Any) -> Turn:
        return Turn(self._transport, self._credential, self.checkpoint, **how)

    async def _follow(self) -> None:
        """Find out what became of a message that a process before this one may have sent."""
        self._broadcast.enter("message")
        await self._hear(self._turn(already_sent=True))

    async def _hear(self, turn: Turn) -> None:
        async with turn:
            self._message_left = True
            async for event in turn:
                self._broadcast.tell(event)
        self._heard, self._after = turn, turn.after

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
                session_id=self.checkpoint.session_id,
            ) from error
        except (TransportError, ServerError, RateLimitError) as error:
            what = str(error.args[0]).strip().rstrip(".") or type(error).__name__
            words = f"The service cannot be reached any more ({what})."
            if isinstance(error, RateLimitError):
                words = f"The service takes no more calls now ({what}): try again {error.when}."
            failure = RenderError(
                words,
                render_id=self.checkpoint.render_id,
                session_id=self.checkpoint.session_id,
                next=error.next,
            )
            raise self._transport.hide(failure) from error

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
        self._broadcast.enter("render")
        found = await find(
            self._transport,
            self._credential,
            kept.render_id,
            session_id=kept.session_id,
            format=kept.format,
        )
        if found is not None and found.status in CANCELLED:  # who goes on wants another
            return None
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
            self._transport,
            self._credential,
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
        """Return the state that the turn left, or else the one of now.

        The service may write it a moment after the turn has ended.
        """
        after, self._after = self._after, None  # another render is of what there is then
        if after is not None and is_exportable(after.draft):
            return after
        timing, sleep = self._transport.timing, self._transport.sleep
        state = await until(self._state, lambda state: is_exportable(state.draft), timing, sleep)
        if is_exportable(state.draft):
            return state
        raise self._transport.hide(_no_film(self.reply or Reply(), self.checkpoint.session_id))

    async def _watch(self, render: Render) -> Video:
        async with contextlib.aclosing(render.watch()) as looks:
            async for progress in looks:
                self._broadcast.tell(progress)
        return render.video()

    async def _state(self) -> State:
        call = endpoints.state(self.checkpoint.session_id or "")
        return await self._transport.send(call, self._credential)

    async def _note(self, stage: Stage, **changes: Any) -> None:
        """Take note of where the work goes on, before the call that has an effect."""
        await self._stand(evolve(self.checkpoint, stage=stage, **changes))

    async def _stand(self, checkpoint: Checkpoint) -> None:
        """Keep where the work stands."""
        before, self.checkpoint = self.checkpoint, checkpoint
        self._broadcast.enter(checkpoint.stage)
        if self._on_checkpoint is None:
            return
        try:
            await settled(self._on_checkpoint(checkpoint))
        except BaseException:
            if checkpoint.stage == "message":  # which is not sent, then
                self.checkpoint = before
            raise


def _no_film(reply: Reply, session_id: str | None) -> NothingToExportError:
    """Return the error of an agent that has made nothing: with what it asked, or what it said."""
    if reply.questions:
        asked = " ".join(str(question).replace("\n", " ") for question in reply.questions)
        words = f"The agent asks before it goes on: {asked[:500]}"
        return NothingToExportError(words, session_id=session_id, next="answer")
    said = reply.raw_text.strip()
    told = f"it said: {said[:300]!r}" if said else "it said nothing"
    words = f"The agent made nothing that can be exported; {told}."
    return NothingToExportError(words, session_id=session_id)
