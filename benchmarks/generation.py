"""A whole generation, beside the same calls with aiohttp by hand: its CPU, memory, connections.

Session, message of 41 events, state, render, two looks. The film is not fetched: its bytes cost
the same whoever fetches them.
"""

import asyncio
import gc
import json
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from multiprocessing import get_context
from statistics import median
from time import process_time
from typing import Any

import aiohttp
import psutil
from attrs import evolve

from nemo_sdk import NemoClient, Timing

from ._generation_server import generations
from ._rows import Row, milliseconds
from ._server import served
from .call import HEADERS, TOKEN
from .many import allow_connections

AT_ONCE = (1, 10, 100)
MANY = (100, 400, 1000)
CPU_OF_EACH = 1000
"""About how many generations the CPU time of one is the median of."""
POLL = 0.005
PROMPT = "a cat walking through a snowy forest"

Make = Callable[[], Awaitable[object]]
"""Makes one film."""


def run() -> Iterator[Row]:
    """The CPU of one in turns, the connections of one, and the memory of one of many."""
    with served(generations) as url:
        for number in AT_ONCE:
            ours, theirs = asyncio.run(cpu(url, number))
            subject = f"a generation, {number} at once"
            yield Row(subject, milliseconds(ours), "by hand", milliseconds(theirs), ours / theirs)
        ours_opened, theirs_opened = asyncio.run(connections(url))
        yield Row("its connections", f"{ours_opened:g}", "by hand", f"{theirs_opened:g}")
        for number in MANY:
            ours, theirs = (in_fresh_process(url, kind, number) for kind in MAKERS)
            subject = f"memory of a generation, {number} at once"
            yield Row(subject, f"{ours:.1f} KiB", "by hand", f"{theirs:.1f} KiB", ours / theirs)


async def cpu(url: str, at_once: int) -> list[float]:
    """The median CPU time of one generation, ours and by hand, which take turns."""
    taken: list[list[float]] = [[] for _ in MAKERS]
    async with AsyncExitStack() as stack:
        base = f"{url}/{at_once}"
        makers = [await stack.enter_async_context(maker(base)) for maker in MAKERS.values()]
        for make in makers:
            await together(make, at_once)
        for _ in range(max(5, min(100, CPU_OF_EACH // at_once))):
            for make, times in zip(makers, taken, strict=True):
                start = process_time()
                await together(make, at_once)
                times.append((process_time() - start) / at_once)
    return [median(times) for times in taken]


async def connections(url: str, films: int = 20) -> list[float]:
    """How many connections the server sees for one generation, when one follows the other."""
    opened = []
    async with aiohttp.ClientSession() as asking:
        for maker in MAKERS.values():
            await _counts(asking, url)
            async with maker(f"{url}/1") as make:
                for _ in range(films):
                    await make()
            opened.append((await _counts(asking, url)).get("connections", 0) / films)
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
    """KiB of one generation of many at once, at the peak."""
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
    return (peak - before) / number / 1024


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


class ByHand:
    """The same calls as somebody writes them who needs nothing else: no error is looked at."""

    def __init__(self, base: str) -> None:
        self._base = base

    async def __aenter__(self) -> Make:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        self._http = aiohttp.ClientSession(headers=HEADERS, connector=connector, timeout=timeout)
        return self._make

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def _make(self) -> object:
        session = (await self._session())["session_id"]
        said = await self._said(session)
        state = await self._get(f"/api/state/nemo_agent/me/{session}/latest")
        render = await self._render(session, state["data"]["state"]["draft"])
        while True:
            await asyncio.sleep(POLL)
            look = await self._get(f"/api/render/proxy/lambda/{render}")
            if look["status"] == "completed":
                return said, look["output"]["url"]

    async def _session(self) -> Any:
        body = {"task_name": "project", "language": "en"}
        return (await self._post("/api/tasks/me/with-session/nemo_agent", body))["data"]

    async def _said(self, session: str) -> str:
        said = []
        body = {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": session,
            "new_message": {"parts": [{"text": PROMPT}]},
        }
        async with self._http.post(f"{self._base}/run_sse", json=body) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    event = json.loads(line[6:])
                    if event.get("partial"):
                        said += [part.get("text", "") for part in event["content"]["parts"]]
        return "".join(said)

    async def _render(self, session: str, draft: Any) -> str:
        body = {
            "id": f"render_{uuid.uuid4().hex}",
            "sessionId": session,
            "draft": draft,
            "output": {"format": "mp4", "quality": "high"},
        }
        answer = await self._post("/api/render/proxy/lambda", body)
        return str(answer["data"]["id"])

    async def _post(self, path: str, body: Any) -> Any:
        async with self._http.post(self._base + path, json=body) as response:
            return await response.json()

    async def _get(self, path: str) -> Any:
        async with self._http.get(self._base + path) as response:
            return await response.json()


MAKERS: dict[str, Callable[[str], AbstractAsyncContextManager[Make]]] = {
    "ours": Ours,
    "by hand": ByHand,
}
