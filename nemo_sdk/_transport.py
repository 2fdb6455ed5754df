"""One call, from a request value to a model: the token, the repeats, the exchange itself.

Each concern is a frame of its own: `send` → `repeat_unauthorised` (1001) →
`repeat_rate_limited` (429) → `repeat_failed` (connection errors, 5xx) → `_exchange` (one HTTP
exchange).
"""

import asyncio
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn, Protocol, TypeVar

import aiohttp
from yarl import URL

from ._connection import Connections
from ._envelope import Answer
from ._http import error_of, read_bounded
from ._log import CallLine
from ._protocol import Call
from ._retries import repeat_failed, repeat_rate_limited, repeat_unauthorised
from ._secrets import hide
from ._stream import EventStream, StreamRefused
from .exceptions import (
    InsufficientCreditsError,
    InvalidResponseError,
    NemoError,
    RequestTimeoutError,
)
from .models import Timing

__all__ = ["Tokens", "Transport"]

T = TypeVar("T")
E = TypeVar("E", bound=NemoError)


class Tokens(Protocol):
    """Where bearer tokens come from."""

    async def token(self) -> str:
        """Return the token to use now."""
        ...

    async def renew(self, rejected: str) -> str | None:
        """Return another token after one was rejected; None where there is no other."""
        ...

    def register_url(self) -> str | None:
        """Return where an anonymous user registers; None for other users."""
        ...


class Transport:
    """Sends calls. The one class that talks HTTP for the resources.

    Args:
        connections: The aiohttp sessions.
        base_url: The service's address.
        headers: Sent with every call to the service.
        timing: How long things may take.
        max_retries: How often a read, or a call that never left, is repeated.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        base_url: URL,
        headers: Mapping[str, str],
        timing: Timing,
        max_retries: int,
    ) -> None:
        self.timing = timing
        self.max_retries = max_retries
        self._given_tokens: Tokens | None = None
        self._sent_tokens: dict[str, None] = {}
        self._streams: weakref.WeakSet[EventStream] = weakref.WeakSet()
        self.closings = 0
        self._connections = connections
        self._base_url = str(base_url).rstrip("/")
        self._headers = dict(headers)
        self._plain = aiohttp.ClientTimeout(
            total=None, sock_connect=timing.connect, sock_read=timing.read
        )
        self._endless = aiohttp.ClientTimeout(total=None, sock_connect=timing.connect)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "What belongs to a NemoClient holds connections and a token, and is not pickled: "
            "send a session's or render's id, a video's url, or a generation's checkpoint."
        )

    async def send(self, call: Call[T]) -> T:
        """Make a call with the bearer token, and repeat it where that is right.

        Raises:
            APIError: The service said no.
            TransportError: No usable answer came.
        """
        return await self._with_token(lambda token: self._repeating(call, token))

    def interrupt(self) -> None:
        """End the streams under way: the client is being closed, and `closings` counts it."""
        self.closings += 1
        for stream in tuple(self._streams):
            stream.interrupt()

    async def send_without_token(self, call: Call[T]) -> T:
        """Make the one call that asks for a token."""
        return await self._repeating(call, None)

    async def stream(self, call: Call[Any]) -> EventStream:
        """Make a call whose answer is a stream; the caller closes it.

        It is repeated only where the service said that it did nothing, or where it never left.

        Raises:
            APIError: The service said no; a ServerError may have had its effect all the same.
            TransportError: No answer came; where its `sent` is set, the call may have arrived.
        """
        return await self._with_token(
            lambda token: self._rules(lambda: self._connect(call, token), repeatable=False)
        )

    @asynccontextmanager
    async def fetch(
        self, url: URL, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask for a film at any address. No token goes with it, and redirects are followed."""
        session = await self._connections.session()
        line = CallLine(f"GET {url.with_query(None).with_user(None)}", reads=True)
        async with session.get(
            url,
            headers=headers,
            timeout=self._plain,
            raise_for_status=False,
            **self._connections.proxy_for(url),
        ) as response:
            self._connections.watch(response)
            line.end(response.status, response.headers)
            yield response

    @asynccontextmanager
    async def fetch_with_token(
        self, path: str, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask the service itself for a file, with the token; no redirect is followed."""
        call = Call("GET", path, lambda data: data, headers=headers)
        token = await self._tokens.token()
        response = await repeat_unauthorised(
            lambda current: repeat_rate_limited(
                lambda: self._ask_for_file(call, current), timing=self.timing
            ),
            token,
            self._tokens.renew,
        )
        async with response:
            yield response

    def register_url(self) -> str | None:
        """Return where an anonymous user registers; None for other users."""
        return self._tokens.register_url()

    def hide(self, error: E) -> E:
        """Make every token that was sent unreadable in an error, and return the error.

        For errors whose words are the service's own: it may repeat what it was sent.
        """
        return hide(error, self._sent_tokens)

    def authorise_with(self, tokens: Tokens) -> None:
        """Take the bearer tokens from here; they are themselves asked for through a transport."""
        self._given_tokens = tokens

    @property
    def _tokens(self) -> Tokens:
        if self._given_tokens is None:
            raise RuntimeError("this transport was given no tokens")
        return self._given_tokens

    async def _with_token(self, attempt: Callable[[str], Awaitable[T]]) -> T:
        token = await self._tokens.token()
        try:
            return await repeat_unauthorised(attempt, token, self._tokens.renew)
        except InsufficientCreditsError as error:
            error.register_url = self.register_url()
            raise

    async def _repeating(self, call: Call[T], token: str | None) -> T:
        return await self._rules(lambda: self._exchange(call, token), repeatable=call.repeatable)

    async def _rules(self, attempt: Callable[[], Awaitable[T]], *, repeatable: bool) -> T:
        return await repeat_rate_limited(
            lambda: repeat_failed(
                attempt,
                repeatable=repeatable,
                max_retries=self.max_retries,
                timing=self.timing,
            ),
            timing=self.timing,
        )

    async def _exchange(self, call: Call[T], token: str | None) -> T:
        session = await self._connections.session(fresh=not call.repeatable)
        url = self._url(call.path)
        line = CallLine(f"{call.method} {call.path}", reads=call.repeatable)
        try:
            async with session.request(
                call.method,
                url,
                data=call.body() if callable(call.body) else call.body,
                headers=self._request_headers(call, token),
                timeout=self._plain,
                allow_redirects=False,
                raise_for_status=False,  # a session of the caller's may have it on
                **self._connections.proxy_for(url),
            ) as response:
                self._connections.watch(response)
                answer = Answer(response.status, response.headers, await read_bounded(response))
        except (aiohttp.ClientError, OSError) as error:
            failure = error_of(error, f"{call.method} {call.path}")
        else:
            line.end(answer.status, answer.headers)
            return self._read(call, answer)
        line.end(type(failure).__name__)
        raise failure

    async def _connect(self, call: Call[Any], token: str) -> EventStream:
        session = await self._connections.session(fresh=True)
        url = self._url(call.path)
        stream = EventStream(
            url,
            session=session,
            headers=self._request_headers(call, token),
            body=call.body() if callable(call.body) else call.body,
            timeout=self._endless,
            proxy=self._connections.proxy_for(url),
            watch=self._connections.watch,
            what=f"{call.method} {call.path}",
        )
        line = CallLine(f"{call.method} {call.path}", reads=False)
        try:
            async with asyncio.timeout(self.timing.quiet):
                await stream.connect()
        except StreamRefused as refused:
            answer = refused.answer
        except TimeoutError as error:
            line.end("no answer")
            raise RequestTimeoutError(f"{call.method} {call.path}: no answer came.") from error
        except NemoError as error:
            line.end(type(error).__name__)
            raise
        else:
            line.end(200, stream.headers)
            self._streams.add(stream)
            return stream
        line.end(answer.status, answer.headers)
        self._read(call, answer)
        raise InvalidResponseError(f"{call.method} {call.path} was not answered with a stream.")

    async def _ask_for_file(self, call: Call[Any], token: str) -> aiohttp.ClientResponse:
        session = await self._connections.session()
        line = CallLine(f"{call.method} {call.path}", reads=True)
        url = self._url(call.path)
        response = await session.get(
            url,
            headers=self._request_headers(call, token),
            timeout=self._plain,
            allow_redirects=False,
            raise_for_status=False,
            **self._connections.proxy_for(url),
        )
        self._connections.watch(response)
        line.end(response.status, response.headers)
        if response.status == 401 or response.content_type == "application/json":
            async with response:
                answer = Answer(response.status, response.headers, await read_bounded(response))
            self._read(call, answer)
            raise InvalidResponseError(f"GET {call.path} was not answered with a file.")
        return response

    def _url(self, path: str) -> URL:
        return URL(self._base_url + path, encoded=True)

    def _request_headers(self, call: Call[Any], token: str | None) -> dict[str, str]:
        headers = {**self._headers, **call.headers}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
            self._sent_tokens[token] = None
        if isinstance(call.body, bytes):
            headers["Content-Type"] = "application/json"
        return headers

    def _read(self, call: Call[T], answer: Answer) -> T:
        try:
            return call.read(answer)
        except NemoError as error:
            self.hide(error)
            raise
