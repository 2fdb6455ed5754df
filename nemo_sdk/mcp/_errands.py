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
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def do(self, key: Hashable, work: Callable[[], Awaitable[_T]]) -> _T:
        """Return what a work gives; whoever is cancelled here does not end it.

        Args:
            key: What the work is known by; None where nobody joins it.
            work: Does it, where nobody does or has done.
        """
        known: Hashable = object() if key is None else key
        if known not in self._tasks:
            task = self._tasks[known] = asyncio.create_task(_awaited(work))
            task.add_done_callback(lambda task: self._ended(known, task, keep=key is not None))
        result: _T = await asyncio.shield(self._tasks[known])
        return result

    def forget(self, key: Hashable) -> None:
        """Have a work done anew when it is asked for again."""
        self._tasks.pop(key, None)

    def _ended(self, key: Hashable, task: asyncio.Task[Any], *, keep: bool) -> None:
        if task.cancelled() or task.exception() is not None or not keep:
            self.forget(key)


async def _awaited(work: Callable[[], Awaitable[_T]]) -> _T:
    return await work()
