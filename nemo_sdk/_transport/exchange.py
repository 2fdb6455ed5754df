"""One HTTP request and its answer. The one module that makes requests with aiohttp."""

import asyncio
import math
from collections.abc import Mapping
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from nemo_sdk._protocol.endpoints import Call
from nemo_sdk._protocol.envelope import Answer
from nemo_sdk._secret import Secret
from nemo_sdk._telemetry.log import CallLine
from nemo_sdk.exceptions import InvalidResponseError, NemoError, RequestTimeoutError
from nemo_sdk.models import Timing

from .bodies import JsonBody, Sending
from .closing import Scope
from .connections import Connections
from .connector import Departure
from .errors import error_of, read_bounded
from .event_stream import EventStream, StreamRefused
from .redaction import hide, text_without

__all__ = ["Exchange"]

_LONG_BODY = 64 * 1024
"""Bytes: a shorter one is gone before anybody could wait for it."""

T = TypeVar("T")
E = TypeVar("E", bound=NemoError)


class Exchange:
    """Makes one request, once, and gives what came of it.

    Args:
        connections: The aiohttp sessions.
        base_url: The service's address.
        headers: Sent with every request to the service.
        timing: How long a connection, and the time between two pieces of an answer, may take.
    """

    def __init__(
        self,
        connections: Connections,
        *,
        base_url: URL,
        headers: Mapping[str, str],
        timing: Timing,
    ) -> None:
        self._connections = connections
        self._base_url = str(base_url).rstrip("/")
        self._headers = dict(headers)
        self._stall = timing.read
        self._sent_tokens: dict[str, dict[str, str]] = {}
        self._has_shared = False
        # Who has to wait for another call's connection may have to wait for the longest turn.
        connect = timing.turn if connections.wait_for_one else timing.connect
        self._plain = _limits(connect=connect, sock_connect=timing.connect, sock_read=timing.read)
        self._longest_opening = connect + timing.quiet
        # Of a stream, whoever reads it watches how long it is quiet.
        self._endless = _limits(connect=connect, sock_connect=timing.connect)

    async def answer(self, call: Call[T], scope: Scope, token: str | None) -> T:
        """Make a plain call, and return what its answer says.

        Args:
            call: The call.
            scope: Whose limit does not count while a long body leaves.
            token: The bearer token; None for the call that asks for one.
        """
        scope.sent = True
        line = CallLine(call, self._without_tokens, reads=call.repeatable)
        try:
            answer = await self._asked_for_certain(call, token, scope)
        except (aiohttp.ClientError, OSError) as error:
            failure = error_of(error, call)
        else:
            line.end(answer.status, answer.headers)
            return self._read(call, answer)
        line.end(type(failure).__name__)
        raise failure

    async def _asked_for_certain(self, call: Call[Any], token: str | None, scope: Scope) -> Answer:
        """Make a request; once more where a used connection may have been dead, and it is free."""
        try:
            return await self._asked(call, token, scope, fresh=call.needs_unused)
        except TimeoutError:
            if not (call.harmless and self._has_shared):
                raise
        return await self._asked(call, token, scope, fresh=True)

    async def _asked(
        self, call: Call[Any], token: str | None, scope: Scope, *, fresh: bool
    ) -> Answer:
        """Make a request, and return its whole answer."""
        connections = self._connections
        session = connections.at_hand(fresh=fresh) or await connections.session(fresh=fresh)
        url = URL(self._base_url + call.path, encoded=True)
        body = self._body(call)
        sending = Sending(body, scope) if callable(call.body) else None
        try:
            async with session.request(
                call.method,
                url,
                data=body,
                headers=self._headers_of(call, token),
                timeout=self._plain,
                allow_redirects=False,
                raise_for_status=False,  # a session of the caller's may have it on
                **self._connections.proxy_for(url),
            ) as response:
                answer = Answer(response.status, response.headers, await read_bounded(response))
                self._has_shared = self._has_shared or not fresh
                return answer
        finally:
            if sending is not None:
                await sending.ended()

    async def stream(self, call: Call[Any], departure: Departure, token: str | None) -> EventStream:
        """Make a call whose answer is a stream; the caller closes it.

        Args:
            call: The call.
            departure: Takes note of whether the call may have left.
            token: The bearer token.
        """
        session = await self._connections.session(fresh=True)
        url = URL(self._base_url + call.path, encoded=True)
        stream = EventStream(
            url,
            session=session,
            headers=self._headers_of(call, token),
            body=self._body(call),
            timeout=self._endless,
            proxy=self._connections.proxy_for(url),
            refusal=lambda answer: self._refusal(call, answer),
            what=call,
        )
        line = CallLine(call, self._without_tokens, reads=False)
        try:
            async with asyncio.timeout(self._longest_opening):
                with departure.noted():
                    await stream.connect()
        except TimeoutError as error:
            line.end("no answer")
            raise RequestTimeoutError(f"{call}: no answer came.") from error
        except StreamRefused as refused:
            answer = refused.answer
        except NemoError as error:
            line.end(type(error).__name__)
            raise
        else:
            line.end(200, stream.headers)
            return stream
        line.end(answer.status, answer.headers)
        departure.sent = False
        raise self._refusal(call, answer)

    async def file(self, call: Call[Any], token: str | None) -> aiohttp.ClientResponse:
        """Ask the service itself for a file; no redirect is followed. The caller closes it."""
        url = URL(self._base_url + call.path, encoded=True)
        response = await self._opened(url, call, self._headers_of(call, token), film=False)
        if response.status == 401 or response.content_type == "application/json":
            async with response:
                answer = Answer(response.status, response.headers, await read_bounded(response))
            self._read(call, answer)
            raise InvalidResponseError(f"{call} was not answered with a file.")
        return response

    async def film(self, url: URL, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """Ask for a film at any address, as its bytes are; no redirect is followed.

        Neither a token nor the default headers of a session of the caller's go with it.
        """
        what = f"GET {url.with_query(None).with_user(None)}"
        return await self._opened(url, what, headers, film=True)

    def hide(self, error: E) -> E:
        """Make every token that was sent unreadable in an error, and return the error.

        For errors whose words are the service's own: it may repeat what it was sent.
        """
        return hide(error, self._sent_tokens)

    async def _opened(
        self, url: URL, what: object, headers: Mapping[str, str], *, film: bool
    ) -> aiohttp.ClientResponse:
        session = await self._connections.session(film=film)
        line = CallLine(what, self._without_tokens, reads=True)
        response = await session.get(
            url,
            headers=headers,
            timeout=self._plain,
            allow_redirects=False,
            auto_decompress=not film,
            raise_for_status=False,
            **self._connections.proxy_for(url),
        )
        line.end(response.status, response.headers)
        return response

    def _body(self, call: Call[Any]) -> Any:
        """Return what is sent, made anew for each attempt."""
        if callable(call.body):
            return call.body()
        if call.body is not None and len(call.body) > _LONG_BODY:
            return JsonBody(call.body, self._stall)
        return call.body

    def _without_tokens(self, text: str) -> str:
        return text_without(self._sent_tokens, text)

    def _headers_of(self, call: Call[Any], token: str | None) -> dict[str, str]:
        headers = self._headers if token is None else self._headers_with(token)
        if isinstance(call.body, bytes):
            headers = {**headers, "Content-Type": "application/json"}
        return {**headers, **call.headers} if call.headers else headers

    def _headers_with(self, token: str) -> dict[str, str]:
        """Return the headers of every call with a token, made at its first."""
        known = self._sent_tokens.get(token)
        if known is None:
            known = {**self._headers, "Authorization": Secret(f"Bearer {token}")}
            self._sent_tokens[token] = known
        return known

    def _read(self, call: Call[T], answer: Answer) -> T:
        try:
            return call.read(answer)
        except NemoError as error:
            failure = self.hide(error)
        # Without the frames that have read it: their variables are the service's own words.
        raise failure.with_traceback(None)

    def _refusal(self, call: Call[Any], answer: Answer) -> NemoError:
        """Return the error that an answer in place of a stream is."""
        try:
            self._read(call, answer)
        except NemoError as error:
            return error
        return InvalidResponseError(f"{call} was not answered with a stream.")


def _limits(**seconds: float) -> aiohttp.ClientTimeout:
    """Return limits as aiohttp has them: it rounds them, and cannot round a time without end."""
    told: dict[str, Any] = {
        name: None if math.isinf(limit) else limit for name, limit in seconds.items()
    }
    return aiohttp.ClientTimeout(total=None, **told)
