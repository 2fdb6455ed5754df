"""A plot of how figures grow with their work: small panels, one for each series."""

from collections.abc import Iterable, Iterator, Sequence
from math import log10
from statistics import median

from attrs import frozen

from ._rows import OURS, Row, Unit, short

WIDTH, HEIGHT, MARGIN, COLUMNS = 250, 150, 46, 3
COLOURS = ("#1f6f43", "#b5541c", "#4467a8", "#8a7f6a")
STYLE = "text { font: 11px system-ui, sans-serif; fill: #2b2720 } .axis { stroke: #8a7f6a }"
MARK = "·"


@frozen
class Panel:
    """One series: its points, of each contender, by how much work they were."""

    title: str
    unit: Unit
    lines: dict[str, list[tuple[float, float]]]


def plot(rows: Iterable[Row]) -> str:
    """Draw all rows that tell their work, as SVG; both axes are logarithmic."""
    drawn = [panel for panel in panels(rows) if len(panel.lines[OURS]) > 1]
    height = -(-len(drawn) // COLUMNS) * (HEIGHT + 2 * MARGIN) + MARGIN
    width = COLUMNS * (WIDTH + MARGIN) + MARGIN
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{STYLE}</style>',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for number, panel in enumerate(drawn):
        x = MARGIN + number % COLUMNS * (WIDTH + MARGIN)
        y = MARGIN + number // COLUMNS * (HEIGHT + 2 * MARGIN)
        parts += [f'<g transform="translate({x},{y})">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>\n"])


def panels(rows: Iterable[Row]) -> list[Panel]:
    """Gather the rows of each series: those whose subjects differ in a number alone."""
    found: dict[str, Panel] = {}
    for row in rows:
        if row.work is not None:
            title = _without(row.subject, row.work)
            panel = found.setdefault(title, Panel(title, row.unit, {}))
            for name, taken in row.samples.items():
                point = (row.work, median(taken) * row.unit.scale)
                panel.lines.setdefault(name, []).append(point)
    return list(found.values())


def _without(subject: str, work: float) -> str:
    return subject.replace(f"{work:,}", MARK).replace(f"{work}", MARK)


def _panel(panel: Panel) -> Iterator[str]:
    points = [point for line in panel.lines.values() for point in line if min(point) > 0]
    across, up = ([point[axis] for point in points] for axis in (0, 1))
    yield f'<text y="-14" font-weight="600">{panel.title} ({panel.unit.name})</text>'
    yield f'<path class="axis" fill="none" d="M0,0 V{HEIGHT} H{WIDTH}"/>'
    yield from _ends(across, up)
    for number, (name, line) in enumerate(panel.lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [
            (_place(x, across) * WIDTH, HEIGHT - _place(y, up) * HEIGHT) for x, y in line if y > 0
        ]
        path = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
        yield f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>'
        yield from (f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>' for x, y in places)
        yield f'<text x="8" y="{12 + 14 * number}" style="fill:{colour}">{name}</text>'


def _ends(across: Sequence[float], up: Sequence[float]) -> Iterator[str]:
    for number, at in ((min(across), 0), (max(across), WIDTH)):
        yield f'<text x="{at}" y="{HEIGHT + 16}" text-anchor="middle">{short(number)}</text>'
    for number, at in ((min(up), HEIGHT), (max(up), 0)):
        yield f'<text x="-6" y="{at + 4}" text-anchor="end">{short(number)}</text>'


def _place(value: float, among: Sequence[float]) -> float:
    """Return where a value stands, from 0 to 1, on a logarithmic axis."""
    low, high = log10(min(among)), log10(max(among))
    return (log10(value) - low) / (high - low) if high > low else 0.5
