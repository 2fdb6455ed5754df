"""A render: submitted once under an id of our own, polled, and waited for to a real deadline."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from typing import Any

from ._protocol import endpoints
from ._protocol.endpoints import FORMATS, QUALITIES, RenderStatus
from ._telemetry.tracing import span
from ._transport.closing import Lifetime
from ._transport.transport import Transport
from ._video import Video
from .events import RenderProgress
from .exceptions import (
    APIError,
    NemoError,
    NothingToExportError,
    RateLimitError,
    RenderCancelledError,
    RenderError,
    RenderFailedError,
    RenderTimeoutError,
    ServerError,
    TransportError,
)
from .models import State

__all__ = ["Render", "check_output", "check_seconds", "find", "new_render_id", "submit"]

_FAILED = {"failed", "error"}
_CANCELLED = {"cancelled", "canceled"}
_COMPLETED = {"completed", "complete", "succeeded"}


class Render:
    """A render in the service: free, and alive there whatever happens here.

    Made by `session.export()`, or by `client.render(id)` for one that exists.

    Attributes:
        id: The render's id.
        session_id: The session that it belongs to, or None where that is not known.
        status: pending, processing, completed, failed, cancelled, or a word that the service
            adds later; "" before the first look.
        progress: 0 to 1.
    """

    def __init__(
        self,
        transport: Transport,
        render_id: str,
        *,
        session_id: str | None = None,
        format: str = "mp4",
    ) -> None:
        self._transport = transport.for_owner()
        self.id = render_id
        self.session_id = session_id
        self.status: str = ""
        self.progress: float = 0.0
        self._format = format
        self._last = RenderStatus()
        self._cancelled = False
        self._pauses: set[asyncio.Future[None]] = set()

    def __repr__(self) -> str:
        return f"Render(id={self.id!r}, status={self.status!r}, progress={self.progress:.2f})"

    async def refresh(self) -> None:
        """Look how far it is: sets `status` and `progress`.

        Raises:
            APIError: The service does not know it (404), or refused.
            TransportError: No usable answer came, also after repeats.
        """
        self._take(await self._transport.send(endpoints.render_status(self.id)))

    async def wait(
        self, *, timeout: float | None = None, poll_interval: float | None = None
    ) -> Video:
        """Wait for the film.

        Args:
            timeout: Seconds from now that this may take at most, a look under way included;
                None for `Timing.render`.
            poll_interval: Seconds between two looks; None for `Timing.render_poll`.

        Returns:
            The film, to be saved.

        Raises:
            ValueError: A number of seconds cannot be one.
            RenderFailedError: The service gave up.
            RenderCancelledError: It was cancelled, here or elsewhere.
            RenderTimeoutError: It was not ready in time; it goes on in the service.
            APIError: The service does not know it, or refused.
            TransportError: The first look failed, also after repeats; a later one does not end
                the wait.
        """
        limit = self._transport.timing.render
        limit = limit if timeout is None else check_seconds(timeout, "timeout")
        with self._spanned():
            await self._wait(limit, poll_interval)
        return self.video()

    def __aiter__(self) -> AsyncIterator[RenderProgress]:
        """Tell each look as a `RenderProgress`, until the film is ready."""
        return self.watch()

    async def cancel(self) -> None:
        """End the render on purpose; a `wait` under way raises RenderCancelledError.

        Raises:
            APIError: The service does not know it, or it is beyond cancelling.
            TransportError: It is not known whether the service heard.
        """
        await self._transport.send(endpoints.cancel_render(self.id))
        self._cancelled = True
        for pause in self._pauses:
            pause.cancel()

    async def watch(
        self, poll_interval: float | None = None
    ) -> AsyncGenerator[RenderProgress, None]:
        """Yield a `RenderProgress` for what is known and for each look, until the film is ready.

        A look that fails on the way does not end the watch, the first one does.

        Args:
            poll_interval: Seconds between two looks; None for `Timing.render_poll`.

        Yields:
            The status and the fraction, 0 to 1.

        Raises:
            ValueError: The number of seconds cannot be one.
            TransportError: The first look failed, also after repeats.
            RenderFailedError: The service gave up.
            RenderCancelledError: It was cancelled, here or elsewhere.
            APIError: The service does not know it, or refused.
        """
        with self._spanned():
            async with contextlib.aclosing(self._looks(poll_interval)) as looks:
                async for look in looks:
                    yield look

    async def _wait(self, limit: float, poll_interval: float | None) -> None:
        deadline = asyncio.timeout(limit)
        try:
            async with deadline, contextlib.aclosing(self._looks(poll_interval)) as looks:
                async for _ in looks:
                    pass
        except TimeoutError as error:
            if not deadline.expired():  # it is one of the caller's token function
                raise
            raise RenderTimeoutError(
                f"The render was not ready after {limit:g} seconds ({self.status or 'unknown'}).",
                render_id=self.id,
            ) from error

    async def _looks(self, poll_interval: float | None) -> AsyncGenerator[RenderProgress, None]:
        every = self._transport.timing.render_poll
        every = every if poll_interval is None else check_seconds(poll_interval, "poll_interval")
        alive = self._transport.lifetime
        if not self.status:
            await self.refresh()
        while True:
            self._raise_if_over()
            yield RenderProgress(self.status, self.progress)
            if self.status in _COMPLETED:
                return
            await self._pause(every, alive)
            self._raise_if_over()
            with contextlib.suppress(TransportError, ServerError, RateLimitError):
                await self.refresh()

    async def _pause(self, seconds: float, alive: Lifetime) -> None:
        """Wait for the next look, or until it is cancelled here."""
        pause = asyncio.get_running_loop().create_future()
        self._pauses.add(pause)
        try:
            with alive.within():
                await asyncio.wait([pause], timeout=seconds)
        finally:
            self._pauses.discard(pause)

    def video(self) -> Video:
        """Return the film of a completed render; no I/O.

        Returns:
            The film, to be saved.

        Raises:
            RenderError: It is not completed.
        """
        if self.status not in _COMPLETED:
            raise RenderError("The render is not completed yet: wait for it.", render_id=self.id)
        return Video(
            self._transport,
            url=self._last.url,
            duration=self._last.duration,
            size=self._last.size,
            format=self._format,
            render_id=self.id,
            session_id=self.session_id,
        )

    @contextlib.contextmanager
    def _spanned(self) -> Iterator[None]:
        with span("nemo.render", render_id=self.id, session_id=self.session_id) as told:
            try:
                yield
            finally:
                told.set(status=self.status)

    def _take(self, status: RenderStatus) -> None:
        self._last = status
        self.status = status.status.lower() or self.status or "pending"
        self.progress = 1.0 if self.status in _COMPLETED else _fraction(status, self.progress)

    def _raise_if_over(self) -> None:
        if self._cancelled or self.status in _CANCELLED:
            raise RenderCancelledError("The render was cancelled.", render_id=self.id)
        if self.status in _FAILED:
            reason = self._last.error or "the service gave no reason"
            raise self._transport.hide(
                RenderFailedError(f"The render failed: {reason}.", render_id=self.id)
            )


async def submit(
    transport: Transport,
    state: State,
    *,
    session_id: str,
    render_id: str,
    format: str,
    quality: str,
    maybe_sent: bool = False,
) -> Render:
    """Have a session's draft rendered under an id of ours, exactly once.

    An answer that is lost is asked for by the id, and only an id that the service does not know
    is submitted again.

    Args:
        transport: What it is sent with.
        state: The session's state, whose draft goes out as it came.
        session_id: The session.
        render_id: The id; see `new_render_id`.
        format: The container.
        quality: The quality.
        maybe_sent: Whether a process that died may have submitted it before, so that a refusal
            may just say that the id is taken.

    Raises:
        NothingToExportError: The draft is empty.
        APIError: The service refused.
        TransportError: The service cannot be reached; the render may be under way.
    """
    if not state.timeline.exportable or not isinstance(state.draft, Mapping):
        raise NothingToExportError("The session's timeline is empty.")
    transport = transport.for_lifetime()
    render = Render(transport, render_id, session_id=session_id, format=format)
    call = endpoints.submit_render(
        render_id, session_id, state.draft, format=format, quality=quality
    )
    for repeats_left in reversed(range(transport.max_retries + 1)):
        try:
            status = await transport.send(call)
        except (TransportError, APIError) as error:
            if not _may_be_there(error, maybe_sent=maybe_sent):
                raise
            if await _is_known(render):
                break
            if not repeats_left or not _may_be_there(error, maybe_sent=False):
                raise
            maybe_sent = True
        else:
            render.id = status.id or render.id
            render._take(status)  # noqa: SLF001 - made and filled here
            break
    return render


async def find(
    transport: Transport, render_id: str, *, session_id: str | None, format: str
) -> Render | None:
    """Return a render that may have been submitted; None where the service does not know it.

    Raises:
        APIError: The service refused.
        TransportError: No usable answer came.
    """
    render = Render(transport, render_id, session_id=session_id, format=format)
    return render if await _is_known(render) else None


async def _is_known(render: Render) -> bool:
    """Look whether the service knows the render."""
    try:
        await render.refresh()
    except APIError as error:
        if error.status == 404 or error.code == 404:
            return False
        raise
    return True


def _may_be_there(error: NemoError, *, maybe_sent: bool) -> bool:
    """Whether the render may be in the service after this error of its submission."""
    if isinstance(error, TransportError):
        return error.sent
    # After an answer that was lost, a refusal may just say that the id is taken: by ourselves.
    return isinstance(error, ServerError) or maybe_sent


def new_render_id() -> str:
    """Return an id that no render has."""
    return f"render_{uuid.uuid4().hex}"


def check_output(format: str, quality: str) -> None:
    """Refuse an output that the service does not have.

    Raises:
        ValueError: With what there is.
    """
    if format not in FORMATS:
        raise ValueError(f"There is no format {format!r}: choose one of {', '.join(FORMATS)}.")
    if quality not in QUALITIES:
        raise ValueError(f"There is no quality {quality!r}: choose one of {', '.join(QUALITIES)}.")


def check_seconds(value: Any, name: str) -> float:
    """Return a number of seconds that can be waited for.

    Raises:
        ValueError: It is none, or negative.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"{name} must be a number of seconds, 0 or more; None for the default.")
    return float(value)


def _fraction(status: RenderStatus, before: float) -> float:
    """Return the progress as 0 to 1; the service has told it as percent, too."""
    told = status.progress
    if told is None or told < 0:
        return before
    return max(before, min(1.0, told / 100 if told > 1 else told))
