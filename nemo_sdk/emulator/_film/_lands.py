"""Lands as strips at different depths, the far ones first."""

import math
from collections.abc import Callable, Iterator

from ._canvas import Canvas, Colour, Point, mix
from ._palette import WHITE
from ._plants import broadleaf, cactus, conifer, flower, seaweed, tuft
from ._props import Strip
from ._stage import HEIGHT, Stage

GROUND = 872
"""Where feet stand, in units from the top."""

_FLOOR = 860
PACE = 150.0
"""How fast the ground passes, in units a second."""


def lands(stage: Stage) -> tuple[list[Strip], list[Strip]]:
    """The strips behind the subject and those before it."""
    behind, before = _PAINTERS[stage.wishes.land]
    return list(behind(stage)), list(before(stage))


def _hill(
    stage: Stage,
    depth: float,
    top: float,
    relief: float,
    rough: float = 1.0,
    colour: Colour | None = None,
) -> tuple[Canvas, list[Point]]:
    """A canvas down to where the ground hides it, with a ridge on it, and the ridge."""
    canvas = stage.canvas((_FLOOR if depth else HEIGHT + 8) - top, 1.5 if depth > 0.2 else 2)
    heights = stage.ridge(canvas.width, rough)
    points = [(i * 8.0, 4 + relief * (1 - h)) for i, h in enumerate(heights)]
    base = [*points, (canvas.width, canvas.height), (0, canvas.height)]
    canvas.polygon(base, stage.colours.at(depth, colour))
    return canvas, points


def _speed(depth: float) -> float:
    return PACE * math.pow(1 - depth, 1.6)


def _plain(stage: Stage, depth: float, top: float, relief: float, rough: float = 1.6) -> Strip:
    canvas, _ = _hill(stage, depth, top, relief, rough)
    return stage.strip(canvas, top, _speed(depth))


def _peaks(stage: Stage, depth: float, top: float, relief: float) -> Strip:
    """Mountains with a lit side, a side in the shade, and snow on top."""
    canvas = stage.canvas(_FLOOR - top)
    lit = stage.colours.at(depth)
    shade = mix(lit, stage.colours.top, 0.3)
    count = max(3, round(canvas.width / (relief * 1.1)))
    for number in stage.rng.sample(range(count), count):
        x = canvas.width * (number + stage.rng.uniform(0.2, 0.8)) / count
        tip = stage.rng.uniform(0, relief * 0.6)
        half = (canvas.height - tip) * stage.rng.uniform(0.75, 1.0)
        for turn in _turns(x, half, canvas.width):
            _peak(stage, canvas, (turn, tip), half, lit, shade)
    return stage.strip(canvas, top, _speed(depth))


def _peak(
    stage: Stage, canvas: Canvas, tip: Point, half: float, lit: Colour, shade: Colour
) -> None:
    (x, y), base = tip, canvas.height
    canvas.polygon([(x - half, base), (x, y), (x + half, base)], lit)
    rugged = [(0.02, 0.2), (-0.07, 0.36), (0.05, 0.52), (-0.04, 0.72), (0.08, 1.0)]
    edge = [(x + dx * half, y + dy * (base - y)) for dx, dy in rugged]
    canvas.polygon([(x, y), *edge, (x + half, base)], shade)
    low = 0.5 if stage.snowy else 0.28
    teeth = ((-1.0, 1.0), (-0.62, 0.72), (-0.3, 1.1), (0.06, 0.7))
    right = ((0.06, 0.7), (0.34, 1.05), (0.6, 0.74), (1.0, 1.0))
    for side, tint in ((teeth, 0.12), (right, 0.42)):
        cap = [(x + dx * low * half, y + dy * low * (base - y)) for dx, dy in side]
        canvas.polygon([(x, y), *cap], mix(mix(WHITE, stage.colours.top, tint), lit, 0.25))


def _wood(stage: Stage, depth: float, top: float, tall: float, gap: float) -> Strip:
    """A ridge with a row of trees on it."""
    canvas, points = _hill(stage, depth, top + tall, 60, 1.6)
    higher = Canvas(canvas.width, canvas.height + tall, stage.unit)
    colour = stage.colours.at(depth, _leaf_colour(stage))
    leafy = stage.wishes.weather in {"leaves", "petals"} or stage.rng.random() < 0.3
    for _ in range(int(canvas.width / gap)):
        x = stage.rng.uniform(0, canvas.width)
        y = points[min(int(x / 8), len(points) - 1)][1] + tall + 14
        size = tall * stage.rng.uniform(0.62, 1.0)
        shade = mix(colour, stage.colours.top, stage.rng.uniform(0, 0.22))
        tree = broadleaf if leafy else conifer
        for turn in _turns(x, size * 0.4, canvas.width):
            tree(higher, turn, y, size, shade, stage.colours.at(depth, (40, 30, 26)), stage.snowy)
    ground = [(x, y + tall) for x, y in points]
    base = [*ground, (canvas.width, higher.height), (0, higher.height)]
    higher.polygon(base, stage.colours.at(depth))
    return stage.strip(higher, top, _speed(depth))


def _leaf_colour(stage: Stage) -> Colour:
    if stage.wishes.weather == "leaves":
        return stage.colours.lit(stage.rng.choice(((200, 92, 30), (178, 60, 32), (214, 140, 40))))
    if stage.wishes.weather == "petals":
        return stage.colours.lit((240, 170, 190))
    return mix(stage.colours.lit((30, 78, 50)), stage.colours.near, 0.25)


def _turns(x: float, reach: float, width: float) -> Iterator[float]:
    """Where to draw a thing so that it is whole over the seam of a strip."""
    yield x
    if x - reach < 0:
        yield x + width
    if x + reach > width:
        yield x - width


def _ground(
    stage: Stage, top: float = 800, relief: float = 34, colour: Colour | None = None
) -> Strip:
    """The land that the subject stands on, with small growth and a lighter path."""
    colour = colour or stage.colours.near
    canvas, points = _hill(stage, 0.0, top, relief, 2.2, colour)
    light = mix(colour, stage.colours.light, 0.16)
    path = [(x, y * 0.4 + GROUND - top - 40) for x, y in points]
    canvas.polygon([*path, (canvas.width, canvas.height), (0, canvas.height)], light)
    shade = mix(colour, stage.colours.top, 0.25)
    for _ in range(int(canvas.width / 26)):
        x, y = stage.rng.uniform(0, canvas.width), stage.rng.uniform(50, canvas.height)
        tint = mix(shade, light, stage.rng.random())
        if stage.snowy or stage.wishes.land in {"desert", "space", "sea"}:
            canvas.oval(x, y, stage.rng.uniform(10, 44), stage.rng.uniform(2, 6), tint)
        else:
            tuft(canvas, x, y, stage.rng.uniform(8, 26), tint)
    return stage.strip(canvas, top, PACE)


def _forest(stage: Stage) -> Iterator[Strip]:
    yield _plain(stage, 0.88, 420, 140, 1.1)
    yield _wood(stage, 0.72, 400, 210, 26)
    yield _wood(stage, 0.48, 380, 320, 60)
    yield _wood(stage, 0.22, 330, 470, 150)
    yield _ground(stage)


def _trunks(stage: Stage) -> Iterator[Strip]:
    """A few dark trees right before the camera."""
    dark = mix(stage.colours.at(0), (8, 10, 16), 0.8)
    for period in (3.1, 4.3):
        canvas, wide = Canvas(360, HEIGHT + 8, stage.unit), stage.rng.uniform(46, 84)
        foot, top, low = wide * 0.7, wide * 0.4, canvas.height
        outline = [(180 - top, 0), (180 + top, 0), (180 + foot, low), (180 - foot, low)]
        canvas.polygon(outline, dark)
        for _ in range(3):
            y, side = stage.rng.uniform(40, 600), stage.rng.choice((-1, 1))
            canvas.line([(180, y + 60), (180 + side * 90, y), (180 + side * 165, y - 16)], dark, 14)
        yield stage.strip(canvas, 0, PACE * 2.4, period=period * stage.width)


def _mountains(stage: Stage) -> Iterator[Strip]:
    yield _peaks(stage, 0.72, 250, 380)
    yield _peaks(stage, 0.5, 390, 330)
    yield _wood(stage, 0.3, 560, 130, 46)
    yield _ground(stage)


def _field(stage: Stage) -> Iterator[Strip]:
    yield _plain(stage, 0.8, 470, 130)
    yield _plain(stage, 0.58, 560, 120)
    yield _wood(stage, 0.42, 560, 130, 120)
    yield _ground(stage)


def _flowers(stage: Stage) -> Iterator[Strip]:
    if stage.snowy:
        return
    canvas = stage.canvas(170, 2)
    colours = ((236, 84, 84), (250, 204, 70), (236, 130, 190), (250, 250, 246), (150, 110, 220))
    for _ in range(int(canvas.width / 24)):
        x, tall = stage.rng.uniform(0, canvas.width), stage.rng.uniform(50, 140)
        petal = stage.colours.lit(stage.rng.choice(colours))
        for turn in _turns(x, 30, canvas.width):
            flower(canvas, turn, canvas.height, tall, petal, stage.colours.lit((58, 116, 48)))
    yield stage.strip(canvas, HEIGHT - 164, PACE * 1.5)


def _desert(stage: Stage) -> Iterator[Strip]:
    yield _plain(stage, 0.75, 520, 110)
    yield _pyramids(stage)
    yield _plain(stage, 0.42, 630, 120, 2.0)
    canvas, points = _hill(stage, 0.12, 560, 60, 2.2)
    higher = Canvas(canvas.width, canvas.height, stage.unit)
    for _ in range(5):
        x = stage.rng.uniform(100, canvas.width - 100)
        cactus(higher, x, 270, stage.rng.uniform(100, 190), stage.colours.lit((70, 120, 72)))
    low = [(x, y + 210) for x, y in points]
    higher.polygon(
        [*low, (canvas.width, higher.height), (0, higher.height)], stage.colours.at(0.12)
    )
    yield stage.strip(higher, 560, _speed(0.12))
    yield _ground(stage)


def _pyramids(stage: Stage) -> Strip:
    canvas = stage.canvas(320)
    for _ in range(3):
        x, size = stage.rng.uniform(200, canvas.width - 200), stage.rng.uniform(90, 190)
        base, tip = canvas.height, (x, canvas.height - size)
        light = stage.colours.at(0.5, mix(stage.colours.near, WHITE, 0.2))
        canvas.polygon([tip, (x + size * 0.9, base), (x - size * 0.9, base)], light)
        dark = stage.colours.at(0.5, mix(stage.colours.near, (50, 30, 40), 0.35))
        canvas.polygon([tip, (x + size * 0.9, base), (x + size * 0.25, base)], dark)
    return stage.strip(canvas, 400, _speed(0.6))


def _city(stage: Stage) -> Iterator[Strip]:
    yield _skyline(stage, 0.74, 250, 420, 60)
    yield _skyline(stage, 0.5, 320, 420, 96)
    yield _skyline(stage, 0.24, 400, 380, 150)
    yield _street(stage)


def _skyline(stage: Stage, depth: float, top: float, relief: float, wide: float) -> Strip:
    canvas = stage.canvas(_FLOOR - top)
    houses = max(3, round(canvas.width / wide))
    step = canvas.width / houses
    for number in range(houses):
        high = stage.rng.uniform(0, relief)
        colour = mix(stage.colours.at(depth), stage.colours.top, stage.rng.uniform(0, 0.3))
        x, width = number * step, step * stage.rng.uniform(0.82, 1.0)
        canvas.box(x, high, width, canvas.height - high, colour)
        if stage.rng.random() < 0.25:
            canvas.line([(x + width / 2, high), (x + width / 2, high - 46)], colour, 4)
        if stage.snowy:
            canvas.box(x - 2, high - 5, width + 4, 9, mix(WHITE, colour, 0.2 + depth / 2), 4)
        _windows(stage, canvas, (x, high, width), depth, colour)
    canvas.box(0, relief + 40, canvas.width, canvas.height, stage.colours.at(depth))
    return stage.strip(canvas, top, _speed(depth))


def _windows(
    stage: Stage, canvas: Canvas, house: tuple[float, float, float], depth: float, wall: Colour
) -> None:
    x, high, width = house
    size = 5 + 9 * (1 - depth)
    glows: tuple[Colour, ...] = ((255, 214, 130), (255, 236, 180), (170, 220, 255))
    if stage.wishes.hour == "neon":
        glows = ((255, 90, 200), (90, 230, 255), (255, 214, 130))
    chance = 0.5 if stage.colours.dark else 0.25
    columns = max(1, int((width - size) // (size * 1.9)))
    left = x + (width - columns * size * 1.9 + size * 0.9) / 2
    for row in range(int(min(canvas.height - high, 460) // (size * 2.1)) - 1):
        for column in range(columns):
            lit = stage.rng.random() < chance
            glass = mix(wall, stage.colours.low, 0.28)
            colour = mix(stage.rng.choice(glows), wall, depth * 0.7) if lit else glass
            y = high + size * 1.2 + row * size * 2.1
            canvas.box(left + column * size * 1.9, y, size, size * 1.3, colour)


def _street(stage: Stage) -> Strip:
    canvas = stage.canvas(308, 2)
    road = mix(stage.colours.lit((58, 60, 68)), stage.colours.top, 0.2)
    walk = mix(stage.colours.lit((128, 126, 130)), stage.colours.near, 0.3)
    if stage.snowy:
        walk = mix(walk, WHITE, 0.5)
    canvas.box(0, 22, canvas.width, 34, walk)
    canvas.box(0, 50, canvas.width, canvas.height, road)
    dashes = max(2, round(canvas.width / 240))
    for number in range(dashes):
        x = number * canvas.width / dashes
        canvas.box(x, 160, 120, 9, mix(road, WHITE, 0.6))
        if number % 2 == 0:
            canvas.box(x + 60, 0, 9, 30, mix(road, (0, 0, 0), 0.3))
    return stage.strip(canvas, 780, PACE * 1.3)


def _sea(stage: Stage) -> Iterator[Strip]:
    yield _islands(stage)
    for number in range(4):
        yield _wave(stage, number)
    if stage.ashore:
        sand = stage.colours.lit((226, 196, 140))
        yield _ground(stage, 790, 26, mix(sand, WHITE, 0.6) if stage.snowy else sand)


def _surf(stage: Stage) -> Iterator[Strip]:
    if stage.ashore:
        return
    for number in range(4, 7):
        yield _wave(stage, number)


def _islands(stage: Stage) -> Strip:
    canvas = stage.canvas(160)
    heights = stage.ridge(canvas.width, 1.1)
    points = [(i * 8.0, 160 - max(0.0, h - 0.55) * 260) for i, h in enumerate(heights)]
    canvas.polygon([*points, (canvas.width, 160), (0, 160)], stage.colours.at(0.62))
    return stage.strip(canvas, 452, _speed(0.8))


def _wave(stage: Stage, number: int) -> Strip:
    depth = 0.62 - number * 0.1
    top = 600 + number * 34 + number**2 * 7
    canvas = stage.canvas(HEIGHT - top + 60)
    high = 6 + number * 4
    count = max(4, round(canvas.width / (90 + 50 * number)))

    def surface(lift: float) -> list[Point]:
        turn = 2 * math.pi * count / canvas.width
        steps = range(int(canvas.width / 8) + 2)
        return [(i * 8.0, 24 + lift - high * abs(math.cos(turn * i * 4)) ** 1.4) for i in steps]

    colour = stage.colours.at(max(0.0, depth))
    foam = mix(colour, stage.colours.light, 0.5 - 0.03 * number)
    for lift, shade in (
        (0.0, foam),
        (4.0 + number, mix(colour, foam, 0.25)),
        (16.0 + 5 * number, colour),
    ):
        canvas.polygon([*surface(lift), (canvas.width, canvas.height), (0, canvas.height)], shade)
    return stage.strip(canvas, top - 24, 26 + 24 * number, swell=3 + 2.5 * number)


def _space(stage: Stage) -> Iterator[Strip]:
    yield _planets(stage)
    if stage.wishes.subject not in {"rocket", "plane", "bird", "ship"}:
        yield _plain(stage, 0.4, 640, 130, 1.0)
        yield _ground(stage)


def _planets(stage: Stage) -> Strip:
    canvas = stage.canvas(760, 2.2)
    colours: tuple[Colour, ...] = ((214, 120, 70), (90, 150, 210), (190, 170, 120), (150, 90, 170))
    for number, colour in enumerate(stage.rng.sample(colours, 3)):
        x = canvas.width * (number + 0.5 + stage.rng.uniform(-0.12, 0.12)) / 3
        radius = stage.rng.uniform(60, 170)
        _planet(canvas, (x, stage.rng.uniform(190, 430)), radius, colour, ringed=number == 1)
    return stage.strip(canvas, 40, 34)


def _planet(canvas: Canvas, at: Point, radius: float, colour: Colour, *, ringed: bool) -> None:
    x, y = at
    for step in range(10):
        shade = mix(mix(colour, (6, 6, 20), 0.75), colour, step / 9)
        size = radius * (1 - step * 0.045)
        canvas.oval(x + (radius - size) * 0.7, y - (radius - size) * 0.7, size, size, shade)
    if ringed:
        ring = mix(colour, WHITE, 0.45)
        half = [math.pi * i / 40 for i in range(41)]
        for wide in (1.5, 1.75):
            arc = [(x + wide * radius * math.cos(a), y + radius * 0.36 * math.sin(a)) for a in half]
            canvas.line(arc, ring, radius * 0.07)


def _underwater(stage: Stage) -> Iterator[Strip]:
    yield _plain(stage, 0.72, 560, 260, 0.9)
    yield _plain(stage, 0.45, 690, 200, 1.0)
    yield _weeds(stage, 0.3, 420, 60)
    yield _ground(stage, 820, 30)


def _weeds(stage: Stage, depth: float, tall: float, gap: float) -> Strip:
    canvas = stage.canvas(tall)
    colours = ((36, 130, 96), (60, 150, 70), (190, 90, 110), (210, 130, 70))
    for _ in range(int(canvas.width / gap)):
        x = stage.rng.uniform(30, canvas.width - 30)
        colour = stage.colours.at(depth, stage.rng.choice(colours))
        seaweed(canvas, x, canvas.height, tall * stage.rng.uniform(0.3, 0.85), colour)
    return stage.strip(canvas, HEIGHT - tall - 110, _speed(depth), swell=0)


def _near_weeds(stage: Stage) -> Iterator[Strip]:
    canvas = stage.canvas(420, 3)
    dark = mix(stage.colours.near, (2, 12, 24), 0.65)
    for _ in range(7):
        x = stage.rng.uniform(60, canvas.width - 60)
        seaweed(canvas, x, 420, stage.rng.uniform(200, 400), dark)
    yield stage.strip(canvas, HEIGHT - 420, PACE * 2)


def _none(_: Stage) -> Iterator[Strip]:
    return iter(())


_Painter = Callable[[Stage], Iterator[Strip]]
_PAINTERS: dict[str, tuple[_Painter, _Painter]] = {
    "forest": (_forest, _trunks),
    "mountains": (_mountains, _none),
    "field": (_field, _flowers),
    "desert": (_desert, _none),
    "city": (_city, _none),
    "sea": (_sea, _surf),
    "space": (_space, _none),
    "underwater": (_underwater, _near_weeds),
}
