"""The aiohttp sessions of one client: opened where they are needed, closed with their loop."""

import asyncio
import contextlib
import gc
import os
import socket
import warnings
from collections.abc import AsyncGenerator

import aiohttp
from attrs import define
from yarl import URL

from nemo_sdk._version import __version__
from nemo_sdk.exceptions import NemoError

from .closing import Lifetime
from .proxy import ProxyOptions, proxy_options

__all__ = ["Connections"]

_KEEP_ALIVE = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))


@define
class _Open:
    """What is open in one event loop of one process."""

    loop: asyncio.AbstractEventLoop
    process: int
    pooled: aiohttp.ClientSession
    fresh: aiohttp.ClientSession
    guard: AsyncGenerator[None, None]


class Connections:
    """Gives the session to send with, and closes it.

    Two kinds of session are kept. Reads share connections. A call with an effect gets a connection
    of its own: on a used one, a server that closes it in the same moment would leave us not
    knowing whether the call arrived.

    Args:
        http: A session of the caller's, used for everything and never closed; None for our own.
        max_connections: The most connections of each kind at once; 0 for no limit.
    """

    def __init__(self, *, http: aiohttp.ClientSession | None, max_connections: int) -> None:
        self._http = http
        self._max_connections = max_connections
        self._proxies: dict[tuple[str, str], ProxyOptions] = {}
        self._open: _Open | None = None
        self.lifetime: Lifetime = Lifetime()

    @property
    def wait_for_one(self) -> bool:
        """Whether a call may have to wait until another has done with its connection."""
        return self._http is not None or self._max_connections > 0

    @property
    def is_open(self) -> bool:
        """Whether there are sessions that have to be closed."""
        opened = self._open
        return opened is not None and not opened.pooled.closed and opened.process == os.getpid()

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop in which sessions were opened, None before and after."""
        return None if self._open is None else self._open.loop

    def abandon(self) -> None:
        """Drop what a closed loop left open, when nobody can close it any more."""
        opened = self._open
        if opened is not None and opened.loop.is_closed():
            self._open = None
            sweeping = _sweep(opened)
            with contextlib.suppress(StopIteration, RuntimeError):
                while True:  # by hand: a closed loop leaves nothing to wait for
                    sweeping.send(None)

    async def session(self, *, fresh: bool = False) -> aiohttp.ClientSession:
        """Return the session for a call, opened in the running loop if need be.

        Raises:
            NemoError: The client is in use in another loop or another process.
        """
        if self._http is not None:
            if self._http.closed:
                raise NemoError("The aiohttp session given as http= is closed: give an open one.")
            return self._http
        loop = asyncio.get_running_loop()
        opened = self._open
        if opened is None or opened.loop is not loop or opened.pooled.closed:
            opened = await self._open_in(loop)
        return opened.fresh if fresh else opened.pooled

    def proxy_for(self, url: URL) -> ProxyOptions:
        """Return a request's options for the proxy that the environment names, if any."""
        if self._http is not None:  # its owner has chosen
            return {}
        place = (url.scheme, url.host or "")
        if place not in self._proxies:
            self._proxies[place] = proxy_options(*place)
        return self._proxies[place]

    async def end_lifetime(self) -> None:
        """Have what is under way end; the first step of closing."""
        self.lifetime.end()
        self.lifetime = Lifetime()
        await asyncio.sleep(0)  # so that nothing hears of its closed connection first

    async def aclose(self) -> None:
        """Close what is open. May be called twice, and in a later loop."""
        opened, self._open = self._open, None
        if opened is None:
            return
        if opened.loop is asyncio.get_running_loop():
            await opened.guard.aclose()
        elif opened.process == os.getpid() and not opened.pooled.closed:
            await _sweep(opened)

    async def _open_in(self, loop: asyncio.AbstractEventLoop) -> _Open:
        if self._open is not None and not self._open.pooled.closed:
            await self._leave(self._open)
        pooled = self._new_session(force_close=False)
        fresh = self._new_session(force_close=True)
        guard = _close_with_loop(pooled, fresh)
        await anext(guard)
        self._open = _Open(loop, os.getpid(), pooled, fresh, guard)
        return self._open

    async def _leave(self, opened: _Open) -> None:
        if opened.process != os.getpid():
            raise NemoError(
                "This NemoClient was already in use before the process was forked, and its "
                "connections belong to the parent: make a client in each worker."
            )
        if not opened.loop.is_closed():
            raise NemoError(
                "This NemoClient is in use in another event loop that is not closed: "
                "close it there first, or make one client for each loop."
            )
        await _sweep(opened)

    def _new_session(self, *, force_close: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._max_connections, force_close=force_close, socket_factory=_socket
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"nemo_sdk/{__version__}"},
        )


async def _close_with_loop(*sessions: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    """Close the sessions at the end of a generator that the loop ends before it closes itself."""
    try:
        yield
    finally:
        for session in sessions:
            await session.close()


async def _sweep(opened: _Open) -> None:
    """Drop what a closed loop left behind, without the warnings that are for its owner alone.

    A loop that ends as asyncio.run ends it has closed the sessions. This is for a loop that was
    closed by hand: its transports cannot be closed any more, only collected.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        for session in (opened.pooled, opened.fresh):
            await session.close()
        gc.collect()


def _socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Make a socket that keeps a connection alive through a NAT while a turn is silent."""
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return made
