"""How connections are opened: kept alive, and with a note that nothing has left before."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import aiohttp
from attrs import define

__all__ = ["Departure", "NotingConnector", "opened_socket"]

_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))


@define
class Departure:
    """Whether a call may have left, for whoever is cancelled as it is made.

    It has not before it is made, while its connection is opened, and after it was refused and is
    to be made again. The opening of another's session is not seen.
    """

    sent: bool = False

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Take note of one attempt, which is made inside."""
        self.sent = True
        before = _NOTED_BY.set(self)
        try:
            yield
        finally:
            _NOTED_BY.reset(before)


# Copies of a context live as long as a connection: what it holds has to be small.
_NOTED_BY: ContextVar[Departure | None] = ContextVar("_NOTED_BY", default=None)


class NotingConnector(aiohttp.TCPConnector):
    """Opens connections, and has the departure of the call that waits for one noted."""

    async def connect(self, *request: Any, **how: Any) -> Any:
        """Open a connection, or take one that is kept."""
        departure = _NOTED_BY.get()
        if departure is None:
            return await super().connect(*request, **how)
        departure.sent = False
        connection = await super().connect(*request, **how)
        departure.sent = True
        return connection


def opened_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make a socket that keeps a connection alive through a NAT while a turn is silent."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made
