"""The CPU of a small call over loopback, beside the same by hand, and beside others' clients."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import AsyncExitStack
from time import process_time

from ._peer_server import small_answers
from ._peers import PEERS, Call
from ._rows import MICROSECONDS, Row, Size
from ._server import served

ROUNDS = 15
CALLS = 300


def run(size: Size) -> Iterator[Row]:
    """Let the clients take turns."""
    with served(small_answers) as url:
        taken = asyncio.run(measure(url, size.rounds(ROUNDS), size.of(CALLS)))
    yield Row("a small call", MICROSECONDS, taken)


async def measure(url: str, rounds: int, calls: int) -> dict[str, list[float]]:
    """The CPU time of one call, in each round, for each client."""
    async with AsyncExitStack() as stack:
        opened = {name: await stack.enter_async_context(peer(url)) for name, peer in PEERS.items()}
        for call in opened.values():
            await cpu_of(call, 1)
        gc.collect()
        gc.freeze()  # no client is to pay for looking through what the others have loaded
        taken: dict[str, list[float]] = {name: [] for name in opened}
        for _ in range(rounds):
            for name, call in opened.items():
                taken[name].append(await cpu_of(call, calls))
        gc.unfreeze()
        return taken


async def cpu_of(call: Call, calls: int) -> float:
    """The CPU time of one call, over many."""
    start = process_time()
    for _ in range(calls):
        await call()
    return (process_time() - start) / calls
