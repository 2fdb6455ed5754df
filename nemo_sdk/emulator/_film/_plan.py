"""A draft as the film maker understands it: segments with their times.

The draft's schema, which the agent writes and this module reads. Whatever is missing, null or of
a wrong type is passed over.

    canvas      {"ratio": "9:16", "width": 1080, "height": 1920, "fps": 24}: the film's shape
    t           tracks: tt 0 video, 1 audio, 7 text; the later of two video tracks covers the first
    t[].sg      segments, one after another by their d (milliseconds on the timeline)
    any    m    gap: true for a stretch in which nothing is seen or heard
    video  m    title, prompt (a scene to invent) or src (an upload's id) with url; in (ms, where
                in the source it begins), speed (d * speed ms of the source are taken),
                volume (0 to 1), muted, rotate (0, 90, 180, 270: clockwise), crop ([x, y, w, h],
                shares of the picture), fit ("cover" or "contain", as it is by default), fade_in,
                fade_out (ms)
    video  ef   [{"name": …}]: of EFFECTS; what is not in there is not drawn
    audio  m    name (played as a note) or src with in; volume, muted, fade_in, fade_out
    text   m    text, position ("top", "center", "bottom"), style ("title" or "caption")
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

from attrs import frozen

Look = Literal["scene", "card"]

VIDEO, AUDIO, TEXT = 0, 1, 7
EFFECTS = ("black and white", "sepia", "blur", "vignette", "brighter", "darker")
"""The effects that are really drawn, by the names that `ef` gives them."""

_LONGEST_FILM = 3600.0
_LONGEST_TEXT = 600
WHOLE = (0.0, 0.0, 1.0, 1.0)
_NAMES = ("title", "name", "text", "prompt", "src")
_RATIO = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[:/x]\s*(\d+(?:\.\d+)?)\s*")


@frozen(kw_only=True)
class Segment:
    """A piece of a track; times are in seconds, `m` of the schema says what the rest is."""

    number: int
    start: float
    duration: float
    name: str = ""
    prompt: str = ""
    src: str = ""
    offset: float = 0.0
    speed: float = 1.0
    volume: float = 1.0
    fade_in: float = 0.0
    fade_out: float = 0.0
    rotate: int = 0
    crop: tuple[float, float, float, float] = WHOLE
    fit: str = "contain"
    effects: tuple[str, ...] = ()
    position: str = "top"
    style: str = "title"

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.duration

    def holds(self, time: float) -> bool:
        """Whether a time is in it; half a millisecond early counts, since frames round."""
        return self.start - 5e-4 <= time < self.end - 5e-4

    def source_time(self, time: float) -> float:
        """Return what second of its source is played at a time of the film."""
        return self.offset + max(0.0, time - self.start) * self.speed

    def fade(self, time: float) -> float:
        """How much of it is there, 0 to 1, at a time of the film."""
        rise = (time - self.start) / self.fade_in if self.fade_in else 1.0
        fall = (self.end - time) / self.fade_out if self.fade_out else 1.0
        return max(0.0, min(1.0, rise, fall))


NOTHING = Segment(number=0, start=0, duration=0, speed=0, volume=0)
"""What is seen where there is no clip."""


@frozen
class Plan:
    """All that a film is made of; segments of a kind are numbered from 1 on."""

    duration: float
    shots: tuple[Segment, ...]
    sounds: tuple[Segment, ...]
    titles: tuple[Segment, ...]

    def shot_at(self, time: float) -> Segment:
        """Return the shot that is seen at a time in seconds, `NOTHING` where there is none."""
        return next((shot for shot in reversed(self.shots) if shot.holds(time)), NOTHING)


def read_plan(draft: Mapping[str, Any]) -> Plan:
    """Read a draft. The film is as long as its longest video track, else as its longest track."""
    lengths: dict[int, float] = {}
    found: dict[int, list[Segment]] = {VIDEO: [], AUDIO: [], TEXT: []}
    for track in _items(draft, "t"):
        kind, start = int(_number(track.get("tt"), -1.0)), 0.0
        for segment in _items(track, "sg"):
            duration = _seconds(segment, "d")
            if kind in found and duration and _mapping(segment, "m").get("gap") is not True:
                found[kind].append(_segment(kind, len(found[kind]) + 1, start, segment))
            start += duration
        lengths[kind] = max(lengths.get(kind, 0.0), start)
    whole = lengths.get(VIDEO) or max(lengths.values(), default=0.0)
    return Plan(min(_LONGEST_FILM, whole), *map(tuple, found.values()))


def film_pixels(draft: Mapping[str, Any], size: tuple[int, int]) -> tuple[int, int]:
    """Return a film's size: `size`, or its long side in a canvas's other shape; made even."""
    (width, height), canvas = size, _mapping(draft, "canvas")
    wide, high = (_number(canvas.get(side), 0.0) for side in ("width", "height"))
    if found := _RATIO.fullmatch(str(canvas.get("ratio"))):
        wide, high = map(float, found.groups())
    asked = wide / high if wide > 0 < high else 0.0
    if 0.2 <= asked <= 5 and abs(asked - width / height) / asked > 0.02:
        width, height = (round(max(size) * min(1, shape)) for shape in (asked, 1 / asked))
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def _segment(kind: int, number: int, start: float, segment: Mapping[str, Any]) -> Segment:
    about = _mapping(segment, "m")
    effects = [_text(effect, "name").lower() for effect in _items(segment, "ef")]
    speed = _number(about.get("speed"), 1.0)
    volume = 0.0 if about.get("muted") is True else _number(about.get("volume"), 1.0)
    turn = int(_number(about.get("rotate"), 0.0))
    style, place = _text(about, "style").lower(), _text(about, "position").lower()
    return Segment(
        start=start,
        duration=_seconds(segment, "d"),
        number=number,
        name=_text(about, *(("text",) if kind == TEXT else ()), *_NAMES),
        prompt=_text(about, "prompt", "title", "name", "text"),
        src=_text(about, "src"),
        offset=_seconds(about, "in"),
        speed=min(100.0, speed) if speed >= 0.01 else 1.0,
        volume=min(1.0, max(0.0, volume)),
        fade_in=_seconds(about, "fade_in"),
        fade_out=_seconds(about, "fade_out"),
        rotate=turn % 360 if turn % 90 == 0 else 0,
        crop=_crop(about.get("crop")),
        fit="cover" if about.get("fit") == "cover" else "contain",
        effects=tuple(name for name in effects if name in EFFECTS),
        position=place
        if place in {"top", "center", "bottom"}
        else "bottom"
        if style == "caption"
        else "top",
        style="caption" if style == "caption" else "title",
    )


def _crop(value: Any) -> tuple[float, float, float, float]:
    if not isinstance(value, list | tuple) or len(value) != 4:
        return WHOLE
    x, y, wide, high = (_number(each, -1.0) for each in value)
    inside = min(x, y) >= 0 and min(wide, high) >= 0.01 and max(x + wide, y + high) <= 1.001
    return (x, y, wide, high) if inside else WHOLE


def _items(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    items = value.get(key)
    return [i for i in items if isinstance(i, Mapping)] if isinstance(items, list | tuple) else []


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}


def _number(value: Any, otherwise: float) -> float:
    return value if isinstance(value, int | float) and abs(value) < 1e12 else otherwise


def _seconds(about: Mapping[str, Any], key: str) -> float:
    return max(0.0, _number(about.get(key), 0.0)) / 1000


def _text(about: Mapping[str, Any], *keys: str) -> str:
    """Return the first text, on one line; one that nobody can read is cut between words."""
    texts = (about.get(key) for key in keys)
    found = next((text for text in texts if isinstance(text, str) and text.strip()), "")
    clean = " ".join(found[:_LONGEST_TEXT].encode("utf-8", "replace").decode().split())
    return clean if len(found) <= _LONGEST_TEXT else clean.rpartition(" ")[0] or clean
