"""When a call is made again. Every rule is here, and tenacity keeps them.

The first attempt runs outside tenacity, which costs a third of a small call; its failure is then
replayed into tenacity, so that the rules see it like any other.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from nemo_sdk.exceptions import (
    AuthenticationError,
    InvalidResponseError,
    NemoError,
    RateLimitError,
    ServerError,
    TransportError,
)
from nemo_sdk.models import Timing

__all__ = ["LONGEST_RATE_LIMIT", "repeat_failed", "repeat_rate_limited", "repeat_unauthorised"]

T = TypeVar("T")
Attempt = Callable[[], Awaitable[T]]
Sleep = Callable[[float], Awaitable[None]]

LONGEST_RATE_LIMIT = 120.0
"""Seconds: a service that asks for a longer wait is not waited for."""


async def repeat_failed(
    attempt: Attempt[T], *, repeatable: bool, max_retries: int, timing: Timing, sleep: Sleep
) -> T:
    """Repeat what may be repeated: any failed read, and a call that never left.

    Waits grow from `timing.backoff` seconds, doubled and jittered, to `timing.backoff_max`.
    """

    def may_be_repeated(error: BaseException) -> bool:
        if isinstance(error, InvalidResponseError):  # garbage stays garbage
            return False
        if isinstance(error, TransportError):
            return repeatable or not error.sent
        return repeatable and isinstance(error, ServerError)

    try:
        return await attempt()
    except (TransportError, ServerError) as error:
        if max_retries == 0 or not may_be_repeated(error):
            raise
        first: NemoError = error
    return await _replay(
        first,
        attempt,
        when=may_be_repeated,
        times=max_retries,
        wait=lambda tenacity: tenacity.wait_random_exponential(
            multiplier=timing.backoff, max=timing.backoff_max, min=timing.backoff / 2
        ),
        sleep=sleep,
    )


async def repeat_rate_limited(attempt: Attempt[T], *, timing: Timing, sleep: Sleep) -> T:
    """Repeat a call answered 429 once, after the wait that the service asks for."""

    def short_enough(error: BaseException) -> bool:
        return isinstance(error, RateLimitError) and (error.retry_after or 0) <= LONGEST_RATE_LIMIT

    def seconds(state: Any) -> float:
        asked: float | None = state.outcome.exception().retry_after
        return timing.rate_limit_wait if asked is None else asked

    try:
        return await attempt()
    except RateLimitError as error:
        if not short_enough(error):
            raise
        first = error
    return await _replay(
        first, attempt, when=short_enough, times=1, wait=lambda _: seconds, sleep=sleep
    )


async def repeat_unauthorised(
    attempt: Callable[[str], Awaitable[T]],
    token: str,
    renew: Callable[[str], Awaitable[str | None]],
) -> T:
    """Repeat a call whose token was rejected once, with another token if there is one."""
    try:
        return await attempt(token)
    except AuthenticationError:
        renewed = await renew(token)
        if renewed is None:
            raise
    return await attempt(renewed)


async def _replay(
    first: NemoError,
    attempt: Attempt[T],
    *,
    when: Callable[[BaseException], bool],
    times: int,
    wait: Callable[[Any], Any],
    sleep: Sleep,
) -> T:
    import tenacity  # noqa: PLC0415 - most programs never need a second attempt

    failures: list[NemoError] = [first]

    async def again() -> T:
        if failures:
            raise failures.pop()
        return await attempt()

    retrying = tenacity.AsyncRetrying(
        retry=tenacity.retry_if_exception(when),
        stop=tenacity.stop_after_attempt(times + 1),
        wait=wait(tenacity),
        sleep=sleep,
        reraise=True,
    )
    del first  # a frame that holds its own exception is a cycle for the collector
    return await retrying(again)
