"""Waiting for what others bring about: other tasks, threads and processes."""

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so, for a minute at most."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.002)
