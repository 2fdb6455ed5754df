"""What moves in a scene: strips of land that pass by, figures, and things that fall or float."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import frozen

from ._planes import Cel, Planes


class Prop(Protocol):
    """Something that is painted at its place for the time."""

    def paint(self, onto: Planes, time: float) -> None:
        """Paint it as it is at a time in seconds."""
        ...


@frozen(eq=False)
class Strip:
    """A band that is repeated every `period` pixels without end, and passes with the camera.

    `top` is in pixels, `speed` in pixels a second; `swell` lifts and lowers it, as waves are.
    """

    cel: Cel
    period: int
    top: float
    speed: float
    swell: float = 0.0
    phase: float = 0.0

    def paint(self, onto: Planes, time: float) -> None:
        """Paint as many repeats as can be seen."""
        x = -round(self.speed * time + self.phase * self.period) % self.period - self.period
        y = round(self.top + self.swell * math.sin(time * 1.3 + self.phase))
        while x < onto.size[0]:
            self.cel.paste(onto, x, y)
            x += self.period


@frozen(eq=False)
class Figure:
    """A subject with poses that follow one another, on a path of its own."""

    poses: Sequence[Cel]
    pace: float
    path: Callable[[float], tuple[float, float]]

    def paint(self, onto: Planes, time: float) -> None:
        """Paint the pose and the place of this moment; a place is the middle of the feet."""
        cel = self.poses[int(time * self.pace * len(self.poses)) % len(self.poses)]
        x, y = self.path(time)
        cel.paste(onto, round(x - cel.size[0] / 2), round(y - cel.size[1]))


@frozen
class Mote:
    """One of many small things: where it begins, how it moves (pixels a second), how it looks."""

    look: int
    x: float
    y: float
    dx: float
    dy: float
    sway: float
    phase: float
    blink: float = 0.0


@frozen(eq=False)
class Swarm:
    """Snow, rain, leaves, sparks: motes that leave on one side and come back on the other.

    Pale ones are painted in a third of the time, in the colour of what is behind them.
    """

    looks: Sequence[Cel]
    motes: Sequence[Mote]
    pale: bool = False

    def paint(self, onto: Planes, time: float) -> None:
        """Paint every mote that is to be seen."""
        width, height = onto.size[0] + 80, onto.size[1] + 80
        for mote in self.motes:
            if mote.blink and math.sin(time * mote.blink + mote.phase) < 0:
                continue
            sway = mote.sway * math.sin(time * 1.7 + mote.phase) if mote.sway else 0.0
            x = (mote.x + mote.dx * time + sway) % width - 40
            y = (mote.y + mote.dy * time) % height - 40
            look = self.looks[mote.look]
            paint = look.paste_light if self.pale else look.paste
            paint(onto, int(x), int(y))
