"""Many trials, some at a time, and a look at what they leave behind."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AsyncExitStack
from itertools import islice
from pathlib import Path

import psutil
from attrs import Factory, define

from nemo_sdk.emulator import Emulator

from .plans import kinds_of
from .trials import PICTURE, TIMING, Result, Trial, attempt, new_emulator

LANES = 16
"""Trials at a time, each with an emulator of its own."""
REPEATS = 3
"""How often a trial is repeated that failed while the machine stood still."""
STOOD_STILL = TIMING.read / 3
"""Seconds: where the machine stood still for longer, a timeout tells nothing of the library."""


@define
class Figures:
    """What a number of trials came to."""

    runs: int = 0
    outcomes: Counter[str] = Factory(Counter)
    afterwards: Counter[str] = Factory(Counter)
    kinds: Counter[str] = Factory(Counter)
    repeated: int = 0
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
        yield f"repeated, because the machine stood still {self.repeated}"
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
        waiting = iter(trials)
        while wave := list(islice(waiting, lanes)):
            for result in await _judged(emulators, wave, folder, figures):
                figures.add(result)
            await _settled(emulators)
            for leak in await _leaks(before):
                figures.leaks += 1
                figures.problems.append(f"after {wave[0].label} and others: {leak}")
    return figures


async def _judged(
    emulators: list[Emulator], wave: list[Trial], folder: Path, figures: Figures
) -> list[Result]:
    """Run a wave, and those again that failed while the machine stood still."""
    judged: list[Result] = []
    for repeats_left in reversed(range(REPEATS + 1)):
        results, gap = await _wave(emulators, wave, folder)
        wave = [result.trial for result in results if _doubtful(result, gap)]
        judged += [result for result in results if not (repeats_left and _doubtful(result, gap))]
        if not wave or not repeats_left:
            break
        figures.repeated += len(wave)
        await _settled(emulators)
    return judged


def _doubtful(result: Result, gap: float) -> bool:
    return bool(result.problems) and result.charges < 2 and gap > STOOD_STILL


async def _wave(
    emulators: list[Emulator], wave: list[Trial], folder: Path
) -> tuple[list[Result], float]:
    """Run trials side by side; return also the longest time that the loop stood still."""
    places = [folder / f"lane-{number}" for number in range(len(wave))]
    for place in places:
        place.mkdir(exist_ok=True)
    gaps = [0.0]
    watch = asyncio.create_task(_watch_the_loop(gaps))
    both = zip(emulators, wave, places, strict=False)
    try:
        results = await asyncio.gather(*(attempt(*each) for each in both))
    finally:
        watch.cancel()
        await asyncio.wait([watch])
    return results, max(gaps)


async def _watch_the_loop(gaps: list[float]) -> None:
    while True:
        before = time.monotonic()
        await asyncio.sleep(0.005)
        gaps.append(time.monotonic() - before)


async def _settled(emulators: list[Emulator]) -> None:
    """Wait until the service has ended what it was asked to do."""
    async with asyncio.timeout(60):
        for emulator in emulators:
            service = emulator._service
            works = [turn.task for turn in service.turns] + [
                render.task for render in service.renders.by_id.values()
            ]
            await asyncio.gather(*(work for work in works if work), return_exceptions=True)


def _left_open() -> tuple[int, set["asyncio.Task[object]"]]:
    return psutil.Process().num_fds(), asyncio.all_tasks()


async def _leaks(before: tuple[int, set["asyncio.Task[object]"]]) -> list[str]:
    """Return what is open beyond what was before, once it had a moment to close."""
    extra: list[str] = []
    for _ in range(100):
        descriptors, tasks = _left_open()
        extra = [*map(repr, tasks - before[1])]
        if descriptors > before[0]:
            extra.append(f"{descriptors - before[0]} descriptors more")
        if not extra:
            break
        await asyncio.sleep(0.01)
    return extra


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())
