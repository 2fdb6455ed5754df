"""How connections are opened: kept alive, and with a note that nothing has left before."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp

from .closing import Scope

__all__ = ["Connector", "noted_in"]

_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
_NOTED_IN: ContextVar[Scope | None] = ContextVar("_NOTED_IN", default=None)


class Connector(aiohttp.TCPConnector):
    """Opens connections that stay alive through a NAT while a turn is silent."""

    def __init__(self, **how: Any) -> None:
        super().__init__(socket_factory=_socket, **how)

    async def connect(self, *request: Any, **how: Any) -> Any:
        """Open a connection, or take one that is kept."""
        scope = _NOTED_IN.get()
        if scope is None:
            return await super().connect(*request, **how)
        scope.sent = False
        connection = await super().connect(*request, **how)
        scope.sent = True
        return connection


@contextmanager
def noted_in(scope: Scope) -> Iterator[None]:
    """Have a scope take note of whether the request that is made inside may have left.

    It has not while its connection is opened; that of another's session is not seen.
    """
    scope.sent = True
    before = _NOTED_IN.set(scope)
    try:
        yield
    finally:
        _NOTED_IN.reset(before)


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make a socket that keeps a connection alive."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made
