"""Figures: what was measured, of whom, and how it is shown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from statistics import median, quantiles
from typing import Any

from attrs import frozen

OURS = "nemo_sdk"


@frozen
class Size:
    """How much of the work is done: all of it for figures that count, a little for a smoke run."""

    work: float = 1.0
    repeats: float = 1.0

    def of(self, number: int) -> int:
        """Return so much of a number of things, and one at least."""
        return max(1, round(number * self.work))

    def rounds(self, number: int) -> int:
        """Return how often something is measured, and once at least."""
        return max(1, round(number * self.repeats))


@frozen
class Unit:
    """What figures are shown in: its name, and how many of it make one second, byte or thing."""

    name: str
    scale: float = 1.0


MICROSECONDS = Unit("µs", 1e6)
MILLISECONDS = Unit("ms", 1e3)
SECONDS = Unit("s")
KIB = Unit("KiB", 1 / 1024)
MIB = Unit("MiB", 1 / 1024**2)
SPEED = Unit("MiB/s", 1 / 1024**2)
THINGS = Unit("")


@frozen
class Row:
    """One thing that was measured of each contender.

    Attributes:
        subject: What it is.
        unit: What it is shown in.
        samples: What was measured of each, in seconds, bytes or things; `OURS` first.
        work: How much work it was, in a series that shows how the figure grows.
    """

    subject: str
    unit: Unit
    samples: Mapping[str, Sequence[float]]
    work: float | None = None

    @property
    def ours(self) -> float:
        """The median of ours."""
        return median(self.samples[OURS])

    def ratio(self, name: str) -> float | None:
        """Ours to another's, by the medians."""
        theirs = median(self.samples[name])
        return None if name == OURS or theirs <= 0 else self.ours / theirs

    def shown(self, name: str) -> str:
        """Return a median with its spread, the middle half of what was measured."""
        low, middle, high = (short(one * self.unit.scale) for one in spread(self.samples[name]))
        around = "" if low == high else f" ({low} to {high})"
        return f"{middle} {self.unit.name}".strip() + around

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON takes."""
        contenders: dict[str, dict[str, Any]] = {}
        for name, taken in self.samples.items():
            low, middle, high = spread(taken)
            told = {"median": middle, "low": low, "high": high, "rounds": len(taken)}
            contenders[name] = {**told, "ratio": self.ratio(name)}
        return {
            "subject": self.subject,
            "work": self.work,
            "unit": {"name": self.unit.name, "scale": self.unit.scale},
            "contenders": contenders,
        }


def rows_of(name: str, size: Size) -> list[Row]:
    """Run one benchmark, a module of this package, and return its rows."""
    run: Callable[[Size], Iterable[Row]] = import_module(f"benchmarks.{name}").run
    return list(run(size))


def spread(taken: Sequence[float]) -> tuple[float, float, float]:
    """Return the lower quartile, the median and the upper quartile."""
    if len(taken) < 2:
        return taken[0], taken[0], taken[0]
    low, middle, high = quantiles(taken, n=4, method="inclusive")
    return low, middle, high


def in_turns(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure each in turn, so that a slow moment of the machine hurts all alike."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            taken[name].append(measure())
    return taken


def warm(contenders: Mapping[str, Callable[[], float]], rounds: int) -> None:
    """Run each once, which writes the byte code of a new installation, where times count."""
    if rounds > 1:
        in_turns(contenders, 1)


def short(value: float) -> str:
    """Return a figure with three digits, or all before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
