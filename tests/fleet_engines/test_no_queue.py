"""Any worker takes any open job, and workers are killed."""

from pathlib import Path

import pytest

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.jobs import Jobs

from .workers import begun, ended, fleet, judge, surroundings


async def test_each_film_is_charged_once(
    slow_emulator: Emulator, dsn: str, store: PostgresStore, tmp_path: Path
) -> None:
    """Eight films through three workers who want the same ones, and are killed."""
    emulator = slow_emulator
    jobs = await begun(emulator, store, 8, tmp_path)
    env = surroundings(emulator, dsn, tmp_path, AT_ONCE="5")
    async with fleet(tmp_path, 3, "no_queue.py", **env) as workers:
        await ended(jobs, workers, emulator, store, kills=6, seed=1)
        judge(jobs, workers, emulator)
        assert workers.kills


async def test_a_file_of_this_machine_is_refused(
    client: NemoClient, store: PostgresStore, clip: Path
) -> None:
    """Another machine would not find it, and nothing is written."""
    async with Jobs(client, store=store) as jobs:
        with pytest.raises(ValueError, match=r"holiday\.mp4' is on this machine"):
            await jobs.film("a", files=[clip])
    assert await store.list() == []
