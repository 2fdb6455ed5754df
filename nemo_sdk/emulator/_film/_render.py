"""From a draft to a file: the plan is read, every frame painted, the film encoded."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from ._overlays import Overlays
from ._plan import Plan, read_plan
from ._planes import even
from ._screen import Screen
from ._sound import sound_of
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
    should_stop: Callable[[], bool] = lambda: False,
) -> FilmInfo:
    """Render a draft as a film that can be played; the same arguments give the same film.

    Args:
        draft: A draft as the service's contract has it. Whatever is missing, null or wrong in
            it is passed over; a draft without anything gives one frame.
        target: Where the film is to be. It appears there whole or not at all.
        container: One of mp4, mov, mkv, avi (H.264 and AAC), webm (VP9 and Opus).
        quality: low, medium or high. The resolution is the same for all.
        media: Uploaded files by the name that segments give as `src`.
        seed: Another seed gives other scenery and music for the same words.
        size: Width and height in pixels; an odd one is made even.
        fps: Frames a second.
        should_stop: Asked before every frame; a true answer ends the work.

    Returns:
        What the film turned out to be.

    Raises:
        FilmStopped: `should_stop` gave a true answer.
        ValueError: An unknown container or quality, or a size or rate that no film can have.
        OSError: The target cannot be written.
    """
    _check(container, quality, size, fps)
    plan = read_plan(draft)
    frames = max(1, round(plan.duration * fps))
    pixels = (even(size[0]), even(size[1]))
    sound = sound_of(plan, frames / fps, media or {}, seed)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with Writer(part, FORMATS[container], QUALITIES[quality], pixels, fps, sound) as writer:
            _paint(writer, plan, Screen(plan, media or {}, seed, pixels), frames, fps, should_stop)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return FilmInfo(frames / fps, target.stat().st_size, *pixels, frames)


def _paint(
    writer: Writer,
    plan: Plan,
    screen: Screen,
    frames: int,
    fps: int,
    should_stop: Callable[[], bool],
) -> None:
    overlays = Overlays(plan, screen.size)
    with screen:
        for number in range(frames):
            if should_stop():
                raise FilmStopped("The film was stopped before it was whole.")
            picture = screen.picture(number / fps)
            overlays.paint(picture, number / fps)
            writer.add(picture)
    writer.finish()


def _check(container: str, quality: str, size: tuple[int, int], fps: int) -> None:
    if container not in FORMATS:
        raise ValueError(
            f"No film can be written as {container!r}: take one of {', '.join(FORMATS)}."
        )
    if quality not in QUALITIES:
        raise ValueError(f"Quality {quality!r} is not known: take one of {', '.join(QUALITIES)}.")
    if min(size) < 16 or max(size) > 8192 or not 1 <= fps <= 240:
        raise ValueError(
            f"A film of {size[0]}x{size[1]} at {fps} frames a second cannot be made: "
            "take 16 to 8192 pixels and 1 to 240 frames."
        )
