"""Work that belongs to the server: a request may give up waiting for it, and another join it."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from types import TracebackType
from typing import Any, Self, TypeVar

__all__ = ["Errands"]

_T = TypeVar("_T")


class Errands:
    """Does each work once, however often it is asked for; one that failed is done anew."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def do(self, key: Hashable, work: Callable[[], Awaitable[_T]]) -> _T:
        """Return what a work gives; whoever is cancelled here does not end it.

        Args:
            key: What the work is known by.
            work: Does it, where nobody does or has done.
        """
        if key not in self._tasks:
            task = self._tasks[key] = asyncio.create_task(_awaited(work))
            task.add_done_callback(lambda task: self._forget_failed(key, task))
        result: _T = await asyncio.shield(self._tasks[key])
        return result

    def _forget_failed(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is not None:
            self._tasks.pop(key, None)


async def _awaited(work: Callable[[], Awaitable[_T]]) -> _T:
    return await work()
