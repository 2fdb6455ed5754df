"""A draft as the film maker understands it: shots, sounds and titles with their times."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

VIDEO, AUDIO, TEXT = 0, 1, 7
LONGEST = 3600.0


@frozen
class Shot:
    """A piece of a video track: a scene to invent, or an uploaded clip or picture."""

    start: float
    duration: float
    prompt: str = ""
    src: str = ""
    offset: float = 0.0
    volume: float = 1.0


@frozen
class Sound:
    """A piece of an audio track: music to invent, or an uploaded recording."""

    start: float
    duration: float
    name: str = ""
    src: str = ""
    offset: float = 0.0
    volume: float = 1.0


@frozen
class Title:
    """A text, with the time and the place where it stands."""

    start: float
    duration: float
    text: str
    position: str = ""


@frozen
class Plan:
    """All that a film is made of; the later of two video tracks covers the earlier."""

    duration: float
    shots: tuple[Shot, ...]
    sounds: tuple[Sound, ...]
    titles: tuple[Title, ...]

    def shot_at(self, time: float) -> Shot | None:
        """The shot that is seen at a time in seconds, if there is one."""
        seen = (s for s in reversed(self.shots) if s.start <= time < s.start + s.duration)
        return next(seen, None)


@frozen
class _Segment:
    kind: int | None
    start: float
    duration: float
    about: Mapping[str, Any]


def read_plan(draft: Mapping[str, Any]) -> Plan:
    """Read a draft, forgiving of everything that is missing, null or of a wrong type.

    The film is as long as its longest video track, else as its longest track.
    """
    segments = list(_segments(draft))
    film = [s for s in segments if s.kind == VIDEO] or segments
    return Plan(
        duration=min(LONGEST, max((s.start + s.duration for s in film), default=0.0)),
        shots=tuple(_shot(s) for s in segments if s.kind == VIDEO),
        sounds=tuple(_sound(s) for s in segments if s.kind == AUDIO),
        titles=tuple(_title(s) for s in segments if s.kind == TEXT),
    )


def _segments(draft: Mapping[str, Any]) -> Iterator[_Segment]:
    for track in _items(draft, "t"):
        start = 0.0
        kind = _number(track.get("tt"), -1.0)
        for segment in _items(track, "sg"):
            duration = max(0.0, _number(segment.get("d"), 0.0)) / 1000
            about = segment.get("m")
            yield _Segment(int(kind), start, duration, about if isinstance(about, Mapping) else {})
            start += duration


def _shot(segment: _Segment) -> Shot:
    about = segment.about
    return Shot(
        segment.start,
        segment.duration,
        prompt=_text(about, "prompt", "title", "name", "text"),
        src=_text(about, "src"),
        offset=max(0.0, _number(about.get("in"), 0.0)) / 1000,
        volume=_volume(about),
    )


def _sound(segment: _Segment) -> Sound:
    about = segment.about
    return Sound(
        segment.start,
        segment.duration,
        name=_text(about, "name", "title", "text", "prompt"),
        src=_text(about, "src"),
        offset=max(0.0, _number(about.get("in"), 0.0)) / 1000,
        volume=_volume(about),
    )


def _title(segment: _Segment) -> Title:
    return Title(
        segment.start,
        segment.duration,
        text=_text(segment.about, "text", "title", "name"),
        position=_text(segment.about, "position").lower(),
    )


def _items(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    items = value.get(key)
    return [i for i in items if isinstance(i, Mapping)] if isinstance(items, list | tuple) else []


def _number(value: Any, otherwise: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return number if math.isfinite(number) else otherwise


def _volume(about: Mapping[str, Any]) -> float:
    return min(1.0, max(0.0, _number(about.get("volume"), 1.0)))


def _text(about: Mapping[str, Any], *keys: str) -> str:
    texts = (about.get(key) for key in keys)
    return next((t for t in texts if isinstance(t, str) and t.strip()), "")
