"""How transfers share the event loop: few of them move a piece in each of its rounds."""

import asyncio
from collections import deque
from weakref import WeakKeyDictionary

__all__ = ["next_round"]

_PIECES_A_ROUND = 2


async def next_round() -> None:
    """Wait for a place in a coming round of the event loop, first come, first served.

    Without it, a hundred sockets that are ready at once are all served in one round, and the rest
    of the program waits until the last of them is.
    """
    await _rounds().place()


class _Rounds:
    """The rounds of one event loop, and who waits for a place in one."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()

    def place(self) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._give)
        place = loop.create_future()
        self._waiting.append(place)
        return place

    def _give(self) -> None:
        given = 0
        while self._waiting and given < _PIECES_A_ROUND:
            place = self._waiting.popleft()
            if not place.done():  # its transfer may have been cancelled
                place.set_result(None)
                given += 1
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._give)


_OF_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Rounds] = WeakKeyDictionary()


def _rounds() -> _Rounds:
    return _OF_LOOPS.setdefault(asyncio.get_running_loop(), _Rounds())
