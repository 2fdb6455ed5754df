"""The server's two ways to be reached: by its host's pipes, or over HTTP."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from ._studio import Studio
from ._tools import server_of

__all__ = ["serve", "serve_http"]

_THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}
"""Where calls from pages in a browser, under other names of this machine, are refused, too."""
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]


async def serve(studio: Studio) -> None:
    """Serve a host over standard input and output, until it closes them.

    Nothing but the protocol goes to standard output; what else is written goes to standard error.

    Args:
        studio: Does the work; the caller enters it.
    """
    await server_of(studio).run_stdio_async()


async def serve_http(
    studio: Studio, port: int, *, host: str = "127.0.0.1", token: str | None = None
) -> None:
    """Serve hosts over HTTP, at `http://HOST:PORT/mcp`, until the process is stopped.

    Args:
        studio: Does the work; the caller enters it.
        port: The port to listen on.
        host: The address to listen on.
        token: What callers have to send as `Authorization: Bearer …`.

    Raises:
        ValueError: Others than this machine could call, and no token keeps them out.
    """
    if not token and host not in _THIS_MACHINE:
        raise ValueError(
            f"{host} can be reached from other machines: set a token that callers have to send, "
            "or listen on 127.0.0.1."
        )
    import uvicorn  # noqa: PLC0415 - most hosts use pipes

    app: _App = server_of(studio).streamable_http_app(host=host)
    guarded = _Guard(app, token) if token else app
    config = uvicorn.Config(guarded, host=host, port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


class _Guard:
    """Lets through those who know the token."""

    def __init__(self, app: _App, token: str) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan" or self._is_known(scope):
            await self._app(scope, receive, send)
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _is_known(self, scope: _Message) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return secrets.compare_digest(given, self._wanted)
