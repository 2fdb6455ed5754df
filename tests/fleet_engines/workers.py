"""Workers of the examples as processes that are killed, and what came of the films."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import psutil
from attrs import Factory, define

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.jobs import Job, Jobs, Store

EXAMPLES = Path(__file__).parents[2] / "examples"
LONGEST = 240.0
"""Seconds after which films that have not ended are taken for lost."""
TURN = """
    UPDATE nemo_jobs SET claimed = claimed - interval '15 minutes'
    WHERE final = 0 AND now() - claimed BETWEEN interval '30 seconds' AND interval '5 minutes'
"""
"""Has a turn's quarter of an hour pass in half a minute: so long it is hoped that whoever has
claimed a message, and may have been killed before its first byte, has sent it."""


@define
class Fleet:
    """Some workers, and who kills them.

    Attributes:
        command: What starts a worker, after the Python.
        env: Of the workers.
        folder: Where they write what they have to say.
        alive: Those that live.
        kills: How many were killed.
    """

    command: tuple[str, ...]
    env: dict[str, str]
    folder: Path
    alive: list["asyncio.subprocess.Process"] = Factory(list)
    kills: int = 0

    async def start(self) -> None:
        """Start one more worker, in a group of its own: what it starts dies with it."""
        with (self.folder / "workers.log").open("ab") as log:
            started = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.command),
                cwd=EXAMPLES / "fleet",
                env={**os.environ, **self.env},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.alive.append(started)

    async def kill(self, chance: Random) -> None:
        """Kill one worker, whole, and start another."""
        await self._end(self.alive.pop(chance.randrange(len(self.alive))))
        self.kills += 1
        await self.start()

    async def kill_child(self, chance: Random) -> None:
        """Kill one of the processes that a worker has started, if there is one."""
        with suppress(psutil.NoSuchProcess):
            if found := psutil.Process(chance.choice(self.alive).pid).children(recursive=True):
                chance.choice(found).kill()
                self.kills += 1

    async def mend(self) -> None:
        """Start those again that have ended by themselves, as whoever runs workers does."""
        for worker in [one for one in self.alive if one.returncode is not None]:
            self.alive.remove(worker)
            await self.start()

    async def stop(self) -> None:
        """End all."""
        for worker in self.alive:
            await self._end(worker)

    async def _end(self, worker: "asyncio.subprocess.Process") -> None:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        await worker.wait()


@asynccontextmanager
async def fleet(folder: Path, size: int, *command: str, **env: str) -> AsyncIterator[Fleet]:
    """Start so many workers, and end them."""
    started = Fleet(command, env, folder)
    try:
        for _ in range(size):
            await started.start()
        yield started
    finally:
        await started.stop()


def surroundings(emulator: Emulator, database: str, folder: Path, **more: str) -> dict[str, str]:
    """Return what the examples find in their environment."""
    return {
        "NEMO_API_URL": emulator.base_url,
        "NEMO_TOKEN": emulator.add_token(credits=100_000),
        "NEMO_TIMING_SCALE": "0.01",
        "HOME": str(folder),
        "DATABASE": database,
        "FILMS": str(folder / "films"),
        **more,
    }


async def begun(emulator: Emulator, store: Store, count: int, folder: Path) -> list[Job]:
    """Begin so many films, which workers are to make."""
    async with (
        NemoClient("nmv_usr_web", base_url=emulator.base_url) as client,
        Jobs(client, store=store, save_to=folder / "films", at_once=0) as jobs,
    ):
        return [await jobs.film(f"film number {one}", language="en") for one in range(count)]


async def ended(
    jobs: list[Job],
    fleet: Fleet,
    emulator: Emulator,
    store: PostgresStore,
    *,
    kills: int,
    seed: int,
    children: bool = False,
) -> None:
    """Wait for the films; soon after one more was charged, kill a worker, or a child of one."""
    chance = Random(seed)
    charged = 0
    with suppress(TimeoutError):  # what has not ended then, is judged so
        async with asyncio.timeout(LONGEST):
            while not all([_has_ended(await job, emulator) for job in jobs]):
                await store.database.rows(TURN)
                if len(emulator.charges) > charged and fleet.kills < kills:
                    charged = len(emulator.charges)
                    await asyncio.sleep(chance.uniform(0, 0.3))
                    await (fleet.kill_child if children and fleet.kills % 2 else fleet.kill)(chance)
                await fleet.mend()
                await asyncio.sleep(0.05)


def _has_ended(job: Job, emulator: Emulator) -> bool:
    """Whether it has: who does not know of a message is corrected by who has sent it."""
    was_sent = any(charge.text == job.words for charge in emulator.charges)
    return job.record.ended and not (job.status == "unknown" and was_sent)


def judge(jobs: list[Job], fleet: Fleet, emulator: Emulator) -> None:
    """Say what came of it, and see that no film was charged twice, nor one lost."""
    charges = Counter(charge.text for charge in emulator.charges)
    status = Counter(job.status for job in jobs)
    took = sorted(charges.values())
    print(f"films {len(jobs)}, kills {fleet.kills}: {dict(status)}; charges {took}")  # noqa: T201
    log = (fleet.folder / "workers.log").read_text(errors="replace")
    told = [(job.status, job.error, charges[job.words]) for job in jobs]
    for job in jobs:
        # Killed between its claim and the first byte: nobody sends, and nothing was charged.
        unsent = job.status == "unknown" and not charges[job.words]
        assert unsent or (job.status, charges[job.words]) == ("done", 1), f"{told}\n{log[-3000:]}"
        assert unsent or (isinstance(job.saved, Path) and job.saved.stat().st_size)
    assert status["done"] > len(jobs) / 2
