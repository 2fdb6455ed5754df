"""Processes killed at random instants, and gone on with in others."""

import asyncio
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import Factory, define

from nemo_sdk.emulator import Emulator

from .trials import render

WORKER = Path(__file__).with_name("worker.py")
SPEED = 1000.0
LONGEST_LIFE = 0.45
"""Seconds that a worker lives at most after it is ready: a little longer than the work takes."""
SHORT_LIFE = 0.05
"""The same, for those that shall die about when they send the message."""
AT_ONCE = 3
_SLOWEST = 300.0


@define
class Deaths:
    """What a number of kills came to."""

    runs: int = 0
    kills: int = 0
    too_late: int = 0
    films: int = 0
    unknown: int = 0
    charged_twice: int = 0
    rendered_twice: int = 0
    stages: dict[str, int] = Factory(dict)
    problems: list[str] = Factory(list)

    def lines(self) -> Iterator[str]:
        """Yield the figures, a line each."""
        yield f"runs {self.runs}, kills {self.kills}, done before they were killed {self.too_late}"
        yield f"last checkpoint when killed: {self._stages()}"
        yield f"films {self.films}"
        yield f"unknown outcomes, nothing charged {self.unknown}"
        yield f"second charges {self.charged_twice}"
        yield f"second renders beside one alive {self.rendered_twice}"
        yield f"other broken promises {len(self.problems)}"

    def _stages(self) -> str:
        return ", ".join(f"{stage} {count}" for stage, count in sorted(self.stages.items()))


async def run(runs: int, folder: Path, *, seed: int = 0) -> Deaths:
    """Kill the makers of so many films, once to three times each, and look at what comes out."""
    deaths = Deaths()
    places = asyncio.Semaphore(AT_ONCE)
    async with Emulator(credits=0, speed=SPEED, seed=seed, renderer=render) as emulator:
        token = emulator.add_token(credits=1_000_000)

        async def one(number: int) -> None:
            place = folder / f"run-{number}"
            place.mkdir()
            async with places:
                await _one(emulator, token, place, random.Random(f"{seed}:{number}"), deaths)

        await asyncio.gather(*(one(number) for number in range(runs)))
    return deaths


async def _one(
    emulator: Emulator, token: str, place: Path, chance: random.Random, deaths: Deaths
) -> None:
    prompt = f"a cat walking through {place.name}"
    deaths.runs += 1
    for _ in range(chance.randint(1, 3)):
        life = chance.uniform(0, chance.choice((SHORT_LIFE, LONGEST_LIFE, LONGEST_LIFE)))
        if await _killed(emulator, token, place, prompt, life):
            deaths.kills += 1
            stage = _stage(place)
            deaths.stages[stage] = deaths.stages.get(stage, 0) + 1
        else:
            deaths.too_late += 1
            break
    outcome = await _finished(emulator, token, place, prompt)
    _judge(emulator, place, prompt, outcome, deaths)


async def _killed(emulator: Emulator, token: str, place: Path, prompt: str, seconds: float) -> bool:
    """Start a worker and kill it; False where it was done before."""
    worker = await _worker(emulator, token, place, prompt)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    await asyncio.sleep(seconds)
    early = worker.returncode is None
    if early:
        worker.kill()
    await worker.communicate()
    return early


async def _finished(emulator: Emulator, token: str, place: Path, prompt: str) -> str:
    worker = await _worker(emulator, token, place, prompt)
    async with asyncio.timeout(_SLOWEST):
        out, errors = await worker.communicate()
    return out.decode().removeprefix("ready\n").strip() or errors.decode()[-2000:]


async def _worker(
    emulator: Emulator, token: str, place: Path, prompt: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(WORKER), emulator.base_url, str(place), prompt),
        env={**os.environ, "NEMO_TOKEN": token, "HOME": str(place)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def _stage(place: Path) -> str:
    kept = place / "checkpoint.json"
    return kept.read_text().split('"stage": "')[1].split('"')[0] if kept.exists() else "none"


def _judge(emulator: Emulator, place: Path, prompt: str, outcome: str, deaths: Deaths) -> None:
    charges = [charge for charge in emulator.charges if charge.text == prompt]
    sessions = {charge.session_id for charge in charges}
    renders = [one for one in emulator.renders.values() if one.session.id in sessions]
    if len(charges) > 1:
        deaths.charged_twice += 1
        deaths.problems.append(f"{place.name}: charged {len(charges)} times")
    if sum(one.status != "failed" for one in renders) > 1:
        deaths.rendered_twice += 1
        deaths.problems.append(f"{place.name}: rendered again beside one alive")
    if outcome.startswith("film "):
        deaths.films += 1
        made = emulator.renders[outcome.removeprefix("film ")].path
        if made is None or (place / "film.mp4").read_bytes() != made.read_bytes():
            deaths.problems.append(f"{place.name}: the film is another one")
    elif outcome == "unknown" and not charges:
        deaths.unknown += 1
    else:
        deaths.problems.append(f"{place.name}: {len(charges)} charges, and then: {outcome}")
