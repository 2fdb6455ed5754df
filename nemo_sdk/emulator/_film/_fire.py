"""A campfire, drawn pose by pose."""

import math

from ._animals import Tint
from ._canvas import Canvas


def fire_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw one flicker of the flames over three logs."""
    x, y = canvas.width / 2, canvas.height - 24
    for lean in (-1, 0, 1):
        canvas.line(
            [(x - 60 + lean * 14, y - lean * 8), (x + 60, y + lean * 8)], tint((92, 58, 36)), 18
        )
    for number, (high, half, colour) in enumerate(
        ((190, 62, (238, 88, 34)), (136, 44, (252, 160, 48)), (84, 26, (255, 236, 150)))
    ):
        bend = 20 * math.sin(2 * math.pi * phase + number)
        top = high * (0.86 + 0.14 * math.sin(4 * math.pi * phase + number * 2))
        left = [
            (x - half, y - 8),
            (x - half * 0.9, y - top * 0.4),
            (x - half * 0.2 + bend, y - top),
        ]
        right = [
            (x + half * 0.4 + bend, y - top * 0.55),
            (x + half, y - top * 0.3),
            (x + half * 0.9, y - 8),
        ]
        canvas.polygon([*left, *right], colour)
