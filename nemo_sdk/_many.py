"""Many generations, some at a time."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator

from ._generation import Generation
from .exceptions import NemoError

__all__ = ["each_as_it_finishes"]


async def each_as_it_finishes(
    generations: Iterable[Generation], concurrency: int
) -> AsyncGenerator[Generation, None]:
    """Run generations, `concurrency` at a time, and yield each as it finishes, failed or not.

    When nobody wants the rest any more, what runs is cancelled.
    """
    waiting = iter(generations)
    running: dict[asyncio.Task[None], Generation] = {}
    try:
        _fill(running, waiting, concurrency)
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                generation = running.pop(task)
                task.result()
                yield generation
            _fill(running, waiting, concurrency)
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


def _fill(
    running: dict["asyncio.Task[None]", Generation],
    waiting: Iterator[Generation],
    concurrency: int,
) -> None:
    while len(running) < concurrency and (generation := next(waiting, None)) is not None:
        running[asyncio.create_task(_finish(generation))] = generation


async def _finish(generation: Generation) -> None:
    """Wait for its end; its error is for who looks at it."""
    try:
        await generation
    except (NemoError, OSError, ValueError):
        return
