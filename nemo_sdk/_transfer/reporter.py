"""Telling the caller how far a transfer is: at most a few times a second."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from nemo_sdk._concurrency.callbacks import settled

__all__ = ["OnProgress", "Reporter"]

T = TypeVar("T")
OnProgress = Callable[[T], object]
_EVERY = 0.2


class Reporter(Generic[T]):
    """Calls a caller's function, sync or async, not more often than five times a second.

    Args:
        on_progress: The function, or None.
    """

    def __init__(self, on_progress: OnProgress[T] | None) -> None:
        self._on_progress = on_progress
        self._next = 0.0

    async def tell(self, make: Callable[[], T], *, last: bool = False) -> None:
        """Tell what `make` makes, if it is time or the last word."""
        if self._on_progress is None:
            return
        now = asyncio.get_running_loop().time()
        if last or now >= self._next:
            self._next = now + _EVERY
            await settled(self._on_progress(make()))
