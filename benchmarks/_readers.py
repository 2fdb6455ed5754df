"""What makes chunks of bytes into messages, texts or typed events: ours and others'."""

import asyncio
import codecs
import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import orjson
from anthropic import AsyncAnthropic
from anthropic import DefaultAsyncHttpxClient as AnthropicHTTP
from anthropic._streaming import SSEDecoder as AnthropicDecoder
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from openai import AsyncOpenAI
from openai import DefaultAsyncHttpxClient as OpenAIHTTP
from openai._streaming import SSEDecoder as OpenAIDecoder

from nemo_sdk import Timing
from nemo_sdk._agent.adk import TurnReader
from nemo_sdk._generation.broadcast import Broadcast
from nemo_sdk._generation.mailbox import Mailbox
from nemo_sdk._sse import EventDecoder
from nemo_sdk.events import Event, TextDelta

Chunks = Sequence[bytes]
Read = Callable[[Chunks], Sequence[Any]]


def messages(chunks: Chunks) -> list[str]:
    """The data of each message, with our decoder."""
    decoder = EventDecoder()
    return [message.data for chunk in chunks for message in decoder.feed(chunk)]


def messages_of_httpx_sse(chunks: Chunks) -> list[str]:
    """The same with the steps that httpx and httpx-sse take for each chunk."""
    text, lines, events = codecs.getincrementaldecoder("utf-8")(), SSELineDecoder(), SSEDecoder()
    read = (
        events.decode(line.rstrip("\n"))
        for chunk in chunks
        for line in lines.decode(text.decode(chunk))
    )
    return [one.data for one in read if one is not None]


def messages_of_openai(chunks: Chunks) -> list[str]:
    """The same with openai's decoder."""
    return [one.data for one in OpenAIDecoder().iter_bytes(iter(chunks))]


def messages_of_anthropic(chunks: Chunks) -> list[str]:
    """The same with anthropic's decoder."""
    return [one.data for one in AnthropicDecoder().iter_bytes(iter(chunks))]


def events(chunks: Chunks) -> list[Event]:
    """Typed events, as a turn gives them."""
    decoder, reader = EventDecoder(), TurnReader()
    return [
        event
        for chunk in chunks
        for message in decoder.feed(chunk)
        for event in reader.read(message)
    ]


def texts(chunks: Chunks) -> list[str]:
    """The pieces of the text, with our decoder."""
    return [event.text for event in events(chunks) if isinstance(event, TextDelta)]


async def heard(chunks: Chunks) -> list[Event]:
    """The events of a generation's message, as a listener gets them: each chunk comes by itself."""
    decoder, reader, told = EventDecoder(), TurnReader(), Broadcast(Timing(), "message")
    box = Mailbox()
    told.subscribe(box)
    listening = asyncio.ensure_future(_taken(box))
    for chunk in chunks:
        for message in decoder.feed(chunk):
            for event in reader.read(message):
                told.tell(event)
        await asyncio.sleep(0)
    told.end()
    return await listening


async def _taken(box: Mailbox) -> list[Event]:
    taken: list[Event] = []
    while (event := await box.next()) is not None:
        taken.append(event)
    return taken


def texts_by_hand(loads: Callable[[str], Any]) -> Read:
    """The same with httpx-sse and a JSON parser, as somebody writes it who needs no more."""

    def read(chunks: Chunks) -> list[str]:
        parsed = map(loads, messages_of_httpx_sse(chunks))
        parts = (part for event in parsed for part in event["content"]["parts"])
        return [part["text"] for part in parts if "text" in part]

    return read


def _from_memory(client: type, chunks: list[bytes]) -> Any:
    """Return an HTTP client that has each request answered with the chunks: no network is measured.

    Args:
        client: Of httpx, or of the copy of it that another client brings along.
        chunks: The body; what they are when a request is made.
    """
    module: Any = import_module(str(client.__base__).partition("'")[2].partition(".")[0])

    class Body(module.AsyncByteStream):  # type: ignore[misc]
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

    class Memory(module.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: object) -> Any:
            headers = {"Content-Type": "text/event-stream"}
            return module.Response(200, headers=headers, stream=Body())

    return client(transport=Memory())


@contextmanager
def clients() -> Iterator[dict[str, Read]]:
    """Give what makes typed events with the clients of openai and anthropic."""
    memory: list[bytes] = []
    gpt = AsyncOpenAI(api_key="k", http_client=_from_memory(OpenAIHTTP, memory))
    claude = AsyncAnthropic(api_key="k", http_client=_from_memory(AnthropicHTTP, memory))
    said: Any = [{"role": "user", "content": "a cat"}]
    with asyncio.Runner() as runner:

        async def of_openai() -> list[Any]:
            stream = await gpt.chat.completions.create(model="m", messages=said, stream=True)
            return [event async for event in stream]

        async def of_anthropic() -> list[Any]:
            stream = await claude.messages.create(
                model="m", max_tokens=9, messages=said, stream=True
            )
            return [event async for event in stream]

        def reader(work: Callable[[], Any]) -> Read:
            def read(chunks: Chunks) -> Sequence[Any]:
                memory[:] = chunks
                found: list[Any] = runner.run(work())
                return found

            return read

        yield {"openai": reader(of_openai), "anthropic": reader(of_anthropic)}
        runner.run(gpt.close())
        runner.run(claude.close())


BY_HAND = {
    "httpx-sse, json": texts_by_hand(json.loads),
    "httpx-sse, orjson": texts_by_hand(orjson.loads),
}
