"""JSON from the network: strict, bounded in depth, and fast where it counts."""

import hashlib
import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

__all__ = ["digest", "dumps", "loads", "loads_event"]

MAX_DEPTH = 256
_SHALLOW = 2 * MAX_DEPTH
"""Characters: a shorter text cannot be nested too deep, since what opens has to close."""
_BOM = b"\xef\xbb\xbf"
_WHITESPACE = " \t\n\r"


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("it holds a number that is too large")
    return number


_encoder = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_decoder = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)


def loads(raw: bytes) -> Any:
    """Return what the JSON text says, with whole numbers of any size kept exact.

    Raises:
        ValueError: It is no JSON, holds NaN or a number without end, or is nested too deep.
    """
    try:
        value = _decoded(raw.removeprefix(_BOM).decode())
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return value if len(raw) < _SHALLOW else _not_too_deep(value, raw.count(b"{") + raw.count(b"["))


def _decoded(text: str) -> Any:
    """Return what the text says; `JSONDecoder.decode` looks for white space by slower means."""
    text = text.strip(_WHITESPACE)
    value, end = _decoder.raw_decode(text)
    if end != len(text):
        raise json.JSONDecodeError("there is more after it", text, end)
    return value


def dumps(value: Any) -> bytes:
    """Return the JSON text of a request, in ASCII, so that half a surrogate pair survives too."""
    return _encoder.encode(value).encode("ascii")


def digest(value: Any) -> str:
    """Return a digest of what a JSON value means, whatever the order of its keys.

    Raises:
        ValueError: It holds a number that JSON does not have.
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _not_too_deep(value: Any, containers: int) -> Any:
    if containers > MAX_DEPTH:
        level = [value]
        for _ in range(MAX_DEPTH):
            level = [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, dict | list)
            ]
            if not level:
                return value
        raise ValueError("it is nested too deep")
    return value


def _loads_event_with_json(text: str) -> Any:
    try:
        value = _decoded(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return value if len(text) < _SHALLOW else _not_too_deep(value, _containers(text))


def _containers(text: str) -> int:
    return text.count("{") + text.count("[")


def _fastest() -> Callable[[str], Any]:
    try:
        from orjson import loads as fast  # noqa: PLC0415 - an extra, and not needed
    except ImportError:
        return _loads_event_with_json

    def loads_with_orjson(text: str) -> Any:
        try:
            value = fast(text)
        except ValueError:  # it refuses half a surrogate pair, which is JSON all the same
            return _loads_event_with_json(text)
        return value if len(text) < _SHALLOW else _not_too_deep(value, _containers(text))

    return loads_with_orjson


loads_event: Callable[[str], Any] = _fastest()
"""`loads` for the text of one event of a stream: with orjson where the extra `speed` is there."""
