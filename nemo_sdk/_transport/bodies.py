"""Bodies on their way to the service: given up when nothing of them leaves any more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from nemo_sdk.exceptions import RequestTimeoutError

__all__ = ["SLICE", "JsonBody", "abort", "while_moving"]

SLICE = 512 * 1024
"""Bytes given to the connection at once: many, since each gift has its cost."""


class JsonBody(aiohttp.Payload):
    """A long JSON text. Of bytes, aiohttp would wait without end for a server to take them.

    Args:
        text: The text.
        stall: Seconds after which a server that takes nothing more is given up.
    """

    def __init__(self, text: bytes, stall: float) -> None:
        super().__init__(text, content_type="application/json")
        self._text = text
        self._stall = stall

    @property
    def size(self) -> int:
        return len(self._text)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._text.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        view = memoryview(self._text)
        try:
            async with while_moving(writer, self._stall, "the request"):
                for start in range(0, len(view), SLICE):
                    await writer.write(view[start : start + SLICE])
        except BaseException:
            abort(writer)
            raise


def abort(writer: AbstractStreamWriter) -> None:
    """Drop a connection at once: a polite end would wait until all that waits has been sent."""
    transport = getattr(writer, "transport", None)
    if transport is not None:
        transport.abort()


@asynccontextmanager
async def while_moving(
    writer: AbstractStreamWriter, stall: float, what: str
) -> AsyncIterator[None]:
    """Send what is sent inside; a slow link is no dead one.

    Raises:
        RequestTimeoutError: Nothing has left for the network for `stall` seconds.
    """
    limit = asyncio.timeout(None)
    try:
        async with limit:
            watch = _Watch(lambda: _taken(writer), stall, limit)
            try:
                yield
            finally:
                watch.stop()
    except TimeoutError:
        if not limit.expired():
            raise
    else:
        return
    raise RequestTimeoutError(f"{what}: the service took no more of it for {stall:g} seconds.")


class _Watch:
    """Ends a time limit when a position has not changed for so many seconds."""

    def __init__(self, position: Callable[[], int], stall: float, limit: asyncio.Timeout) -> None:
        self._position = position
        self._stall = stall
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._last, self._moved = position(), self._loop.time()
        self._looking = self._loop.call_later(stall / 4, self._look)

    def _look(self) -> None:
        now, position = self._loop.time(), self._position()
        if position != self._last:
            self._last, self._moved = position, now
        elif now - self._moved >= self._stall:
            self._limit.reschedule(now)
            return
        self._looking = self._loop.call_later(self._stall / 4, self._look)

    def stop(self) -> None:
        self._looking.cancel()


def _taken(writer: AbstractStreamWriter) -> int:
    """Return how many bytes of a request have left for the network."""
    transport = getattr(writer, "transport", None)
    waiting: int = transport.get_write_buffer_size() if transport is not None else 0
    return writer.output_size - waiting
