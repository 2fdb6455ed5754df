"""Jobs whose processes are killed at random instants, and that others join."""

import asyncio
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import Factory, define, evolve, frozen

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore

from .trials import render

WORKER = Path(__file__).with_name("worker.py")
SPEED = 1000.0
LONGEST_LIFE = 0.45
"""Seconds that a worker lives at most after it is ready: a little longer than the work takes."""
SHORT_LIFE = 0.05
"""The same, for those that shall die about when they send the message."""
AT_ONCE = 3
EDITS = 0.4
"""The share of jobs that are edits."""
_SLOWEST = 300.0
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
    b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


@frozen
class Job:
    """What all workers of one place are asked for."""

    base_url: str
    token: str
    place: Path
    kind: str
    words: str


@define
class Deaths:
    """What a number of kills came to."""

    runs: int = 0
    kills: int = 0
    too_late: int = 0
    joined: int = 0
    films: int = 0
    edits: int = 0
    lost: int = 0
    unknown: int = 0
    charged_twice: int = 0
    rendered_twice: int = 0
    stages: dict[str, int] = Factory(dict)
    problems: list[str] = Factory(list)

    def lines(self) -> Iterator[str]:
        """Yield the figures, a line each."""
        yield f"jobs {self.runs}, kills {self.kills}, done before they were killed {self.too_late}"
        yield f"joined by a second process {self.joined}, at the end always"
        yield f"where the jobs stood when killed: {self._stages()}"
        yield f"films {self.films}, edits {self.edits}; jobs lost {self.lost}"
        yield f"unknown outcomes, nothing charged {self.unknown}"
        yield f"second charges {self.charged_twice}"
        yield f"second renders beside one alive {self.rendered_twice}"
        yield f"other broken promises {len(self.problems)}"

    def _stages(self) -> str:
        return ", ".join(f"{stage} {count}" for stage, count in sorted(self.stages.items()))


async def run(runs: int, folder: Path, *, seed: int = 0) -> Deaths:
    """Kill those who work on so many jobs, one to three times, and look at what comes out."""
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
    job = await _job(emulator, token, place, chance)
    deaths.runs += 1
    for _ in range(chance.randint(1, 3)):
        life = chance.uniform(0, chance.choice((SHORT_LIFE, LONGEST_LIFE, LONGEST_LIFE)))
        workers = [await _started(job) for _ in range(chance.choice((1, 1, 2)))]
        early = [await _killed(worker, life) for worker in workers]
        deaths.kills += sum(early)
        deaths.joined += len(workers) - 1
        deaths.too_late += len(early) - sum(early)
        if not all(early):
            break
        stage = _stage(place)
        deaths.stages[stage] = deaths.stages.get(stage, 0) + 1
    _judge(emulator, job, await asyncio.gather(*(_finished(job) for _ in range(2))), deaths)


async def _job(emulator: Emulator, token: str, place: Path, chance: random.Random) -> Job:
    job = Job(emulator.base_url, token, place, "film", f"a cat walking through {place.name}")
    if chance.random() < EDITS:
        async with NemoClient(token, base_url=emulator.base_url, token_store=None) as client:
            session = await client.create_session()
            await session.upload(PNG)
        (place / "session").write_text(session.id)
        job = evolve(job, kind="edit", words=f"add the title '{place.name}'")
    return job


async def _started(job: Job) -> asyncio.subprocess.Process:
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, str(WORKER), job.base_url, str(job.place), job.kind, job.words),
        env={**os.environ, "NEMO_TOKEN": job.token, "HOME": str(job.place)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    return worker


async def _killed(worker: asyncio.subprocess.Process, seconds: float) -> bool:
    """Kill a worker after some time; False where it was done before."""
    await asyncio.sleep(seconds)
    early = worker.returncode is None
    if early:
        worker.kill()
    await worker.communicate()
    return early


async def _finished(job: Job) -> str:
    worker = await _started(job)
    async with asyncio.timeout(_SLOWEST):
        out, errors = await worker.communicate()
    return out.decode().strip() or errors.decode()[-2000:]


def _stage(place: Path) -> str:
    kept = FileStore(place / "jobs").list()
    if not kept:
        return "none"
    return kept[0].checkpoint.stage if kept[0].checkpoint else "before the message"


def _judge(emulator: Emulator, job: Job, outcomes: list[str], deaths: Deaths) -> None:
    charges = [charge for charge in emulator.charges if charge.text == job.words]
    sessions = {charge.session_id for charge in charges}
    renders = [one for one in emulator.renders.values() if one.session.id in sessions]
    name = job.place.name
    if len(charges) > 1:
        deaths.charged_twice += 1
        deaths.problems.append(f"{name}: charged {len(charges)} times")
    if sum(one.status != "failed" for one in renders) > 1:
        deaths.rendered_twice += 1
    for outcome in outcomes:
        kind, _, told = outcome.partition(" ")
        if kind == "unknown" and not charges:
            deaths.unknown += 1
        elif kind != job.kind or len(charges) != 1:
            deaths.lost += 1
            deaths.problems.append(f"{name}: {len(charges)} charges, and then: {outcome}")
        elif kind == "film":
            _judge_film(emulator, name, told, deaths)
        else:
            deaths.edits += 1


def _judge_film(emulator: Emulator, name: str, told: str, deaths: Deaths) -> None:
    render_id, _, path = told.partition(" ")
    made = emulator.renders[render_id].path
    deaths.films += 1
    if made is None or Path(path).read_bytes() != made.read_bytes():
        deaths.problems.append(f"{name}: the film is another one")
