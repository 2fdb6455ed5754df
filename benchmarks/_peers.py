"""The clients that people might pick instead: for each, a small call that it makes.

Nothing is loaded before a client is asked for: what it loads is part of what is measured. And none
is asked for more than its own server would answer: `_peer_server` answers each as it expects.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

TOKEN = "nmv_usr_benchmark"
HEADERS = {
    "Authorization": f"Bearer {TOKEN}",
    "X-Skill-Source": "benchmark",
    "X-Skill-Version": "1",
    "X-Skill-Platform": "unknown",
}
PATH = "/api/credits/balance/simple"

Call = Callable[[], Awaitable[Any]]
Peer = Callable[[str], AbstractAsyncContextManager[Call]]
"""Opens a client of the server at an address, and gives its call."""


@asynccontextmanager
async def nemo_sdk(url: str) -> AsyncIterator[Call]:
    """Ours: the account's credits."""
    from nemo_sdk import NemoClient

    async with NemoClient(TOKEN, base_url=url) as client:
        yield client.credits


@asynccontextmanager
async def aiohttp(url: str) -> AsyncIterator[Call]:
    """The same by hand."""
    from aiohttp import ClientSession

    async with ClientSession() as session:

        async def call() -> tuple[float, ...]:
            async with session.get(url + PATH, headers=HEADERS) as response:
                response.raise_for_status()
                return credits_in(await response.json())

        yield call


@asynccontextmanager
async def httpx(url: str) -> AsyncIterator[Call]:
    """The same by hand, with httpx."""
    from httpx import AsyncClient

    async with AsyncClient() as client:

        async def call() -> tuple[float, ...]:
            response = await client.get(url + PATH, headers=HEADERS)
            return credits_in(response.raise_for_status().json())

        yield call


@asynccontextmanager
async def openai(url: str) -> AsyncIterator[Call]:
    """One model's name."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(api_key=TOKEN, base_url=url) as client:
        yield lambda: client.models.retrieve("m")


@asynccontextmanager
async def anthropic(url: str) -> AsyncIterator[Call]:
    """One model's name."""
    from anthropic import AsyncAnthropic

    async with AsyncAnthropic(api_key=TOKEN, base_url=url) as client:
        yield lambda: client.models.retrieve("m")


@asynccontextmanager
async def runwayml(url: str) -> AsyncIterator[Call]:
    """How a task stands."""
    from runwayml import AsyncRunwayML

    async with AsyncRunwayML(api_key=TOKEN, base_url=url) as client:
        yield lambda: client.tasks.retrieve("t")


@asynccontextmanager
async def lumaai(url: str) -> AsyncIterator[Call]:
    """The account's credits."""
    from lumaai import AsyncLumaAI

    async with AsyncLumaAI(auth_token=TOKEN, base_url=url) as client:
        yield client.credits.get


@asynccontextmanager
async def fal_client(url: str) -> AsyncIterator[Call]:
    """How a request stands; the address is written into the client."""
    import fal_client.client as module

    module.QUEUE_URL_FORMAT = f"{url}/"
    client = module.AsyncClient(key=TOKEN)
    yield lambda: client.status("owner/app", "r")


@asynccontextmanager
async def replicate(url: str) -> AsyncIterator[Call]:
    """The account."""
    from replicate.client import Client

    client = Client(api_token=TOKEN, base_url=url)
    yield client.accounts.async_current


@asynccontextmanager
async def google_genai(url: str) -> AsyncIterator[Call]:
    """One model's name."""
    from google.genai import Client
    from google.genai.types import HttpOptions

    client = Client(api_key=TOKEN, http_options=HttpOptions(base_url=url))
    yield lambda: client.aio.models.get(model="m")


def credits_in(body: dict[str, Any]) -> tuple[float, ...]:
    """What someone who writes the call by hand makes of the answer, which may be a refusal."""
    if body["code"] != 0:
        raise RuntimeError(f"the service said no: {body}")
    data = body["data"]
    return data["available"], data["frozen"], data["total"]


PEERS: dict[str, Peer] = {
    "nemo_sdk": nemo_sdk,
    "aiohttp": aiohttp,
    "httpx": httpx,
    "openai": openai,
    "anthropic": anthropic,
    "runwayml": runwayml,
    "lumaai": lumaai,
    "fal-client": fal_client,
    "replicate": replicate,
    "google-genai": google_genai,
}


async def first_answer(name: str, url: str) -> None:
    """Make one call with a client, and no more."""
    async with PEERS[name](url) as call:
        await call()


def from_cold(name: str, url: str) -> None:
    """Do so in a program that has loaded nothing yet."""
    asyncio.run(first_answer(name, url))
