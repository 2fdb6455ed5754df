"""The errors: one tree, so that `except NemoError` catches all that this library raises itself.

    NemoError
    ├── APIError                      the service said no
    │   ├── BadRequestError           400, 422
    │   ├── AuthenticationError       1001, 1010, 1011, 401
    │   ├── InsufficientCreditsError  2001; 402 of anything but an export
    │   ├── ExportBlockedError        402 and 403 of an export
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
    ├── RenderError                   no film came out of a render
    │   ├── NothingToExportError
    │   ├── RenderFailedError
    │   ├── RenderTimeoutError
    │   └── RenderCancelledError
    └── DownloadError                 the film could not be fetched whole

Arguments that cannot be right (an empty prompt, a folder given as a file) raise the built-in
ValueError, TypeError or OSError before anything is sent.
"""

from collections.abc import Callable
from typing import Any

from ._advice import LONGEST_WORDS, Advised, Charged, Next, when
from ._text import one_line
from .models import Checkpoint

__all__ = [
    "APIError",
    "AuthenticationError",
    "BadRequestError",
    "Charged",
    "DownloadError",
    "ExportBlockedError",
    "FileTooLargeError",
    "InsufficientCreditsError",
    "InvalidResponseError",
    "NemoError",
    "Next",
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


class NemoError(Advised, Exception):
    """Whatever goes wrong in this library that is not a wrong argument.

    It can be pickled, holds no token, and its text says what to do next.

    Args:
        message: What happened.
        next: What to do about it, where that is not what it is for most errors of the kind.

    Attributes:
        charged: Whether the message behind this was charged: "yes", "no" (also where none was
            sent), or "maybe" where nobody can know.
        checkpoint: What `client.resume` goes on from, or None where nothing was begun.
        next: What to do about it, as a word for programs.
    """

    def __init__(self, message: str = "", *, next: Next | None = None) -> None:
        super().__init__(message)
        if next is not None:
            self._next = next

    def __str__(self) -> str:
        return " ".join(filter(None, (self.what_happened, self.advice)))

    def __reduce__(self) -> _Rebuild:
        return _rebuild, (type(self), self.args, self.__dict__)


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

    _next: Next = "change_request"

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        status: int | None = None,
        body: Any = None,
        method: str = "",
        path: str = "",
        next: Next | None = None,
    ) -> None:
        super().__init__(message, next=next)
        self.message = message
        self.code = code
        self.status = status
        self.body = body
        self.method = method
        self.path = path

    @property
    def what_happened(self) -> str:
        """The first part of the error's text."""
        where = " ".join(filter(None, (self.method, self.path)))
        head = f"{where} was refused ({self.code or self.status}): " if where else ""
        words = one_line(self.message, LONGEST_WORDS) or "the service gave no reason"
        stop = "" if words.endswith((".", "!", "?", "。")) else "."
        return " ".join(filter(None, (f"{head}{words}{stop}", self._limits())))

    @property
    def for_people(self) -> str:
        """What happened, for people who do not program: the service's words, if it had any."""
        if one_line(self.message, LONGEST_WORDS):
            return super().for_people
        return f"The service did not do it, and gave no reason ({self.code or self.status})."

    def _limits(self) -> str:
        return ""


class BadRequestError(APIError):
    """HTTP 400 or 422: the service could not use the request."""


class AuthenticationError(APIError):
    """1001 or HTTP 401: the token is invalid or has expired, and a new one did not help."""

    _next = "check_token"


class InsufficientCreditsError(APIError):
    """2001: the account has no credits left. Nothing was made.

    Attributes:
        register_url: Where an anonymous user gets an account and more credits; None for others.
    """

    register_url: str | None = None
    _next = "top_up"


class ExportBlockedError(APIError):
    """402 or 403: the plan does not allow this export. It is the plan, not the credits.

    Attributes:
        register_url: Where an anonymous user gets an account, with exports; None for others.
    """

    register_url: str | None = None
    _next = "subscribe"


class SessionNotFoundError(APIError):
    """1002, or a bare 404 on a session's path: the service does not know the session (any more)."""

    _next = "new_session"


class UnsupportedFileTypeError(APIError):
    """4001 or HTTP 415: the service does not take this kind of file.

    Attributes:
        accepted: The extensions that it takes, without dots.
    """

    accepted: tuple[str, ...] = ()
    _next = "change_file"

    def _limits(self) -> str:
        return f"Accepted are: {', '.join(self.accepted)}." if self.accepted else ""


class FileTooLargeError(APIError):
    """4002 or HTTP 413: a file is over the service's limit.

    Attributes:
        limit: The most that a file may have, in bytes.
    """

    limit: int = 0
    _next = "change_file"

    def _limits(self) -> str:
        megabyte = 1000**2 if self.limit % 1000**2 == 0 else 1024**2
        return f"A file may have at most {self.limit // megabyte} MB." if self.limit else ""


class RateLimitError(APIError):
    """429: too many calls, also after the one wait and repeat.

    Attributes:
        retry_after: Seconds that the service asks to wait, or None where it did not say.
    """

    retry_after: float | None = None
    _next = "wait"

    @property
    def when(self) -> str:
        """When to try again, in words: "in 2 minutes", or "later"."""
        return when(self.retry_after)


class ServerError(APIError):
    """HTTP 5xx: the service failed."""

    _next = "wait"


class TransportError(NemoError):
    """No usable answer came: no connection, a broken one, a timeout, garbage.

    Calling again is never charged: where a charge could be, the error is OutcomeUnknownError.

    Attributes:
        sent: Whether bytes of the request may have left this machine.
    """

    sent: bool = True
    _next = "call_again"


class RequestTimeoutError(TransportError):
    """The service was too slow to accept a connection, or to go on with an answer."""


class InvalidResponseError(TransportError):
    """The answer cannot be read: HTML, cut JSON, a missing field that nothing goes without."""


class TurnError(NemoError):
    """The agent failed in the middle of a turn. The message was received, and may be charged.

    Attributes:
        code: The agent's error code, or "".
    """

    charged: Charged = "maybe"
    _next: Next = "resume"

    def __init__(
        self, message: str, *, code: str = "", checkpoint: Checkpoint | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.checkpoint = checkpoint


class TurnTimeoutError(TurnError):
    """Ten minutes of nothing but heartbeats, or fifteen minutes in all (see `Timing`).

    The service may still finish.
    """


class OutcomeUnknownError(TurnError):
    """The message left, its answer was lost, and the session's state does not tell the outcome.

    It is not sent again, because that could be charged a second time.
    """

    @property
    def what_happened(self) -> str:
        """The first part of the error's text."""
        words = super().what_happened.removesuffix(".")
        return f"{words}. It was not sent again, since that could be charged twice."


class RenderError(NemoError):
    """No film came out of a render. Renders are free: rendering again costs nothing.

    Attributes:
        render_id: The render's id, or None where none was submitted.
        session_id: The id of its session, or None where that is not known.
    """

    charged: Charged = "yes"
    _next: Next = "keep_waiting"

    def __init__(
        self,
        message: str,
        *,
        render_id: str | None = None,
        session_id: str | None = None,
        next: Next | None = None,
    ) -> None:
        super().__init__(message, next=next)
        self.render_id = render_id
        self.session_id = session_id


class NothingToExportError(RenderError):
    """The session's draft has no track with a segment in it, so there is nothing to render."""

    charged: Charged = "maybe"
    _next = "send_message"


class RenderFailedError(RenderError):
    """The service gave up on the render."""

    _next = "render_again"


class RenderTimeoutError(RenderError):
    """The render was not ready before the deadline. It goes on in the service."""


class RenderCancelledError(RenderError):
    """The render was cancelled, here or elsewhere."""

    _next = "render_again"


class DownloadError(NemoError):
    """The film could not be fetched whole. No half file is left; the film stays in the service."""

    charged: Charged = "yes"
    _next = "save_again"
