"""`python -m tests.faults`: breaks generations on purpose, and prints what came of it."""

import argparse
import asyncio
import logging
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from . import kills, lanes, plans
from .trials import Trial


def main() -> int:
    """Run what the arguments ask for; 1 where a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("what", choices=["single", "stream", "chance", "all", "kills"])
    parser.add_argument("--runs", type=int, help="combinations (1000), or films to kill for (60)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.getLogger("aiohttp.server").disabled = True  # it tells of clients that left
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(_figures(arguments, Path(folder)))
    told = [_wrapped(line) for line in figures.lines()]
    sys.stdout.write("\n".join([*figures.problems[:30], *told]) + "\n")
    sys.stdout.write(f"seconds {time.monotonic() - started:.0f}\n")
    return 1 if figures.problems else 0


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 96, subsequent_indent="    ", break_on_hyphens=False)


async def _figures(arguments: argparse.Namespace, folder: Path) -> lanes.Figures | kills.Deaths:
    if arguments.what == "kills":
        return await kills.run(arguments.runs or 60, folder, seed=arguments.seed)
    trials = _trials(arguments.what, arguments.runs or 1000, arguments.seed)
    return await lanes.run(trials, folder)


def _trials(what: str, runs: int, seed: int) -> Iterable[Trial]:
    plan = {
        "single": plans.single_faults(),
        "stream": plans.places_in_the_stream(60, 20_000, 50),
        "chance": plans.chance_combinations(runs, seed),
    }
    return chain.from_iterable(plan.values()) if what == "all" else plan[what]


if __name__ == "__main__":
    sys.exit(main())
