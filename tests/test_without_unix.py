"""Whole commands where there is no Unix: without its signals, locks and modes; coarse clocks."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from pseudo_terminal import ended, until

from nemo_sdk.emulator import Emulator

HERE = Path(__file__).parent


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def begun(folder: Path, *arguments: str) -> asyncio.subprocess.Process:
    """Start a module as where there is no Unix."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", str(HERE / "without_unix.py"), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(HERE.parent)},
    )


async def test_a_film_is_made_here(tmp_path: Path) -> None:
    """The emulator, its films and the client need none of it."""
    words = "a one second film of a fox"
    made = await begun(tmp_path, "nemo_sdk", "generate", words, "--emulator", "-q", "-o", "fox.mp4")
    assert await ended(made) == (0, f"{tmp_path / 'fox.mp4'}\n", "")


async def test_a_killed_command_is_gone_on_with(nearby: Emulator, tmp_path: Path) -> None:
    """A kill there asks nobody; the job is found, and charged once."""
    nearby.faults.delay("submit_render", seconds=60_000)
    killed = await begun(tmp_path, "nemo_sdk", "generate", "a fox", "-q", "-o", "fox.mp4")
    await until(killed, lambda: nearby.calls_of("submit_render"))
    killed.kill()
    await killed.wait()
    resumed = await ended(await begun(tmp_path, "nemo_sdk", "resume", "--last", "-q"))
    assert resumed == (0, f"{tmp_path / 'fox.mp4'}\n", "")
    assert len(nearby.charges) == 1


async def test_the_same_film_is_joined(nearby: Emulator, tmp_path: Path) -> None:
    """Two commands that begin in the same tick of the clock are one job."""
    command = ("nemo_sdk", "generate", "a fox", "-q", "-o", "fox.mp4")
    both = [await begun(tmp_path, *command) for _ in range(2)]
    assert [(await ended(one)).code for one in both] == [0, 0]
    assert len(nearby.charges) == 1


async def test_a_conversation_is_held(nearby: Emulator, tmp_path: Path) -> None:
    """Lines are read without a terminal of Unix."""
    talk = await begun(tmp_path, "nemo_sdk", "chat", "-q")
    code, out, err = await ended(talk, "make a film of a fox\nexport fox.mp4\n")
    assert (code, err) == (0, "")
    assert f"{tmp_path / 'fox.mp4'}\n" in out
