"""What the emulator's films cost: real H.264 and AAC, encoded on this machine."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage

from nemo_sdk.emulator._film._render import render_draft

from ._rows import OURS, SECONDS, Row, Size

ROUNDS = 3
LONG = (1, 3, 10)
SHAPES = {"1080p": (1920, 1080), "360p": (640, 360)}


def run(size: Size) -> Iterator[Row]:
    """Render films of several lengths and sizes."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "film.mp4"
        for name, pixels in SHAPES.items():
            for work in LONG:
                long = size.of(work)
                taken = [seconds(target, long, pixels) for _ in range(size.rounds(ROUNDS))]
                yield Row(f"CPU of a film of {long} s, {name}", SECONDS, {OURS: taken}, work)


def seconds(target: Path, long: int, size: tuple[int, int]) -> float:
    """The CPU time of one film, of the encoder's threads too."""
    before = _used()
    render_draft(draft(long), target, size=size)
    return _used() - before


def draft(long: int) -> dict[str, object]:
    """A clip with music and a title."""
    clip = {"d": long * 1000, "m": {"title": "a cat walking through a snowy forest"}}
    music = {"d": long * 1000, "m": {"title": "Lo-fi", "volume": 0.35}}
    title = {"d": 1000, "m": {"text": "Winter"}}
    return {"t": [{"tt": kind, "sg": [one]} for kind, one in ((0, clip), (1, music), (7, title))]}


def _used() -> float:
    return sum(
        used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN))
    )
