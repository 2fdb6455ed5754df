"""JSON from the network: what is none, or too much, is an error at once."""

from collections.abc import Callable
from typing import Any

import pytest

from nemo_sdk._protocol import json as _json

Read = Callable[[bytes], Any]

READERS = [
    pytest.param(_json.loads, id="answer"),
    pytest.param(lambda raw: _json.loads_event(raw.decode()), id="event"),
    pytest.param(lambda raw: _json._loads_event_with_json(raw.decode()), id="event without orjson"),
]
each_reader = pytest.mark.parametrize("read", READERS)


@each_reader
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"{",
        b'{"a":',
        b'{"a":1}}',
        b"NaN",
        b'{"a":NaN}',
        b"[Infinity]",
        b"-Infinity",
        b"[1e999]",
        b"1" * 1_000_000,
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 300 + b"]" * 300,
        b"<html></html>",
        b"{'a': 1}",
        b"\x00",
    ],
    ids=lambda raw: raw[:8].decode() + f"…{len(raw)}",
)
def test_what_is_no_usable_json_is_a_value_error(read: Read, raw: bytes) -> None:
    """Cut, endless, too deep or not JSON at all: a ValueError, and nothing else."""
    with pytest.raises(ValueError, match=r"."):
        read(raw)


@each_reader
def test_what_is_nested_within_reason_is_read(read: Read) -> None:
    """Two hundred levels are no attack."""
    value = read(b"[" * 200 + b"]" * 200)
    assert isinstance(value, list)


@each_reader
def test_wide_is_not_deep(read: Read) -> None:
    """Many objects beside each other are not taken for many inside each other."""
    assert len(read(b"[" + b",".join([b'{"a":[]}'] * 1000) + b"]")) == 1000


@each_reader
@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085"])
def test_line_separators_of_unicode_stay_in_texts(read: Read, separator: str) -> None:
    """U+2028, U+2029 and U+0085 stand raw in JSON and come out as they are."""
    assert read(f'{{"a":"x{separator}y"}}'.encode()) == {"a": f"x{separator}y"}


@each_reader
def test_half_a_surrogate_pair_is_read(read: Read) -> None:
    """JSON allows half a surrogate pair, so it is no error."""
    assert read(rb'{"a":"x\ud83dy"}') == {"a": "x\ud83dy"}


def test_bytes_that_are_no_utf_8_are_an_error() -> None:
    """An answer in another encoding is refused, not guessed."""
    with pytest.raises(ValueError, match="decode"):
        _json.loads(b'{"a":"\xff"}')


def test_a_byte_order_mark_is_forgiven() -> None:
    """A byte order mark before an answer does not make it unreadable."""
    assert _json.loads(b'\xef\xbb\xbf{"a":1}') == {"a": 1}


def test_whole_numbers_keep_all_their_digits() -> None:
    """An id of 30 digits is not rounded."""
    assert _json.loads(b"123456789012345678901234567890") == 123456789012345678901234567890


def test_a_request_is_ascii_and_survives_half_a_pair() -> None:
    """What is sent is plain ASCII JSON: any text gets through any proxy."""
    assert _json.dumps({"text": "雪\ud83d"}) == rb'{"text":"\u96ea\ud83d"}'


def test_a_request_holds_no_number_that_json_does_not_have() -> None:
    """NaN is refused before it is sent."""
    with pytest.raises(ValueError, match="JSON"):
        _json.dumps({"a": float("nan")})


def test_a_digest_is_of_the_meaning() -> None:
    """The order of keys does not change a digest, a value does."""
    assert _json.digest({"a": 1, "b": [2]}) == _json.digest({"b": [2], "a": 1})
    assert _json.digest({"a": 1}) != _json.digest({"a": 2})
