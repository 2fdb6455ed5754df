"""Films through a few workers that are killed, frozen, restarted; a database that is killed."""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, define

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.fleet._delivery import defer
from nemo_sdk.jobs import Job, Jobs

from .postgres import Postgres
from .worker import STALLED, TIMING

WORKER = Path(__file__).with_name("worker.py")
WORKERS = 3
AT_ONCE = 16
SPEED = 100.0
PAUSE = (0.3, 1.2)
"""Seconds between two blows."""
FROZEN = (1.2 * STALLED, 2 * STALLED)
"""Seconds that a worker is frozen: longer than others wait before they take over."""
OUTAGE = 60.0
"""Seconds for which a database is away."""
OWNERS = 5
_NEWS = """
    SELECT count(*) FILTER (WHERE final = 0) AS left, max(updated)::text AS news FROM nemo_jobs
"""


@define
class Figures:
    """What a number of films came to."""

    films: int = 0
    blows: Counter[str] = Factory(Counter)
    ends: Counter[str] = Factory(Counter)
    charged: Counter[int] = Factory(Counter)
    stranded: int = 0
    renders: Counter[int] = Factory(Counter)
    reasons: list[str] = Factory(list)
    problems: list[str] = Factory(list)
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        """Yield the figures, a line each."""
        yield f"films {self.films}, workers {WORKERS}, seconds {self.seconds:.0f}"
        yield f"blows: {_counts(self.blows)}"
        yield f"ends: {_counts(self.ends)}; stranded {self.stranded}"
        yield f"films by number of charges: {_counts(self.charged)}"
        yield f"charged films by number of renders: {_counts(self.renders)}"
        yield f"unknown {len(self.reasons)}"
        yield from (f"  {reason}" for reason in self.reasons)
        yield f"broken promises {len(self.problems)}"

    @property
    def twice(self) -> int:
        """How many films were charged more than once."""
        return sum(count for charges, count in self.charged.items() if charges > 1)


@define
class Plan:
    """What happens meanwhile: how likely each blow is."""

    films: int
    blows: Mapping[str, float]
    twice: float = 0.2
    """The share of films that is delivered twice, at the same moment."""
    guarded: bool = True
    seed: int = 0
    patience: float = 120.0
    """Seconds without any news after which what has not ended is stranded."""

    most: int | None = None
    """How many blows there are at most; None for as many as the films bear."""

    @property
    def most_blows(self) -> int:
        """How many there are at most: on a slow machine something has to be done in between."""
        return 6 + self.films // 2 if self.most is None else self.most


def sketch(draft: Mapping[str, Any], target: Path, **_: Any) -> "Sketch":
    """Write something in place of a film."""
    target.write_bytes(repr(draft["t"]).encode())
    return Sketch()


@define
class Sketch:
    """What is said of it."""

    duration: float = 10.0
    size: int = 100


class Fleet:
    """The workers, the database and the service that one run has."""

    def __init__(self, plan: Plan, server: Postgres, emulator: Emulator, folder: Path) -> None:
        self.figures = Figures(plan.films)
        self._plan = plan
        self._server = server
        self._emulator = emulator
        self._folder = folder
        self._token = emulator.add_token(credits=1_000_000)
        self._dsn = server.new_database()
        self._chance = random.Random(plan.seed)
        self._workers: list[asyncio.subprocess.Process] = []
        self._thawing: set[asyncio.Task[None]] = set()
        self._jobs: list[Job] = []
        self._store = PostgresStore(self._dsn, patience=60)
        self._news, self._since = "", 0.0

    async def run(self) -> Figures:
        """Begin the films, strike until all have ended, and look at what came out."""
        began = time.monotonic()
        client = NemoClient(self._token, base_url=self._emulator.base_url, timing=TIMING)
        async with client, Jobs(client, store=self._store) as jobs:
            await self._store.set_up()
            self._jobs = [
                await jobs.film(f"a cat walks through garden {number}", owner=f"{number % OWNERS}")
                for number in range(self._plan.films)
            ]
            for job in self._jobs:
                if self._chance.random() < self._plan.twice:
                    await self._deliver(job)
            try:
                self._workers = [await self._started() for _ in range(WORKERS)]
                await self._strike_until_all_have_ended()
            finally:
                await asyncio.gather(*self._thawing)
                for worker in self._workers:
                    if worker.returncode is None:
                        worker.kill()
                    await worker.wait()
            for job in self._jobs:
                await job
            self._judge()
        self.figures.seconds = time.monotonic() - began
        return self.figures

    async def _strike_until_all_have_ended(self) -> None:
        kinds, weights = list(self._plan.blows), list(self._plan.blows.values())
        while not await self._have_ended():
            await asyncio.sleep(self._chance.uniform(*PAUSE))
            if kinds and self.figures.blows.total() < self._plan.most_blows:
                kind = self._chance.choices(kinds, weights)[0]
                await getattr(self, f"_{kind}")()
                self.figures.blows[kind] += 1

    async def _have_ended(self) -> bool:
        """Whether all have, or nothing happens any more."""
        (row,) = await self._store.database.rows(_NEWS)
        if row["news"] != self._news:
            self._news, self._since = row["news"], time.monotonic()
        stands_still = time.monotonic() - self._since > self._plan.patience
        return row["left"] == 0 or (stands_still and not self._thawing)

    async def _started(self) -> asyncio.subprocess.Process:
        films = str(self._folder / "films")
        command = [self._emulator.base_url, self._dsn, films, str(AT_ONCE)]
        how = [] if self._plan.guarded else ["without"]
        with (self._folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, str(WORKER), *command, *how),
                env={**os.environ, "NEMO_TOKEN": self._token, "HOME": str(self._folder)},
                stdout=log,
                stderr=log,
            )

    async def _kill(self) -> None:
        number = self._chance.randrange(WORKERS)
        if self._workers[number].returncode is None:
            self._workers[number].kill()
        await self._workers[number].wait()
        self._workers[number] = await self._started()

    async def _freeze(self) -> None:
        worker = self._chance.choice(self._workers)
        if worker.returncode is None:
            worker.send_signal(signal.SIGSTOP)
            seconds = self._chance.uniform(*FROZEN)
            thawing = asyncio.create_task(_thaw(worker, seconds))
            self._thawing.add(thawing)
            thawing.add_done_callback(self._thawing.discard)

    async def _restart(self) -> None:
        """As a deploy does: end it, with time to drain, and start the next version."""
        number = self._chance.randrange(WORKERS)
        worker = self._workers[number]
        if worker.returncode is None:
            worker.terminate()
            await worker.wait()
            if worker.returncode not in {0, -signal.SIGTERM}:  # the second: it had not begun
                self.figures.problems.append(f"a worker ended with {worker.returncode}")
        self._workers[number] = await self._started()

    async def _kill_database(self) -> None:
        self._server.kill()
        await asyncio.sleep(self._chance.uniform(0, 2))
        await asyncio.to_thread(self._server.start)

    async def _outage(self) -> None:
        self._server.kill()
        await asyncio.sleep(OUTAGE)
        await asyncio.to_thread(self._server.start)

    async def _cancel(self) -> None:
        await self._chance.choice(self._jobs).cancel()

    async def _deliver_again(self) -> None:
        await self._deliver(self._chance.choice(self._jobs))

    async def _deliver(self, job: Job) -> None:
        """Deliver a job once more, before all others: as a queue does that lost an answer."""
        await self._store.database.work(
            lambda connection: defer(connection, "films", job.id, before=0)
        )

    def _judge(self) -> None:
        figures = self.figures
        charges = Counter(charge.text for charge in self._emulator.charges)
        sessions = {charge.session_id: charge.text for charge in self._emulator.charges}
        renders = Counter(
            sessions.get(one.session.id, "")
            for one in self._emulator.renders.values()
            if one.status not in {"failed", "cancelled"}
        )
        for job in self._jobs:
            figures.ends[job.status] += 1
            figures.charged[charges[job.words]] += 1
            if charges[job.words]:
                figures.renders[renders[job.words]] += 1
            figures.stranded += not job.record.ended
            if job.status == "unknown":
                figures.reasons.append(f"{job.id}, charges {charges[job.words]}: {job.error}")
            broken = _broken(job, charges, renders)
            figures.problems += [f"{job.id} {job.status}: {it}" for it in broken]


def _broken(job: Job, charges: Mapping[str, int], renders: Mapping[str, int]) -> Iterator[str]:
    charged = charges[job.words]
    if renders[job.words] > 1:
        yield f"{renders[job.words]} renders"
    if not job.record.ended:
        yield "stranded"
    if charged > 1:
        yield f"charged {charged} times"
    if job.status == "done" and (
        charged != 1 or not isinstance(job.saved, Path) or not job.saved.exists()
    ):
        yield f"charged {charged} times, saved as {job.saved}"
    if job.status == "failed":
        yield str(job.error)
    if job.status == "cancelled" and job.checkpoint is None and charged:
        yield "charged, and said to be free"


async def _thaw(worker: asyncio.subprocess.Process, seconds: float) -> None:
    await asyncio.sleep(seconds)
    if worker.returncode is None:
        worker.send_signal(signal.SIGCONT)


def _counts(counter: Mapping[Any, int]) -> str:
    found = sorted(counter.items(), key=lambda one: str(one[0]))
    return ", ".join(f"{name} {count}" for name, count in found) or "none"
