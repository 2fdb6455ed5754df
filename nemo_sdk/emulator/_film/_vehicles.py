"""Things that drive, sail and fly, drawn pose by pose, facing right."""

import math

from ._animals import Tint
from ._canvas import Canvas, Colour, mix
from ._palette import WHITE

_GLASS: Colour = (150, 200, 230)
_RUBBER: Colour = (26, 26, 32)


def car_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw a car with its wheels at a moment of their turn."""
    x, y = canvas.width / 2, canvas.height - 14 + 1.5 * math.sin(4 * math.pi * phase)
    paint = tint((214, 54, 60))
    cabin = [(x - 120, y - 92), (x - 82, y - 152), (x + 36, y - 152), (x + 98, y - 92)]
    canvas.polygon(cabin, mix(paint, (0, 0, 0), 0.15))
    canvas.polygon(
        [(x - 102, y - 94), (x - 72, y - 142), (x - 30, y - 142), (x - 30, y - 94)], _GLASS
    )
    canvas.polygon(
        [(x - 18, y - 94), (x - 18, y - 142), (x + 30, y - 142), (x + 78, y - 94)], _GLASS
    )
    canvas.box(x - 206, y - 98, 412, 70, paint, 30)
    canvas.box(x - 206, y - 48, 412, 16, mix(paint, (0, 0, 0), 0.35), 8)
    canvas.oval(x + 190, y - 70, 16, 12, (255, 246, 190))
    canvas.oval(x - 198, y - 72, 9, 12, (255, 90, 70))
    for axle in (-122, 124):
        _wheel(canvas, x + axle, y - 32, 40, phase)


def _wheel(canvas: Canvas, x: float, y: float, radius: float, phase: float) -> None:
    canvas.oval(x, y, radius, radius, _RUBBER)
    canvas.oval(x, y, radius * 0.56, radius * 0.56, (186, 190, 200))
    for spoke in range(3):
        angle = 2 * math.pi * (phase / 3 + spoke / 3)
        end = x + radius * 0.5 * math.cos(angle), y + radius * 0.5 * math.sin(angle)
        canvas.line([(x, y), end], (90, 94, 104), 6)


def train_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw a steam engine with two waggons and its smoke."""
    y = canvas.height - 10
    for number, colour in enumerate(((56, 112, 150), (176, 78, 60))):
        left = 20 + number * 300
        canvas.box(left, y - 150, 284, 120, tint(colour), 12)
        canvas.box(left - 4, y - 160, 292, 18, mix(tint(colour), (0, 0, 0), 0.4), 8)
        for window in range(4):
            canvas.box(left + 22 + window * 64, y - 128, 46, 44, (255, 226, 160), 6)
        for wheel in (60, 224):
            _wheel(canvas, left + wheel, y - 26, 26, phase)
    steel = tint((44, 54, 60))
    canvas.box(620, y - 196, 110, 166, steel, 8)
    canvas.box(640, y - 178, 62, 54, _GLASS, 6)
    canvas.box(720, y - 132, 220, 96, steel, 40)
    canvas.box(880, y - 188, 34, 70, steel, 4)
    canvas.polygon([(930, y - 60), (990, y - 14), (930, y - 14)], tint((190, 60, 50)))
    canvas.box(612, y - 208, 126, 18, tint((190, 60, 50)), 6)
    for number in range(6):
        age = (number + phase) / 6
        grey = mix(WHITE, tint((190, 194, 204)), age)
        canvas.oval(896 - age * 420, y - 206 - age * 110, 18 + 44 * age, 16 + 34 * age, grey)
    for wheel in (676, 770, 860):
        _wheel(canvas, wheel, y - 34, 34, phase)


def ship_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw a sailing ship that rolls a little."""
    x, y = canvas.width / 2, canvas.height - 46
    roll = 10 * math.sin(2 * math.pi * phase)
    wood, sail = tint((124, 74, 44)), tint((250, 244, 228))
    canvas.line([(x - 10, y - 40), (x - 10 + roll, y - 370)], mix(wood, (0, 0, 0), 0.3), 11)
    canvas.polygon([(x + roll - 4, y - 350), (x + 166 + roll * 0.4, y - 92), (x, y - 82)], sail)
    canvas.polygon(
        [(x - 22 + roll, y - 330), (x - 136 + roll * 0.4, y - 100), (x - 20, y - 88)],
        mix(sail, wood, 0.18),
    )
    flag = [
        (x - 10 + roll, y - 372),
        (x - 66 + roll, y - 356 + roll * 0.6),
        (x - 10 + roll, y - 340),
    ]
    canvas.polygon(flag, tint((214, 54, 60)))
    tilt = roll * 0.5
    hull = [
        (x - 190, y - 66 - tilt),
        (x + 216, y - 74 + tilt),
        (x + 150, y + 24),
        (x - 140, y + 24),
    ]
    canvas.polygon(hull, wood)
    canvas.line([(x - 186, y - 60 - tilt), (x + 208, y - 68 + tilt)], tint((230, 190, 120)), 10)
    for number in range(4):
        canvas.oval(x - 90 + number * 64, y - 22, 9, 9, (250, 220, 140))


def rocket_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw a rocket in level flight with a flickering flame."""
    x, y = canvas.width / 2 + 40, canvas.height / 2
    flare = 60 * abs(math.sin(math.pi * phase * 3)) + 30 * phase
    for length, half, colour in (
        (150 + flare, 40, (250, 110, 40)),
        (100 + flare * 0.7, 28, (255, 190, 70)),
        (60 + flare * 0.4, 16, (255, 250, 220)),
    ):
        canvas.polygon([(x - 150, y - half), (x - 150 - length, y), (x - 150, y + half)], colour)
    red, white = tint((222, 60, 66)), (236, 240, 246)
    for side in (-1, 1):
        canvas.polygon(
            [(x - 150, y + side * 40), (x - 190, y + side * 104), (x - 60, y + side * 50)], red
        )
    body = [(x - 156, y - 42), (x - 60, y - 62), (x + 80, y - 58), (x + 160, y - 30), (x + 210, y)]
    canvas.polygon([*body, *((px, 2 * y - py) for px, py in reversed(body))], white)
    under = [(x - 156, y + 42), (x - 60, y + 62), (x + 80, y + 58), (x + 160, y + 30), (x + 210, y)]
    canvas.polygon([*under, (x + 60, y + 26), (x - 156, y + 18)], mix(white, (90, 100, 140), 0.4))
    canvas.polygon(
        [(x + 112, y - 48), (x + 160, y - 30), (x + 210, y), (x + 160, y + 30), (x + 112, y + 48)],
        red,
    )
    for left in (-70, 20):
        canvas.oval(x + left, y - 6, 28, 28, (80, 92, 120))
        canvas.oval(x + left, y - 6, 20, 20, (130, 210, 250))


def plane_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw an aeroplane with a turning propeller."""
    x, y = canvas.width / 2, canvas.height / 2
    body, wing = tint((240, 244, 248)), tint((52, 120, 200))
    canvas.polygon(
        [(x - 170, y - 8), (x - 214, y - 96), (x - 168, y - 96), (x - 100, y - 14)], wing
    )
    canvas.polygon(
        [(x + 10, y - 20), (x - 40, y - 74), (x - 4, y - 74), (x + 70, y - 20)],
        mix(wing, (0, 0, 0), 0.25),
    )
    canvas.polygon(
        [
            (x - 206, y - 16),
            (x + 110, y - 44),
            (x + 170, y - 2),
            (x + 110, y + 34),
            (x - 120, y + 22),
        ],
        body,
    )
    canvas.oval(x + 116, y - 4, 58, 39, body)
    canvas.polygon(
        [(x + 60, y - 38), (x + 104, y - 42), (x + 138, y - 16), (x + 70, y - 14)], _GLASS
    )
    canvas.line([(x - 170, y + 8), (x + 120, y + 4)], wing, 8)
    canvas.polygon([(x + 40, y + 4), (x - 90, y + 92), (x - 34, y + 92), (x + 100, y + 10)], wing)
    reach = 66 * math.cos(2 * math.pi * phase)
    canvas.line([(x + 180, y - 4 - reach), (x + 180, y - 4 + reach)], (60, 64, 76), 9)


def balloon_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw a hot-air balloon whose burner glows."""
    x, y = canvas.width / 2, 150.0
    colours = [tint(c) for c in ((222, 70, 62), (250, 196, 70), (240, 240, 236), (60, 130, 180))]
    canvas.polygon(
        [(x - 96, y + 92), (x + 96, y + 92), (x + 30, y + 196), (x - 30, y + 196)], colours[0]
    )
    for number, share in enumerate((1.0, 0.72, 0.42, 0.14)):
        canvas.oval(x, y, 136 * share, 140, colours[number % 4])
        low = 96 * share, 30 * share
        lower = [
            (x - low[0], y + 92),
            (x + low[0], y + 92),
            (x + low[1], y + 196),
            (x - low[1], y + 196),
        ]
        canvas.polygon(lower, colours[number % 4])
    for side in (-1, 1):
        canvas.line([(x + side * 28, y + 196), (x + side * 22, y + 246)], (70, 50, 40), 4)
    canvas.oval(x, y + 212, 7, 10 + 8 * abs(math.sin(math.pi * phase)), (255, 190, 80))
    canvas.box(x - 28, y + 240, 56, 42, tint((136, 90, 52)), 8)
