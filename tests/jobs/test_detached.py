"""Jobs that a process of its own works on."""

import subprocess
import sys
from pathlib import Path

import pytest

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs, detach


async def test_a_job_goes_on_without_who_began_it(
    emulator: Emulator, client: NemoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun here, worked on by another process, and saved where it was asked for."""
    monkeypatch.setenv("NEMO_TOKEN", emulator.add_token(credits=1000))
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setenv("NEMO_TIMING_SCALE", "0.01")
    store = FileStore(tmp_path / "jobs")
    async with Jobs(client, store=store, save_to=tmp_path, at_once=0) as jobs:
        job = await jobs.film("a cat in the snow")
        assert (job.status, emulator.charges) == ("waiting", [])
        detach(store, job.id)
        await job.wait()
        assert (job.status, job.error) == ("done", None)
        assert job.saved == tmp_path / "a cat in the snow.mp4"
        assert (tmp_path / "a cat in the snow.mp4").stat().st_size
        assert (await jobs.film("a cat in the snow")).saved == job.saved
    assert len(emulator.charges) == 1


def test_who_detaches_a_job_may_end_at_once(tmp_path: Path) -> None:
    """Nothing is said of the process that goes on."""
    program = "import sys; from nemo_sdk.jobs import *; detach(FileStore(sys.argv[1]), 'film-1')"
    command = [sys.executable, "-X", "dev", "-c", program, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("", "")
