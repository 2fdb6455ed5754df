"""A render: submitted once under an id of our own, polled, and waited for to a real deadline."""

import asyncio
import contextlib
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
)
from typing import Any

from ._advice import Charged
from ._protocol import endpoints
from ._protocol.endpoints import RenderStatus
from ._protocol.passing import is_passing
from ._telemetry.tracing import span
from ._text import one_line
from ._transport.transport import Credential, Transport
from ._video import Video
from .events import RenderProgress
from .exceptions import (
    APIError,
    InvalidResponseError,
    NemoError,
    RateLimitError,
    RenderCancelledError,
    RenderError,
    RenderFailedError,
    RenderTimeoutError,
    TransportError,
)

__all__ = ["CANCELLED", "Render", "check_seconds", "is_unknown", "of_a_message"]

_FAILED = {"failed", "error"}
CANCELLED = {"cancelled", "canceled"}
_COMPLETED = {"completed", "complete", "succeeded"}
_LONGEST_STATUS = 60
"""Characters: it is shown to people, whatever it is."""
_MOST_UNSEEN = 5
"""How many looks may fail in a row at a render that nobody has seen yet."""


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
        credential: Credential,
        render_id: str,
        *,
        session_id: str | None = None,
        format: str = "mp4",
    ) -> None:
        self._transport = transport
        self._credential = credential
        self.id = render_id
        self.session_id = session_id
        self.status: str = ""
        self.progress: float = 0.0
        self._format = format
        self._last = RenderStatus()
        self._cancelled = self._was_seen = False
        self._pauses: set[asyncio.Future[None]] = set()

    def __repr__(self) -> str:
        return f"Render(id={self.id!r}, status={self.status!r}, progress={self.progress:.2f})"

    async def refresh(self) -> None:
        """Look how far it is: sets `status` and `progress`.

        Raises:
            APIError: The service does not know it (404), or refused.
            TransportError: No usable answer came, also after repeats.
        """
        call = endpoints.render_status(self.id)
        with of_a_message("yes" if self.status else "maybe"):
            self.take(await self._transport.send(call, self._credential))
        self._was_seen = True

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
            RenderError: Just submitted, it could not be looked at even once, however often.
            APIError: The service does not know it, or refused.
            TransportError: The first look failed, also after repeats; a later one does not end
                the wait.
        """
        looks = self.watch(timeout=timeout, poll_interval=poll_interval)
        async with contextlib.aclosing(looks):
            async for _ in looks:
                pass
        return self.video()

    def __aiter__(self) -> AsyncIterator[RenderProgress]:
        """Tell each look as a `RenderProgress`, until the film is ready: as `watch` does."""
        return self.watch()

    async def cancel(self) -> None:
        """End the render on purpose; a `wait` under way raises RenderCancelledError.

        Raises:
            APIError: The service does not know it, or it is beyond cancelling.
            TransportError: It is not known whether the service heard.
        """
        call = endpoints.cancel_render(self.id)
        with of_a_message("yes" if self.status else "maybe"):
            await self._transport.send(call, self._credential)
        self._cancelled = True
        for pause in self._pauses:
            _end(pause)

    async def watch(
        self, *, timeout: float | None = None, poll_interval: float | None = None
    ) -> AsyncGenerator[RenderProgress, None]:
        """Yield a `RenderProgress` for what is known and for each look, until the film is ready.

        A look that fails on the way does not end the watch, the first one does.

        Args:
            timeout: Seconds from the first step that this may take; None for `Timing.render`.
            poll_interval: Seconds between two looks; None for `Timing.render_poll`.

        Yields:
            The status and the fraction, 0 to 1.

        Raises:
            ValueError: A number of seconds cannot be one.
            NemoError: What `wait` raises.
        """
        with span("nemo.render", render_id=self.id, session_id=self.session_id) as told:
            try:
                async with contextlib.aclosing(self._looks(timeout, poll_interval)) as looks:
                    async for look in looks:
                        yield look
            finally:
                told.set(status=self.status)

    async def _looks(
        self, timeout: float | None, poll_interval: float | None
    ) -> AsyncGenerator[RenderProgress, None]:
        timing = self._transport.timing
        watch = _Watch(_seconds(timeout, timing.render, "timeout"))
        every = _seconds(poll_interval, timing.render_poll, "poll_interval")
        if not self.status:
            await self._look(watch)
        while True:
            self._raise_if_over()
            yield RenderProgress(self.status, self.progress)
            if self.status in _COMPLETED:
                return
            await self._pause(min(every, watch.seconds_left))
            self._raise_if_over()
            await self._look(watch)

    async def _look(self, watch: "_Watch") -> None:
        """Look, unless it is too late; a failure that may pass is waited out."""
        try:
            in_time = await watch.look(self.refresh)
        except NemoError as error:
            if not self.status or not self._may_pass(error, watch):
                raise
            watch.failed(error)
            if self._was_seen or watch.failures < _MOST_UNSEEN:
                return
            raise self._error(RenderError, f"The render cannot be looked at{watch}.") from error
        if not in_time:
            words = f"The render was not ready after {watch.limit:g} seconds"
            status = self.status or "unknown"
            raise self._error(RenderTimeoutError, f"{words} ({status}){watch}.") from watch.last

    def _may_pass(self, error: NemoError, watch: "_Watch") -> bool:
        if isinstance(error, APIError) and is_unknown(error):
            # What was just submitted may not be known everywhere yet.
            return not self._was_seen and watch.failures == 0
        return is_passing(error) or isinstance(error, InvalidResponseError | RateLimitError)

    def _error(self, kind: type[RenderError], words: str) -> RenderError:
        error = kind(words, render_id=self.id, session_id=self.session_id)
        return self._transport.hide(error)

    async def _pause(self, seconds: float) -> None:
        """Wait for the next look, or until it is cancelled here."""
        loop = asyncio.get_running_loop()
        pause = loop.create_future()
        timer = loop.call_later(seconds, _end, pause)
        self._pauses.add(pause)
        try:
            with self._transport.while_open():
                await pause
        finally:
            self._pauses.discard(pause)
            timer.cancel()

    def video(self) -> Video:
        """Return the film of a completed render; no I/O.

        Returns:
            The film, to be saved.

        Raises:
            RenderError: It is not completed.
        """
        if self.status not in _COMPLETED:
            raise self._error(RenderError, "The render is not completed yet.")
        return Video(
            self._transport,
            self._credential,
            url=self._last.url,
            duration=self._last.duration,
            size=self._last.size,
            format=self._format,
            render_id=self.id,
            session_id=self.session_id,
        )

    def take(self, status: RenderStatus) -> None:
        """Take what the service says of it; no I/O."""
        self._last = status
        told = one_line(status.status, _LONGEST_STATUS).lower()
        self.status = told or self.status or "pending"
        self.progress = 1.0 if self.status in _COMPLETED else _fraction(status, self.progress)

    def _raise_if_over(self) -> None:
        if self._cancelled or self.status in CANCELLED:
            raise self._error(RenderCancelledError, "The render was cancelled.")
        if self.status in _FAILED:
            reason = self._last.error or "the service gave no reason"
            raise self._error(RenderFailedError, f"The render failed: {reason.rstrip('.')}.")


class _Watch:
    """One wait for a render: until when, and which looks failed since the last that did not."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.failures = 0
        self.last: NemoError | None = None
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + limit

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._end - self._now())

    async def look(self, refresh: Callable[[], Awaitable[None]]) -> bool:
        """Look in time, and say whether it was."""
        if not self.seconds_left:
            return False
        deadline = asyncio.timeout_at(self._end)
        try:
            async with deadline:
                await refresh()
        except TimeoutError:
            if not deadline.expired():  # it is one of the caller's token function
                raise
            return False
        self.failures, self.last = 0, None
        return True

    def failed(self, error: NemoError) -> None:
        self.failures += 1
        self.last = error

    def __str__(self) -> str:
        if self.last is None:
            return ""
        looks = "look" if self.failures == 1 else f"{self.failures} looks"
        return f"; the last {looks} failed: {_reason(self.last)}"


def _end(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)


def check_seconds(value: Any, name: str) -> float:
    """Return a number of seconds that can be waited for.

    Raises:
        ValueError: It is none, or negative.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"{name} must be a number of seconds, 0 or more.")
    return float(value)


def _seconds(value: float | None, default: float, name: str) -> float:
    return default if value is None else check_seconds(value, name)


def _fraction(status: RenderStatus, before: float) -> float:
    """Return the progress as 0 to 1; the service has told it as percent, too."""
    told = status.progress
    if told is None or told < 0 or told == 1:  # 1 is all, or one percent: the status will say
        return before
    return max(before, min(1.0, told / 100 if told > 1 else told))


def is_unknown(error: APIError) -> bool:
    return 404 in {error.status, error.code}


def _reason(error: NemoError) -> str:
    """Return an error's words without its call and its advice."""
    words = str(error.args[0]).strip().rstrip(".")
    return f"{error.status} {words}".strip() if isinstance(error, APIError) else words


@contextlib.contextmanager
def of_a_message(charged: Charged) -> Iterator[None]:
    """Have errors say whether the message was charged that made what is rendered."""
    try:
        yield
    except (APIError, TransportError) as error:
        error.charged = charged
        raise
