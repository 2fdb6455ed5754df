"""Animals, drawn pose by pose, facing right."""

import math
from collections.abc import Callable

from attrs import frozen

from ._canvas import Canvas, Colour, Point, mix
from ._palette import WHITE

Tint = Callable[[Colour], Colour]
_EYE: Colour = (24, 20, 22)


@frozen
class Beast:
    """The build of an animal on four legs, in units."""

    coat: Colour
    belly: Colour
    leg: float = 92
    body: tuple[float, float] = (118, 50)
    neck: tuple[float, float] = (112, -58)
    head: float = 44
    ears: str = "pointed"
    snout: float = 18
    tail: str = "long"
    stripes: bool = False
    mane: Colour | None = None


BEASTS = {
    "cat": Beast((232, 144, 62), (252, 226, 196), stripes=True),
    "dog": Beast((190, 138, 88), (246, 232, 212), 96, ears="floppy", snout=38, tail="up"),
    "fox": Beast((222, 98, 40), (252, 240, 230), 84, snout=36, tail="bushy"),
    "wolf": Beast((112, 118, 130), (206, 208, 214), 104, snout=38, tail="bushy"),
    "horse": Beast(
        (142, 84, 48),
        (160, 104, 66),
        150,
        (140, 62),
        (146, -124),
        40,
        "pointed",
        56,
        "hair",
        mane=(54, 34, 26),
    ),
    "bear": Beast(
        (104, 70, 48), (150, 112, 84), 80, (138, 78), (128, -44), 56, "round", 30, "short"
    ),
    "lion": Beast(
        (224, 168, 90),
        (246, 220, 170),
        98,
        (132, 56),
        (126, -66),
        46,
        "round",
        26,
        "long",
        mane=(150, 84, 36),
    ),
    "rabbit": Beast(
        (206, 200, 196), (250, 248, 246), 50, (84, 52), (76, -48), 40, "long", 12, "short"
    ),
}


def beast_pose(kind: str, canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw one moment of a walk; `phase` goes from 0 to 1 over a whole step."""
    build = BEASTS[kind]
    coat, belly = tint(build.coat), tint(build.belly)
    far = mix(coat, (20, 16, 24), 0.35)
    half, thick = build.body
    turn = 2 * math.pi * phase
    middle = canvas.width / 2 - 14, canvas.height - 8 - build.leg - thick * 0.55
    middle = middle[0], middle[1] + 4 * math.sin(2 * turn)
    for side, shade in ((math.pi, far), (0.0, coat)):
        if shade == coat:
            _tail(canvas, build, (middle[0] - half * 0.9, middle[1] - 10), turn, coat)
            _torso(canvas, build, middle, coat, belly)
        for hip, lag in ((-0.68, 0.0), (0.66, math.pi * 0.55)):
            start = middle[0] + hip * half, middle[1] + thick * 0.2
            _leg(canvas, build, start, turn + side + lag, shade)
    _head(canvas, build, (middle[0] + build.neck[0], middle[1] + build.neck[1]), coat, belly, turn)


def _leg(canvas: Canvas, build: Beast, start: Point, turn: float, colour: Colour) -> None:
    swing, length = 0.5 * math.sin(turn), build.leg + build.body[1] * 0.35
    lift = max(0.0, math.cos(turn))
    knee = canvas.bone(start, swing + 0.1, length * 0.52, colour, build.head * 0.62)
    foot = canvas.bone(knee, swing * 0.7 - 0.75 * lift, length * 0.48, colour, build.head * 0.44)
    canvas.oval(foot[0] + 6, foot[1] + 2, build.head * 0.33, build.head * 0.22, colour)


def _torso(canvas: Canvas, build: Beast, at: Point, coat: Colour, belly: Colour) -> None:
    (x, y), (half, thick) = at, build.body
    canvas.line([(x - half * 0.6, y), (x + half * 0.62, y - 4)], coat, thick * 1.9)
    canvas.oval(x - half * 0.58, y, thick, thick * 1.06, coat)
    canvas.oval(x + half * 0.04, y + thick * 0.7, half * 0.5, thick * 0.2, mix(coat, belly, 0.6))
    if build.stripes:
        dark = mix(coat, (90, 40, 10), 0.5)
        for number in range(5):
            left = x - half * 0.8 + number * half * 0.34
            top = y - thick * 0.93 - (2 if number else -4)
            canvas.polygon([(left - 8, top), (left + 8, top), (left + 2, y - thick * 0.2)], dark)


def _tail(canvas: Canvas, build: Beast, at: Point, turn: float, coat: Colour) -> None:
    (x, y), wag = at, 12 * math.sin(turn)
    if build.tail == "short":
        canvas.oval(x - 10, y + 6, 22, 20, mix(coat, WHITE, 0.4))
    elif build.tail == "bushy":
        canvas.line([(x, y + 8), (x - 60, y + 14 + wag), (x - 110, y + 4 + wag)], coat, 36)
        canvas.oval(x - 118, y + 2 + wag, 24, 17, WHITE)
    elif build.tail == "hair":
        hair = build.mane or coat
        canvas.line([(x, y - 8), (x - 44, y + 26), (x - 56 + wag, y + 120)], hair, 26)
    else:
        rise = 120 if build.tail == "long" else 84
        curve = [
            (x - 70 * math.sin(s * 0.21) + wag * s / 8, y - rise * (s / 8) ** 1.6) for s in range(9)
        ]
        canvas.line(curve, coat, 18)


def _head(
    canvas: Canvas, build: Beast, at: Point, coat: Colour, belly: Colour, turn: float
) -> None:
    (x, y), size = (at[0], at[1] + 3 * math.sin(2 * turn + 1)), build.head
    if build.mane and build.ears == "round":
        canvas.oval(x - 8, y + 8, size * 1.55, size * 1.55, build.mane)
    shoulder = (x - build.neck[0] * 0.5, y - build.neck[1] * 0.95)
    canvas.line([shoulder, (x - size * 0.2, y + size * 0.2)], coat, size * 1.25)
    if build.mane and build.ears != "round":
        canvas.line([(shoulder[0], shoulder[1] - 30), (x - size, y - size * 0.6)], build.mane, 28)
    _ear(canvas, build.ears, (x - size * 0.55, y - size * 0.6), size, mix(coat, (30, 20, 20), 0.25))
    canvas.oval(x, y, size, size * 0.92, coat)
    nose = x + size * 0.75 + build.snout * 0.7, y + size * 0.34
    canvas.line([(x + size * 0.4, y + size * 0.3), nose], mix(coat, belly, 0.75), size * 0.74)
    canvas.oval(nose[0] + size * 0.3, nose[1] - size * 0.16, size * 0.15, size * 0.12, _EYE)
    if build.ears != "long":
        _ear(canvas, build.ears, (x + size * 0.12, y - size * 0.72), size, coat)
    canvas.oval(x + size * 0.4, y - size * 0.14, size * 0.14, size * 0.17, _EYE)
    canvas.oval(x + size * 0.44, y - size * 0.2, size * 0.05, size * 0.05, WHITE)
    if build.stripes:
        for dy in (-0.05, 0.1):
            whisker = [(nose[0], nose[1]), (nose[0] + 30, nose[1] + dy * 120)]
            canvas.line(whisker, mix(coat, WHITE, 0.7), 2)


def _ear(canvas: Canvas, kind: str, at: Point, size: float, colour: Colour) -> None:
    x, y = at
    if kind == "floppy":
        canvas.line(
            [(x, y + 4), (x - size * 0.3, y + size * 0.75)], mix(colour, _EYE, 0.3), size * 0.5
        )
    elif kind == "round":
        canvas.oval(x, y, size * 0.36, size * 0.36, colour)
    elif kind == "long":
        canvas.line([(x + size * 0.3, y), (x + size * 0.1, y - size * 1.5)], colour, size * 0.36)
    else:
        canvas.polygon(
            [
                (x - size * 0.34, y + size * 0.3),
                (x, y - size * 0.62),
                (x + size * 0.42, y + size * 0.1),
            ],
            colour,
        )


def bird_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw one beat of a bird's wings."""
    x, y = canvas.width / 2, canvas.height * 0.55
    lift = math.sin(2 * math.pi * phase)
    white, grey = tint((248, 248, 250)), tint((150, 160, 176))
    _wing(canvas, (x - 4, y - 8), lift * 0.8, mix(grey, (40, 44, 60), 0.3))
    canvas.polygon([(x - 52, y - 4), (x - 112, y - 12), (x - 104, y + 14), (x - 50, y + 10)], grey)
    canvas.line([(x - 46, y + 2), (x + 40, y - 4)], white, 42)
    canvas.oval(x + 62, y - 14, 24, 22, white)
    canvas.polygon([(x + 80, y - 20), (x + 112, y - 8), (x + 80, y - 2)], tint((246, 170, 50)))
    canvas.oval(x + 70, y - 20, 4, 4, _EYE)
    _wing(canvas, (x, y - 4), lift, grey)


def _wing(canvas: Canvas, at: Point, lift: float, colour: Colour) -> None:
    x, y = at
    bend = x - 20, y - 74 * lift
    tip = x - 84, y - 128 * lift + 18
    canvas.polygon([(x + 34, y), bend, tip, (x - 60, y - 34 * lift + 8), (x - 34, y + 6)], colour)


def butterfly_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw one beat of a butterfly's wings."""
    x, y = canvas.width / 2, canvas.height / 2
    open_by = 0.25 + 0.75 * abs(math.sin(math.pi * phase))
    for side, shade in ((1, 0.25), (-1, 0.0)):
        wing = mix(tint((250, 150, 40)), (120, 40, 20), shade)
        across = side * open_by
        canvas.oval(x + 58 * across, y - 42, 62 * open_by, 52, _EYE)
        canvas.oval(x + 56 * across, y - 42, 52 * open_by, 42, wing)
        canvas.oval(x + 42 * across, y + 40, 46 * open_by, 38, _EYE)
        canvas.oval(x + 40 * across, y + 38, 37 * open_by, 29, tint((252, 206, 90)))
    canvas.line([(x, y - 50), (x, y + 54)], _EYE, 13)
    canvas.line([(x, y - 50), (x + 22, y - 92)], _EYE, 3)
    canvas.line([(x, y - 50), (x - 16, y - 92)], _EYE, 3)


def fish_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw one stroke of a fish's tail."""
    x, y = canvas.width / 2, canvas.height / 2
    wave = 26 * math.sin(2 * math.pi * phase)
    body, fin = tint((250, 130, 46)), tint((226, 92, 36))
    canvas.polygon(
        [(x - 80, y), (x - 160, y - 56 + wave), (x - 136, y + wave), (x - 160, y + 56 + wave)], fin
    )
    canvas.polygon([(x - 40, y - 50), (x - 10, y - 104 + wave / 3), (x + 50, y - 46)], fin)
    canvas.oval(x, y, 112, 62, body)
    for left, half in ((-44, 48), (34, 56)):
        canvas.line([(x + left, y - half), (x + left + 8, y), (x + left, y + half)], WHITE, 17)
    canvas.polygon([(x + 4, y + 10), (x - 40, y + 46 - wave / 2), (x - 18, y + 6)], fin)
    canvas.oval(x + 76, y - 14, 14, 14, WHITE)
    canvas.oval(x + 80, y - 14, 8, 8, _EYE)


def whale_pose(canvas: Canvas, phase: float, tint: Tint) -> None:
    """Draw one stroke of a whale's tail."""
    x, y = canvas.width / 2, canvas.height / 2
    wave = 34 * math.sin(2 * math.pi * phase)
    back, belly = tint((58, 92, 138)), tint((196, 214, 228))
    canvas.line(
        [(x - 90, y + 6), (x - 190, y - 10 + wave * 0.4), (x - 250, y - 24 + wave)], back, 48
    )
    canvas.polygon(
        [
            (x - 240, y - 24 + wave),
            (x - 330, y - 70 + wave),
            (x - 300, y - 18 + wave),
            (x - 330, y + 30 + wave),
        ],
        back,
    )
    canvas.oval(x + 30, y, 200, 92, back)
    canvas.polygon(
        [
            (x - 110, y + 52),
            (x + 60, y + 90),
            (x + 200, y + 46),
            (x + 226, y + 18),
            (x + 60, y + 42),
        ],
        belly,
    )
    canvas.polygon(
        [(x + 70, y + 50), (x - 10, y + 128 - wave / 2), (x + 10, y + 54)], mix(back, _EYE, 0.2)
    )
    canvas.oval(x + 164, y + 2, 9, 9, _EYE)
    canvas.oval(x + 167, y - 1, 3, 3, WHITE)
