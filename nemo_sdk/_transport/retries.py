"""When a call is made again. Every rule is here, and tenacity keeps them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from attrs import frozen

from nemo_sdk._protocol.endpoints import Call
from nemo_sdk._protocol.passing import is_passing
from nemo_sdk.exceptions import (
    AuthenticationError,
    NemoError,
    RateLimitError,
    TransportError,
)
from nemo_sdk.models import Timing

from .errors import connection_broke

__all__ = ["LONGEST_RATE_LIMIT", "ON_RATE_LIMIT", "Credential", "Retries", "unsent"]

T = TypeVar("T")
ON_RATE_LIMIT: ContextVar[Callable[[float], object] | None] = ContextVar(
    "ON_RATE_LIMIT", default=None
)
"""Called with the seconds to wait when the service asks for that: others may have to wait, too."""
Attempt = Callable[[str | None], Awaitable[T]]
"""Makes a call once, with the token that it is given."""

LONGEST_RATE_LIMIT = 120.0
"""Seconds: a service that asks for a longer wait is not waited for."""


class Credential(Protocol):
    """Whose bearer token a call is made with."""

    @property
    def at_hand(self) -> str | None:
        """The token to use now; None where it has to be waited for."""
        ...

    async def token(self) -> str:
        """Return the token to use now."""
        ...

    async def renew(self, rejected: str) -> str | None:
        """Return another token of the same user after one was rejected; None if there is none."""
        ...

    def register_url(self) -> str | None:
        """Return where an anonymous user registers; None for other users."""
        ...

    def note_user(self, user_id: str | None) -> None:
        """Remember the user id that a session or a state told."""
        ...


async def pause(seconds: float) -> None:
    """Wait between two attempts."""
    await asyncio.sleep(seconds)


async def unsent(asked: Awaitable[T]) -> T:
    """Wait for a token. Whatever goes wrong there, the call that it is for has not left."""
    try:
        return await asked
    except TransportError as error:
        error.sent = False
        raise


@frozen
class Retries:
    """The rules, the same for all calls.

    A read that failed, and any call that never left, is repeated `most` times, with growing waits;
    so is one that does no harm, where its connection broke; a 429 once, after the wait that the
    service asks for; a rejected token once, with another one.

    The first attempt is made before, and without tenacity, which costs a third of a small call;
    its failure is replayed into tenacity, so that the rules see it like any other.
    """

    most: int
    timing: Timing

    def after(
        self,
        first: NemoError,
        attempt: Attempt[T],
        credential: Credential | None,
        token: str | None,
        call: Call[Any] | None,
    ) -> Coroutine[Any, Any, T] | None:
        """Return what makes a call again after its first failure; None where that is not right.

        Args:
            first: The failure.
            attempt: Makes the call once.
            credential: Where another token comes from.
            token: The token of the first attempt.
            call: What may be made again after a failure; None where nothing may.
        """
        again = _Again(self, attempt, credential, token, call)
        return again.replay(first) if again.allows(first) else None


class _Again:
    """The repeats of one call."""

    def __init__(
        self,
        rules: Retries,
        attempt: Attempt[Any],
        credential: Credential | None,
        token: str | None,
        call: Call[Any] | None,
    ) -> None:
        self._timing = rules.timing
        self._attempt = attempt
        self._credential = credential
        self._token = token
        self._call = call
        self._most = self._failures_left = rules.most
        self._waits_left = self._renewals_left = 1
        self._rejected: AuthenticationError | None = None
        self._has_token = True

    def allows(self, error: BaseException) -> bool:
        """Whether the call may be made again after an error."""
        if not self._has_token:  # asking for one is a call by itself, with its own repeats
            return False
        if isinstance(error, RateLimitError):
            return self._waits_left > 0 and (error.retry_after or 0) <= LONGEST_RATE_LIMIT
        if isinstance(error, AuthenticationError):
            return self._renewals_left > 0 and self._credential is not None
        if self._failures_left == 0 or not is_passing(error):
            return False
        return (isinstance(error, TransportError) and not error.sent) or self._may_arrive_again(
            error
        )

    def _may_arrive_again(self, error: BaseException) -> bool:
        call = self._call
        if call is None:
            return False
        return call.repeatable or (call.harmless and connection_broke(error))

    async def replay(self, first: NemoError) -> Any:
        """Go on after a first failure."""
        import tenacity  # noqa: PLC0415 - most programs never need a second attempt

        failures: list[NemoError] = [first]
        del first  # a frame that holds its own exception is a cycle for the collector

        async def again() -> Any:
            if failures:
                raise failures.pop()
            if self._rejected is not None:
                await self._renew(self._rejected)
            return await self._attempt(self._token)

        growing = tenacity.wait_random_exponential(
            multiplier=self._timing.backoff,
            max=self._timing.backoff_max,
            min=self._timing.backoff / 2,
        )
        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(self.allows),
            wait=lambda state: self._wait(state, growing),
            sleep=pause,
            reraise=True,
        )
        return await retrying(again)

    def _wait(self, state: Any, growing: Callable[[Any], float]) -> float:
        """Take note of a failure, and return the seconds before the next attempt."""
        error = state.outcome.exception()
        if isinstance(error, AuthenticationError):
            self._renewals_left -= 1
            self._rejected = error
            return 0
        if isinstance(error, RateLimitError):
            self._waits_left -= 1
            self._failures_left = self._most  # after the wait it is as good as a new call
            asked = error.retry_after
            seconds = self._timing.rate_limit_wait if asked is None else asked
            if (tell := ON_RATE_LIMIT.get()) is not None:
                tell(seconds)
            return seconds
        self._failures_left -= 1
        return growing(state)

    async def _renew(self, error: AuthenticationError) -> None:
        self._rejected, self._has_token = None, False
        renewed = None
        if self._credential is not None:
            renewed = await unsent(self._credential.renew(self._token or ""))
        if renewed is None:
            raise error
        self._token, self._has_token = renewed, True
