"""What stands over the pictures: titles and captions, and the slate with its running timecode."""

from fractions import Fraction
from functools import lru_cache
from textwrap import shorten

from attrs import frozen
from PIL import Image

from ._picture import Picture, even, picture_from, sprite_from
from ._plan import Segment
from ._strip import depth
from ._text import write

_COLOURS = (
    *((208, 60, 56), (38, 122, 196), (40, 140, 84), (176, 92, 20)),
    *((128, 74, 184), (16, 134, 142), (190, 52, 128), (96, 110, 40)),
)
Rows = list[tuple[int, int]]
"""From where to where something stands, in pixels from above."""


@frozen
class Room:
    """What slate and strip leave of a film, in pixels."""

    left: int
    wide: int
    high: int
    middle: float


class Overlays:
    """Paints texts on pictures of one size."""

    def __init__(self, size: tuple[int, int], fps: int) -> None:
        self.size, self.fps = size, fps
        (width, height), strip = size, depth(size)
        # The strip lies below a wide film, and at the left of a high one.
        left, foot = ((strip + 1) // 2 * 2, height) if height > width else (0, height - strip)
        self._row = max(12, min(size) // 40 * 2)
        self.room = Room(left, width - left, foot // 2 * 2 - self._row, (width + left) / 2)
        self._title = lru_cache(maxsize=8)(self._titled)
        self._slate = lru_cache(maxsize=2)(self._slated)
        self._clock = 11 * even((self._row * 0.5, 0))[0]
        self._digits = {sign: self._digit(sign) for sign in "0123456789:"}

    def paint_titles(self, picture: Picture, titles: tuple[Segment, ...]) -> None:
        """Paint titles."""
        for title, (top, low) in zip(titles, self.rows(titles), strict=True):
            picture.put(self._title(title), self.room.middle, (top + low) / 2)

    def rows(self, titles: tuple[Segment, ...]) -> Rows:
        """Return where titles stand: one below the other where several are at one position."""
        rows, edge = [], self.room.high // 14
        used = {"top": edge, "center": 0, "bottom": -edge}
        for title in titles:
            high, place = self._title(title).size[1], title.position
            spare = self.room.high - high
            top = {"top": 0, "center": spare // 2, "bottom": spare}[place] + used[place]
            rows.append((top, top + high))
            used[place] += -high if place == "bottom" else high
        return rows

    def paint_slate(self, picture: Picture, shot: Segment, frame: int) -> None:
        """Paint the bar that says which clip it is, how it is played, and the time."""
        picture.copy_from(self._slate(shot), self.room.left, self.room.high)
        seconds, frames = divmod(frame, self.fps)
        clock = (seconds // 3600, seconds // 60 % 60, seconds % 60, frames)
        x = self.room.left + self.room.wide - self._clock
        for sign in ":".join(f"{part:02}" for part in clock):
            picture.copy_from(self._digits[sign], x, self.room.high)
            x += self._digits[sign].size[0]

    def _titled(self, title: Segment) -> Picture:
        wide, high = self.room.wide, self.room.high
        tall, large = (0.34, 0.13) if title.style == "title" else (0.22, 0.065)
        box = (round(wide * 0.86), round(high * tall))
        return sprite_from(write(title.name, box, round(min(wide, high) * large)))

    def _slated(self, shot: Segment) -> Picture:
        bar = Image.new("RGB", (self.room.wide, self._row), colour_of(shot))
        text = self._written(self._facts(shot), self.room.wide - self._clock - self._row)
        bar.paste(text, (self._row // 2, (self._row - text.height) // 2), text)
        return picture_from(bar)

    def _facts(self, shot: Segment) -> str:
        shape = Fraction(*self.size).limit_denominator(16)
        ratio = f"{shape.numerator}:{shape.denominator}"
        if not shot.number:
            return f"no clip · {ratio}"
        name, volume = shorten(shot.name, 60, placeholder=" …"), f"vol {shot.volume:.0%}"
        return f"{shot.number} · {name} · {shot.offset:g} s · {shot.speed:g}x · {ratio} · {volume}"

    def _digit(self, sign: str) -> Picture:
        """Return a sign of the clock, all of one width."""
        plate = Image.new("RGB", even((self._row * 0.5, self._row)), (12, 12, 16))
        text = self._written(sign, self._row)
        plate.paste(text, ((plate.width - text.width) // 2, 0), text)
        return picture_from(plate)

    def _written(self, text: str, wide: int) -> Image.Image:
        return write(text, (max(8, wide), self._row), round(self._row * 0.7), edge=False)


def colour_of(shot: Segment) -> tuple[int, int, int]:
    """Return the colour of a clip, grey where there is none."""
    return _COLOURS[(shot.number - 1) % len(_COLOURS)] if shot.number else (70, 74, 82)
