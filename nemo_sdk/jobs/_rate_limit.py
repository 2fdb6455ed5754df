"""Work that waits where the service asks for that, and has others wait, too."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from nemo_sdk import NemoClient, RateLimitError
from nemo_sdk._transport.retries import ON_RATE_LIMIT

from ._stores import Store, call

__all__ = ["unhurried"]

log = logging.getLogger("nemo_sdk")


async def unhurried(
    make: Callable[[], Awaitable[None]],
    client: NemoClient,
    store: Store,
    say: Callable[[str], None],
) -> None:
    """Make something, and again after a wait where the service has refused it for its limit.

    Where the store cannot tell others to wait, it is made once.

    Args:
        make: Makes it; nothing was charged where it is refused.
        client: What makes it; its clock says how long to wait where the service does not.
        store: Tells others to wait.
        say: Called with a line for people.
    """
    slow_down = getattr(store, "slow_down", None)
    if slow_down is None:
        await make()
        return
    telling: set[asyncio.Task[None]] = set()

    def tell(seconds: float) -> None:
        telling.add(asyncio.create_task(_told(slow_down, seconds)))

    before = ON_RATE_LIMIT.set(tell)
    try:
        while (seconds := await _refused(make, client)) is not None:
            tell(seconds)
            say("The service asks to wait")
            await asyncio.sleep(seconds)
    finally:
        ON_RATE_LIMIT.reset(before)
        await asyncio.gather(*telling)


async def _refused(make: Callable[[], Awaitable[None]], client: NemoClient) -> float | None:
    """Make it; return the seconds to wait where it was refused, None where it is made."""
    try:
        await make()
    except RateLimitError as error:
        if error.charged != "no":
            raise
        return client.timing.rate_limit_wait if error.retry_after is None else error.retry_after
    return None


async def _told(slow_down: Any, seconds: float) -> None:
    try:
        await call(slow_down, seconds)
    except Exception as error:  # the store's own: this one waits all the same
        log.warning("others cannot be told to wait: %s", error)
