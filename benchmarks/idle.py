"""The memory of a client that has made one call and waits for the next."""

from collections.abc import Iterator
from functools import partial

from ._peer_server import small_answers
from ._peers import PEERS
from ._programs import answer_of
from ._rows import MIB, Row, Size, in_turns
from ._server import served

ROUNDS = 5
PROGRAM = """
import asyncio, gc, sys
import psutil
from benchmarks._peers import PEERS

async def main(name, url):
    before = psutil.Process().memory_info().rss
    async with PEERS[name](url) as call:
        await call()
        gc.collect()
        print(psutil.Process().memory_info().rss - before)

asyncio.run(main(*sys.argv[1:]))
"""


def run(size: Size) -> Iterator[Row]:
    """Open each client in a fresh interpreter, in turn."""
    with served(small_answers) as url:
        contenders = {name: partial(memory, name, url) for name in PEERS}
        taken = in_turns(contenders, size.rounds(ROUNDS))
    yield Row("a client after its first call, above asyncio alone", MIB, taken)


def memory(name: str, url: str) -> float:
    """What a client and all that it has loaded take, in bytes."""
    return float(answer_of(PROGRAM, name, url))
