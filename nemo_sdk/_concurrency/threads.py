"""Slow work on files, beside the event loop."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

__all__ = ["ended", "finished", "in_own_thread", "in_thread", "started"]

T = TypeVar("T")

_THREADS = max(2, min(os.cpu_count() or 1, 4))
"""For each event loop: more of them would only keep the loop's own thread from its core."""
_POOLS: WeakKeyDictionary[asyncio.AbstractEventLoop, ThreadPoolExecutor] = WeakKeyDictionary()
"""Not the loop's own pool: there, a hundred files would keep names from being looked up."""


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run blocking work in a thread, and return what it returns."""
    return await finished(started(work, *args))


async def in_own_thread(work: Callable[..., T], *args: Any) -> T:
    """Run blocking work that may take minutes, which nothing else shall wait for."""
    with ThreadPoolExecutor(1, thread_name_prefix="nemo_sdk") as pool:
        return await finished(asyncio.get_running_loop().run_in_executor(pool, work, *args))


def started(work: Callable[..., T], *args: Any) -> asyncio.Future[T]:
    """Start blocking work in a thread; the caller waits for it with `finished` or `ended`."""
    loop = asyncio.get_running_loop()
    return loop.run_in_executor(_pool_of(loop), work, *args)


async def finished(future: asyncio.Future[T]) -> T:
    """Wait until a thread has ended its work, and return what it returned."""
    await ended(future)
    return future.result()


async def ended(future: asyncio.Future[Any]) -> None:
    """Wait until a thread has ended its work; a cancelled caller gets away no sooner.

    So whoever is cancelled, once or twice, can close the file that the thread was busy with.
    """
    cancelled: tuple[Any, ...] | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = cancelled or error.args
    if not future.cancelled():
        future.exception()  # nobody may be left to ask for it
    if cancelled is not None:
        raise asyncio.CancelledError(*cancelled)  # anyio knows its own by their words


def _pool_of(loop: asyncio.AbstractEventLoop) -> ThreadPoolExecutor:
    pool = _POOLS.get(loop)
    if pool is None:
        pool = _POOLS[loop] = ThreadPoolExecutor(_THREADS, thread_name_prefix="nemo_sdk")
    return pool
