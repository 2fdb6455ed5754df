"""A stream of bytes made into messages, texts and typed events, beside others' readers.

The same words are written as each client's own server writes them. They are in memory: what is
measured is decoding, and no network.
"""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from time import process_time

from . import _readers as read
from . import _streams as streams
from ._readers import Chunks, Read
from ._rows import MICROSECONDS, MILLISECONDS, OURS, Row, Size, in_turns

ROUNDS = 31
EVENTS = 4000
GROWING = (250, 1000, 4000, 16_000)
LINES = (1000, 10_000, 100_000, 1_000_000)
ARRIVALS = {
    "in full buffers": streams.READ_BUFFER,
    "in TCP segments": streams.TCP_SEGMENT,
    "one event a chunk": None,
}
OF_MESSAGES: dict[str, Read] = {
    OURS: read.messages,
    "httpx-sse": read.messages_of_httpx_sse,
    "openai": read.messages_of_openai,
    "anthropic": read.messages_of_anthropic,
}


def run(size: Size) -> Iterator[Row]:
    """Read each stream with each reader, in turns."""
    rounds = size.rounds(ROUNDS)
    words = streams.small(size.of(EVENTS))
    with read.clients() as typed:
        for how, cut in ARRIVALS.items():
            subject = f"{len(words):,} small events, {how}"
            yield from of_small_events(subject, words, cut, typed, rounds)
        yield from of_a_large_line(size.of(1_000_000), typed, rounds)
    yield from of_a_listener(words, rounds)
    for number in GROWING:
        chunks = streams.cut(streams.ours(streams.small(size.of(number))), streams.READ_BUFFER)
        yield growing(f"{number:,} small events to messages", number, chunks, rounds)
    for number in LINES:
        chunks = streams.cut(streams.results([size.of(number)]), streams.READ_BUFFER)
        yield growing(f"a line of {number:,} bytes to a message", number, chunks, rounds)


def of_small_events(
    subject: str, words: list[str], cut: int | None, typed: Mapping[str, Read], rounds: int
) -> Iterator[Row]:
    """Rows of a stream of small events, however it arrives."""
    chunks = streams.cut(streams.ours(words), cut)
    theirs = {
        "openai": streams.cut(streams.openais(words), cut),
        "anthropic": streams.cut(streams.anthropics(words), cut),
    }
    check(words, chunks, theirs, typed)
    for what, ours, others in (
        ("messages", read.messages, {"httpx-sse": read.messages_of_httpx_sse}),
        ("text", read.texts, read.BY_HAND),
        ("typed events", read.events, {}),
    ):
        readers: dict[str, Read] = {OURS: ours, **others}
        peers = {
            "messages": {name: one for name, one in OF_MESSAGES.items() if name in theirs},
            "text": {},
            "typed events": typed,
        }[what]
        contenders = {name: partial(seconds, one, chunks) for name, one in readers.items()}
        contenders |= {name: partial(seconds, one, theirs[name]) for name, one in peers.items()}
        yield Row(f"{subject}, to {what}", MILLISECONDS, in_turns(contenders, rounds))


def of_a_large_line(size: int, typed: Mapping[str, Read], rounds: int) -> Iterator[Row]:
    """Rows of one event whose line is large, such as a tool's result."""
    chunks = streams.cut(streams.results([size]), streams.READ_BUFFER)
    texts = ["x" * size]
    theirs = {
        "openai": streams.cut(streams.openais(texts), streams.READ_BUFFER),
        "anthropic": streams.cut(streams.anthropics(texts), streams.READ_BUFFER),
    }
    by_hand = {name: partial(seconds, one, chunks) for name, one in list(OF_MESSAGES.items())[:2]}
    yield Row("a line of 1 MB, to a message", MILLISECONDS, in_turns(by_hand, rounds))
    events = {OURS: partial(seconds, read.events, chunks)}
    events |= {name: partial(seconds, one, theirs[name]) for name, one in typed.items()}
    yield Row("a line of 1 MB, to a typed event", MILLISECONDS, in_turns(events, rounds))


def of_a_listener(words: list[str], rounds: int) -> Iterator[Row]:
    """Rows of one event's whole way, for a listener that keeps up."""
    with asyncio.Runner() as runner:

        def one() -> float:
            start = process_time()
            heard = runner.run(read.heard(chunks))
            return (process_time() - start) / len(heard)

        for how in ("in TCP segments", "one event a chunk"):
            chunks = streams.cut(streams.ours(words), ARRIVALS[how])
            if len(runner.run(read.heard(chunks))) != len(words):
                raise AssertionError("the listener does not keep up")
            taken = {OURS: [one() for _ in range(rounds)]}
            yield Row(f"one event, {how}, to a generation's listener", MICROSECONDS, taken)


def growing(subject: str, work: int, chunks: Chunks, rounds: int) -> Row:
    """One point of a line that shows how the cost grows."""
    readers = {name: OF_MESSAGES[name] for name in (OURS, "httpx-sse")}
    contenders = {name: partial(seconds, one, chunks) for name, one in readers.items()}
    return Row(subject, MILLISECONDS, in_turns(contenders, rounds), work)


def seconds(reader: Read, chunks: Chunks) -> float:
    """The CPU time of reading chunks once."""
    start = process_time()
    reader(chunks)
    return process_time() - start


def check(
    words: list[str], chunks: Chunks, theirs: Mapping[str, Chunks], typed: Mapping[str, Read]
) -> None:
    """Make sure that all do the same work."""
    for name, reader in {OURS: read.texts, **read.BY_HAND}.items():
        if list(reader(chunks)) != words:
            raise AssertionError(f"{name} reads other words.")
    if read.messages(chunks) != read.messages_of_httpx_sse(chunks):
        raise AssertionError("The two decoders read different messages.")
    for name, reader in typed.items():
        if len(reader(theirs[name])) != len(words):
            raise AssertionError(f"{name} reads another number of events.")
