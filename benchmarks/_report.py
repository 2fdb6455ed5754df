"""What the command prints: figures as a table or as JSON, with the machine, versions and day."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ._rows import OURS, Row, Size

PACKAGES = [
    *("nemo-sdk", "aiohttp", "orjson", "httpx", "httpx-sse", "openai", "anthropic", "runwayml"),
    *("lumaai", "fal-client", "replicate", "google-genai"),
]
Figures = Mapping[str, Sequence[Row]]
"""The rows of each benchmark, by its name."""


def surroundings(size: Size) -> dict[str, Any]:
    """Return which machine, which versions, and which day."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": None if os.name == "nt" else round(os.getloadavg()[0], 1),
        "part_of_the_work": size.work,
        "part_of_the_rounds": size.repeats,
        "versions": dict(_versions()),
    }


def as_json(figures: Figures, around: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything, as JSON takes it."""
    rows = {name: [row.to_dict() for row in rows] for name, rows in figures.items()}
    return {**around, "benchmarks": rows}


def as_markdown(figures: Figures, around: Mapping[str, Any]) -> str:
    """Return one table, under a heading for each benchmark."""
    versions = ", ".join(f"{name} {one}" for name, one in around["versions"].items())
    machine = f"{around['system']}, {around['cores']} cores of {around['processor']}"
    lines = [
        f"Measured on {around['day']} with Python {around['python']} on {machine},",
        f"load {around['load']}. Medians, and in brackets the middle half of what was measured.",
        "",
        f"Versions: {versions}.",
        "",
        "| | nemo_sdk | beside | | ours / theirs |",
        "|---|---|---|---|---|",
    ]
    for name, rows in figures.items():
        lines.append(f"| **{name}** | | | | |")
        lines += [f"| {' | '.join(cells)} |" for row in rows for cells in _lines(row)]
    return "\n".join(lines) + "\n"


def _lines(row: Row) -> Iterator[tuple[str, ...]]:
    subject, ours = row.subject, row.shown(OURS)
    peers = [name for name in row.samples if name != OURS]
    if not peers:
        yield subject, ours, "", "", ""
    for name in peers:
        ratio = row.ratio(name)
        yield subject, ours, name, row.shown(name), "" if ratio is None else f"{ratio:.2f}"
        subject = ours = ""


def _versions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.is_file():
        for line in told.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "an unknown processor"
