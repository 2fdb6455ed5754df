"""Slow work on files, beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["ended", "finished", "in_thread", "started"]

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run blocking work in a thread, and return what it returns."""
    return await finished(started(work, *args))


def started(work: Callable[..., T], *args: Any) -> asyncio.Future[T]:
    """Start blocking work in a thread; the caller waits for it with `finished` or `ended`."""
    return asyncio.get_running_loop().run_in_executor(None, work, *args)


async def finished(future: asyncio.Future[T]) -> T:
    """Wait until a thread has ended its work, and return what it returned."""
    await ended(future)
    return future.result()


async def ended(future: asyncio.Future[Any]) -> None:
    """Wait until a thread has ended its work; a cancelled caller gets away no sooner.

    So whoever is cancelled, once or twice, can close the file that the thread was busy with.
    """
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
    if not future.cancelled():
        future.exception()  # nobody may be left to ask for it
    if cancelled:
        raise asyncio.CancelledError
