"""A whole generation, beside the same calls with aiohttp by hand: its CPU, memory, connections.

Session, message of 41 events, state, render, two looks. The film is not fetched: its bytes cost
the same whoever fetches them.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from multiprocessing import get_context
from time import process_time
from typing import Any

import aiohttp
import psutil
from attrs import evolve

from nemo_sdk import NemoClient, Timing

from ._by_hand import ByHand
from ._gaps import largest_gap
from ._generation_server import generations
from ._peers import TOKEN
from ._rows import KIB, MILLISECONDS, OURS, THINGS, Row, Size
from ._server import served
from .many import allow_connections

AT_ONCE = (1, 10, 100, 1000)
MANY = (100, 400, 1000)
CPU_OF_EACH = 1000
"""About how many generations the CPU time of one is measured on."""
ROUNDS = 3
POLL = 0.005
PROMPT = "a cat walking through a snowy forest"

Make = Callable[[], Awaitable[object]]
"""Makes one film."""


def run(size: Size) -> Iterator[Row]:
    """The CPU of one in turns, its connections, the loop's gaps, and the memory of one of many."""
    allow_connections()
    with served(generations) as url:
        for work in AT_ONCE:
            number = size.of(work)
            rounds = size.rounds(max(5, min(100, CPU_OF_EACH // number)))
            taken = asyncio.run(cpu(url, number, rounds))
            yield Row(f"CPU of a generation, {work:,} at once", MILLISECONDS, taken, work)
        for work in AT_ONCE:
            gaps = asyncio.run(gaps_of(url, size.of(work), size.rounds(ROUNDS)))
            yield Row(f"largest gap of the loop, {work:,} at once", MILLISECONDS, gaps, work)
        yield Row("connections of a generation", THINGS, asyncio.run(connections(url)))
        for work in MANY:
            memories: dict[str, list[float]] = {kind: [] for kind in MAKERS}
            for _ in range(size.rounds(ROUNDS)):
                for kind, found in memories.items():
                    found.append(in_fresh_process(url, kind, size.of(work)))
            yield Row(f"memory of a generation, {work:,} at once", KIB, memories, work)


async def cpu(url: str, at_once: int, rounds: int) -> dict[str, list[float]]:
    """The CPU time of one generation in each round, ours and by hand, which take turns."""
    taken: dict[str, list[float]] = {kind: [] for kind in MAKERS}
    async with AsyncExitStack() as stack:
        base = f"{url}/{at_once}"
        makers = {
            kind: await stack.enter_async_context(maker(base)) for kind, maker in MAKERS.items()
        }
        for make in makers.values():
            await together(make, at_once)
        for _ in range(rounds):
            for kind, make in makers.items():
                start = process_time()
                await together(make, at_once)
                taken[kind].append((process_time() - start) / at_once)
    return taken


async def gaps_of(url: str, at_once: int, rounds: int) -> dict[str, list[float]]:
    """The largest time that each has the loop stand still."""
    gaps: dict[str, list[float]] = {kind: [] for kind in MAKERS}
    for _ in range(rounds):
        for kind, maker in MAKERS.items():
            async with maker(f"{url}/{at_once}") as make:
                await together(make, at_once)
                async with largest_gap() as gap:
                    await together(make, at_once)
                gaps[kind].append(gap[0])
    return gaps


async def connections(url: str, films: int = 20) -> dict[str, list[float]]:
    """How many connections the server sees for one generation, when one follows the other."""
    opened: dict[str, list[float]] = {}
    async with aiohttp.ClientSession() as asking:
        for kind, maker in MAKERS.items():
            await _counts(asking, url)
            async with maker(f"{url}/1") as make:
                for _ in range(films):
                    await make()
            opened[kind] = [(await _counts(asking, url)).get("connections", 0) / films]
    return opened


async def _counts(asking: aiohttp.ClientSession, url: str) -> dict[str, int]:
    async with asking.get(f"{url}/counts") as response:
        counts: dict[str, int] = await response.json()
    return counts


async def together(make: Make, number: int) -> None:
    """Make so many films at once."""
    await asyncio.gather(*(make() for _ in range(number)))


def in_fresh_process(url: str, kind: str, number: int) -> float:
    """Measure memory where nothing else has left any."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(memory, url, kind, number).result()


def memory(url: str, kind: str, number: int) -> float:
    """Bytes of one generation of many at once, at the peak."""
    allow_connections()
    return asyncio.run(_memory(url, MAKERS[kind], number))


async def _memory(url: str, maker: Any, number: int) -> float:
    async with maker(f"{url}/1") as make:
        for _ in range(5):
            await make()
    async with maker(f"{url}/{number}") as make:
        gc.collect()
        process = psutil.Process()
        before = process.memory_info().rss
        films = asyncio.ensure_future(together(make, number))
        peak = before
        while not films.done():
            peak = max(peak, process.memory_info().rss)
            await asyncio.wait([films], timeout=0.02)
        await films
    return (peak - before) / number


class Ours:
    """The library, as its first example has it."""

    def __init__(self, base: str) -> None:
        timing = evolve(Timing(), render_poll=POLL)
        self._client = NemoClient(TOKEN, base_url=base, timing=timing)

    async def __aenter__(self) -> Make:
        await self._client.__aenter__()
        return self._make

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def _make(self) -> object:
        return await self._client.generate(PROMPT, language="en")


def by_hand(base: str) -> ByHand:
    """The same with aiohttp alone, over connections that are used again and again."""
    return ByHand(base, PROMPT, POLL)


def by_hand_charged_once(base: str) -> ByHand:
    """The same, the message on a connection of its own: a used one may lose it."""
    return ByHand(base, PROMPT, POLL, fresh=True)


MAKERS: dict[str, Callable[[str], Ours | ByHand]] = {
    OURS: Ours,
    "by hand": by_hand,
    "by hand, a new connection for the message": by_hand_charged_once,
}
