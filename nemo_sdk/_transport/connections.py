"""The aiohttp sessions of one client: opened where they are needed, closed with their loop."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncGenerator, Callable
from typing import Any

import aiohttp
from attrs import define
from yarl import URL

from nemo_sdk._concurrency.threads import ended
from nemo_sdk._version import __version__
from nemo_sdk.exceptions import NemoError

from .borrowed import Borrowed
from .connector import NotingConnector, opened_socket
from .errors import error_of
from .loading import prepared
from .proxy import ProxyOptions, proxy_options

__all__ = ["Connections"]

LONGEST_HEADER = 64 * 1024
"""Bytes of one line of an answer's head."""
_IDLE = 45
"""Seconds that a connection is kept for the next call: longer than between two looks at a render,
and shorter than servers keep theirs."""
_IN_USE = (
    "This NemoClient is in use in another event loop that is not closed: close it there first, or "
    "make one client for each loop."
)


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

    Two kinds of session are kept. What may be asked for again shares connections. A call with an
    effect gets a connection of its own: on a used one, a server that closes it in the same moment
    would leave us not knowing whether the call arrived.

    Args:
        http: A session of the caller's, used for everything and never closed; None for our own.
        max_connections: The most connections of each kind at once; 0 for no limit.
    """

    def __init__(self, *, http: aiohttp.ClientSession | None, max_connections: int) -> None:
        self._borrowed = None if http is None else Borrowed(http, LONGEST_HEADER)
        self._max_connections = max_connections
        self._proxies: dict[tuple[str, str], ProxyOptions] = {}
        self._open: _Open | None = None

    @property
    def wait_for_one(self) -> bool:
        """Whether a call may have to wait until another has done with its connection."""
        return self._borrowed is not None or self._max_connections > 0

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

    async def session(self, *, fresh: bool = False, film: bool = False) -> aiohttp.ClientSession:
        """Return the session for a call, opened in the running loop if need be.

        Args:
            fresh: Whether the call needs a connection that was not used before.
            film: Whether it goes to a film's host, which is to learn nothing of the caller's.

        Raises:
            NemoError: The client is in use in another loop or another process.
            TransportError: What calls need cannot be loaded.
        """
        if self._borrowed is not None:
            await self._prepared()
            return self._borrowed.session(fresh=fresh, film=film)
        opened = self._open_here()
        if opened is None:
            context = await self._prepared()
            opened = self._open_here() or await self._open_in(context)
        return opened.fresh if fresh else opened.pooled

    def at_hand(self, *, fresh: bool) -> aiohttp.ClientSession | None:
        """Return the session for a call, where it is open in the running loop."""
        opened = self._open_here()
        return None if opened is None else opened.fresh if fresh else opened.pooled

    def _open_here(self) -> _Open | None:
        """Return what is open in the running loop."""
        opened = self._open
        if opened is None or opened.loop is not asyncio.get_running_loop():
            return None
        return None if opened.pooled.closed else opened

    async def _prepared(self) -> ssl.SSLContext:
        try:
            return await prepared()
        except (OSError, ImportError) as error:
            failure = error_of(error, "Before the first call")
            failure.sent = False
        raise failure

    def proxy_for(self, url: URL) -> ProxyOptions:
        """Return a request's options for the proxy that the environment names, if any.

        Raises:
            NemoError: It names one that cannot be used.
        """
        if self._borrowed is not None and not self._borrowed.trusts_environment:
            return {}  # its owner has chosen
        place = (url.scheme, url.host or "")
        if place not in self._proxies:
            self._proxies[place] = proxy_options(*place)
        return self._proxies[place]

    def check_loop(self) -> None:
        """Refuse to close what another thread's event loop is at work with.

        Raises:
            NemoError: It is.
        """
        opened = self._open
        if opened is None or opened.process != os.getpid():
            return
        if opened.loop is not asyncio.get_running_loop() and opened.loop.is_running():
            raise NemoError(_IN_USE)

    async def aclose(self) -> None:
        """Close what is open. May be called twice, and in a later loop.

        A caller that is cancelled meanwhile gets away no sooner.
        """
        opened, self._open = self._open, None
        if opened is None:
            return
        if opened.loop is asyncio.get_running_loop():
            await ended(asyncio.ensure_future(_all_of(opened.guard)))
        elif opened.process == os.getpid() and not opened.pooled.closed:
            await _sweep(opened)

    async def _open_in(self, context: ssl.SSLContext) -> _Open:
        if self._open is not None and not self._open.pooled.closed:
            await self._leave(self._open)
        pooled = self._new_session(context, force_close=False)
        fresh = self._new_session(context, force_close=True)
        guard = _close_with_loop(pooled, fresh)
        await anext(guard)
        self._open = _Open(asyncio.get_running_loop(), os.getpid(), pooled, fresh, guard)
        return self._open

    async def _leave(self, opened: _Open) -> None:
        if opened.process != os.getpid():
            raise NemoError(
                "This NemoClient was already in use before the process was forked, and its "
                "connections belong to the parent: make a client in each worker."
            )
        if not opened.loop.is_closed():
            raise NemoError(_IN_USE)
        await _sweep(opened)

    def _new_session(self, context: ssl.SSLContext, *, force_close: bool) -> aiohttp.ClientSession:
        # Whether it left has to be known of the message alone, which goes on a fresh one.
        kind = NotingConnector if force_close else aiohttp.TCPConnector
        connector = kind(
            limit=self._max_connections,
            force_close=force_close,
            keepalive_timeout=None if force_close else _IDLE,
            socket_factory=opened_socket,
            ssl=context,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"nemo_sdk/{__version__}"},
            max_line_size=LONGEST_HEADER,
            max_field_size=LONGEST_HEADER,
        )


async def _close_with_loop(*sessions: aiohttp.ClientSession) -> AsyncGenerator[None, None]:
    """Close the sessions at the end of a generator that the loop ends before it closes itself.

    All of them, also where the end of the loop cancels this in the middle.
    """
    async with contextlib.AsyncExitStack() as ending:
        for session in sessions:
            ending.push_async_callback(session.close)
        yield


async def _all_of(guard: AsyncGenerator[None, None]) -> None:
    await guard.aclose()


async def _sweep(opened: _Open) -> None:
    """Drop what a closed loop left behind, without the warnings that are for its owner alone.

    A loop that ends as asyncio.run ends it has closed the sessions. This is for a loop that was
    closed by hand. It calls nothing later, so what its transports ask it for is done at once.
    """
    loop: Any = opened.loop
    loop.call_soon = _at_once
    try:
        for session in (opened.pooled, opened.fresh):
            for transport in _transports(session):
                transport.set_protocol(asyncio.Protocol())  # nobody is there to hear of its end
                transport.abort()
            await session.close()
    finally:
        del loop.call_soon


def _at_once(callback: Callable[..., object], *args: Any, **_: Any) -> None:
    callback(*args)


def _transports(session: aiohttp.ClientSession) -> list[asyncio.Transport]:
    """Return the connections of a session, those in use and those that are kept."""
    connector: Any = session.connector
    if connector is None:
        return []
    kept = [protocol for pool in connector._conns.values() for protocol, _ in pool]  # noqa: SLF001
    protocols = [*kept, *connector._acquired]  # noqa: SLF001 - aiohttp leaves those of a closed loop
    return [one.transport for one in protocols if one.transport is not None]
