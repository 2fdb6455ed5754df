"""The CPU of a small call, beside the same call with aiohttp by hand, and with httpx."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection
from statistics import median
from time import process_time

import aiohttp
import httpx
from aiohttp import web

from nemo_sdk import Credits, NemoClient

from ._rows import Row, microseconds
from ._server import served

ROUNDS = 31
CALLS = 100
PATH = "/api/credits/balance/simple"
TOKEN = "nmv_usr_benchmark"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "X-Skill-Source": "benchmark",
    "X-Skill-Version": "1",
    "X-Skill-Platform": "unknown",
}

CreditsCall = Callable[[], Awaitable[Credits]]


def run() -> Iterator[Row]:
    """Ask for the credits, over loopback, in turn with each client."""
    with served(account) as url:
        ours, aiohttps, httpxs = asyncio.run(measure(url))
    yield Row("call", microseconds(ours), "aiohttp", microseconds(aiohttps), ours / aiohttps)
    yield Row("call", microseconds(ours), "httpx", microseconds(httpxs), ours / httpxs)


async def account(connection: Connection) -> None:
    """Serve the least that a call for credits needs."""
    body = b'{"code":0,"data":{"available":100,"frozen":0,"total":100}}'

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    application = web.Application()
    application.router.add_get(PATH, answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    connection.send(f"http://{host}:{port}")


async def measure(url: str) -> list[float]:
    """The median CPU time of one call, for each client."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(NemoClient(TOKEN, base_url=url))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        peer = await stack.enter_async_context(httpx.AsyncClient())

        async def with_aiohttp() -> Credits:
            async with session.get(url + PATH, headers=HEADERS) as response:
                response.raise_for_status()
                return credits_in(await response.json())

        async def with_httpx() -> Credits:
            response = await peer.get(url + PATH, headers=HEADERS)
            return credits_in(response.raise_for_status().json())

        return await interleaved((client.credits, with_aiohttp, with_httpx))


def credits_in(body: dict[str, dict[str, float]]) -> Credits:
    """What someone who writes the call by hand makes of the answer."""
    data = body["data"]
    return Credits(data["available"], data["frozen"], data["total"])


async def interleaved(contenders: Sequence[CreditsCall]) -> list[float]:
    """Let the clients take turns, so that a slow moment of the machine hurts all alike."""
    taken: list[list[float]] = [[] for _ in contenders]
    for _ in range(ROUNDS):
        for call, times in zip(contenders, taken, strict=True):
            times.append(await cpu_of(call))
    return [median(times) for times in taken]


async def cpu_of(call: CreditsCall) -> float:
    """The CPU time of one call, over many."""
    start = process_time()
    for _ in range(CALLS):
        await call()
    return (process_time() - start) / CALLS
