"""A scene that follows from a prompt: a backdrop, and props before it."""

from ._chance import chance
from ._lands import lands
from ._palette import palette
from ._planes import Planes
from ._props import Prop
from ._sky import backdrop, sky_props
from ._stage import Stage
from ._subjects import figures
from ._weather import weather
from ._words import read_wishes


class Scene:
    """Moving pictures for a prompt; the same prompt, seed and size give the same ones."""

    def __init__(self, prompt: str, seed: int, size: tuple[int, int]) -> None:
        rng = chance(seed, "scene", prompt)
        wishes = read_wishes(prompt, rng)
        colours = palette(wishes.land, wishes.hour, wishes.weather)
        stage = Stage(rng, colours, wishes, size)
        self._backdrop = backdrop(stage)
        behind, before = lands(stage)
        self._props: list[Prop] = [
            *sky_props(stage),
            *behind,
            *figures(stage),
            *before,
            *weather(stage),
        ]

    def picture(self, time: float) -> Planes:
        """The picture at a time in seconds after the shot's start."""
        picture = self._backdrop.copy()
        for prop in self._props:
            prop.paint(picture, time)
        return picture

    def close(self) -> None:
        """There is nothing to let go of."""
