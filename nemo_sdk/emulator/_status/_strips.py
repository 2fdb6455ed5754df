"""Drafts as strips: what a page needs to draw a timeline."""

from collections.abc import Mapping
from typing import Any

_KINDS = {0: "video", 1: "audio", 7: "text"}
_LONGEST_NAME = 80
_MOST = 60


def strips(draft: Any) -> list[dict[str, Any]]:
    """Return a draft's tracks, whatever it holds: programs send drafts of their own.

    Returns:
        For each track its `kind` and its `segments`, with their `name`, their `start` and
        `length` in seconds, and where there is one their `volume`.
    """
    tracks = draft.get("t") if isinstance(draft, Mapping) else None
    found = [track for track in _items(tracks) if isinstance(track, Mapping)]
    return [{"kind": _kind(track.get("tt")), "segments": _segments(track)} for track in found]


def _segments(track: Mapping[str, Any]) -> list[dict[str, Any]]:
    segments, start = [], 0.0
    for segment in _items(track.get("sg")):
        if isinstance(segment, Mapping):
            length = _seconds(segment.get("d"))
            segments.append({**_named(segment.get("m")), "start": start, "length": length})
            start += length
    return segments


def _named(metadata: Any) -> dict[str, Any]:
    about = metadata if isinstance(metadata, Mapping) else {}
    names = (about.get(key) for key in ("title", "name", "text"))
    name = next((name for name in names if isinstance(name, str) and name), "")
    volume = about.get("volume")
    return {"name": name[:_LONGEST_NAME]} | ({"volume": volume} if _is_number(volume) else {})


def _kind(number: Any) -> str:
    return _KINDS.get(number, f"track {number}") if isinstance(number, int) else "track"


def _seconds(milliseconds: Any) -> float:
    return max(milliseconds / 1000, 0.0) if _is_number(milliseconds) else 0.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9


def _items(value: Any) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else []
