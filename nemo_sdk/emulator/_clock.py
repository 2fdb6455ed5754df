"""The emulator's time: real, faster than real, or moved by hand."""

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta

_TURNS_OF_THE_LOOP = 8


class Clock:
    """The one clock that everything in an emulator waits on and expires by.

    Args:
        speed: Seconds that a sleeper waits for, in one real second. Dates are not
            sped up: a client compares an expiry date with its own clock.
        manual: Stand still, at the date of now, until `advance` is called.

    Raises:
        ValueError: The speed is not above zero.
    """

    def __init__(self, speed: float = 1.0, *, manual: bool = False) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}: 1 is real time, 100 is faster")
        self.speed = speed
        self.manual = manual
        self._start = datetime.now(UTC)
        self._zero = time.monotonic()
        self._elapsed = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the date and time, in UTC."""
        elapsed = self._elapsed if self.manual else time.monotonic() - self._zero
        return self._start + timedelta(seconds=elapsed)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the service's time."""
        if not self.manual:
            await asyncio.sleep(max(seconds, 0) / self.speed)
        elif seconds <= 0:
            await asyncio.sleep(0)
        else:
            await self._sleep_by_hand(seconds)

    async def advance(self, seconds: float) -> None:
        """Move a manual clock on, and wake its sleepers one by one in their order.

        Those who sleep again are woken again, as long as it falls within the time
        moved by.

        Args:
            seconds: How far, in seconds of the service's time.

        Raises:
            RuntimeError: The clock runs by itself.
            ValueError: Time would go backwards.
        """
        if not self.manual:
            raise RuntimeError("This clock runs by itself: make it with Clock(manual=True).")
        if seconds < 0:
            raise ValueError("Time does not go backwards: advance by 0 seconds or more.")
        target = self._elapsed + seconds
        await _let_others_run()
        while self._sleepers and self._sleepers[0][0] <= target:
            self._elapsed, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
                await _let_others_run()
        self._elapsed = target

    async def _sleep_by_hand(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future


async def _let_others_run() -> None:
    for _ in range(_TURNS_OF_THE_LOOP):
        await asyncio.sleep(0)
