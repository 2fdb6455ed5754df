"""Figures, and the table that shows them."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module

from attrs import frozen


@frozen
class Row:
    """One figure of ours, and how it compares with a peer's: the ratio is ours to theirs."""

    subject: str
    ours: str
    peer: str = ""
    theirs: str = ""
    ratio: float | None = None


def rows_of(name: str) -> list[Row]:
    """Run one benchmark, a module of this package, and return its rows."""
    run: Callable[[], Iterable[Row]] = import_module(f"benchmarks.{name}").run
    return list(run())


def table(rows: Iterable[Row]) -> str:
    """Lay the rows out in columns, under a heading."""
    lines = [("", "nemo_sdk", "beside", "", "ours / theirs")]
    lines += [
        (row.subject, row.ours, row.peer, row.theirs, f"{row.ratio:.2f}" if row.ratio else "")
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def microseconds(seconds: float) -> str:
    """A short duration for the table."""
    return f"{seconds * 1e6:.0f} µs"


def milliseconds(seconds: float) -> str:
    """A longer duration for the table."""
    return f"{seconds * 1e3:.1f} ms"
