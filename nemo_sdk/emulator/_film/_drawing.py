"""Drawing with smooth edges, and the cat that walks through the README."""

import math
from collections.abc import Iterable

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

WHITE = (255, 255, 255)
COATS = {"": (232, 144, 62), "black": (44, 42, 50), "white": (240, 238, 234)}
COATS |= {"brown": (128, 84, 54), "grey": (142, 146, 156), "gray": (142, 146, 156)}
"""The cat's colours, by their names in prompts; it is orange where the prompt does not say."""

_DARK = (24, 20, 22)
_FINE = 2


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour between two: a share of 0 gives the one, of 1 the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


class Canvas:
    """A transparent picture, in units, that is drawn at twice its size and then reduced."""

    def __init__(self, wide: float, high: float, unit: float) -> None:
        self._scale = unit * _FINE
        self._image = Image.new("RGBA", (round(wide * unit) * _FINE, round(high * unit) * _FINE))
        self._pen = ImageDraw.Draw(self._image)

    def polygon(self, points: Iterable[Point], colour: Colour) -> None:
        """Fill what the points go round."""
        self._pen.polygon([(x * self._scale, y * self._scale) for x, y in points], fill=colour)

    def box(self, left: float, top: float, wide: float, high: float, colour: Colour) -> None:
        """Fill a rectangle."""
        right, low = left + wide, top + high
        self.polygon([(left, top), (right, top), (right, low), (left, low)], colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse round its middle."""
        box = [side * self._scale for side in (x - rx, y - ry, x + rx, y + ry)]
        self._pen.ellipse(box, fill=colour)

    def line(self, points: list[Point], colour: Colour, width: float) -> None:
        """Draw a line with round ends through the points."""
        at = [(x * self._scale, y * self._scale) for x, y in points]
        self._pen.line(at, fill=colour, width=max(1, round(width * self._scale)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.oval(x, y, width / 2, width / 2, colour)

    def image(self) -> Image.Image:
        """Return the drawing at its size."""
        return self._image.reduce(_FINE)


def cat_pose(unit: float, phase: float, coat: Colour) -> Image.Image:
    """Draw one moment of a cat's walk, facing right; `phase` goes from 0 to 1 over a step."""
    canvas, turn = Canvas(400, 322, unit), 2 * math.pi * phase
    x, y = 186, 186 + 4 * math.sin(2 * turn)
    for side, shade in ((math.pi, mix(coat, _DARK, 0.35)), (0.0, coat)):
        if side == 0:
            _body(canvas, (x, y), 12 * math.sin(turn), coat)
        for hip, lag in ((-80, 0.0), (78, math.pi * 0.55)):
            _leg(canvas, (x + hip, y + 10), turn + side + lag, shade)
    _head(canvas, x + 112, y - 58 + 3 * math.sin(2 * turn + 1), coat)
    return canvas.image()


def _leg(canvas: Canvas, at: Point, turn: float, colour: Colour) -> None:
    swing, lift = 0.5 * math.sin(turn), max(0.0, math.cos(turn))
    for angle, length, width in ((swing + 0.1, 57, 27), (swing * 0.7 - 0.75 * lift, 52, 19)):
        end = at[0] + math.sin(angle) * length, at[1] + math.cos(angle) * length
        canvas.line([at, end], colour, width)
        at = end
    canvas.oval(at[0] + 6, at[1] + 2, 15, 10, colour)


def _body(canvas: Canvas, at: Point, wag: float, coat: Colour) -> None:
    x, y = at
    bends = [(-70 * math.sin(s * 0.21) + wag * s / 8, -120 * (s / 8) ** 1.6) for s in range(9)]
    canvas.line([(x - 106 + across, y - 10 + up) for across, up in bends], coat, 18)
    canvas.line([(x - 70, y), (x + 73, y - 4)], coat, 95)
    for left in (x - 94 + 40 * stripe for stripe in range(5)):
        points = [(left - 8, y - 48), (left + 8, y - 48), (left + 2, y - 10)]
        canvas.polygon(points, mix(coat, (60, 30, 20), 0.45))


def _head(canvas: Canvas, x: float, y: float, coat: Colour) -> None:
    canvas.line([(x - 56, y + 55), (x - 9, y + 9)], coat, 55)
    for dx, shade in ((-24, mix(coat, _DARK, 0.3)), (5, coat)):
        canvas.polygon([(x + dx - 15, y - 18), (x + dx, y - 59), (x + dx + 18, y - 27)], shade)
    canvas.oval(x, y, 44, 40, coat)
    canvas.line([(x + 18, y + 13), (x + 46, y + 15)], mix(coat, WHITE, 0.55), 32)
    canvas.oval(x + 59, y + 8, 7, 5, _DARK)
    canvas.oval(x + 18, y - 6, 6, 8, _DARK if sum(coat) > 200 else (232, 214, 90))
