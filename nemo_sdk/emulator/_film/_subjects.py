"""Who or what a film is about: how it is drawn, how large, and where it moves."""

import math
from collections.abc import Callable
from functools import partial

from attrs import evolve, frozen

from ._animals import (
    BEASTS,
    Tint,
    beast_pose,
    bird_pose,
    butterfly_pose,
    fish_pose,
    whale_pose,
)
from ._canvas import Canvas
from ._fire import fire_pose
from ._lands import GROUND, PACE
from ._people import astronaut_pose, person_pose, robot_pose
from ._planes import Cel
from ._props import Figure
from ._stage import Stage
from ._vehicles import (
    balloon_pose,
    car_pose,
    plane_pose,
    rocket_pose,
    ship_pose,
    train_pose,
)

_Draw = Callable[[Canvas, float, Tint], None]
_POSES = 10


@frozen
class Kind:
    """How a subject is staged: its canvas in units, its steps a second, its place."""

    draw: _Draw
    size: tuple[float, float]
    pace: float = 1.0
    place: str = "ground"
    scale: float = 1.0


_KINDS = {
    "bird": Kind(bird_pose, (300, 320), 1.6, "air"),
    "butterfly": Kind(butterfly_pose, (260, 220), 2.2, "air", 0.8),
    "fish": Kind(fish_pose, (360, 240), 1.3, "air", 1.2),
    "whale": Kind(whale_pose, (700, 320), 0.5, "air", 1.2),
    "rocket": Kind(rocket_pose, (760, 260), 1.4, "air", 1.1),
    "plane": Kind(plane_pose, (480, 240), 3.1, "air", 1.2),
    "balloon": Kind(balloon_pose, (320, 440), 0.5, "air", 1.15),
    "car": Kind(car_pose, (440, 190), 2.4, "ground", 1.3),
    "train": Kind(train_pose, (1010, 380), 1.8, "ground"),
    "ship": Kind(ship_pose, (480, 440), 0.3, "water", 1.15),
}
_WALKERS = {"person": person_pose, "astronaut": astronaut_pose, "robot": robot_pose}


def figures(stage: Stage) -> list[Figure]:
    """The subject, and its company where it does not go alone."""
    name = stage.wishes.subject
    kind = _kind(name, stage.rng.randrange(1 << 30))
    if kind.place == "water" and stage.wishes.land != "sea":
        kind = evolve(kind, place="air")
    company = {"bird": 4, "fish": 5, "butterfly": 4, "balloon": 3}.get(name, 1)
    fires = [_fire(stage)] if stage.wishes.weather == "sparks" and stage.ashore else []
    return [*fires, *(_figure(stage, kind, number) for number in reversed(range(company)))]


def _fire(stage: Stage) -> Figure:
    kind = Kind(fire_pose, (260, 260))
    poses = [_pose(stage, kind, step / _POSES, 1.0) for step in range(_POSES)]
    way, start = stage.width + 600, stage.width * 0.72 + 300
    return Figure(
        poses,
        1.6,
        lambda t: (((start - PACE * t) % way - 300) * stage.unit, GROUND * stage.unit),
    )


def _kind(name: str, clothes: int) -> Kind:
    if name in _WALKERS:
        draw = partial(_WALKERS[name], clothes=clothes)
        return Kind(draw, (320, 450), 0.9, "ground", 0.95)
    if name in BEASTS:
        return Kind(partial(beast_pose, name), (560, 420), 1.0)
    return _KINDS[name]


def _figure(stage: Stage, kind: Kind, number: int) -> Figure:
    scale = kind.scale if number == 0 else kind.scale * stage.rng.uniform(0.3, 0.6)
    poses = [_pose(stage, kind, step / _POSES, scale) for step in range(_POSES)]
    pace = kind.pace * (1 if number == 0 else stage.rng.uniform(0.8, 1.3))
    return Figure(poses, pace, _path(stage, kind.place, number))


def _pose(stage: Stage, kind: Kind, phase: float, scale: float) -> Cel:
    canvas = Canvas(*kind.size, stage.unit * scale)
    kind.draw(canvas, phase, stage.colours.lit)
    return stage.cel(canvas)


def _path(stage: Stage, place: str, number: int) -> Callable[[float], tuple[float, float]]:
    unit, middle, phase = stage.unit, stage.width * 0.44, stage.rng.uniform(0, 6)
    aside = 0.0 if number == 0 else stage.rng.uniform(-0.42, 0.46) * stage.width
    high = 0.0 if number == 0 else stage.rng.uniform(-230, 130)
    if place == "ground":
        wander = 60.0
        return lambda t: (
            (middle + wander * math.sin(t * 0.4 + phase)) * unit,
            (GROUND + 10) * unit,
        )
    if place == "water":
        return lambda t: (
            (middle + 80 * math.sin(t * 0.25 + phase)) * unit,
            (874 + 12 * math.sin(t * 1.3 + phase)) * unit,
        )
    return lambda t: (
        (middle + aside + 110 * math.sin(t * 0.45 + phase)) * unit,
        (600 + high + 40 * math.sin(t * 0.9 + phase)) * unit,
    )
