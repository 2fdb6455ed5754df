"""How long an event loop stands still."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter


@asynccontextmanager
async def largest_gap() -> AsyncIterator[list[float]]:
    """Give the largest time between two ticks of a task that runs beside."""
    gap = [0.0]

    async def tick() -> None:
        before = perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = perf_counter()
            gap[0], before = max(gap[0], now - before), now

    ticking = asyncio.create_task(tick())
    try:
        yield gap
    finally:
        ticking.cancel()
