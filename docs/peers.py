"""How often do generation SDKs send the request that starts, and charges, a film?

    pip install nemo-sdk fal-client replicate openai runwayml lumaai google-genai
    python docs/peers.py

Each one, as it is set by default, talks to a server on this machine that reads the request whole
and then closes the connection, or answers 503. The server counts, for the table of the README.
"""

import asyncio
import pickle
import warnings
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "


class Server:
    """Counts the requests that start a film, and lets none of them have its film."""

    def __init__(self, answer: bytes, starts: str) -> None:
        self.answer, self.starts, self.count = answer, starts, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read a request to its end, count it, answer it or not, and close."""
        head = await reader.readuntil(b"\r\n\r\n")
        if b"chunked" in head.lower():
            await reader.readuntil(b"0\r\n\r\n")
        else:
            await reader.readexactly(length_of(head))
        first = head.split(b"\r\n", 1)[0].decode()
        if self.starts in first:
            self.count += 1
            writer.write(self.answer)
        else:
            body = b'{"code": 0, "data": {"session_id": "1", "task_id": "2"}}'
            writer.write(OK + str(len(body)).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()


def length_of(head: bytes) -> int:
    """Return how long a request says that its body is."""
    lines = [line.lower() for line in head.split(b"\r\n")]
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


async def nemo_sdk(url: str) -> None:
    """A prompt, and a short clock for looking at what became of it."""
    from nemo_sdk import NemoClient, Timing

    timing = Timing(recovery=(0.1, 0.1))
    async with NemoClient("nmv_usr_1", base_url=url, timing=timing) as client:
        await client.generate("a fox")


async def fal_client(url: str) -> None:
    """The queue, whose address is told in the environment as a host alone."""
    import fal_client.client as module

    module.QUEUE_URL_FORMAT = f"{url}/"
    await module.AsyncClient(key="k").submit("fal-ai/some-model", arguments={"prompt": "a fox"})


async def replicate(url: str) -> None:
    """A prediction."""
    import replicate as module

    client = module.Client(api_token="t", base_url=url)
    await client.predictions.async_create(model="a/b", input={"prompt": "a fox"})


async def openai(url: str) -> None:
    """A video."""
    import openai as module

    await module.AsyncOpenAI(api_key="k", base_url=url).videos.create(prompt="a fox")


async def runwayml(url: str) -> None:
    """A task."""
    import runwayml as module

    client = module.AsyncRunwayML(api_key="k", base_url=url)
    await client.text_to_video.create(
        model="veo3.1", prompt_text="a fox", ratio="1280:720", duration=4
    )


async def lumaai(url: str) -> None:
    """A generation."""
    import lumaai as module

    client = module.AsyncLumaAI(auth_token="t", base_url=url)
    await client.generations.create(model="ray-2", prompt="a fox")


async def google_genai(url: str) -> None:
    """An operation."""
    from google import genai

    client = genai.Client(vertexai=True, api_key="k", http_options={"base_url": url})
    await client.aio.models.generate_videos(
        model="veo-3.1-generate-preview", source={"prompt": "a fox"}
    )


PEERS: dict[Callable[[str], Awaitable[None]], str] = {
    nemo_sdk: "POST /run_sse",
    fal_client: "POST /fal-ai",
    replicate: "POST /v1/models",
    openai: "POST /videos",
    runwayml: "POST /v1/text_to_video",
    lumaai: "POST /generations",
    google_genai: "POST /",
}


async def tried(start: Callable[[str], Awaitable[None]], answer: bytes) -> tuple[int, str]:
    """Return how often the request came, and whether the error that ended it can be pickled."""
    server = Server(answer, PEERS[start])
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        try:
            await start(f"http://127.0.0.1:{port}")
        except Exception as error:
            return server.count, f"{type(error).__name__}, {pickled(error)}"
    return server.count, "no error"


def pickled(error: Any) -> str:
    """Return what becomes of an error on its way to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception as reason:
        return f"cannot be pickled ({type(reason).__name__})"
    return "can be pickled"


async def main() -> None:
    """Print a line for each of them."""
    for start in PEERS:
        name = start.__name__.replace("_", "-")
        closed, busy = await tried(start, b""), await tried(start, BUSY)
        print(f"{name} {version(name)}")
        print(f"  closed: {closed[0]} times, {closed[1]}")
        print(f"  503: {busy[0]} times, {busy[1]}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    asyncio.run(main())
