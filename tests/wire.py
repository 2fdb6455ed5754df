"""What several tests of errors share: a server of a few bytes, and all that an error tells."""

import asyncio
import contextlib
import pickle
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Writes the answer to a request whose head it is given."""


def everything_in(error: BaseException) -> str:
    """All that an error, its causes and its contexts say, hold, and would be pickled as."""
    texts, left, seen = [], [error], set()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        texts += traceback.format_exception(one)
        left += [more for more in (one.__cause__, one.__context__) if more is not None]
        left += [more for more in one.args if isinstance(more, BaseException)]
    texts.append(pickle.dumps(error).decode("latin-1"))
    return "\n".join(texts)


@asynccontextmanager
async def server(answer: Answer, until: bytes = b"\r\n\r\n") -> AsyncIterator[str]:
    """A server of a few bytes, for what no web framework would send."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            request = await reader.readuntil(until)
            await answer(request, writer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def bytes_of(raw: bytes) -> Answer:
    """Answer every request with the same bytes."""

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return answer
