"""What a shot that nobody uploaded shows: cheap scenery for what its prompt names, or a card."""

import math
import random

from PIL import Image, ImageOps

from ._drawing import COATS, WHITE, Canvas, Colour, cat_pose, mix
from ._overlays import Room, Rows, colour_of
from ._picture import Picture, black, even, picture_from, sprite_from
from ._plan import Segment
from ._text import emoji_picture, write
from ._words import read_wishes

_POSES = 10
_FLAKES = 90
_DAY = ((92, 158, 224), (222, 236, 248), 0.0)
_HOURS: dict[str, tuple[Colour, Colour, float]] = {
    "sunset": ((84, 66, 138), (252, 170, 104), 0.25),
    "night": ((10, 14, 40), (52, 62, 112), 0.6),
}
"""An hour's sky, above and below, and how dark it makes the land."""
_PLACES: dict[str, tuple[Colour, Colour, int]] = {
    "forest": ((86, 122, 70), (34, 92, 66), 30),
    "mountains": ((98, 116, 92), (96, 104, 122), 10),
    "city": ((74, 76, 86), (88, 96, 116), 26),
    "sea": ((38, 104, 150), WHITE, 0),
    "desert": ((226, 184, 118), WHITE, 0),
    "meadow": ((112, 168, 78), WHITE, 0),
}
"""Each place's ground, and what stands on it: its colour, and how many of them there are."""


class Source:
    """Something that a shot shows, here nothing; it looks the same for `step` frames."""

    step = 1_000_000

    def __init__(self, shot: Segment, size: tuple[int, int], room: Room) -> None:
        self.shot, self._size, self._room = shot, size, room

    def paint(self, onto: Picture, time: float, taken: Rows) -> None:
        """Paint what it shows at a time of its own, in seconds; no words where titles stand."""
        onto.copy_from(black(self._size))


class Card(Source):
    """A plain card: the clip's colour, its number, and its words in large type."""

    def paint(self, onto: Picture, time: float, taken: Rows) -> None:
        """Paint it, as it is at any time."""
        ground, room = mix(colour_of(self.shot), (16, 18, 26), 0.55), self._room
        onto.copy_from(picture_from(Image.new("RGB", self._size, ground)))
        _tell(onto, _large(f"{self.shot.number}", room, 0.2), room, 0.4, taken)
        _tell(onto, _large(self.shot.prompt, room, 0.1), room, 0.63, taken)


class Scene(Source):
    """Moving scenery; the same prompt, seed and size give the same pictures."""

    step = 2

    def __init__(self, shot: Segment, size: tuple[int, int], room: Room, seed: int) -> None:
        super().__init__(shot, size, room)
        self._wishes, self._unit = read_wishes(shot.prompt), min(size) / 1080
        self._rng = random.Random(f"{seed} {shot.prompt}")  # noqa: S311 - scenery, no secrets
        *self._sky, self._dark = _HOURS.get(self._wishes.hour, _DAY)
        self._land = self._painted()
        coat = mix(COATS[self._wishes.coat or ""], (10, 12, 30), self._dark / 2)
        steps = range(_POSES if self._wishes.coat is not None else 0)
        self._cat = [sprite_from(cat_pose(self._unit * 1.3, n / _POSES, coat)) for n in steps]
        signs = self._wishes.things
        pictures = (emoji_picture(sign) or emoji_picture(sign + "\ufe0f") for sign in signs)
        side = round(min(room.high * 0.46, room.wide * 0.8 / max(1, len(signs))))
        fitted = (ImageOps.contain(picture, (side, side)) for picture in pictures if picture)
        self._things = list(map(sprite_from, fitted))
        self._flakes = [[self._rng.random() for _ in range(3)] for _ in range(_FLAKES)]
        told = self._wishes.known and len(self._things) == len(signs)
        self._words = None if told else _large(shot.prompt, room, 0.15)

    def paint(self, onto: Picture, time: float, taken: Rows) -> None:
        """Paint the scene at a time in seconds."""
        room = self._room
        by = int(time * 110 * self._unit) // 2 * 2 % self._land.size[0]
        for x in range(-by, onto.size[0], self._land.size[0]):
            onto.copy_from(self._land, x)
        if self._cat:
            pose = self._cat[int(time * 1.1 * _POSES) % _POSES]
            along = room.middle + room.wide * (0.06 * math.sin(time / 2) - 0.06)
            onto.put(pose, along, room.high * 0.97 - pose.size[1] / 2)
        for place, thing in enumerate(self._things):
            along = room.left + room.wide * (place + 0.5) / len(self._things)
            down = (0.3 if self._words else 0.45) + 0.02 * math.sin(2 * time + place)
            onto.put(thing, along, room.high * down)
        if self._wishes.weather:
            self._fall(onto, time)
        if self._words:
            _tell(onto, self._words, room, 0.64, taken)

    def _fall(self, onto: Picture, time: float) -> None:
        speed, side = (0.09, 6 * self._unit) if self._wishes.weather == "snow" else (0.9, 1.0)
        for x, y, size in self._flakes:
            left = int(x * onto.size[0])
            top = int((y + speed * (1 + size) * time) % 1 * onto.size[1])
            wide = round(side * (0.5 + size)) + 1
            onto.planes[0].paste(225, (left, top, left + wide, top + round(wide * (1 + 9 * speed))))

    def _painted(self) -> Picture:
        """Sky and land, wider than the film; the ends meet."""
        wide, high = (side / self._unit for side in even((self._size[0] * 1.5, self._size[1])))
        canvas, (top, low) = Canvas(wide, high, self._unit), self._sky
        for row in range(0, math.ceil(high), 12):
            canvas.box(0, row, wide, 12, mix(top, low, min(1, row / high / 0.68)))
        if self._wishes.hour:
            canvas.oval(wide * 0.5, high * 0.2, 64, 64, mix(low, (255, 252, 224), 0.85))
        if self._wishes.place in _PLACES:
            self._paint_land(canvas, wide, high)
        return picture_from(canvas.image())

    def _paint_land(self, canvas: Canvas, wide: float, high: float) -> None:
        ground, colour, count = _PLACES[self._wishes.place]
        for away in (0.55, 0.2):
            for number in self._rng.sample(range(count), count):
                along = (number + self._rng.uniform(0, 0.6)) * wide / count
                tall = high * (0.7 - 0.4 * away) * self._rng.uniform(0.55, 1)
                shade = self._lit(colour, away + self._rng.uniform(0, 0.15))
                for at in (along - wide, along, along + wide):
                    self._stand(canvas, at, (wide / count, tall), shade)
        foot, ground = self._room.high * 0.78 / self._unit, self._lit(ground)
        canvas.box(0, foot, wide, high, ground)
        for _ in range(110):
            x, y = self._rng.uniform(150, wide - 150), self._rng.uniform(foot, high)
            canvas.oval(x, y, 60, 4, mix(ground, (20, 30, 60), 0.12))

    def _stand(self, canvas: Canvas, x: float, size: tuple[float, float], colour: Colour) -> None:
        """Draw one fir, peak or house, whose foot is hidden by the ground."""
        (wide, tall), foot = size, self._room.high * 0.8 / self._unit
        if self._wishes.place == "city":
            canvas.box(x, foot - tall, wide * 0.9, tall * 2, colour)
            lamp = (252, 214, 120) if self._dark else mix(colour, WHITE, 0.4)
            for spot in range(18):
                at = x + wide * (0.2 + 0.2 * (spot % 3)), foot - tall + 26 + spot // 3 * 50
                canvas.box(*at, 16, 24, lamp if self._rng.random() < 0.6 else colour)
        elif self._wishes.place == "forest":
            canvas.box(x - tall * 0.02, foot - tall * 0.1, tall * 0.04, tall, (70, 58, 56))
            for tier in range(3):
                half, low = tall * (0.2 - 0.04 * tier), foot - tall * (0.1 + 0.24 * tier)
                points = [(x - half, low), (x, low - tall * 0.42), (x + half, low)]
                snow = 0.12 + 0.26 * tier if self._wishes.weather == "snow" else 0.06 * tier
                canvas.polygon(points, mix(colour, WHITE, snow))
        else:
            for share, shade in ((1.0, colour), (0.3, mix(colour, WHITE, 0.8))):
                half, low = wide * 0.8 * share, foot - tall * (1 - share)
                canvas.polygon([(x - half, low), (x, foot - tall), (x + half, low)], shade)

    def _lit(self, colour: Colour, away: float = 0.0) -> Colour:
        """Return a colour in this hour's light, `away` in the mist; the ground white in snow."""
        if self._wishes.weather == "snow" and not away and self._wishes.place != "sea":
            colour = mix(colour, WHITE, 0.8)
        return mix(mix(colour, (12, 16, 44), self._dark), self._sky[1], away)


def _large(text: str, room: Room, share: float) -> Picture:
    box, short = (room.wide * 6 // 7, room.high * 2 // 5), min(room.wide, room.high)
    return sprite_from(write(text, box, round(short * share)))


def _tell(onto: Picture, words: Picture, room: Room, share: float, taken: Rows) -> None:
    """Paint words at a share of the height, unless something stands there."""
    middle, half = room.high * share, words.size[1] * 0.4  # there is air above and below letters
    if not any(top < middle + half and middle - half < low for top, low in taken):
        onto.put(words, room.middle, middle)
