"""Waiting: for what other tasks, threads and processes bring about, and for generations."""

import asyncio
from collections.abc import Callable

from nemo_sdk import Generation


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so, for a minute at most."""
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.002)


async def its_film(generation: Generation) -> None:
    """Await a generation."""
    await generation


async def its_events(generation: Generation) -> None:
    """Listen to a generation to its end."""
    async for _ in generation:
        pass


async def its_progress(generation: Generation) -> None:
    """Watch a generation to its end."""
    async for _ in generation.progress():
        pass


WAYS_TO_WAIT = (its_film, its_events, its_progress)
