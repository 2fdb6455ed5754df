"""Work that belongs to the server: a request may give up waiting for it, and another join it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Self, TypeVar

__all__ = ["Errands"]

_T = TypeVar("_T")


class Errands:
    """Does work in tasks of its own: whoever waits for one and is cancelled does not end it.

    An async context manager. At its end what was begun with `do` is waited for, as it is short,
    and what is shared is cancelled.
    """

    def __init__(self) -> None:
        self._begun: set[asyncio.Task[Any]] = set()
        self._shared: dict[Hashable, asyncio.Task[Any]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        shared = tuple(self._shared.values())
        for task in shared:
            task.cancel()
        await asyncio.gather(*self._begun, *shared, return_exceptions=True)

    async def do(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """Return what a work gives."""
        task = asyncio.create_task(_awaited(work))
        self._begun.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    async def share(self, key: Hashable, work: Callable[[], Awaitable[_T]]) -> _T:
        """Return what a work gives that is done once, however often it is asked for.

        Args:
            key: What the work is known by.
            work: Does it, where nobody does or has done.
        """
        if key not in self._shared:
            task = self._shared[key] = asyncio.create_task(_awaited(work))
            task.add_done_callback(lambda task: self._forget_failed(key, task))
        result: _T = await asyncio.shield(self._shared[key])
        return result

    def forget(self, key: Hashable) -> None:
        """Have a work done anew when it is asked for again."""
        self._shared.pop(key, None)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._begun.discard(task)
        _ = task.cancelled() or task.exception()  # whoever waited may be gone

    def _forget_failed(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is not None:
            self.forget(key)


async def _awaited(work: Callable[[], Awaitable[_T]]) -> _T:
    return await work()
