"""The one place that writes to connections: whole answers, and broken ones."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator
from pathlib import Path

from aiohttp import web

from ._answers import Answer, Body, FilePart
from ._clock import Clock
from ._faults import Fault

BREAKS = frozenset({"cut", "reset", "stall"})
_FILE_PIECE = 256 * 1024
_RST_ON_CLOSE = struct.pack("ii", 1, 0)
_FLUSH_SECONDS = 5.0
# A RST throws away what has arrived and was not read yet: its reader gets this long.
_READ_SECONDS = 0.005


async def deliver(
    request: web.BaseRequest, answer: Answer, fault: Fault | None, clock: Clock
) -> web.StreamResponse:
    """Send an answer as far as the fault lets it come."""
    breaks = fault is not None and fault.kind in BREAKS
    if fault is None or not breaks:
        return await _send(request, answer, _paced(answer.body, fault, clock))
    if fault.after < 0:
        return await break_off(request, fault.kind)
    part = _until(pieces(answer.body), fault.seconds, clock)
    if not fault.seconds:
        part = _first_part(pieces(answer.body), fault)
    response = await _send(request, answer, part)
    await break_off(request, fault.kind)
    return response


async def break_off(request: web.BaseRequest, kind: str) -> web.StreamResponse:
    """End a connection in the way of a fault, and return a response that nobody sees."""
    transport = request.transport
    if transport is None:
        return web.Response()
    if kind == "stall":
        await asyncio.Event().wait()
    await _flush(transport)
    if kind == "cut":
        transport.close()
    else:
        await asyncio.sleep(_READ_SECONDS)
        _reset(transport)
    return web.Response()


async def pieces(body: Body) -> AsyncGenerator[bytes, None]:
    """Yield a body's bytes; a file's are read in a thread."""
    if isinstance(body, bytes):
        yield body
    elif isinstance(body, FilePart):
        position, end = body.start, body.start + body.length
        while position < end:
            piece = await asyncio.to_thread(_read, body.path, position, end)
            if not piece:
                return
            yield piece
            position += len(piece)
    else:
        async for piece in body:
            yield piece


async def _send(
    request: web.BaseRequest, answer: Answer, body: AsyncGenerator[bytes, None]
) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    if answer.length is not None:
        response.content_length = answer.length
    async with contextlib.aclosing(body) as stream:
        with contextlib.suppress(ConnectionResetError):  # who left needs no answer
            await response.prepare(request)
            if request.method != "HEAD":
                async for piece in stream:
                    await response.write(piece)
    return response


async def _first_part(
    body: AsyncGenerator[bytes, None], fault: Fault
) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(body) as stream:
        left = fault.after if fault.after_event is None else fault.after_event
        cut = _cut_bytes if fault.after_event is None else _cut_events
        while left > 0:
            piece = await anext(stream, None)
            if piece is None:
                return
            piece, left = cut(piece, left)
            yield piece


async def _until(
    body: AsyncGenerator[bytes, None], seconds: float, clock: Clock
) -> AsyncGenerator[bytes, None]:
    """Yield what comes until an instant, counted from the beginning of an answer."""
    instant = asyncio.ensure_future(clock.sleep(seconds))
    async with contextlib.aclosing(body) as stream:
        try:
            while True:
                coming = asyncio.ensure_future(anext(stream, None))
                await asyncio.wait({instant, coming}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    await _ended(coming)
                    return
                if (piece := coming.result()) is None:
                    return
                yield piece
        finally:
            instant.cancel()


async def _ended(task: "asyncio.Future[bytes | None]") -> None:
    task.cancel()
    await asyncio.wait({task})


def _cut_bytes(piece: bytes, left: int) -> tuple[bytes, int]:
    return piece[:left], left - len(piece)


def _cut_events(piece: bytes, left: int) -> tuple[bytes, int]:
    whole = piece.count(b"\n\n")
    if whole < left:
        return piece, left - whole
    return b"\n\n".join(piece.split(b"\n\n")[:left]) + b"\n\n", 0


async def _paced(body: Body, fault: Fault | None, clock: Clock) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(pieces(body)) as stream:
        async for piece in stream:
            if fault is None or fault.kind != "pace":
                yield piece
                continue
            size = max(fault.after, 1)
            for start in range(0, len(piece), size):
                yield piece[start : start + size]
                await clock.sleep(fault.seconds)


def _read(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(min(_FILE_PIECE, end - start))


async def _flush(transport: asyncio.Transport) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FLUSH_SECONDS):
            # A transport tells nobody when its buffer has become empty.
            while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110
                await asyncio.sleep(0.001)


def _reset(transport: asyncio.Transport) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
    transport.abort()
