"""What an answer says: its envelope opened, or the error that it is. No I/O."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from attrs import field, frozen

from nemo_sdk.exceptions import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ExportBlockedError,
    FileTooLargeError,
    InsufficientCreditsError,
    InvalidResponseError,
    RateLimitError,
    ServerError,
    SessionNotFoundError,
    UnsupportedFileTypeError,
)

from . import json as _json
from .words import words_in

__all__ = ["ACCEPTED", "MAX_FILE_SIZE", "Answer", "failure", "open_envelope", "refusal_in"]

ACCEPTED = (
    *("mp4", "mov", "avi", "webm", "mkv"),
    *("jpg", "png", "gif", "webp"),
    *("mp3", "wav", "m4a", "aac"),
)
MAX_FILE_SIZE = 500_000_000
"""Bytes. The service says 500 MB, and not which megabytes: these are safe."""

_BY_CODE: dict[int, type[APIError]] = {
    1001: AuthenticationError,
    1010: AuthenticationError,
    1011: AuthenticationError,
    1002: SessionNotFoundError,
    2001: InsufficientCreditsError,
    4001: UnsupportedFileTypeError,
    4002: FileTooLargeError,
    400: BadRequestError,
    402: InsufficientCreditsError,
    429: RateLimitError,
}
_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientCreditsError,
    413: FileTooLargeError,
    415: UnsupportedFileTypeError,
    422: BadRequestError,
    429: RateLimitError,
}
_EXPORTS = "/api/render/"
"""How the paths of renders begin: there a refusal of 402 or 403 is of the plan."""
_IN_THE_WAY = " A page for people came: a proxy, or the network's login page, may be in the way."
_CODINGS = {"", "identity", "gzip", "x-gzip", "deflate", "br", "zstd"}
"""What is undone before an answer is read, or is no coding."""
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?(e[0-9]+)?", re.IGNORECASE)
_LONGEST_WAIT = 365 * 86400.0
"""Seconds that `Retry-After` is taken for at most."""
_KEPT_TEXT = 4096
_SHOWN_TEXT = 500


@frozen
class Answer:
    """One whole HTTP answer."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def open_envelope(answer: Answer, *, method: str, path: str, of_session: bool = False) -> Any:
    """Return the data of an answer in any of the service's envelopes.

    Args:
        answer: The whole answer.
        method: Of the call, for the error.
        path: Of the call, for the error.
        of_session: Whether a bare 404 means that the session is unknown.

    Raises:
        APIError: The service said no.
        InvalidResponseError: The answer cannot be read.
    """
    parsed, problem = _parse(answer)
    if 300 <= answer.status < 400:
        raise _redirected(answer, method, path)
    if answer.status >= 400 or (isinstance(parsed, dict) and _says_no(parsed)):
        raise failure(answer, parsed, method=method, path=path, of_session=of_session)
    if problem or not 200 <= answer.status < 300:
        raise InvalidResponseError(_unreadable(answer, method, path, problem))
    if not isinstance(parsed, dict):
        raise InvalidResponseError(_unreadable(answer, method, path, "it is no JSON object"))
    enveloped = "data" in parsed and ("code" in parsed or "success" in parsed)
    return parsed["data"] if enveloped else parsed


def failure(
    answer: Answer, parsed: Any, *, method: str, path: str, of_session: bool = False
) -> APIError:
    """Return the error that a refusing answer is: the body's code decides where it is known."""
    code = _code(parsed)
    kind = _BY_CODE.get(code or 0) or _kind_of_status(answer.status, of_session=of_session)
    if kind is APIError and code is not None and answer.status < 400:
        kind = _kind_of_status(code, of_session=of_session)
    number = code if code in _BY_CODE or answer.status < 400 else answer.status
    if path.startswith(_EXPORTS) and number in {402, 403}:
        kind = ExportBlockedError
    error = kind(
        _words(parsed, answer.body),
        code=code,
        status=answer.status,
        body=_kept(parsed, answer.body),
        method=method,
        path=path,
    )
    if isinstance(error, RateLimitError):
        error.retry_after = _retry_after(answer.headers)
    elif isinstance(error, UnsupportedFileTypeError):
        error.accepted = ACCEPTED
    elif isinstance(error, FileTooLargeError):
        error.limit = MAX_FILE_SIZE
    return error


def refusal_in(value: Mapping[str, Any]) -> APIError | None:
    """Return the error that an envelope inside a stream stands for, if it is a refusal.

    A code that the table does not have may be something else's, unless words go with it.
    """
    code = _code(value)
    has_words = isinstance(value.get("message", value.get("msg")), str)
    if code not in _BY_CODE and not (code and has_words):
        return None
    answer = Answer(200, {}, b"")
    return failure(answer, value, method="POST", path="/run_sse")


def _parse(answer: Answer) -> tuple[Any, str]:
    try:
        return _json.loads(answer.body), ""
    except ValueError as error:
        return None, str(error) if answer.body.strip() else "it is empty"


def _says_no(parsed: Mapping[str, Any]) -> bool:
    if "code" in parsed and (code := _code(parsed)) is not None:
        return code != 0
    return parsed.get("success") in (False, "false", "False", 0) and "success" in parsed


def _code(parsed: Any) -> int | None:
    code = parsed.get("code") if isinstance(parsed, dict) else None
    if isinstance(code, int):
        return None if isinstance(code, bool) else code
    if isinstance(code, str) and code.strip().removeprefix("-").isdecimal() and len(code) < 10:
        return int(code)
    if isinstance(code, float) and code.is_integer():
        return int(code)
    return None


def _kind_of_status(status: int, *, of_session: bool) -> type[APIError]:
    if status == 404 and of_session:
        return SessionNotFoundError
    if 500 <= status < 600:
        return ServerError
    return _BY_STATUS.get(status, APIError)


def _words(parsed: Any, body: bytes) -> str:
    if parsed is not None:
        return words_in(parsed)[:_SHOWN_TEXT]
    text = body[:_SHOWN_TEXT].decode("utf-8", "replace").strip()
    return "" if text.startswith(("<", "{", "[")) else text[:200]


def _kept(parsed: Any, body: bytes) -> Any:
    if parsed is not None and len(body) <= _KEPT_TEXT:
        return parsed
    return body[:_KEPT_TEXT].decode("utf-8", "replace")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    text = (headers.get("Retry-After") or "").strip()
    try:
        seconds = float(text) if _SECONDS.fullmatch(text) else _until(text)
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT)


def _until(date: str) -> float:
    when = parsedate_to_datetime(date)
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - datetime.now(UTC)).total_seconds()


def _redirected(answer: Answer, method: str, path: str) -> APIError:
    return APIError(
        "it was redirected, and a token does not follow",
        status=answer.status,
        method=method,
        path=path,
        next="check_network",
    )


def _unreadable(answer: Answer, method: str, path: str, problem: str) -> str:
    kind = answer.headers.get("Content-Type") or "no content type"
    coding = answer.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _CODINGS:
        problem = f"it is packed as {coding[:20]!r}, which was not asked for"
    return (
        f"The answer to {method} {path} cannot be read: {problem or 'it is no JSON'} "
        f"(HTTP {answer.status}, {kind[:60]}, {len(answer.body)} bytes)."
        f"{_IN_THE_WAY if 'html' in kind.lower() else ''}"
    )
