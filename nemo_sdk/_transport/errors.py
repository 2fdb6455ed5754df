"""What every use of aiohttp here shares: bounded reads, and its errors turned into ours."""

import asyncio
import errno
import os
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from nemo_sdk._advice import Next
from nemo_sdk._sse import EventTooLargeError
from nemo_sdk._text import printable
from nemo_sdk.exceptions import InvalidResponseError, RequestTimeoutError, TransportError

from .open_files import limit_reached, no_file_can_be_opened

__all__ = ["MAX_BODY", "connection_broke", "error_of", "read_bounded"]

MAX_BODY = 64 * 1024**2
"""Bytes: no plain answer of the service's is nearly as long."""

_NO_FILES = {errno.EMFILE, errno.ENFILE}
_HALF_SENT = "Failed to send bytes"
_NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ClientHttpProxyError,
)


async def read_bounded(response: aiohttp.ClientResponse) -> bytes:
    """Return an answer's body.

    Raises:
        InvalidResponseError: It is longer than `MAX_BODY`.
    """
    content = response.content
    chunks: list[bytes] = []
    size = 0
    while not content.at_eof():
        chunks.append(await content.readany())
        size += len(chunks[-1])
        if size > MAX_BODY:
            raise InvalidResponseError(f"The answer is longer than {MAX_BODY // 1024**2} MiB.")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def error_of(error: BaseException, what: object) -> TransportError:
    """Return our error for one of aiohttp's or the system's.

    Raise it outside the `except` block: some of aiohttp's errors carry the request's headers, the
    token among them, so only those that do not become its cause.
    """
    if isinstance(error.__cause__, TransportError):  # of a body that was given up
        return error.__cause__
    words, step = _told(error)
    ours = _kind(error)(f"{what}: {printable(words).rstrip('.')}.", next=step)
    ours.sent = not isinstance(error, _NEVER_LEFT)
    if not isinstance(error, aiohttp.ClientResponseError):
        ours.__cause__ = _in_short(error)
    return ours


def connection_broke(error: BaseException) -> bool:
    """Whether an error is that the connection broke before an answer came, as used ones may."""
    broke = aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
    return isinstance(error.__cause__, broke) and not isinstance(error.__cause__, _NEVER_LEFT)


def _in_short(error: BaseException) -> BaseException:
    """Return an error, without its frames where its words say it all.

    A refused connection is no story of a hundred lines in a traceback.
    """
    if isinstance(error, aiohttp.ClientConnectorError):
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return error


def _kind(error: BaseException) -> type[TransportError]:
    if isinstance(error, asyncio.TimeoutError):
        return RequestTimeoutError
    unreadable = isinstance(error, aiohttp.ClientResponseError | EventTooLargeError)
    if unreadable and not isinstance(error, _NEVER_LEFT):
        return InvalidResponseError
    return TransportError


def _told(error: BaseException) -> tuple[str, Next]:
    """Return what happened, and what to do about it."""
    if str(error).startswith(_HALF_SENT):  # what follows names the proxy, its password too
        return "the connection broke while the request was sent", "call_again"
    if _is_for_want_of_files(error):
        return f"{limit_reached()}, so no connection can be made", "fewer_at_once"
    for kind, tell, step in _REASONS:
        if isinstance(error, kind):
            return tell(error), step
    return str(error) or type(error).__name__, "call_again"


def _is_for_want_of_files(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _NO_FILES:
        return True
    # What looks up names, and what tries several addresses, does not pass the reason on.
    unsure = isinstance(error, aiohttp.ClientConnectorError | ImportError)
    return unsure and no_file_can_be_opened()


def _no_connection(error: Any) -> str:
    system = error.os_error
    why = os.strerror(system.errno) if (system.errno or 0) > 0 else str(system)
    return f"{error.host}:{error.port} cannot be reached ({why})"


def _tls(error: Any) -> str:
    for one in (getattr(error, "certificate_error", None), error, error.__cause__):
        # aiohttp's own are made without the reason that the system's have.
        if isinstance(one, ssl.SSLError) and (reason := getattr(one, "reason", None)):
            return f"the connection to {error.host} is not trusted ({reason})"
    return f"the connection to {error.host} is not trusted"


def _no_http(error: aiohttp.ClientResponseError) -> str:
    known = (words for piece, words in _SAID_OF_ANSWERS if piece in error.message)
    return next(known, "the answer is no HTTP")


_SAID_OF_ANSWERS = (
    ("content-encoding", "the answer is packed in a way that cannot be undone here"),
    ("Got more than", "a line of the answer's head is too long"),
    ("Too many headers", "the answer has too many headers"),
)
"""What aiohttp's parser says, and what it means."""
_REASONS: tuple[tuple[type[BaseException], Callable[[Any], str], Next], ...] = (
    (
        aiohttp.ConnectionTimeoutError,
        lambda _: "no connection could be made in time",
        "call_again",
    ),
    (TimeoutError, lambda _: "nothing more came in time", "call_again"),
    (
        aiohttp.ClientConnectorDNSError,
        lambda error: f"the host {error.host} is not known here",
        "check_network",
    ),
    (aiohttp.ClientConnectorCertificateError, _tls, "check_certificates"),
    (aiohttp.ClientConnectorSSLError, _tls, "check_certificates"),
    (
        aiohttp.ClientProxyConnectionError,
        lambda error: f"the proxy {error.host} cannot be reached",
        "check_proxy",
    ),
    (aiohttp.ClientConnectorError, _no_connection, "check_network"),
    (
        aiohttp.ClientHttpProxyError,
        lambda error: f"the proxy refused it ({error.status})",
        "check_proxy",
    ),
    (
        aiohttp.ServerDisconnectedError,
        lambda _: "the connection was closed before an answer came",
        "call_again",
    ),
    (aiohttp.TooManyRedirects, lambda _: "it is redirected again and again", "call_again"),
    (aiohttp.ClientResponseError, _no_http, "call_again"),
    (
        aiohttp.ClientPayloadError,
        lambda error: (
            _SAID_OF_ANSWERS[0][1]
            if "content-encoding" in str(error)
            else "the connection broke in the middle of the answer"
        ),
        "call_again",
    ),
)
"""What to tell of aiohttp's errors, the special before the general, and what to do about them."""
