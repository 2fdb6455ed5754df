"""Run the benchmarks that are named, or all, and print one table.

python -m benchmarks                      all of them, as Markdown
python -m benchmarks call stream --json   two of them, as JSON
python -m benchmarks --into docs/figures  all, and everything that the page shows
python -m benchmarks --smoke              a little of each: whether they run, not how fast
"""

import argparse
import json
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ._plot import plot
from ._report import Figures, as_json, as_markdown, surroundings
from ._rows import Row, Size, rows_of

NAMES = (
    *("imports", "start", "call", "stream", "generation", "profile", "idle", "films"),
    *("many", "transfers", "chats"),
)
SMOKE = Size(0.01, 0.01)


def main() -> None:
    """Give each benchmark a fresh process, so that none inherits the memory of another."""
    asked = arguments()
    size = SMOKE if asked.smoke else Size(repeats=asked.rounds)
    figures: dict[str, list[Row]] = {}
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
        for name in asked.names:
            print(name, file=sys.stderr, flush=True)
            figures[name] = pool.submit(rows_of, name, size).result()
            if asked.into:
                write(asked.into, figures, surroundings(size))
    around = surroundings(size)
    print(told(figures, around) if asked.json else as_markdown(figures, around))


def write(folder: Path, figures: Figures, around: Mapping[str, Any]) -> None:
    """Write what is known so far: table, JSON and plot."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(told(figures, around) + "\n", "utf-8")
    (folder / "table.md").write_text(as_markdown(figures, around), "utf-8")
    drawn = plot(row for rows in figures.values() for row in rows)
    (folder / "growth.svg").write_text(drawn, "utf-8")


def told(figures: Figures, around: Mapping[str, Any]) -> str:
    """Return everything as JSON."""
    return json.dumps(as_json(figures, around), indent=1, ensure_ascii=False)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--smoke", action="store_true", help="a little of each")
    parser.add_argument(
        "--rounds", type=float, default=1.0, metavar="PART", help="of how often each is measured"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="write table, JSON and plot")
    asked = parser.parse_args()
    asked.names = asked.names or NAMES
    if unknown := set(asked.names) - set(NAMES):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    main()
