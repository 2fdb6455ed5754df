"""Slow work on files, beside the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["in_thread"]

T = TypeVar("T")


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Run blocking work in a thread; a cancelled caller gets away only when it has ended.

    So whoever is cancelled can close the file that the thread was busy with.
    """
    future = asyncio.get_running_loop().run_in_executor(None, work, *args)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.wait([future])
        raise
