"""Things that grow, each drawn at its foot, in units."""

import math

from ._canvas import Canvas, Colour, mix
from ._palette import WHITE


def conifer(
    canvas: Canvas, x: float, y: float, tall: float, leaf: Colour, bark: Colour, snowy: bool
) -> None:
    """A fir of four tiers, white on one side where snow lies."""
    canvas.box(x - tall * 0.03, y - tall * 0.16, tall * 0.06, tall * 0.16, bark)
    shade = mix(leaf, bark, 0.35)
    for tier in range(4):
        half = tall * (0.25 - 0.045 * tier)
        foot = y - tall * (0.1 + 0.19 * tier)
        tip = foot - tall * 0.32
        canvas.polygon([(x - half, foot), (x, tip), (x + half, foot)], leaf)
        canvas.polygon([(x + half * 0.1, foot), (x, tip), (x + half, foot)], shade)
        if snowy:
            snow = mix(WHITE, leaf, 0.18)
            edge = [
                (x, tip),
                (x - half * 0.72, foot - tall * 0.09),
                (x - half * 0.25, foot - tall * 0.12),
            ]
            canvas.polygon([*edge, (x, tip + tall * 0.12)], snow)


def broadleaf(
    canvas: Canvas, x: float, y: float, tall: float, leaf: Colour, bark: Colour, snowy: bool
) -> None:
    """A tree with a round crown."""
    canvas.polygon(
        [
            (x - tall * 0.045, y),
            (x - tall * 0.02, y - tall * 0.6),
            (x + tall * 0.02, y - tall * 0.6),
            (x + tall * 0.045, y),
        ],
        bark,
    )
    blobs = (
        (-0.17, 0.48, 0.17),
        (0.17, 0.5, 0.17),
        (-0.08, 0.66, 0.2),
        (0.1, 0.7, 0.18),
        (0, 0.84, 0.15),
    )
    for dx, dy, size in blobs:
        canvas.oval(x + dx * tall, y - dy * tall, size * tall, size * tall, mix(leaf, bark, 0.25))
    light = mix(leaf, WHITE, 0.55 if snowy else 0.12)
    for dx, dy, size in blobs:
        canvas.oval(
            x + (dx - 0.03) * tall,
            y - (dy + 0.035) * tall,
            size * tall * 0.8,
            size * tall * 0.72,
            light,
        )


def tuft(canvas: Canvas, x: float, y: float, tall: float, colour: Colour) -> None:
    """A few blades of grass."""
    for lean in (-0.5, 0.0, 0.5):
        canvas.polygon([(x - 2, y), (x + lean * tall, y - tall), (x + 3, y)], colour)


def flower(canvas: Canvas, x: float, y: float, tall: float, petal: Colour, stem: Colour) -> None:
    """A flower of five petals."""
    canvas.line([(x, y), (x + 4, y - tall / 2), (x, y - tall)], stem, 4)
    canvas.oval(x + 10, y - tall * 0.4, 10, 4, stem)
    for number in range(5):
        angle = number * 2 * math.pi / 5
        canvas.oval(x + 9 * math.sin(angle), y - tall + 9 * math.cos(angle), 8, 8, petal)
    canvas.oval(x, y - tall, 6, 6, (250, 206, 80))


def cactus(canvas: Canvas, x: float, y: float, tall: float, colour: Colour) -> None:
    """A cactus with two arms."""
    wide = tall * 0.16
    canvas.line([(x, y), (x, y - tall)], colour, wide)
    for side, low in ((-1, 0.45), (1, 0.3)):
        elbow = x + side * tall * 0.24
        foot = y - tall * low
        canvas.line([(x, foot), (elbow, foot), (elbow, foot - tall * 0.26)], colour, wide * 0.7)
    canvas.line(
        [(x - wide * 0.2, y), (x - wide * 0.2, y - tall)], mix(colour, WHITE, 0.18), wide * 0.1
    )


def seaweed(canvas: Canvas, x: float, y: float, tall: float, colour: Colour) -> None:
    """A waving ribbon."""
    left, right = [], []
    for step in range(17):
        share = step / 16
        bend = math.sin(share * 7 + x) * 20 * share
        half = 13 * (1 - share) + 1
        left.append((x + bend - half, y - share * tall))
        right.append((x + bend + half, y - share * tall))
    canvas.polygon([*left, *reversed(right)], colour)
