"""Reading a draft: the service's one-letter keys become tracks and segments.

Nothing here raises on any JSON: what cannot be understood is left out or unnamed.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import attrs

from nemo_sdk._text import one_line, readable
from nemo_sdk._value import Value

KINDS: Final = {0: "video", 1: "audio", 7: "text"}
_LABELS: Final = {"video": "Video", "audio": "BGM", "text": "Title", "unknown": "Track"}

TOUCHED: Final = frozenset(
    {
        "updatedat",
        "updatetime",
        "modifiedat",
        "modifytime",
        "timestamp",
        "version",
        "revision",
    }
)
"""Keys that a service touches by itself, in small letters without underscores: no edits."""

_LONGEST_NAME: Final = 60
_LONGEST_NUMBER: Final = 32
_MOST_MILLISECONDS: Final = 1e12
_LOUDEST: Final = 10.0
_MOST_SEGMENTS: Final = 20


@attrs.frozen
class Segment(Value):
    """One piece of a track: a clip, a piece of music, a title.

    Attributes:
        name: The title, name or text that the draft gives it, whole; empty where it has none.
        start: Where it starts on its track, in seconds.
        end: Where it ends on its track, in seconds.
        volume: 1.0 is the full volume; None where the draft does not say.
        id: The service's id of it, where the draft has one.
        raw: The segment as the draft has it.
    """

    name: str
    start: float
    end: float
    volume: float | None = None
    id: str | None = attrs.field(default=None, repr=False)
    raw: Any = attrs.field(default=None, repr=False, eq=False)

    @property
    def duration(self) -> float:
        """How long it lasts, in seconds."""
        return round(self.end - self.start, 6)

    @property
    def span(self) -> str:
        """Where it is, in words for people: ``0-2.5s``."""
        start, end = seconds(self.start), seconds(self.end)
        return f"{start}s" if start == end else f"{start}-{end}s"


@attrs.frozen
class Track(Value):
    """One track of a timeline.

    Attributes:
        kind: ``"video"``, ``"audio"``, ``"text"``, the number of a type that is not
            known here, or ``"unknown"`` where the draft has none.
        index: Its number for people, from 1.
        segments: What it holds, one after another; the gaps between them, in which nothing is
            seen or heard, are left out.
    """

    kind: str
    index: int
    segments: tuple[Segment, ...] = ()

    @property
    def label(self) -> str:
        """What people call such a track: ``Video``, ``BGM``, ``Title``, ``Track type 3``."""
        return label_of(self.kind)

    @property
    def duration(self) -> float:
        """Where its last segment ends, in seconds."""
        return self.segments[-1].end if self.segments else 0.0

    def __str__(self) -> str:
        shown = [describe(segment, self.kind) for segment in self.segments[:_MOST_SEGMENTS]]
        hidden = len(self.segments) - len(shown)
        if hidden:
            shown.append(f"and {hidden} more")
        return f"{self.label}: {', '.join(shown) or 'empty'}"


def label_of(kind: str) -> str:
    """Return the word for tracks of this kind."""
    return _LABELS.get(kind) or f"Track type {kind}"


def describe(segment: Segment, kind: str) -> str:
    """Return a segment in words: ``Lo-fi (0-10s, 35%)``."""
    facts = segment.span if segment.volume is None else f"{segment.span}, {percent(segment.volume)}"
    return f"{called(segment, kind)} ({facts})"


def called(segment: Segment, kind: str) -> str:
    """Return a segment's name as people read it: on one line, not too long, titles in quotes."""
    name = showable(segment.name)
    if not name:
        return "unnamed"
    return f'"{name}"' if kind == "text" else name


def showable(text: str) -> str:
    """At most sixty characters of a text, on one line, without what cannot be shown."""
    return one_line(text, _LONGEST_NAME)


def seconds(value: float) -> str:
    """Seconds to the millisecond, without needless zeros."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def percent(volume: float) -> str:
    """Return a volume as people read it."""
    return f"{volume:.0%}"


def read_tracks(draft: Any) -> tuple[Track, ...]:
    """Return the tracks of a draft, whatever it is; those that are no objects are left out."""
    found = [item for item in items_of(draft, "t") if isinstance(item, dict)]
    return tuple(_read_track(item, index) for index, item in enumerate(found, 1))


def is_exportable(draft: Any) -> bool:
    """Whether at least one track holds something, which is the renderer's condition."""
    return any(items_of(track, "sg") for track in items_of(draft, "t"))


def items_of(value: Any, key: str) -> list[Any]:
    """Return the list under a key, or an empty one where there is none."""
    items = value.get(key) if isinstance(value, dict) else None
    return items if isinstance(items, list) else []


def _read_track(raw: dict[str, Any], index: int) -> Track:
    return Track(_kind(raw.get("tt")), index, tuple(_read_segments(items_of(raw, "sg"))))


def _kind(value: Any) -> str:
    number = _number(value)
    if number is None or not number.is_integer() or abs(number) > _MOST_MILLISECONDS:
        return "unknown"
    return KINDS.get(int(number)) or str(int(number))


def _read_segments(raws: list[Any]) -> Iterator[Segment]:
    position = 0.0
    for raw in raws:
        if isinstance(raw, dict):
            segment = _read_segment(raw, position)
            if _about(raw).get("gap") is not True:
                yield segment
            position = segment.end


def _about(raw: dict[str, Any]) -> dict[str, Any]:
    about = raw.get("m")
    return about if isinstance(about, dict) else {}


def _read_segment(raw: dict[str, Any], start: float) -> Segment:
    about = _about(raw)
    return Segment(
        name=_first_text(about, "title", "name", "text"),
        start=start,
        end=round(start + _milliseconds(raw.get("d")) / 1000, 6),
        volume=_volume(about.get("volume")),
        id=_first_text(raw, "id") or _first_text(about, "id") or None,
        raw=raw,
    )


def _first_text(about: dict[str, Any], *keys: str) -> str:
    for key in keys:
        value = about.get(key)
        if isinstance(value, str) and value and not value.isspace():
            return readable(value)
        if _number(value) is not None:
            return str(value)
    return ""


def _milliseconds(value: Any) -> float:
    number = _number(value)
    return number if number is not None and 0 < number <= _MOST_MILLISECONDS else 0.0


def _volume(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= _LOUDEST else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and len(value) > _LONGEST_NUMBER:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def without_keys(value: Any, names: frozenset[str]) -> Any:
    """Return a JSON value without some keys of its objects, at any depth.

    Raises:
        RecursionError: It is nested too deep.
    """
    if isinstance(value, dict):
        return {
            key: without_keys(item, names)
            for key, item in value.items()
            if str(key).replace("_", "").lower() not in names
        }
    if isinstance(value, list):
        return [without_keys(item, names) for item in value]
    return value
