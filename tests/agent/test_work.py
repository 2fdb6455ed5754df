"""Reading a stream is as much work for its last event as for its first."""

import json
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pytest
from aiohttp_sse_client.client import MessageEvent

from nemo_sdk._agent.adk import TurnReader
from nemo_sdk._cli.speech import Speech
from nemo_sdk._wording import CleanedReply, clean_reply


def work(events: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """How many functions reading a stream calls, and how many bytes it has in its hands."""
    calls = allocated = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    message_of: Any = MessageEvent
    messages = [message_of("message", "message", json.dumps(one), "", "") for one in events]
    reader = TurnReader()
    tracemalloc.start()
    sys.setprofile(count)
    try:
        for message in messages:
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            reader.read(message)
            allocated += tracemalloc.get_traced_memory()[1] - before
    finally:
        sys.setprofile(None)
        tracemalloc.stop()
    return calls, allocated


def calls_in_another_order(count: int) -> Iterator[dict[str, Any]]:
    """Tool calls that come early, and are then repeated from the last one on."""
    parts = [{"functionCall": {"id": "", "name": "cut", "args": {"at": at}}} for at in range(count)]
    yield from ({"partial": True, "content": {"parts": [part]}} for part in parts)
    yield from ({"content": {"parts": [part]}} for part in reversed(parts))


def lines(count: int) -> Iterator[dict[str, Any]]:
    """One piece of a text, whose whole then comes line by line."""
    line = "The fox runs over the hills and through the snow.\n" * 2
    yield {"partial": True, "content": {"parts": [{"text": line * count}]}}
    yield from ({"content": {"parts": [{"text": line}]}} for _ in range(count))


def outputs(count: int) -> Iterator[dict[str, Any]]:
    """Words that nodes put out, one after another."""
    yield from ({"output": f"This is part {number} of the film."} for number in range(count))


@pytest.mark.parametrize("stream", [calls_in_another_order, lines, outputs])
def test_the_work_for_an_event_does_not_grow(
    stream: Callable[[int], Iterator[dict[str, Any]]],
) -> None:
    """Ten times the events are ten times the work, in calls and in bytes, and not a hundred."""
    few, many = work(stream(150)), work(stream(1500))
    assert many[0] < 15 * few[0]
    assert many[1] < 25 * few[1]


def cleaned_for(pieces: Iterable[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many characters are looked at to show a text as it comes."""
    looked = 0

    def count(text: str) -> CleanedReply:
        nonlocal looked
        looked += len(text)
        return clean_reply(text)

    monkeypatch.setattr("nemo_sdk._cli.speech.clean_reply", count)
    speech = Speech()
    for piece in pieces:
        speech.take(piece)
    speech.end()
    return looked


@pytest.mark.parametrize("size", [1, 50, 10**6])
@pytest.mark.parametrize(
    "sentence",
    [
        "The fox runs. ",
        "Click Export. ",
        "and so on ",
        "\u8fd9\u53ea\u72d7\u8dd1\u8fc7\u96ea\u5730\u3002",
    ],
)
def test_showing_a_long_answer_does_not_grow(
    sentence: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long an answer is, and in whatever pieces it comes, a sentence costs the same."""
    texts = sentence * 150, sentence * 1500
    few, many = (
        cleaned_for((text[at : at + size] for at in range(0, len(text), size)), monkeypatch)
        for text in texts
    )
    assert many < 15 * few


def test_a_long_answer_is_shown_whole() -> None:
    """What is settled early is shown once, and nothing of the content is lost."""
    text = "".join(f"The fox meets friend number {number}. Click Export. " for number in range(500))
    for size in (1, 37, len(text)):
        speech = Speech()
        shown = "".join(speech.take(text[at : at + size]) for at in range(0, len(text), size))
        shown += speech.end()
        assert "Click" not in shown
        numbers = [int(word[:-1]) for word in shown.split() if word[:-1].isdigit()]
        assert numbers == [*range(500)]
