"""People and those who walk like them, drawn pose by pose, facing right."""

import math

from ._animals import Tint
from ._canvas import Canvas, Colour, Point, mix
from ._chance import chance
from ._palette import WHITE

_SKINS: tuple[Colour, ...] = ((250, 214, 184), (222, 170, 128), (146, 98, 70), (92, 62, 48))
_COATS: tuple[Colour, ...] = (
    (200, 52, 58),
    (40, 96, 160),
    (230, 172, 60),
    (52, 128, 104),
    (120, 76, 150),
)
_HAIRS: tuple[Colour, ...] = ((40, 30, 28), (96, 58, 34), (206, 160, 84), (26, 26, 34))


def person_pose(canvas: Canvas, phase: float, tint: Tint, clothes: int) -> None:
    """Draw one moment of a walk; `clothes` is the seed of what is worn."""
    rng = chance(clothes, "clothes")
    coat, skin, hair = (tint(rng.choice(c)) for c in (_COATS, _SKINS, _HAIRS))
    trousers = mix(coat, (24, 26, 44), 0.75)
    hip = _walk(canvas, phase, (trousers, mix(trousers, (0, 0, 0), 0.3)), coat, 30)
    x, y = hip
    canvas.polygon([(x - 34, y + 46), (x - 26, y - 120), (x + 28, y - 120), (x + 36, y + 46)], coat)
    canvas.line([(x, y - 112), (x, y - 96)], coat, 56)
    scarf = tint(mix(coat, WHITE, 0.65))
    _arm(canvas, (x, y - 104), phase, mix(coat, (0, 0, 0), 0.12), skin)
    canvas.oval(x + 4, y - 168, 38, 42, skin)
    canvas.line([(x - 20, y - 124), (x + 24, y - 124)], scarf, 24)
    swing = 10 * math.sin(2 * math.pi * phase)
    canvas.line([(x - 22, y - 122), (x - 62, y - 108 + swing)], scarf, 17)
    canvas.oval(x - 6, y - 184, 40, 34, hair)
    canvas.line([(x - 30, y - 178), (x - 32, y - 142)], hair, 24)
    canvas.oval(x + 26, y - 166, 4, 6, (24, 20, 22))


def astronaut_pose(canvas: Canvas, phase: float, tint: Tint, clothes: int) -> None:
    """Draw one moment of a walk in a space suit."""
    suit, shade = tint((240, 242, 246)), tint((178, 184, 198))
    x, y = _walk(canvas, phase, (suit, shade), shade, 44)
    canvas.box(x - 76, y - 130, 60, 126, mix(shade, (40, 44, 60), 0.3), 16)
    canvas.line([(x, y - 92), (x, y - 6)], suit, 94)
    canvas.box(x - 12, y - 76, 46, 30, tint((60, 110, 190)), 6)
    _arm(canvas, (x, y - 104), phase, suit, shade)
    canvas.oval(x + 4, y - 176, 62, 62, suit)
    canvas.oval(x + 22, y - 174, 42, 42, (30, 36, 66))
    canvas.oval(x + 30, y - 186, 15, 10, tint((150, 190, 240)))


def robot_pose(canvas: Canvas, phase: float, tint: Tint, clothes: int) -> None:
    """Draw one moment of a robot's walk."""
    steel, dark = tint((164, 178, 196)), tint((92, 104, 126))
    x, y = _walk(canvas, phase, (steel, dark), dark, 26)
    canvas.box(x - 56, y - 124, 112, 138, steel, 18)
    canvas.box(x - 30, y - 96, 66, 44, dark, 8)
    for number, colour in enumerate(((240, 80, 70), (250, 206, 80), (90, 220, 130))):
        canvas.oval(x - 14 + number * 18, y - 26, 6, 6, colour)
    _arm(canvas, (x, y - 104), phase, mix(steel, WHITE, 0.2), dark)
    canvas.line([(x, y - 214), (x, y - 246)], dark, 6)
    canvas.oval(x, y - 248, 9, 9, (250, 90, 80))
    canvas.box(x - 50, y - 216, 104, 84, steel, 20)
    canvas.box(x - 18, y - 196, 66, 34, (22, 30, 48), 14)
    canvas.oval(x + 26, y - 179, 11, 11, (110, 240, 255))


def _walk(
    canvas: Canvas, phase: float, legs: tuple[Colour, Colour], sleeve: Colour, width: float
) -> Point:
    """Draw what is behind the body, and both legs; give the place of the hip."""
    turn = 2 * math.pi * phase
    hip = canvas.width / 2, canvas.height - 172 + 5 * math.cos(2 * turn)
    _arm(canvas, (hip[0], hip[1] - 104), phase + 0.5, mix(sleeve, (0, 0, 0), 0.4), sleeve)
    for lag, colour in ((math.pi, legs[1]), (0.0, legs[0])):
        swing = 0.52 * math.sin(turn + lag)
        bend = 0.85 * max(0.0, math.cos(turn + lag))
        knee = canvas.bone(hip, swing + 0.06, 80, colour, width)
        foot = canvas.bone(knee, swing * 0.8 - bend, 76, colour, width * 0.82)
        canvas.line([foot, (foot[0] + 20, foot[1] + 2)], mix(colour, (10, 8, 12), 0.5), 18)
    return hip


def _arm(canvas: Canvas, shoulder: Point, phase: float, sleeve: Colour, hand: Colour) -> None:
    swing = -0.6 * math.sin(2 * math.pi * phase)
    elbow = canvas.bone(shoulder, swing, 62, sleeve, 26)
    wrist = canvas.bone(elbow, swing + 0.4, 54, sleeve, 22)
    canvas.oval(*wrist, 12, 12, hand)
