"""`python -m tests.fleet`: films through workers that are struck on purpose, in figures."""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from nemo_sdk.emulator import Emulator

from . import postgres
from .chaos import SPEED, Figures, Fleet, Plan, sketch

PLANS: dict[str, dict[str, float]] = {
    "kills": {"kill": 6, "freeze": 3, "kill_database": 0.7, "deliver_again": 2},
    "cancels": {"kill": 4, "freeze": 2, "cancel": 12, "deliver_again": 2},
    "restarts": {"restart": 5},
    "outage": {"outage": 1},
    "control": {"deliver_again": 1},
    "none": {},
}


async def strike(plan: Plan, server: postgres.Postgres, folder: Path) -> Figures:
    """Run a plan."""
    logging.getLogger("aiohttp.server").disabled = True  # it tells of clients that left
    async with Emulator(credits=0, speed=SPEED, seed=plan.seed, renderer=sketch) as emulator:
        # Whoever has a job is some time in between: others may have it by then.
        emulator.faults.delay("create_session", SPEED, times=None)
        return await Fleet(plan, server, emulator, folder).run()


def main() -> int:
    """Run what the arguments ask for; 1 where a promise was broken, or the control kept all."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("what", choices=sorted(PLANS))
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path, help="a folder to leave the workers' log in")
    arguments = parser.parse_args()
    is_control = arguments.what == "control"
    plan = Plan(
        arguments.films,
        PLANS[arguments.what],
        twice=1.0 if is_control else 0.2,
        guarded=not is_control,
        seed=arguments.seed,
        most=1 if arguments.what == "outage" else None,
    )
    with tempfile.TemporaryDirectory() as folder, postgres.running() as server:
        place = arguments.log or Path(folder)
        place.mkdir(exist_ok=True)
        figures = asyncio.run(strike(plan, server, place))
    sys.stdout.write("\n".join([*figures.problems[:20], *figures.lines(), ""]))
    if is_control:
        return 0 if figures.twice else 1
    return 1 if figures.problems else 0


if __name__ == "__main__":
    sys.exit(main())
