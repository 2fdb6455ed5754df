"""One call, from a request value to a model: `send` → `authorised` → `repeated` → `answer`.

Each concern is a frame of its own: the client being open and the call's overall limit; the
token; the repeats (`retries`); one HTTP exchange (`exchange`).
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn, TypeVar

import aiohttp
from yarl import URL

from nemo_sdk._protocol.endpoints import Call
from nemo_sdk.exceptions import (
    APIError,
    ExportBlockedError,
    InsufficientCreditsError,
    NemoError,
    TransportError,
)
from nemo_sdk.models import Timing

from .closing import Gate, Scope
from .connector import Departure
from .event_stream import EventStream
from .exchange import Exchange
from .retries import Attempt, Credential, Retries, unsent

__all__ = ["Credential", "Transport", "with_register_url"]

T = TypeVar("T")
E = TypeVar("E", bound=NemoError)


class Transport:
    """Sends calls, each for whom its credential stands.

    Args:
        gate: Whether the client is open.
        exchange: What makes one request.
        timing: How long things may take.
        max_retries: How often a read, or a call that never left, is repeated.
    """

    def __init__(self, gate: Gate, exchange: Exchange, *, timing: Timing, max_retries: int) -> None:
        self.timing: Timing = timing
        self.max_retries: int = max_retries
        self._gate = gate
        self._exchange = exchange
        self._retries = Retries(max_retries, timing)

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "What belongs to a NemoClient holds connections and a token, and is not pickled: "
            "send a session's or render's id, a video's url, or a generation's checkpoint."
        )

    def check_open(self) -> None:
        """Refuse to begin anything in a client that is closed; see `Gate.check`."""
        self._gate.check()

    def hide(self, error: E) -> E:
        """Return an error with every token that was sent made unreadable; see `Exchange.hide`."""
        return self._exchange.hide(error)

    def while_open(self, limit: float | None = None, what: object = "The call") -> Scope:
        """Return a context manager for what ends with the client; see `Gate.while_open`."""
        return self._gate.while_open(limit, what)

    async def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the closing.

        Raises:
            NemoError: The client was closed.
        """
        with self._gate.while_open():
            await asyncio.sleep(seconds)

    async def send(self, call: Call[T], credential: Credential | None) -> T:
        """Make a call, and repeat it where that is right.

        Args:
            call: The call.
            credential: Whose token goes with it; None for the call that asks for one.

        Raises:
            APIError: The service said no.
            TransportError: No usable answer came; RequestTimeoutError also where all of it, token
                and repeats included, took longer than `Timing.call`.
            NemoError: The client was closed.
        """
        with self._gate.while_open(self.timing.call, call) as scope:
            scope.sent = False
            return await self._authorised(
                partial(self._exchange.answer, call, scope), credential, call
            )

    async def stream(
        self, call: Call[Any], credential: Credential, departure: Departure
    ) -> EventStream:
        """Make a call whose answer is a stream; the caller closes it.

        It is repeated only where the service said that it did nothing, or where it never left.

        Args:
            call: The call.
            credential: Whose token goes with it.
            departure: Takes note of whether the call may have left.

        Raises:
            APIError: The service said no; a ServerError may have had its effect all the same.
            TransportError: No answer came; where its `sent` is set, the call may have arrived.
            NemoError: The client was closed.
        """
        with self._gate.while_open():
            return await self._authorised(
                partial(self._exchange.stream, call, departure), credential
            )

    async def fetch(self, url: URL, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        """Ask for a film at any address, without a token; no redirect is followed.

        The caller closes the answer.
        """
        with self._gate.while_open(self.timing.call, "The film's address"):
            return await self._exchange.film(url, headers)

    async def fetch_with_token(
        self, path: str, headers: Mapping[str, str], credential: Credential
    ) -> aiohttp.ClientResponse:
        """Ask the service itself for a file, with the token; no redirect is followed.

        The caller closes the answer.
        """
        call = Call("GET", path, lambda data: data, headers=headers)
        with self._gate.while_open(self.timing.call, call):
            return await self._authorised(partial(self._exchange.file, call), credential)

    async def _authorised(
        self,
        attempt: Attempt[T],
        credential: Credential | None,
        call: Call[Any] | None = None,
    ) -> T:
        """Make an attempt with the credential's token, and again where that is right.

        Args:
            attempt: Makes the call once.
            credential: Whose token goes with it.
            call: What may be made again after a failure; None where nothing may.
        """
        token = None
        if credential is not None:
            token = credential.at_hand or await self._token_of(credential)
        try:
            try:
                return await attempt(token)
            except (TransportError, APIError) as error:
                again = self._retries.after(error, attempt, credential, token, call)
                if again is None:
                    raise
            return await again
        except APIError as error:
            with_register_url(error, credential)
            raise

    async def _token_of(self, credential: Credential) -> str:
        async def in_time() -> str:
            with self._gate.while_open(self.timing.call, "The token"):
                return await credential.token()

        return await unsent(in_time())


def with_register_url(error: E, credential: Credential | None) -> E:
    """Tell an anonymous user's refusal where to register, and return it."""
    if credential is not None and isinstance(error, InsufficientCreditsError | ExportBlockedError):
        error.register_url = credential.register_url()
    return error
