"""A session of the caller's: its connections are used, and nothing of its owner's is given away."""

import asyncio
import weakref
from functools import cached_property
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractCookieJar
from aiohttp.client_reqrep import ConnectionKey
from attrs import define

from nemo_sdk.exceptions import NemoError

__all__ = ["Borrowed"]

_NOT_OURS: Final = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers that sessions have by default for other services than this one."""


class _AloneOnItsConnection(aiohttp.ClientRequest):
    """A request that finds no connection in the pool: none has its key."""

    @cached_property
    def _own(self) -> object:
        return object()

    @property
    def connection_key(self) -> ConnectionKey:
        own: Any = self._own
        return super().connection_key._replace(proxy_headers_hash=own)


@define
class _Derived:
    """Sessions on the connector of the caller's."""

    loop: asyncio.AbstractEventLoop
    pooled: aiohttp.ClientSession
    fresh: aiohttp.ClientSession
    films: aiohttp.ClientSession


class Borrowed:
    """Gives sessions that use the connector of the caller's, and are never closed with it.

    Its proxy, headers and cookies go to the service, its credentials do not. Nothing of them goes
    to the hosts of films.

    Args:
        http: The session of the caller's.
        longest_header: Bytes of one line of an answer's head.

    Raises:
        TypeError: It is no session.
    """

    def __init__(self, http: aiohttp.ClientSession, longest_header: int) -> None:
        given: object = http
        if not isinstance(given, aiohttp.ClientSession):
            raise TypeError(f"http must be an aiohttp.ClientSession, not {type(given).__name__}.")
        self._http = http
        self._longest_header = longest_header
        self._derived: _Derived | None = None

    @property
    def trusts_environment(self) -> bool:
        """Whether proxies of the environment are to be used."""
        return self._http.trust_env

    def session(self, *, fresh: bool, film: bool) -> aiohttp.ClientSession:
        """Return the session for a call.

        Raises:
            NemoError: The caller's is closed, or belongs to another event loop.
        """
        if self._http.closed:
            raise NemoError("The aiohttp session given as http= is closed: give an open one.")
        derived = self._derived
        if derived is None or derived.loop is not asyncio.get_running_loop():
            derived = self._derived = self._derive()
        if film:
            return derived.films
        return derived.fresh if fresh else derived.pooled

    def _derive(self) -> _Derived:
        headers = {
            name: value
            for name, value in self._http.headers.items()
            if name.lower() not in _NOT_OURS
        }
        loop = asyncio.get_running_loop()
        if getattr(self._http, "_loop", loop) is not loop:
            raise NemoError(
                "The aiohttp session given as http= belongs to another event loop: "
                "make it in the one that the client is used in."
            )
        derived = _Derived(
            loop,
            self._new(headers, self._http.cookie_jar),
            self._new(
                {**headers, "Connection": "close"},
                self._http.cookie_jar,
                request_class=_AloneOnItsConnection,
            ),
            self._new({}, aiohttp.DummyCookieJar()),
        )
        # They hold nothing that could be closed, and their owner is not to hear of them.
        weakref.finalize(self, _detach, derived)
        return derived

    def _new(
        self, headers: dict[str, str], cookies: AbstractCookieJar, **more: Any
    ) -> aiohttp.ClientSession:
        http: Any = self._http
        return aiohttp.ClientSession(
            connector=http.connector,
            connector_owner=False,
            headers=headers,
            cookie_jar=cookies,
            proxy=getattr(http, "_default_proxy", None),
            proxy_auth=getattr(http, "_default_proxy_auth", None),
            trace_configs=http.trace_configs,
            max_line_size=self._longest_header,
            max_field_size=self._longest_header,
            **more,
        )


def _detach(derived: _Derived) -> None:
    for session in (derived.pooled, derived.fresh, derived.films):
        session.detach()
