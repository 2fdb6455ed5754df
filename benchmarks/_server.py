"""A server in a process of its own, so that its work is nobody's figure but its own."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

Serve = Callable[[Connection], Awaitable[None]]


@contextmanager
def served(serve: Serve) -> Iterator[str]:
    """Run a coroutine function in another process, and give the address that it sends.

    Args:
        serve: A function of a module, which sends its address through the connection that it is
            given, and then serves until it is ended.
    """
    ours, its_end = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run, args=(serve, its_end), daemon=True)
    process.start()
    its_end.close()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _run(serve: Serve, connection: Connection) -> None:
    asyncio.run(_serve(serve, connection))


async def _serve(serve: Serve, connection: Connection) -> None:
    await serve(connection)
    await asyncio.Event().wait()
