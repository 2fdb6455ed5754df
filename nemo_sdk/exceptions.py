"""The errors: one tree, so that `except NemoError` catches all that this library raises itself.

    NemoError
    ├── APIError                      the service said no
    │   ├── BadRequestError           400
    │   ├── AuthenticationError       1001, 401
    │   ├── InsufficientCreditsError  2001
    │   ├── ExportBlockedError        402
    │   ├── SessionNotFoundError      1002
    │   ├── UnsupportedFileTypeError  4001, 415
    │   ├── FileTooLargeError         4002, 413
    │   ├── RateLimitError            429
    │   └── ServerError               5xx
    ├── TransportError                no usable answer; calling again is never charged
    │   ├── RequestTimeoutError
    │   └── InvalidResponseError
    ├── TurnError                     the agent failed in the middle of a turn
    │   ├── TurnTimeoutError
    │   └── OutcomeUnknownError       the message left, its answer was lost
    ├── RenderError
    │   ├── NothingToExportError
    │   ├── RenderFailedError
    │   ├── RenderTimeoutError
    │   └── RenderCancelledError
    └── DownloadError

Arguments that cannot be right (an empty prompt, a folder given as a file) raise the built-in
ValueError, TypeError or OSError before anything is sent.
"""

from collections.abc import Callable
from typing import Any

from .models import Checkpoint

__all__ = [
    "APIError",
    "AuthenticationError",
    "BadRequestError",
    "DownloadError",
    "ExportBlockedError",
    "FileTooLargeError",
    "InsufficientCreditsError",
    "InvalidResponseError",
    "NemoError",
    "NothingToExportError",
    "OutcomeUnknownError",
    "RateLimitError",
    "RenderCancelledError",
    "RenderError",
    "RenderFailedError",
    "RenderTimeoutError",
    "RequestTimeoutError",
    "ServerError",
    "SessionNotFoundError",
    "TransportError",
    "TurnError",
    "TurnTimeoutError",
    "UnsupportedFileTypeError",
]

_Rebuild = tuple[Callable[..., Any], tuple[Any, ...]]


def _rebuild(kind: type["NemoError"], args: tuple[Any, ...], state: dict[str, Any]) -> "NemoError":
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class NemoError(Exception):
    """Whatever goes wrong in this library that is not a wrong argument.

    It can be pickled, holds no token, and its text says what to do next.
    """

    advice: str = ""
    """What the reader can do next; the last sentence of the error's text."""

    def __str__(self) -> str:
        return " ".join(part for part in (self._what_happened(), self._next_step()) if part)

    def __reduce__(self) -> _Rebuild:
        return _rebuild, (type(self), self.args, self.__dict__)

    def _what_happened(self) -> str:
        return super().__str__()

    def _next_step(self) -> str:
        return self.advice


class APIError(NemoError):
    """The service answered, and said no.

    Attributes:
        code: The service's own code, such as 2001, or None.
        status: The HTTP status.
        message: The service's words.
        body: The answer's body: decoded JSON, or text, cut to a readable size.
        method: The HTTP method of the call.
        path: The path of the call, without the host.
    """

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        status: int | None = None,
        body: Any = None,
        method: str = "",
        path: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.body = body
        self.method = method
        self.path = path

    def _what_happened(self) -> str:
        where = " ".join(part for part in (self.method, self.path) if part)
        number = self.code or self.status
        head = f"{where} was refused ({number}): " if where else ""
        words = self.message.strip() or "the service gave no reason"
        return head + (words if words.endswith((".", "!", "?", "。")) else f"{words}.")


class BadRequestError(APIError):
    """HTTP 400 or 422: the service could not use the request."""


class AuthenticationError(APIError):
    """1001 or HTTP 401: the token is invalid or has expired, and a new one did not help."""

    advice = (
        "Check the token (the argument token= or the variable NEMO_TOKEN), "
        "or leave it out to use an anonymous one."
    )


class InsufficientCreditsError(APIError):
    """2001: the account has no credits left. Nothing was made.

    Attributes:
        register_url: Where an anonymous user gets an account and more credits; None for others.
    """

    register_url: str | None = None

    def _next_step(self) -> str:
        if self.register_url:
            return f"Register to get more credits: {self.register_url}"
        return "Top up the account in the web app."


class ExportBlockedError(APIError):
    """402: the free plan does not allow this export. It is the plan, not the credits."""

    advice = "A subscription unlocks exports; credits do not."


class SessionNotFoundError(APIError):
    """1002, or a bare 404 on a session's path: the service does not know the session (any more)."""

    advice = "Make a new one with client.create_session() and upload its files again."


class UnsupportedFileTypeError(APIError):
    """4001 or HTTP 415: the service does not take this kind of file.

    Attributes:
        accepted: The extensions that it takes, without dots.
    """

    accepted: tuple[str, ...] = ()

    def _next_step(self) -> str:
        return f"Accepted are: {', '.join(self.accepted)}." if self.accepted else ""


class FileTooLargeError(APIError):
    """4002 or HTTP 413: a file is over the service's limit.

    Attributes:
        limit: The most that a file may have, in bytes.
    """

    limit: int = 0

    def _next_step(self) -> str:
        limit = f"A file may have at most {self.limit // 1024**2} MB. " if self.limit else ""
        return f"{limit}Compress or trim it first."


class RateLimitError(APIError):
    """429: too many calls, also after the one wait and repeat.

    Attributes:
        retry_after: Seconds that the service asks to wait, or None where it did not say.
    """

    retry_after: float | None = None

    def _next_step(self) -> str:
        if self.retry_after is None:
            return "Try again later."
        for name, seconds in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if self.retry_after >= 2 * seconds:
                return f"Try again in {self.retry_after / seconds:.0f} {name}."
        return f"Try again in {self.retry_after:.0f} seconds."


class ServerError(APIError):
    """HTTP 5xx: the service failed."""

    advice = "This is the service's fault; try again later."


class TransportError(NemoError):
    """No usable answer came: no connection, a broken one, a timeout, garbage.

    Calling again is never charged: where a charge could be, the error is OutcomeUnknownError.

    Attributes:
        sent: Whether bytes of the request may have left this machine.
    """

    sent: bool = True
    advice = "Calling again is never charged."


class RequestTimeoutError(TransportError):
    """The service was too slow to accept a connection, or to go on with an answer."""


class InvalidResponseError(TransportError):
    """The answer cannot be read: HTML, cut JSON, a missing field that nothing goes without."""


class TurnError(NemoError):
    """The agent failed in the middle of a turn. The message was received, and may be charged.

    Attributes:
        code: The agent's error code, or "".
        checkpoint: From where `client.resume` can look for what the turn made, or None.
    """

    def __init__(
        self, message: str, *, code: str = "", checkpoint: Checkpoint | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.checkpoint = checkpoint


class TurnTimeoutError(TurnError):
    """Ten minutes of nothing but heartbeats, or fifteen minutes in all (see `Timing`)."""

    advice = "The service may still finish: look with session.state(), or client.resume()."


class OutcomeUnknownError(TurnError):
    """The message left, its answer was lost, and the session's state does not tell the outcome.

    It was not sent again, because that could be charged a second time.
    """

    advice = (
        "It was not sent again, since that could be charged twice. Look later with "
        "session.state() or client.resume(error.checkpoint) before you send it anew."
    )


class RenderError(NemoError):
    """No film came out of a render. Renders are free: rendering again costs nothing.

    Attributes:
        render_id: The render's id, or None where none was submitted.
    """

    def __init__(self, message: str, *, render_id: str | None = None) -> None:
        super().__init__(message)
        self.render_id = render_id


class NothingToExportError(RenderError):
    """The session's draft has no track with a segment in it, so there is nothing to render."""

    advice = "Send a message that makes something first."


class RenderFailedError(RenderError):
    """The service gave up on the render."""

    advice = (
        "Rendering again is free: client.session(session_id).export(); a generation has the id in "
        "its checkpoint."
    )


class RenderTimeoutError(RenderError):
    """The render was not ready before the deadline. It goes on in the service."""

    advice = "Go on waiting with client.render(error.render_id).wait()."


class RenderCancelledError(RenderError):
    """The render was cancelled, here or elsewhere."""


class DownloadError(NemoError):
    """The film could not be fetched whole. No half file is left; the film stays in the service."""

    advice = "Save it again: the film is still there, and downloads are free."
