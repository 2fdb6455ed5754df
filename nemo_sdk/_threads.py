"""Slow work on files, beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["in_thread"]

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run blocking work in a thread; a cancelled caller gets away only when it has ended.

    So whoever is cancelled, once or twice, can close the file that the thread was busy with.
    """
    future = asyncio.get_running_loop().run_in_executor(None, work, *args)
    cancelled: asyncio.CancelledError | None = None
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError as error:
            cancelled = error
    problem = future.exception()
    if cancelled is not None:
        raise cancelled from problem
    return future.result()
