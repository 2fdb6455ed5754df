"""The service's endpoints as values: what to send, and how to read the answer. No I/O."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import quote

from attrs import field, frozen

from nemo_sdk.exceptions import InvalidResponseError
from nemo_sdk.models import AnonymousToken, Credits, Format, Quality, State, Upload

from . import json as _json
from .converter import UnreadableError, is_id, register_names, structure
from .envelope import Answer, open_envelope
from .words import words_in

__all__ = [
    "FORMATS",
    "QUALITIES",
    "RUN_SSE",
    "Call",
    "RenderStatus",
    "SessionIds",
    "anonymous_token",
    "balance",
    "cancel_render",
    "check_id",
    "claim_token",
    "create_session",
    "download_path",
    "render_status",
    "run_sse",
    "state",
    "submit_render",
    "upload_path",
    "upload_urls",
]

T = TypeVar("T")

FORMATS: tuple[Format, ...] = get_args(Format)
QUALITIES: tuple[Quality, ...] = get_args(Quality)

RUN_SSE = "/run_sse"
"""The path of the one call that is charged."""
_AGENT = "nemo_agent"
_NOTHING: Mapping[str, str] = {}
_OF_STATES = {"state", "draft"} | {
    name for one in ("session", "task") for name in (f"{one}_id", f"{one}Id", f"{one}_name")
}


@frozen
class Call(Generic[T]):
    """One request, and how its answer is read."""

    method: str
    path: str
    decode: Callable[[Any], T]
    """From the data inside the envelope to a model; raises UnreadableError."""
    body: bytes | Callable[[], Any] | None = None
    """The JSON text to send, or what makes a body anew for each attempt."""
    headers: Mapping[str, str] = _NOTHING
    of_session: bool = False
    """Whether a bare 404 means that the session is unknown."""
    harmless: bool = False
    """Whether it costs nothing, and may arrive twice."""
    has_id: bool = False
    """Whether it is known by an id of the caller's, who asks for that where an answer was lost."""

    def __str__(self) -> str:
        """Return what the call is called in logs and errors."""
        return f"{self.method} {self.path}"

    @property
    def repeatable(self) -> bool:
        """Whether the call has no effect, so that it may be sent again after any failure."""
        return self.method == "GET"

    @property
    def needs_unused(self) -> bool:
        """Whether it needs a connection that nobody used before, which the server may be closing.

        What was lost with a used one can be made good only where the call may be made again.
        """
        return not (self.method == "GET" or self.harmless or self.has_id)

    def read(self, answer: Answer) -> T:
        """Return what the answer says.

        Raises:
            APIError: The service said no.
            InvalidResponseError: The answer cannot be read.
        """
        data = open_envelope(answer, method=self.method, path=self.path, of_session=self.of_session)
        try:
            return self.decode(data)
        except UnreadableError as error:
            problem = f"The answer to {self.method} {self.path} {error}."
        raise InvalidResponseError(problem)


@frozen
class SessionIds:
    """What identifies a session just made."""

    session_id: str
    task_id: str | None = None
    user_id: str | None = None


@frozen
class ClaimToken:
    """Opens a project in a browser; it has no access to the API."""

    claim_token: str = field(repr=False)


@frozen
class RenderStatus:
    """Where a render stands, whatever shape the service told it in."""

    status: str = ""
    id: str | None = None
    progress: float | None = None
    url: str | None = None
    duration: float | None = None
    size: int | None = None
    error: str | None = None


register_names(AnonymousToken, {"token": ("access_token",), "expires_at": ("expiresAt",)})
register_names(Credits, {"available": ("balance",)})
register_names(
    RenderStatus,
    {
        "id": ("taskId", "task_id", "render_id", "renderId"),
        "url": ("outputUrl", "output_url", "downloadUrl", "download_url"),
    },
)


def check_id(value: object, name: str) -> str:
    """Return an id that is one segment of a path.

    Raises:
        TypeError: It is neither text nor a whole number.
        ValueError: It is empty, a dot segment, or holds control characters.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text, not {type(value).__name__}.")
    if not is_id(value):
        raise ValueError(f"{name} is no id: {value[:80]!r}.")
    return value


def anonymous_token(client_id: str) -> Call[AnonymousToken]:
    """Ask for a token without an account. The one call that takes no bearer token."""
    return Call(
        "POST",
        "/api/auth/anonymous-token",
        lambda data: structure(data, AnonymousToken),
        headers={"X-Client-Id": client_id},
    )


def claim_token(task_id: str, session_id: str) -> Call[ClaimToken]:
    """Ask for a token that opens a project in a browser."""
    return _post(
        "/api/auth/claim-token",
        {"task_id": task_id, "session_id": session_id},
        lambda data: structure(data, ClaimToken),
    )


def create_session(task_name: str, language: str) -> Call[SessionIds]:
    """Make a session, and the task (project) that it belongs to.

    Raises:
        TypeError: What is to be a text is none.
    """
    _check_texts(task_name=task_name, language=language)
    return _post(
        f"/api/tasks/me/with-session/{_AGENT}",
        {"task_name": task_name, "language": language},
        lambda data: structure(data, SessionIds),
        harmless=True,
    )


def run_sse(session_id: str, text: str) -> Call[Any]:
    """Send a message to the agent. This is what is charged; the answer is a stream."""
    message = {"parts": [{"text": text}]}
    return _post(
        RUN_SSE,
        {
            "app_name": _AGENT,
            "user_id": "me",
            "session_id": session_id,
            "new_message": message,
        },
        lambda data: data,
        of_session=True,
    )


def upload_path(session_id: str) -> str:
    """Return the path that files of a session are posted to."""
    return f"/api/upload-video/{_AGENT}/me/{_segment(session_id)}"


def decode_upload(data: Any) -> Upload:
    """Read what an upload left in the session."""
    if isinstance(data, list):
        data = {"files": data}
    if not isinstance(data, dict) or not isinstance(data.get("files"), list):
        raise UnreadableError("has no 'files'")
    return structure(data, Upload)


def upload_urls(session_id: str, urls: list[str]) -> Call[Upload]:
    """Have the service fetch files from the web."""
    return _post(
        upload_path(session_id),
        {"urls": urls, "source_type": "url"},
        decode_upload,
        of_session=True,
    )


@cache
def balance() -> Call[Credits]:
    """Read the account's credits."""
    return Call("GET", "/api/credits/balance/simple", _decode_credits)


def state(session_id: str) -> Call[State]:
    """Read a session's state, the draft in it."""

    def decode(data: Any) -> State:
        found = _decode_state(data)
        if found.session_id not in {"", session_id}:
            raise UnreadableError("is of another session")
        return found

    path = f"/api/state/{_AGENT}/me/{_segment(session_id)}/latest"
    return Call("GET", path, decode, of_session=True)


def submit_render(
    render_id: str,
    session_id: str,
    draft: Mapping[str, Any],
    *,
    format: str,
    quality: str,
) -> Call[RenderStatus]:
    """Have a draft rendered, under an id of the caller's."""
    return _post(
        "/api/render/proxy/lambda",
        {
            "id": render_id,
            "sessionId": session_id,
            "draft": draft,
            "output": {"format": format, "quality": quality},
        },
        decode_render,
        has_id=True,
    )


def render_status(render_id: str) -> Call[RenderStatus]:
    """Ask how far a render is. An unknown id is a 404."""
    return Call("GET", f"/api/render/proxy/lambda/{_segment(render_id)}", decode_render)


def cancel_render(render_id: str) -> Call[None]:
    """End a render."""
    return Call("POST", f"/api/render/proxy/lambda/{_segment(render_id)}/cancel", lambda _: None)


def download_path(render_id: str) -> str:
    """Return the path of the film itself, for when its own URL cannot be reached."""
    return f"/api/render/proxy/{_segment(render_id)}/download"


def expired(token: AnonymousToken, by: timedelta = timedelta()) -> bool:
    """Whether a token's time is over, as far as the service told its end, for so long already."""
    text = token.expires_at or ""
    try:
        if text.isascii() and text.isdecimal():  # seconds since 1970, or milliseconds
            seconds = int(text)
            end = datetime.fromtimestamp(seconds / 1000 if seconds > 10**11 else seconds, UTC)
        else:
            end = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return False
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) <= datetime.now(UTC) - by


def _post(
    path: str,
    body: Any,
    decode: Callable[[Any], T],
    *,
    of_session: bool = False,
    harmless: bool = False,
    has_id: bool = False,
) -> Call[T]:
    return Call(
        "POST",
        path,
        decode,
        body=_json.dumps(body),
        of_session=of_session,
        harmless=harmless,
        has_id=has_id,
    )


def _check_texts(**given: object) -> None:
    for name, value in given.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} must be a text, not {type(value).__name__}.")


def _segment(value: str) -> str:
    return quote(value, safe="")


def _decode_credits(data: Any) -> Credits:
    credits_ = structure(data, Credits)
    if "available" not in data and "balance" not in data:
        raise UnreadableError("has no 'available'")
    return credits_


def _decode_state(data: Any) -> State:
    if not isinstance(data, dict) or not _OF_STATES & data.keys():
        raise UnreadableError("has no 'state'")
    inner = data.get("state")
    own = inner if isinstance(inner, dict) else {}
    return structure({**own, **{k: v for k, v in data.items() if k != "state"}}, State)


def decode_render(data: Any) -> RenderStatus:
    """Read a render's status in either of its shapes."""
    if not isinstance(data, dict):
        raise UnreadableError(f"is no JSON object but {type(data).__name__}")
    output = data.get("output")
    flat = {**(output if isinstance(output, dict) else {}), **_present(data)}
    status = structure({**flat, "error": words_in(flat)}, RenderStatus)
    if not status.status and not status.id:
        raise UnreadableError("has neither 'status' nor an id")
    return status


def _present(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}
