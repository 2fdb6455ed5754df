"""Many trials, some at a time, and a look at what they leave behind."""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path

from attrs import Factory, define

from nemo_sdk.emulator import Emulator

from .plans import kinds_of
from .trials import PICTURE, Result, Trial, attempt, new_emulator

LANES = 8
"""Trials at a time, each with an emulator of its own."""


@define
class Figures:
    """What a number of trials came to."""

    runs: int = 0
    outcomes: Counter[str] = Factory(Counter)
    afterwards: Counter[str] = Factory(Counter)
    kinds: Counter[str] = Factory(Counter)
    charged_twice: int = 0
    hangs: int = 0
    leaks: int = 0
    problems: list[str] = Factory(list)

    def add(self, result: Result) -> None:
        """Count one trial."""
        self.runs += 1
        self.outcomes[result.outcome] += 1
        self.afterwards[result.afterwards] += 1
        self.kinds.update(kinds_of(fault) for fault in result.fired)
        self.charged_twice += result.charges > 1
        self.hangs += "TimeoutError" in {result.outcome, result.afterwards}
        self.problems += [f"{result.trial.label}: {problem}" for problem in result.problems]

    def lines(self) -> Iterator[str]:
        """Yield the figures, a line each."""
        yield f"runs {self.runs}"
        yield f"faults that happened, by kind: {_counts(self.kinds)}"
        yield f"outcomes: {_counts(self.outcomes)}"
        yield f"outcomes after going on from the checkpoint: {_counts(self.afterwards)}"
        yield f"charges above one {self.charged_twice}"
        yield f"hangs {self.hangs}"
        yield f"leaks {self.leaks}"
        yield f"other broken promises {len(self.problems)}"


async def run(trials: Iterable[Trial], folder: Path, *, lanes: int = LANES) -> Figures:
    """Run trials in waves, and look after each wave whether it left anything.

    Args:
        trials: What shall go wrong.
        folder: For films; empty at the end.
        lanes: Trials at a time.
    """
    figures = Figures()
    (folder / "picture.png").write_bytes(PICTURE)
    async with AsyncExitStack() as stack:
        emulators = [await stack.enter_async_context(new_emulator(n)) for n in range(lanes)]
        await _wave(emulators, [Trial("warm-up", files=True)] * lanes, folder)
        await _settled(emulators)
        before = _left_open()
        async for results in _waves(iter(trials), emulators, folder):
            for result in results:
                figures.add(result)
            await _settled(emulators)
            for leak in await _leaks(before):
                figures.leaks += 1
                figures.problems.append(f"after {results[0].trial.label} and others: {leak}")
    return figures


async def _waves(
    trials: Iterator[Trial], emulators: list[Emulator], folder: Path
) -> AsyncIterator[list[Result]]:
    while wave := list(islice(trials, len(emulators))):
        yield await _wave(emulators, wave, folder)


async def _wave(emulators: list[Emulator], wave: list[Trial], folder: Path) -> list[Result]:
    places = [folder / f"lane-{number}" for number in range(len(wave))]
    for place in places:
        place.mkdir(exist_ok=True)
    both = zip(emulators, wave, places, strict=False)
    return await asyncio.gather(*(attempt(*each) for each in both))


async def _settled(emulators: list[Emulator]) -> None:
    """Wait until the service has ended what it was asked to do."""
    async with asyncio.timeout(5):
        for emulator in emulators:
            service = emulator._service
            works = [turn.task for turn in service.turns] + [
                render.task for render in service.renders.by_id.values()
            ]
            await asyncio.gather(*(work for work in works if work), return_exceptions=True)


def _left_open() -> tuple[int, set["asyncio.Task[object]"]]:
    return len(os.listdir("/proc/self/fd")), asyncio.all_tasks()


async def _leaks(before: tuple[int, set["asyncio.Task[object]"]]) -> list[str]:
    """Return what is open beyond what was before, once it had a moment to close."""
    descriptors, tasks = before
    for _ in range(100):
        now, running = _left_open()
        extra = running - tasks
        if now <= descriptors and not extra:
            return []
        await asyncio.sleep(0.01)
    return [f"{now - descriptors} descriptors more", *map(repr, extra)]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())
