"""The cost of making a stream of bytes into items, beside httpx-sse."""

import codecs
import json
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import process_time

from aiohttp_sse_client.client import MessageEvent
from httpx_sse import ServerSentEvent
from httpx_sse._decoders import SSEDecoder, SSELineDecoder

from nemo_sdk._sse import EventDecoder

from ._rows import Row, milliseconds

ROUNDS = 31
TCP_SEGMENT = 1400
READ_BUFFER = 64 * 1024

Decode = Callable[[Sequence[bytes]], Sequence[MessageEvent | ServerSentEvent]]


def run() -> Iterator[Row]:
    """Decode each mix, as it arrives in full buffers and in the pieces of a slow line."""
    for name, stream in mixes().items():
        for size in (READ_BUFFER, TCP_SEGMENT):
            chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
            check(chunks)
            ours, theirs = interleaved((ours_of, httpx_sse_of), chunks)
            subject = f"decode {name}, {size} bytes at a time"
            yield Row(subject, milliseconds(ours), "httpx-sse", milliseconds(theirs), ours / theirs)


def mixes() -> dict[str, bytes]:
    """Streams in the shapes that an agent's turn has."""
    texts = b"".join(frame(text_event(number)) for number in range(4000))
    results = b"".join(frame(result_event("x" * 1_000_000)) for _ in range(4))
    pieces = b"".join(frame(text_event(number)) for number in range(200))
    tools = [frame(result_event("x" * size)) for size in (500, 20_000, 100_000, 3_000) * 4]
    turn = b": heartbeat\n\n".join(pieces + tool for tool in tools)
    return {"4000 texts": texts, "4 results of 1 MB": results, "a mixed turn": turn}


def text_event(number: int) -> dict[str, object]:
    """A piece of the model's text, as an ADK server writes it."""
    return {
        "content": {"parts": [{"text": f"The cat walks on, step {number}. "}], "role": "model"},
        "partial": True,
        "invocationId": "e-4f1c7a52-8a34-4d0e-9f53-0c7a6d2f8f11",
        "author": "nemo_agent",
        "actions": {"stateDelta": {}, "artifactDelta": {}, "requestedAuthConfigs": {}},
        "id": f"5c0f1c2e-{number:08d}",
        "timestamp": 1763800000.25 + number,
    }


def result_event(text: str) -> dict[str, object]:
    """A tool's result, which can be large."""
    response = {"id": "call-1", "name": "generate_video", "response": {"log": text}}
    part = {"functionResponse": response}
    return {"content": {"parts": [part], "role": "user"}, "author": "nemo_agent"}


def frame(event: dict[str, object]) -> bytes:
    """One event on the wire."""
    return b"data: " + json.dumps(event, separators=(",", ":")).encode() + b"\n\n"


def ours_of(chunks: Sequence[bytes]) -> list[MessageEvent]:
    """All items of a stream, with our decoder."""
    decoder = EventDecoder()
    return [event for chunk in chunks for event in decoder.feed(chunk)]


def httpx_sse_of(chunks: Sequence[bytes]) -> list[ServerSentEvent]:
    """All items of a stream, with the steps that httpx and httpx-sse take for each chunk."""
    text, lines, events = codecs.getincrementaldecoder("utf-8")(), SSELineDecoder(), SSEDecoder()
    items = (
        events.decode(line.rstrip("\n"))
        for chunk in chunks
        for line in lines.decode(text.decode(chunk))
    )
    return [item for item in items if item is not None]


def check(chunks: Sequence[bytes]) -> None:
    """Make sure that both did the same work."""
    ours, theirs = ours_of(chunks), httpx_sse_of(chunks)
    if [event.data for event in ours] != [event.data for event in theirs]:
        raise AssertionError("The two decoders read different events.")


def interleaved(contenders: Sequence[Decode], chunks: Sequence[bytes]) -> list[float]:
    """The median CPU time of each; they take turns, so that a slow moment hurts all alike."""
    taken: list[list[float]] = [[] for _ in contenders]
    for _ in range(ROUNDS):
        for decode, times in zip(contenders, taken, strict=True):
            start = process_time()
            decode(chunks)
            times.append(process_time() - start)
    return [median(times) for times in taken]
