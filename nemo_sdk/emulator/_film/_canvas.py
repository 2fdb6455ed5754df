"""Drawing with smooth edges, in units that do not depend on the size of the film."""

import math
from collections.abc import Iterable

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

_FINE = 2


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """The colour between two: a share of 0 gives the one, of 1 the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


class Canvas:
    """A transparent picture that is drawn at twice its size and then reduced.

    Args:
        width: In units; a film is 1080 of them high.
        height: In units.
        unit: Pixels of the film a unit.
    """

    def __init__(self, width: float, height: float, unit: float) -> None:
        self.width, self.height = width, height
        self._scale = unit * _FINE
        size = max(1, round(width * unit)) * _FINE, max(1, round(height * unit)) * _FINE
        self._image = Image.new("RGBA", size, (0, 0, 0, 0))
        self._pen = ImageDraw.Draw(self._image)

    def polygon(self, points: Iterable[Point], colour: Colour) -> None:
        """Fill what the points go round."""
        self._pen.polygon([self._at(*point) for point in points], fill=colour)

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Fill an ellipse round its middle."""
        self._pen.ellipse([*self._at(x - rx, y - ry), *self._at(x + rx, y + ry)], fill=colour)

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, round_by: float = 0
    ) -> None:
        """Fill a rectangle from its upper left corner on."""
        corners = [*self._at(x, y), *self._at(x + width, y + height)]
        self._pen.rounded_rectangle(corners, radius=round_by * self._scale, fill=colour)

    def line(self, points: Iterable[Point], colour: Colour, width: float) -> None:
        """Draw a line with round ends through the points."""
        places = list(points)
        thick = max(1, round(width * self._scale))
        at = [self._at(*place) for place in places]
        self._pen.line(at, fill=colour, width=thick, joint="curve")
        for place in (places[0], places[-1]):
            self.oval(*place, width / 2, width / 2, colour)

    def bone(
        self, start: Point, angle: float, length: float, colour: Colour, width: float
    ) -> Point:
        """Draw a limb that hangs down at an angle in radians (0 is straight); give its end."""
        end = start[0] + math.sin(angle) * length, start[1] + math.cos(angle) * length
        self.line([start, end], colour, width)
        return end

    def image(self) -> Image.Image:
        """The drawing at the film's size."""
        return self._image.reduce(_FINE)

    def _at(self, x: float, y: float) -> Point:
        return x * self._scale, y * self._scale
