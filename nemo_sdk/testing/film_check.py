"""Films of the emulator's, checked: `assert_film(video).lasts(6).shows("LIFTOFF", at=1)`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self

from nemo_sdk._paths import kind_of
from nemo_sdk._video import Video
from nemo_sdk.emulator._extra import MissingExtraError
from nemo_sdk.emulator._server import running

if TYPE_CHECKING:
    from .film_reader import Film, Frame, Shot

_SILENT = 0.004
_BLACK = 16
_DARK = 24
_WINDOW = 0.05


def assert_film(film: str | os.PathLike[str] | bytes | Video) -> FilmCheck:
    """Read a film that the emulator rendered, to check what it shows and plays.

    Args:
        film: A file, a film's bytes, or a `Video` that was saved, or whose emulator still runs.

    Returns:
        What can be asserted of it; each check returns it again, so that they can be chained.

    Raises:
        ValueError: It is no film, or a `Video` that is not at hand.
        OSError: The file is not there.
        RuntimeError: The extra `emulator` is not installed.
    """
    try:
        from .film_reader import read_film  # noqa: PLC0415 - only those who look need PyAV
    except ImportError as error:
        raise MissingExtraError("Looking into a film") from error
    return FilmCheck(read_film(_at_hand(film)))


class FilmCheck:
    """What can be asserted of a film; a check that fails tells the whole film in words.

    Times are in seconds. `shot` names a clip, or is its place among those that are seen, from 1
    on; without it the first one is meant.
    """

    def __init__(self, film: Film) -> None:
        self._film = film

    def __str__(self) -> str:
        return "\n".join(_told(self._film))

    def __repr__(self) -> str:
        return f"<FilmCheck: {self}>"

    def lasts(self, seconds: float, within: float = 0.1) -> Self:
        """Assert the film's length, `within` so many seconds."""
        found = self._film.duration
        return self._check(abs(found - seconds) <= within, f"lasts {found:.2f} s, not {seconds:g}")

    def has_size(self, width: int, height: int) -> Self:
        """Assert the film's size in pixels."""
        found = "{}x{}".format(*self._film.size)
        return self._check(self._film.size == (width, height), f"is {found}, not {width}x{height}")

    def has_ratio(self, ratio: str) -> Self:
        """Assert the film's shape, such as `"9:16"`; whole pixels never match it quite."""
        numbers = re.fullmatch(r"(\d*[1-9]\d*(?:\.\d+)?):(\d*[1-9]\d*(?:\.\d+)?)", ratio)
        if numbers is None:
            raise ValueError(f'A ratio is two numbers such as "9:16", not {ratio!r}.')
        wide, high = map(float, numbers.groups())
        shape = self._film.size[0] / self._film.size[1]
        return self._check(abs(shape * high / wide - 1) < 0.03, f"is not {ratio}")

    def is_portrait(self) -> Self:
        """Assert that it is higher than wide."""
        return self._check(self._film.size[1] > self._film.size[0], "is not portrait")

    def is_landscape(self) -> Self:
        """Assert that it is wider than high."""
        return self._check(self._film.size[0] > self._film.size[1], "is not landscape")

    def is_square(self) -> Self:
        """Assert that it is as wide as high."""
        return self._check(self._film.size[0] == self._film.size[1], "is not square")

    def shows(self, text: str, at: float | None = None, position: str | None = None) -> Self:
        """Assert that a title or caption with these words stands.

        Args:
            text: The title, or words of it.
            at: When; None: at some time.
            position: Where, `"top"`, `"center"` or `"bottom"`; None: anywhere.
        """
        where = f" at the {position}" if position else ""
        told = f"does not show “{text}”{where}{_when(at)}"
        titles = [
            title for frame in self._frames(at, told) for title in self._film.titles_at(frame)
        ]
        wanted = " ".join(text.split())
        return self._check(
            any(wanted in t["name"] and position in (None, t["position"]) for t in titles), told
        )

    def has_no_title(self, at: float | None = None) -> Self:
        """Assert that no title or caption stands; `at` None: at no time."""
        marks = [frame.mark for frame in self._frames(at, "tells of no titles") if frame.mark]
        self._check(bool(marks), f"does not tell of its titles{_when(at)}")
        return self._check(not any(mark.titles for mark in marks), f"has a title{_when(at)}")

    def plays(self, name: str, volume: float | None = None, at: float | None = None) -> Self:
        """Assert that music, a recording or a clip's own sound is heard.

        Args:
            name: What it is called.
            volume: How loud, 0 to 1, give or take 0.05; None: not silent.
            at: When; None: in the middle of each of its segments.
        """
        sounds = [sound for sound in self._film.noted("sounds") if sound["name"] == name]
        times = [(s, s["start"] + s["duration"] / 2 if at is None else at) for s in sounds]
        heard = [self._volume_of(sound, time) for sound, time in times if _stands(sound, time)]
        told = f"does not play “{name}”{_when(at)}"
        if volume is None or not heard:
            return self._check(any(found > 0.01 for found in heard), told)
        found = ", ".join(f"{each:.2f}" for each in heard)
        near = all(abs(each - volume) <= 0.05 for each in heard)
        return self._check(near, f"plays “{name}” at {found}, not {volume:g}{_when(at)}")

    def is_silent(self, at: float | None = None) -> Self:
        """Assert that nothing is heard; `at` None: at any time."""
        start, end = (0.0, self._film.duration) if at is None else (at - _WINDOW, at + _WINDOW)
        self._frames(at, "is not that long")
        return self._check(self._film.level(start, end) < _SILENT, f"is not silent{_when(at)}")

    def has_shots(self, *names: str) -> Self:
        """Assert which clips are seen, by their names and in their order."""
        self._check(any(f.mark for f in self._film.frames), "does not tell of its shots")
        found = [shot.name for shot in self._film.shots]
        return self._check(found == list(names), f"has the shots {found}, not {list(names)}")

    def starts_from(self, seconds: float, shot: str | int | None = None) -> Self:
        """Assert from what second of its source on a clip is seen."""
        found = self._shot(shot)
        near = abs(found.offset - seconds) < 0.05 * max(1.0, found.speed)
        told = f"shows “{found.name}” from {found.offset:g} s on, not from {seconds:g} s"
        return self._check(near, told)

    def runs_at(self, speed: float, shot: str | int | None = None) -> Self:
        """Assert how fast a clip runs: 2 is twice as fast as it was."""
        found = self._shot(shot)
        near = abs(found.speed - speed) <= 0.03 * speed
        return self._check(near, f"runs “{found.name}” at {found.speed:.2f}x, not at {speed:g}x")

    def has_volume(self, volume: float, shot: str | int | None = None) -> Self:
        """Assert the volume that a clip's own sound is given, 0 to 1; 0 is muted."""
        found = self._shot(shot)
        near = abs(found.volume - volume) < 0.02
        return self._check(near, f"has “{found.name}” at volume {found.volume:g}, not {volume:g}")

    def is_black(self, at: float) -> Self:
        """Assert that nothing is to be seen but titles: a gap, or the end of a fade."""
        (frame,) = self._frames(at, "is not that long")
        return self._check(frame.light < _DARK, f"is not black{_when(at)}")

    def fades_in(self, seconds: float | None = None, shot: str | int | None = None) -> Self:
        """Assert that a clip comes out of black, in so many seconds; None: in any."""
        return self._fades("fade_in", seconds, self._shot(shot), 0)

    def fades_out(self, seconds: float | None = None, shot: str | int | None = None) -> Self:
        """Assert that a clip goes into black, in so many seconds; None: in any."""
        return self._fades("fade_out", seconds, self._shot(shot), -1)

    def has_effects(self, *names: str, shot: str | int | None = None) -> Self:
        """Assert all effects that a clip has, in their order; none where no names are given."""
        return self._is("effects", list(names), shot)

    def is_rotated(self, degrees: int, shot: str | int | None = None) -> Self:
        """Assert how a clip is turned, clockwise: 0, 90, 180 or 270."""
        return self._is("rotate", degrees, shot)

    def is_cropped_to(
        self, x: float, y: float, width: float, height: float, shot: str | int | None = None
    ) -> Self:
        """Assert which part of a clip's picture is shown, in shares of it; 0, 0, 1, 1 is all."""
        return self._is("crop", [x, y, width, height], shot)

    def _is(self, fact: str, wanted: Any, shot: str | int | None) -> Self:
        found = self._shot(shot)
        noted = found.about.get(fact)
        return self._check(noted == wanted, f"has “{found.name}” with {fact} {noted}, not {wanted}")

    def _fades(self, fact: str, seconds: float | None, shot: Shot, edge: int) -> Self:
        noted = shot.about.get(fact) or 0.0
        lights = [frame.light - _BLACK for frame in shot.frames]
        dark = lights[edge] < 0.6 * max(lights)
        near = noted > 0 if seconds is None else abs(noted - seconds) < 0.01
        told = f"has “{shot.name}” with {fact} {noted:g} s"
        return self._check(
            near and (dark or not noted), told + ("" if dark else ", which is not seen")
        )

    def _volume_of(self, sound: dict[str, Any], time: float) -> float:
        """Return a note's volume as heard; a recording's as noted, if anything is heard."""
        if sound["hertz"]:
            return self._film.note_level(sound["hertz"], time)
        heard = self._film.level(time - _WINDOW, time + _WINDOW) >= _SILENT
        return float(sound["volume"]) if heard else 0.0

    def _frames(self, at: float | None, told: str) -> list[Frame]:
        if at is None:
            return self._film.frames
        frame = self._film.frame_at(at)
        if frame is None:
            self._fail(f"{told}: it goes from 0 to {self._film.duration:.2f} s")
        return [frame]

    def _shot(self, wanted: str | int | None) -> Shot:
        shots = self._film.shots
        named = [s for n, s in enumerate(shots, 1) if wanted is None or wanted in (n, s.name)]
        if not named:
            self._fail("shows no clip" if wanted is None else f"does not show the clip {wanted!r}")
        return named[0]

    def _check(self, holds: bool, told: str) -> Self:
        if not holds:
            self._fail(told)
        return self

    def _fail(self, told: str) -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError(f"The film {told}.\n{self}")


def _at_hand(film: str | os.PathLike[str] | bytes | Video) -> Path | bytes:
    if isinstance(film, bytes | bytearray | memoryview):
        return bytes(film)
    if not isinstance(film, Video):
        Path(film).stat()
        return Path(film)
    for place in _places(film):
        if kind_of(place) == "file":
            return place
    raise ValueError(
        "The video is not at hand: save it first, or give the bytes of `await video.read()`."
    )


def _places(video: Video) -> Iterable[Path]:
    if video._saved is not None:  # noqa: SLF001 - where it was saved concerns only who looks at it
        yield video._saved  # noqa: SLF001
    for emulator in tuple(running):
        render = emulator.renders.get(video.render_id)
        if render and render.path and (video.url or "").startswith(emulator.films_url):
            yield render.path


def _stands(segment: dict[str, Any], time: float) -> bool:
    return bool(segment["start"] <= time <= segment["start"] + segment["duration"])


def _when(at: float | None) -> str:
    return "" if at is None else f" at {at:g} s"


def _told(film: Film) -> Iterable[str]:
    width, height = film.size
    yield f"The film: {film.duration:.2f} s, {width}x{height}, {film.fps:g} frames a second"
    for place, shot in enumerate(film.shots, 1):
        end = shot.frames[-1].time + 1 / film.fps
        effects = "".join(f", {effect}" for effect in shot.about.get("effects", ()))
        yield (
            f"  shot {place}: “{shot.name}” {shot.start:.2f}-{end:.2f} s, from {shot.offset:g} s, "
            f"at {shot.speed:.2f}x, volume {shot.volume:.0%}{effects}"
        )
    for title in film.noted("titles"):
        yield f"  {title['style']}: “{title['name']}” {_span(title)}, {title['position']}"
    for sound in film.noted("sounds"):
        yield f"  sound: “{sound['name']}” {_span(sound)}, volume {sound['volume']:.0%}"
    unread = sum(frame.mark is None for frame in film.frames)
    if film.notes is None and unread == len(film.frames):
        yield (
            "  It has neither the strip nor the notes of the emulator's films: "
            "nothing is known of its clips, titles and sounds."
        )
        return
    if film.notes is None:
        yield "  Its comment has no notes, so there are no names: was it encoded anew?"
    if unread:
        yield f"  The strips of {unread} of {len(film.frames)} frames cannot be read."


def _span(segment: dict[str, Any]) -> str:
    return f"{segment['start']:.2f}-{segment['start'] + segment['duration']:.2f} s"
