"""What falls, drifts and rises: snow, rain, petals, leaves, sparks, fireflies, bubbles."""

from attrs import frozen

from ._canvas import Canvas, Colour, mix
from ._palette import WHITE
from ._planes import Cel
from ._props import Mote, Swarm
from ._stage import Stage


@frozen
class _Kind:
    """How many there are, how large (units) and how fast (units a second, a range)."""

    count: int
    sizes: tuple[float, ...]
    across: tuple[float, float]
    down: tuple[float, float]
    sway: float = 0.0
    blink: float = 0.0


_KINDS = {
    "snow": _Kind(170, (3, 5, 8, 12), (-60, -20), (70, 190), 26),
    "rain": _Kind(150, (26, 38, 54), (-190, -160), (1300, 1900)),
    "petals": _Kind(60, (7, 9, 12), (-120, -50), (50, 120), 60),
    "leaves": _Kind(50, (9, 12, 16), (-140, -60), (70, 160), 70),
    "sparks": _Kind(80, (2, 3, 5), (-50, 40), (-260, -90), 40, 7),
    "fireflies": _Kind(46, (5, 7, 9), (-26, 14), (-20, 14), 40, 2.2),
    "bubbles": _Kind(50, (5, 8, 14), (-16, 6), (-150, -60), 14),
}


def weather(stage: Stage) -> list[Swarm]:
    """The swarm that the wishes ask for, if any; under water there are always bubbles."""
    name = "bubbles" if stage.wishes.land == "underwater" else stage.wishes.weather
    if name not in _KINDS:
        return []
    kind = _KINDS[name]
    looks = [_look(stage, name, size, turn) for size in kind.sizes for turn in (0, 1)]
    motes = [_mote(stage, kind, len(looks)) for _ in range(kind.count)]
    return [Swarm(looks, motes, pale=name in {"snow", "rain"})]


def _mote(stage: Stage, kind: _Kind, looks: int) -> Mote:
    rng, unit = stage.rng, stage.unit
    look = rng.randrange(looks)
    near = 0.6 + 0.6 * look / looks
    return Mote(
        look,
        rng.uniform(0, stage.size[0] + 80),
        rng.uniform(0, stage.size[1] + 80),
        rng.uniform(*kind.across) * unit * near,
        rng.uniform(*kind.down) * unit * near,
        kind.sway * unit,
        rng.uniform(0, 6),
        kind.blink * rng.uniform(0.6, 1.4),
    )


def _look(stage: Stage, name: str, size: float, turn: int) -> Cel:
    canvas = Canvas(size * 3, size * 3, stage.unit)
    middle = size * 1.5
    if name == "rain":
        canvas = Canvas(size * 0.3, size * 1.6, stage.unit)
        colour = mix(stage.colours.low, WHITE, 0.5)
        canvas.line([(size * 0.2, 2), (size * 0.06, size * 1.5)], colour, 2.4)
        return stage.cel(canvas).faded(0.6)
    if name == "bubbles":
        canvas.oval(middle, middle, size, size, (210, 240, 250))
        canvas.oval(middle, middle, size * 0.8, size * 0.8, mix(stage.colours.low, WHITE, 0.35))
        canvas.oval(middle - size * 0.35, middle - size * 0.35, size * 0.2, size * 0.2, WHITE)
        return stage.cel(canvas).faded(0.7)
    if name in {"petals", "leaves"}:
        wide, high = (size, size * 0.5) if turn else (size * 0.55, size * 0.85)
        canvas.oval(middle, middle, wide, high, stage.colours.lit(_leaf(stage, name)))
        return stage.cel(canvas)
    canvas.oval(middle, middle, size * 0.9, size * 0.9, _glow(name))
    return stage.cel(canvas, soft=size * 0.22 if name != "sparks" else 0)


def _leaf(stage: Stage, name: str) -> Colour:
    petals: tuple[Colour, ...] = ((255, 190, 210), (255, 214, 226), (246, 160, 190))
    leaves: tuple[Colour, ...] = ((214, 90, 30), (230, 150, 40), (170, 60, 40))
    return stage.rng.choice(petals if name == "petals" else leaves)


def _glow(name: str) -> Colour:
    glows: dict[str, Colour] = {"sparks": (255, 170, 60), "fireflies": (240, 255, 150)}
    return glows.get(name, WHITE)
