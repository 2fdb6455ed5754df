"""The size, the colours and the chance that all parts of one scene share."""

import math
import random

from attrs import frozen
from PIL import ImageFilter

from ._canvas import Canvas
from ._palette import Palette
from ._planes import Cel, cel_of, even
from ._props import Strip
from ._words import WALKERS, Wishes

HEIGHT = 1080
"""A stage is so many units high, however many pixels the film has."""


@frozen
class Stage:
    """What a painter of scenery has to know."""

    rng: random.Random
    colours: Palette
    wishes: Wishes
    size: tuple[int, int]

    @property
    def unit(self) -> float:
        """Pixels a unit."""
        return self.size[1] / HEIGHT

    @property
    def width(self) -> float:
        """The stage's width in units."""
        return self.size[0] / self.unit

    @property
    def snowy(self) -> bool:
        """Whether the land is white."""
        return self.wishes.weather == "snow"

    @property
    def ashore(self) -> bool:
        """Whether the subject goes on land, so that a sea needs a beach."""
        return self.wishes.subject in WALKERS

    def canvas(self, height: float, widths: float = 1.5) -> Canvas:
        """A canvas for a strip; its width is even in pixels, so that repeats meet."""
        width = even(self.width * widths * self.unit) / self.unit
        return Canvas(width, height, self.unit)

    def strip(
        self, canvas: Canvas, top: float, speed: float, swell: float = 0.0, period: float = 0.0
    ) -> Strip:
        """A strip of what was drawn, in units and units a second."""
        cel = self.cel(canvas)
        return Strip(
            cel,
            max(cel.size[0], even(period * self.unit)),
            top * self.unit,
            speed * self.unit,
            swell * self.unit,
            self.rng.uniform(0, 6),
        )

    def cel(self, canvas: Canvas, soft: float = 0.0) -> Cel:
        """What was drawn, as a cel; `soft` blurs it by so many units."""
        image = canvas.image()
        width, height = even(image.width), even(image.height)
        image = image.crop((0, 0, width, height))
        if soft:
            # Blurred with its colours weighted, or the edges would turn black.
            blur = ImageFilter.GaussianBlur(soft * self.unit)
            image = image.convert("RGBa").filter(blur).convert("RGBA")
        return cel_of(image)

    def ridge(self, width: float, rough: float) -> list[float]:
        """Heights from 0 to 1 along a strip, one every 8 units, that meet at its ends."""
        waves = [
            (n, self.rng.uniform(0.4, 1.0) / n**rough, self.rng.uniform(0, 2 * math.pi))
            for n in (1, 2, 3, 5, 8, 13, 21, 34)
        ]
        steps = math.ceil(width / 8) + 1
        heights = [
            sum(a * math.sin(2 * math.pi * n * i * 8 / width + p) for n, a, p in waves)
            for i in range(steps)
        ]
        low, high = min(heights), max(heights)
        return [(h - low) / (high - low) for h in heights]
