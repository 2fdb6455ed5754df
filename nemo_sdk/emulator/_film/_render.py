"""From a draft to a file: the plan is read, every frame painted, the film encoded."""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from attrs import asdict, define, frozen

from ._overlays import Overlays
from ._picture import EFFECTS, Picture, fade
from ._plan import NOTHING, WHOLE, Look, Plan, Segment, film_pixels, read_plan
from ._scene import Card, Scene, Source
from ._sound import heard_in, notes_of, sound_of
from ._strip import WIDTHS, Mark
from ._uploads import Clip, turn
from ._writer import FORMATS, QUALITIES, Writer


class FilmStopped(Exception):  # noqa: N818 - nothing went wrong: somebody wanted it to end
    """The film was given up because `should_stop` said so; no file is left."""


@frozen
class FilmInfo:
    """What was rendered: `duration` in seconds, `size` in bytes, the rest in pixels and frames."""

    duration: float
    size: int
    width: int
    height: int
    frames: int


def render_draft(
    draft: Mapping[str, Any],
    target: Path,
    *,
    container: str = "mp4",
    quality: str = "high",
    media: Mapping[str, Path] | None = None,
    seed: int = 0,
    size: tuple[int, int] = (1920, 1080),
    fps: int = 24,
    look: Look = "scene",
    on_progress: Callable[[float], object] = lambda _: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> FilmInfo:
    """Render a draft as a film that can be played; the same arguments give the same film.

    The arguments are those of `nemo_sdk.emulator.Renderer`; `size` is a canvas's long side at most.

    Raises:
        FilmStopped: `should_stop` gave a true answer.
        ValueError: An unknown container or quality, or a size or rate that no film can have.
        OSError: The target cannot be written.
    """
    _check(container, quality, size, fps)
    plan, media, pixels = read_plan(draft), media or {}, film_pixels(draft, size)
    frames = max(1, round(plan.duration * fps))
    painter = _Painter(plan, Overlays(pixels, fps), media, look, seed)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        sound, notes = sound_of(plan, frames / fps, media), _notes(plan, media)
        writer = Writer(part, container, quality, pixels, fps, sound, notes)
        with closing(painter), closing(writer):
            for frame in range(frames):
                if should_stop():
                    raise FilmStopped("The film was stopped before it was whole.")
                writer.add(painter.paint(writer.picture, frame))
                on_progress((frame + 1) / frames)
            writer.finish()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return FilmInfo(frames / fps, target.stat().st_size, *pixels, frames)


@define(eq=False)
class _Painter:
    """Paints the frames of a film in their order, so that only one shot is open at once."""

    plan: Plan
    overlays: Overlays
    media: Mapping[str, Path]
    look: Look
    seed: int
    _source: Source | None = None
    _painted: object = None

    def close(self) -> None:
        """Close the shot that is open."""
        if isinstance(self._source, Clip):
            self._source.close()

    def paint(self, picture: Picture, frame: int) -> Mark:
        """Paint a frame on the picture, which is still as the frame before left it."""
        time = frame / self.overlays.fps
        shot = self.plan.shot_at(time)
        titles = tuple(title for title in self.plan.titles if title.holds(time))
        if not self._source or self._source.shot is not shot:
            self.close()
            self._source = self._open(shot)
        share, seen = shot.fade(time), shot.source_time(time)
        looks = (shot.number, titles, share, frame // self._source.step)
        if looks != self._painted:
            self._painted = looks
            rows, everywhere = self.overlays.rows(titles), [(0, picture.size[1])]
            turned = (shot.rotate or shot.crop != WHOLE) and not isinstance(self._source, Clip)
            self._source.paint(picture, seen, everywhere if turned and rows else rows)
            if turned:
                turn(picture, shot)
            for effect in shot.effects:
                EFFECTS[effect](picture)
            fade(picture, share)
            self.overlays.paint_titles(picture, titles)
        self.overlays.paint_slate(picture, shot, frame)
        bits = {1 << (title.number - 1) % WIDTHS[-1] for title in titles}
        volume = round(shot.volume * share * 100)
        return Mark(frame, shot.number, round(seen * 1000), volume, sum(bits))

    def _open(self, shot: Segment) -> Source:
        about = (shot, self.overlays.size, self.overlays.room)
        if shot is NOTHING:
            return Source(*about)
        if shot.src in self.media:
            with suppress(StopIteration):
                return Clip(self.media[shot.src], *about)
        return Card(*about) if self.look == "card" else Scene(*about, self.seed)


def _notes(plan: Plan, media: Mapping[str, Path]) -> str:
    """Return what the film is made of, for its comment: in ASCII, which every container keeps."""
    hertz = notes_of(plan)
    heard = [{**asdict(s), "hertz": hertz.get(s.name)} for s in heard_in(plan, media)]
    shots, titles = ([asdict(each) for each in kind] for kind in (plan.shots, plan.titles))
    some = {"shots": shots[:500], "titles": titles[:500], "sounds": heard[:500]}
    return json.dumps({"nemo_film": some}, separators=(",", ":"))


def _check(container: str, quality: str, size: tuple[int, int], fps: int) -> None:
    for value, known in ((container, FORMATS), (quality, QUALITIES)):
        if value not in known:
            raise ValueError(f"{value!r} is not known: take one of {', '.join(known)}.")
    if min(size) < 16 or max(size) > 8192 or not 1 <= fps <= 240:
        film = f"A film of {size[0]}x{size[1]} at {fps} frames a second cannot be made"
        raise ValueError(f"{film}: take 16 to 8192 pixels and 1 to 240 frames.")
