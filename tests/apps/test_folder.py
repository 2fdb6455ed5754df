"""The script for a folder of prompts."""

import asyncio
from pathlib import Path
from types import ModuleType

import pytest

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator

from .conftest import load


@pytest.fixture
def script() -> ModuleType:
    """The example, as a module."""
    return load("folder.py")


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A folder of two prompts."""
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "fox.txt").write_text("a fox in the snow")
    (folder / "hare.txt").write_text("a hare at night")
    return folder


def names(folder: Path) -> list[str]:
    """Return what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def test_films(
    script: ModuleType, client: NemoClient, prompts: Path, tmp_path: Path, emulator: Emulator
) -> None:
    """Each prompt becomes a film of its name, and no checkpoint is left."""
    films = tmp_path / "films"
    failed = await script.films(client, script.missing(prompts, films), films)
    assert failed == 0 and names(films) == ["fox.mp4", "hare.mp4"]
    assert b"hare" in (films / "hare.mp4").read_bytes()
    assert script.missing(prompts, films) == []
    assert len(emulator.charges) == 2


async def test_going_on(
    script: ModuleType, client: NemoClient, prompts: Path, tmp_path: Path, emulator: Emulator
) -> None:
    """What was begun before it was stopped is gone on with, and charged once."""
    films = tmp_path / "films"
    emulator.faults.stall("run_sse", after_event=1, times=2)
    running = asyncio.create_task(script.films(client, script.missing(prompts, films), films))
    async with asyncio.timeout(60):
        while len(emulator.charges) < 2:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    assert names(films) == ["fox.json", "hare.json"]
    assert await script.films(client, script.missing(prompts, films), films) == 0
    assert names(films) == ["fox.mp4", "hare.mp4"]
    assert len(emulator.charges) == 2


async def test_a_failure(
    script: ModuleType,
    client: NemoClient,
    prompts: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A prompt that cannot be used is told, and the others are made."""
    films = tmp_path / "films"
    (prompts / "empty.txt").write_text("\n")
    assert await script.films(client, script.missing(prompts, films), films) == 1
    assert names(films) == ["fox.mp4", "hare.mp4"]
    assert "empty.txt: The message is empty" in capsys.readouterr().err


async def test_refused(
    script: ModuleType, client: NemoClient, prompts: Path, tmp_path: Path, emulator: Emulator
) -> None:
    """A prompt that was refused is begun anew the next time."""
    films = tmp_path / "films"
    body = b'{"code": 2001, "message": "no credits"}'
    as_json = {"Content-Type": "application/json"}
    emulator.faults.answer("run_sse", headers=as_json, body=body, times=2, effect=False)
    assert await script.films(client, script.missing(prompts, films), films) == 2
    assert names(films) == []
    assert await script.films(client, script.missing(prompts, films), films) == 0


@pytest.mark.parametrize(("status", "times"), [(503, 6), (403, 2)])
async def test_paid_and_not_lost(
    script: ModuleType,
    client: NemoClient,
    prompts: Path,
    tmp_path: Path,
    emulator: Emulator,
    status: int,
    times: int,
) -> None:
    """Where the service fails after the agent's answer, the film is gone on with: one charge."""
    films = tmp_path / "films"
    (prompts / "hare.txt").unlink()
    emulator.faults.answer("state", status=status, body=b"busy", times=times)
    assert await script.films(client, script.missing(prompts, films), films) == 1
    assert names(films) == ["fox.json"]
    emulator.faults.clear()
    assert await script.films(client, script.missing(prompts, films), films) == 0
    assert names(films) == ["fox.mp4"]
    assert len(emulator.charges) == 1
