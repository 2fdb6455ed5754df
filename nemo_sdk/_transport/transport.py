"""One call, from a request value to a model: the token, the repeats, the exchange itself.

Each concern is a frame of its own: `send` → `repeat_unauthorised` (1001) →
`repeat_rate_limited` (429) → `repeat_failed` (connection errors, 5xx) → `_exchange` (one HTTP
exchange).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn, Protocol, TypeVar

import aiohttp
from yarl import URL

from nemo_sdk._protocol.endpoints import Call
from nemo_sdk._protocol.envelope import Answer
from nemo_sdk._telemetry.log import CallLine
from nemo_sdk.exceptions import (
    AuthenticationError,
    InsufficientCreditsError,
    InvalidResponseError,
    NemoError,
    RequestTimeoutError,
    TransportError,
)
from nemo_sdk.models import Timing

from .bodies import JsonBody
from .closing import Lifetime
from .connections import Connections
from .errors import error_of, read_bounded
from .event_stream import EventStream, StreamRefused
from .redaction import hide
from .retries import repeat_failed, repeat_rate_limited, repeat_unauthorised

__all__ = ["Tokens", "Transport"]

_LONG_BODY = 64 * 1024
"""Bytes: a shorter one is gone before anybody could wait for it."""

T = TypeVar("T")
E = TypeVar("E", bound=NemoError)


class Tokens(Protocol):
    """Where bearer tokens come from."""

    @property
    def at_hand(self) -> str | None:
        """The token to use now; None where it has to be waited for."""
        ...

    async def token(self) -> str:
        """Return the token to use now."""
        ...

    @property
    def identity(self) -> int:
        """A number that changes when the user does: after a fall back on an anonymous token."""
        ...

    async def renew(self, rejected: str, *, fall_back: bool) -> str | None:
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
        self._owner: int | None = None
        self._lifetime: Lifetime | None = None
        self._connections = connections
        self._base_url = str(base_url).rstrip("/")
        self._headers = dict(headers)
        # Who has to wait for another call's connection may have to wait for the longest turn.
        connect = timing.turn if connections.wait_for_one else timing.connect
        self._plain = aiohttp.ClientTimeout(
            total=None, connect=connect, sock_connect=timing.connect, sock_read=timing.read
        )
        self._longest_opening = connect + timing.quiet
        self._endless = aiohttp.ClientTimeout(
            total=None, connect=connect, sock_connect=timing.connect, sock_read=timing.quiet
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "What belongs to a NemoClient holds connections and a token, and is not pickled: "
            "send a session's or render's id, a video's url, or a generation's checkpoint."
        )

    @property
    def lifetime(self) -> Lifetime:
        """The client's current one, or the one that this transport is for."""
        return self._lifetime or self._connections.lifetime

    def for_lifetime(self) -> "Transport":
        """Return this transport for an operation of several calls that begins now.

        Once the client is closed, no call of it is made any more: it would open the client again.
        """
        return self._bound(_lifetime=self.lifetime)

    def for_owner(self) -> "Transport":
        """Return this transport for what belongs to the user of now, such as a session.

        Another user does not see it. So a call for it never falls back on an anonymous token.
        """
        return self._bound(_owner=self._tokens.identity) if self._owner is None else self

    def _bound(self, **facts: Any) -> "Transport":
        bound = Transport.__new__(Transport)
        bound.__dict__.update(self.__dict__, **facts)
        return bound

    async def send(self, call: Call[T]) -> T:
        """Make a call with the bearer token, and repeat it where that is right.

        Raises:
            APIError: The service said no.
            TransportError: No usable answer came.
            NemoError: The client was closed meanwhile.
        """
        return await self._with_token(call, self._exchange, repeatable=call.repeatable)

    async def send_and_own(self, call: Call[T]) -> "tuple[T, Transport]":
        """Make a call, and return also the transport for what it has made: of whoever made it.

        Another call may fall back on an anonymous token before this one is answered.
        """
        owner, used = self, ""

        async def exchange(call: Call[T], token: str) -> T:
            nonlocal owner, used
            if token != used:  # a repeat with the same token is for the same user
                owner, used = self.for_owner(), token
            return await self._exchange(call, token)

        made = await self._with_token(call, exchange, repeatable=call.repeatable)
        return made, owner

    async def send_without_token(self, call: Call[T]) -> T:
        """Make the one call that asks for a token."""
        return await self._rules(
            lambda: self._exchange(call, None), self.lifetime, repeatable=call.repeatable
        )

    async def stream(self, call: Call[Any]) -> EventStream:
        """Make a call whose answer is a stream; the caller closes it.

        It is repeated only where the service said that it did nothing, or where it never left.

        Raises:
            APIError: The service said no; a ServerError may have had its effect all the same.
            TransportError: No answer came; where its `sent` is set, the call may have arrived.
            NemoError: The client was closed meanwhile.
        """
        return await self._with_token(call, self._connect, repeatable=False)

    @asynccontextmanager
    async def fetch(
        self, url: URL, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask for a film at any address. No token goes with it, and redirects are followed."""
        line = CallLine(f"GET {url.with_query(None).with_user(None)}", reads=True)
        with self.lifetime.within():
            session = await self._connections.session()
            response = await session.get(
                url,
                headers=headers,
                timeout=self._plain,
                raise_for_status=False,
                **self._connections.proxy_for(url),
            )
        async with response:
            line.end(response.status, response.headers)
            yield response

    @asynccontextmanager
    async def fetch_with_token(
        self, path: str, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask the service itself for a file, with the token; no redirect is followed."""
        call = Call("GET", path, lambda data: data, headers=headers)
        response = await self._with_token(call, self._ask_for_file, repeatable=False)
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

    async def _with_token(
        self,
        call: Call[Any],
        exchange: Callable[[Call[Any], str], Awaitable[T]],
        *,
        repeatable: bool,
    ) -> T:
        alive = self.lifetime

        async def attempt(token: str) -> T:
            return await self._rules(lambda: exchange(call, token), alive, repeatable=repeatable)

        async def renew(rejected: str) -> str | None:
            with alive.within():
                fall_back = self._owner is None
                renewed = await _unsent(self._tokens.renew(rejected, fall_back=fall_back))
            return renewed if self._is_owner() else None

        self._check_owner(call)
        token = self._tokens.at_hand
        if token is None:
            with alive.within():
                token = await _unsent(self._tokens.token())
            self._check_owner(call)
        try:
            return await repeat_unauthorised(attempt, token, renew)
        except InsufficientCreditsError as error:
            error.register_url = self.register_url()
            raise

    def _check_owner(self, call: Call[Any]) -> None:
        if not self._is_owner():
            raise _of_another_user(call)

    def _is_owner(self) -> bool:
        return self._owner in {None, self._tokens.identity}

    async def _rules(
        self, attempt: Callable[[], Awaitable[T]], alive: Lifetime, *, repeatable: bool
    ) -> T:
        async def while_open() -> T:
            with alive.within():
                return await attempt()

        return await repeat_rate_limited(
            lambda: repeat_failed(
                while_open,
                repeatable=repeatable,
                max_retries=self.max_retries,
                timing=self.timing,
                sleep=alive.sleep,
            ),
            timing=self.timing,
            sleep=alive.sleep,
        )

    async def _exchange(self, call: Call[T], token: str | None) -> T:
        session = await self._connections.session(fresh=not call.repeatable)
        url = self._url(call.path)
        line = CallLine(f"{call.method} {call.path}", reads=call.repeatable)
        try:
            async with session.request(
                call.method,
                url,
                data=self._body(call),
                headers=self._request_headers(call, token),
                timeout=self._plain,
                allow_redirects=False,
                raise_for_status=False,  # a session of the caller's may have it on
                **self._connections.proxy_for(url),
            ) as response:
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
            body=self._body(call),
            timeout=self._endless,
            proxy=self._connections.proxy_for(url),
            refusal=lambda answer: self._refusal(call, answer),
            what=f"{call.method} {call.path}",
        )
        line = CallLine(f"{call.method} {call.path}", reads=False)
        try:
            async with asyncio.timeout(self._longest_opening):
                await stream.connect()
        except TimeoutError as error:
            line.end("no answer")
            raise RequestTimeoutError(f"{call.method} {call.path}: no answer came.") from error
        except StreamRefused as refused:
            answer = refused.answer
        except NemoError as error:
            line.end(type(error).__name__)
            raise
        else:
            line.end(200, stream.headers)
            return stream
        line.end(answer.status, answer.headers)
        raise self._refusal(call, answer)

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
        line.end(response.status, response.headers)
        if response.status == 401 or response.content_type == "application/json":
            async with response:
                answer = Answer(response.status, response.headers, await read_bounded(response))
            self._read(call, answer)
            raise InvalidResponseError(f"GET {call.path} was not answered with a file.")
        return response

    def _body(self, call: Call[Any]) -> Any:
        """Return what is sent, made anew for each attempt."""
        if callable(call.body):
            return call.body()
        if call.body is not None and len(call.body) > _LONG_BODY:
            return JsonBody(call.body, self.timing.read)
        return call.body

    def _refusal(self, call: Call[Any], answer: Answer) -> NemoError:
        """Return the error that an answer in place of a stream is."""
        try:
            self._read(call, answer)
        except InsufficientCreditsError as error:
            error.register_url = self.register_url()
            return error
        except NemoError as error:
            return error
        return InvalidResponseError(f"{call.method} {call.path} was not answered with a stream.")

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


async def _unsent(asked: Awaitable[T]) -> T:
    """Wait for a token. Whatever goes wrong there, the call that it is for has not left."""
    try:
        return await asked
    except TransportError as error:
        error.sent = False
        raise


def _of_another_user(call: Call[Any]) -> AuthenticationError:
    return AuthenticationError(
        "the token that this was begun with was rejected meanwhile, and the client goes on as an "
        "anonymous user, who does not see it",
        code=1001,
        method=call.method,
        path=call.path,
    )
