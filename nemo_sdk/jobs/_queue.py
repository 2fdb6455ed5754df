"""Whose turn it is: so many jobs at once, and so many of one owner."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

__all__ = ["Queue"]


class Queue:
    """Lets jobs in, in the order in which they came; an owner's limit holds up nobody else.

    Args:
        at_once: How many may be in.
        each: How many of one owner; None for no limit of that kind.
    """

    def __init__(self, at_once: int, each: int | None) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._of_owners: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._each = each or at_once
        self._waiting = self._inside = self._came = 0

    @asynccontextmanager
    async def place(
        self, owner: str, wait: Callable[[int], None]
    ) -> AsyncIterator[Callable[[], bool]]:
        """Wait for a place and have it.

        Args:
            owner: Whose job it is.
            wait: Called with how many wait already, where there is no place yet.

        Yields:
            What tells whether no other job was in at the same time.
        """
        of_owner = self._of_owners.setdefault(owner, asyncio.Semaphore(self._each))
        if of_owner.locked() or self._places.locked():
            wait(self._waiting)
        async with AsyncExitStack() as places:
            self._waiting += 1
            try:
                await places.enter_async_context(of_owner)
                await places.enter_async_context(self._places)
            finally:
                self._waiting -= 1
            self._came += 1
            self._inside += 1
            places.callback(self._left)
            came, alone = self._came, self._inside == 1
            yield lambda: alone and self._came == came

    def _left(self) -> None:
        self._inside -= 1
