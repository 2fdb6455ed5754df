"""What every use of aiohttp here shares: bounded reads, and its errors turned into ours."""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from nemo_sdk._sse import EventTooLargeError
from nemo_sdk.exceptions import InvalidResponseError, RequestTimeoutError, TransportError

__all__ = ["MAX_BODY", "error_of", "read_bounded"]

MAX_BODY = 64 * 1024**2
"""Bytes: no plain answer of the service's is nearly as long."""

_HALF_SENT = "Failed to send bytes"
_NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ClientHttpProxyError,
)


async def read_bounded(response: aiohttp.ClientResponse, limit: int = MAX_BODY) -> bytes:
    """Return an answer's body.

    Raises:
        InvalidResponseError: It is longer than `limit` bytes.
    """
    chunks: list[bytes] = []
    size = 0
    while chunk := await response.content.readany():
        size += len(chunk)
        if size > limit:
            raise InvalidResponseError(f"The answer is longer than {limit // 1024**2} MiB.")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def error_of(error: BaseException, what: str) -> TransportError:
    """Return our error for one of aiohttp's or the system's.

    Raise it outside the `except` block: some of aiohttp's errors carry the request's headers, the
    token among them, so only those that do not become its cause.
    """
    kind = TransportError
    if isinstance(error.__cause__, TransportError):  # of a body that was given up
        return error.__cause__
    if isinstance(error, asyncio.TimeoutError):
        kind = RequestTimeoutError
    elif isinstance(error, aiohttp.ClientResponseError | EventTooLargeError):
        kind = InvalidResponseError
    if isinstance(error, _NEVER_LEFT) and kind is InvalidResponseError:
        kind = TransportError
    ours = kind(f"{what}: {_reason(error).rstrip('.')}.")
    ours.sent = not isinstance(error, _NEVER_LEFT)
    if not isinstance(error, aiohttp.ClientResponseError):
        ours.__cause__ = error
    return ours


def _reason(error: BaseException) -> str:
    if str(error).startswith(_HALF_SENT):  # what follows names the proxy, its password too
        return "the connection broke while the request was sent"
    told = next((tell for kind, tell in _REASONS if isinstance(error, kind)), None)
    return told(error) if told else str(error) or type(error).__name__


def _tls(error: Any) -> str:
    for one in (getattr(error, "certificate_error", None), error, error.__cause__):
        # aiohttp's own are made without the reason that the system's have.
        if isinstance(one, ssl.SSLError) and (reason := getattr(one, "reason", None)):
            return f"the connection to {error.host} is not trusted ({reason})"
    return f"the connection to {error.host} is not trusted"


_REASONS: tuple[tuple[type[BaseException], Callable[[Any], str]], ...] = (
    (aiohttp.ConnectionTimeoutError, lambda _: "no connection could be made in time"),
    (TimeoutError, lambda _: "nothing more came in time"),
    (
        aiohttp.ClientConnectorDNSError,
        lambda error: f"the host {error.host} is not known here; check base_url and the network",
    ),
    (aiohttp.ClientConnectorCertificateError, _tls),
    (aiohttp.ClientConnectorSSLError, _tls),
    (
        aiohttp.ClientProxyConnectionError,
        lambda error: f"the proxy {error.host} cannot be reached; check HTTPS_PROXY and NO_PROXY",
    ),
    (
        aiohttp.ClientConnectorError,
        lambda error: (
            f"{error.host}:{error.port} cannot be reached ({error.os_error}); check the network"
        ),
    ),
    (
        aiohttp.ClientHttpProxyError,
        lambda error: f"the proxy refused it ({error.status}); check HTTPS_PROXY and NO_PROXY",
    ),
    (
        aiohttp.ServerDisconnectedError,
        lambda _: "the connection was closed before an answer came",
    ),
    (aiohttp.ClientResponseError, lambda error: f"the answer is no HTTP ({error.status})"),
    (aiohttp.ClientPayloadError, lambda _: "the connection broke in the middle of the answer"),
)
"""What to tell of aiohttp's errors, the special before the general."""
