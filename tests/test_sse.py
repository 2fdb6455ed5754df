"""The decoder of server-sent events: however the bytes are cut, the same events come out."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp_sse_client.client import MessageEvent
from hypothesis import given
from hypothesis import strategies as st

from nemo_sdk import _sse
from nemo_sdk._sse import EventDecoder, EventTooLargeError

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "sse_cases.json").read_text(encoding="utf-8")
)
each_case = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])

PIECES = st.sampled_from(
    [
        b"data",
        b"data:",
        b"data: ",
        b"event:",
        b"id:",
        b"id: 7\x00",
        b"retry:",
        b"retry: 12",
        b":",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\x00",
        b" ",
        b"x",
        b"{}",
        b"\xff",
        "豆".encode(),
        b"\xf0\x9f\x98",
        b"12",
    ]
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join) | st.binary(max_size=200)

Told = tuple[str, str, str]


def oracle(stream: bytes) -> tuple[list[Told], int | None]:
    """Read a whole stream as the standard says, line by line, with nothing clever."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    told: list[Told] = []
    data: list[str] = []
    kind = last_id = ""
    retry = None
    for raw in re.split(rb"\r\n|\n|\r", stream)[:-1]:
        line = raw.decode("utf-8", "replace")
        if line == "":
            if data:
                told.append((kind or "message", "\n".join(data), last_id))
            data, kind = [], ""
            continue
        name, value = line.split(":", 1) if ":" in line else (line, "")
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
        elif name == "retry" and re.fullmatch("[0-9]{1,19}", value):
            retry = int(value)
    return told, retry


def decode(*chunks: bytes) -> tuple[list[Told], int | None]:
    decoder = EventDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [(event.type, event.data, event.last_event_id) for event in events], decoder.retry


def expected(case: dict[str, Any]) -> list[Told]:
    return [(event["event"], event["data"], event["id"]) for event in case["events"]]


@each_case
def test_a_known_stream_gives_its_events(case: dict[str, Any]) -> None:
    """Each case of the collection gives the events that it states, as it arrives and whole."""
    raw = case["input"].encode("latin-1")
    chunks = [chunk.encode("latin-1") for chunk in case.get("chunks", [case["input"]])]
    assert decode(*chunks)[0] == expected(case)
    assert decode(raw)[0] == expected(case)


@each_case
def test_a_known_stream_may_be_cut_anywhere(case: dict[str, Any]) -> None:
    """Cut in two at any byte, and cut into single bytes, a stream gives the same events."""
    raw = case["input"].encode("latin-1")
    singles = [raw[at : at + 1] for at in range(len(raw))]
    assert decode(*singles)[0] == expected(case)
    for at in range(len(raw) + 1):
        assert decode(raw[:at], raw[at:])[0] == expected(case), at


@each_case
def test_the_last_valid_retry_is_kept(case: dict[str, Any]) -> None:
    """`retry` is the last valid one of the stream, in milliseconds."""
    raw = case["input"].encode("latin-1")
    told = [event["retry"] for event in case["events"] if event["retry"] is not None]
    assert decode(raw)[1] == oracle(raw)[1]
    if told:
        assert decode(raw)[1] == told[-1]


@given(stream=STREAMS, cuts=st.lists(st.integers(0, 240), max_size=8))
def test_any_bytes_cut_anywhere_are_read_as_the_standard_says(
    stream: bytes, cuts: list[int]
) -> None:
    """Any bytes, in any pieces, give what a plain reading of the whole gives."""
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in itertools.pairwise(places)]
    assert decode(*chunks) == oracle(stream)


@given(stream=st.lists(PIECES, max_size=6).map(b"".join))
def test_any_bytes_cut_in_every_way_are_read_as_the_standard_says(stream: bytes) -> None:
    """A short stream gives the same events in whatever chunks it arrives, of all that there are."""
    start, end = b"data:a\r", stream[:9]
    whole = oracle(start + end)
    for cuts in itertools.product([False, True], repeat=max(len(end) - 1, 0)):
        places = [0, *(at + 1 for at, cut in enumerate(cuts) if cut), len(end)]
        assert decode(start, *(end[a:b] for a, b in itertools.pairwise(places))) == whole


@given(stream=STREAMS)
def test_any_bytes_one_by_one_are_read_as_the_standard_says(stream: bytes) -> None:
    """Any bytes, one by one, give what a plain reading of the whole gives."""
    assert decode(*(stream[at : at + 1] for at in range(len(stream)))) == oracle(stream)


@pytest.mark.parametrize(
    ("stream", "pending"),
    [
        (b"", False),
        (b"data: a\n\n", False),
        (b"data: a\r\n\r\n", False),
        (b"data: a\r\r", False),
        (b": a comment\n", False),
        (b"id: 1\n\n", False),
        (b"data: a", True),
        (b"data: a\n", True),
        (b"event: a\n", True),
        (b": half a comm", True),
        (b"\xef\xbb", True),
    ],
)
def test_it_tells_whether_the_bytes_end_inside_an_event(stream: bytes, *, pending: bool) -> None:
    """`pending` is set where a stream that ends here has lost something."""
    decoder = EventDecoder()
    decoder.feed(stream)
    assert decoder.pending is pending


def test_a_line_of_megabytes_is_one_event() -> None:
    """A line has no limit of its own: a tool result of 8 MiB in pieces is one event."""
    text = "x" * 8 * 1024**2
    raw = f"data: {text}\n\n".encode()
    events = decode(*(raw[at : at + 65536] for at in range(0, len(raw), 65536)))[0]
    assert events == [("message", text, "")]


def test_an_event_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event over the limit is an error, and not a machine without memory."""
    monkeypatch.setattr(_sse, "MAX_EVENT", 1000)
    decoder = EventDecoder()
    decoder.feed(b"data: " + b"x" * 600)
    with pytest.raises(EventTooLargeError, match="over"):
        decoder.feed(b"x" * 600)


def test_the_limit_is_for_one_event_not_for_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small events and comments may be longer together than one may be."""
    monkeypatch.setattr(_sse, "MAX_EVENT", 1000)
    decoder = EventDecoder()
    for _ in range(100):
        assert len(decoder.feed(b"data: " + b"x" * 50 + b"\n\n")) == 1
        assert decoder.feed(b": still here\n\n") == []
    for _ in range(100):
        assert decoder.feed(b": still here\n\n") == []
    assert decoder.feed(b"data: half") == []


def test_an_event_is_the_librarys_own_message_event() -> None:
    """What comes out are `MessageEvent`s that name where they come from."""
    event: Any
    (event,) = EventDecoder("https://host").feed(b"event: e\nid: 7\ndata: d\n\n")
    message: Any = MessageEvent
    same = message("e", "e", "d", "https://host", "7")
    assert (type(event), event, hash(event)) == (MessageEvent, same, hash(same))
    with pytest.raises(AttributeError):
        event.data = "another"
