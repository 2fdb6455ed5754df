"""After an answer was lost: the session's state is watched until it tells the outcome."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import chain, repeat

from attrs import frozen

from nemo_sdk._protocol import json as _json
from nemo_sdk._protocol.passing import is_passing
from nemo_sdk._timeline.draft import TOUCHED, is_exportable, without_keys
from nemo_sdk.exceptions import APIError, InvalidResponseError, RateLimitError, TransportError
from nemo_sdk.models import State, Timing

__all__ = ["Look", "Sleep", "draft_digest", "follow", "until"]

Sleep = Callable[[float], Awaitable[None]]

_LOOKS_AGAIN = (1, 2, 4)
"""Waits, as multiples of the backoff, for a state that is written a moment after the stream."""


@frozen
class Look:
    """One look at a session's state."""

    elapsed: float
    """Seconds since the answer was lost."""
    state: State | None
    """None where it could not be read this time."""
    changed: bool
    """Whether the draft is another one than before the message."""
    settled: bool
    """Whether two looks in a row saw the same change."""


def draft_digest(state: State | None) -> str:
    """Return what a state's draft is compared by: "" for a draft with nothing in it.

    Raises:
        InvalidResponseError: The draft holds a number that JSON does not have, or is too deep.
    """
    if state is None or not is_exportable(state.draft):
        return ""
    try:
        return _json.digest(without_keys(state.draft or {}, TOUCHED))
    except (ValueError, RecursionError):
        problem = (
            "The session's draft cannot be compared: a number in it is none, or it is too deep."
        )
    raise InvalidResponseError(problem)


async def follow(
    look: Callable[[], Awaitable[State]],
    before: str,
    timing: Timing,
    sleep: Sleep,
    *,
    at_once: bool = False,
) -> AsyncGenerator[Look, None]:
    """Look at the state as often as `timing.recovery` says, and after a change until it settles.

    Ends after a settled look, or without one: then the outcome is not known.

    Args:
        look: Reads the state.
        before: `draft_digest` of the state before the message.
        timing: `recovery` for the waits; `turn` ends the watch in any case.
        sleep: Waits for so many seconds.
        at_once: Whether to look before the first wait, too: the answer was lost long ago.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    last = before
    waits = ((0.0,) if at_once else ()) + timing.recovery
    for number, wait in enumerate(chain(waits, repeat(waits[-1]))):
        in_time = loop.time() - started < timing.turn
        if not in_time or (number >= len(waits) and last == before):
            return
        await sleep(wait)
        state, digest = await _try(look, last)
        changed = digest != before
        settled = changed and state is not None and digest == last
        last = digest
        yield Look(loop.time() - started, state, changed, settled)
        if settled:
            return


async def until(
    look: Callable[[], Awaitable[State]],
    enough: Callable[[State], bool],
    timing: Timing,
    sleep: Sleep,
) -> State:
    """Return a state that tells enough, or else the last of a few looks.

    Args:
        look: Reads the state.
        enough: Whether a state tells what it is read for.
        timing: `backoff` for the waits.
        sleep: Waits for so many seconds.
    """
    state = await look()
    for wait in _LOOKS_AGAIN:
        if enough(state):
            break
        await sleep(wait * timing.backoff)
        state = await look()
    return state


async def _try(look: Callable[[], Awaitable[State]], last: str) -> tuple[State | None, str]:
    """Look, and take a service that cannot be reached just now for one where nothing is new."""
    try:
        state = await look()
        # Where there was a draft, a state without one tells nothing: it is not there yet.
        if last and state.draft is None:
            return None, last
        return state, draft_digest(state)
    except (TransportError, APIError) as error:
        # An answer that cannot be read, too: the next one may.
        if isinstance(error, TransportError | RateLimitError) or is_passing(error):
            return None, last
        raise
