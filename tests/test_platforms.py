"""What Windows and macOS refuse, simulated: no such machine is here.

What is shown is that the library, its emulator and `run.py` live with the refusals.
"""

import asyncio
import os
import runpy
import shutil
import sys
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import NemoClient, Video
from nemo_sdk.emulator import Emulator
from nemo_sdk.emulator.__main__ import serve

RUN = Path(__file__).parents[1] / "run.py"


def refuse(*_: Any, **__: Any) -> Any:
    """Refuse, as Windows does for a file that somebody has open."""
    raise PermissionError(13, "The process cannot access the file")


@pytest.fixture
async def video(client: NemoClient) -> Video:
    """A film that was paid for."""
    return await client.generate("a fox")


async def test_a_film_that_somebody_watches_is_not_replaced(
    video: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the file, nothing half is left, and the film is saved under another name."""
    watched, other = tmp_path / "cat.mp4", tmp_path / "cat 2.mp4"
    watched.write_bytes(b"the film of before")
    with monkeypatch.context() as windows:
        windows.setattr(os, "replace", refuse)
        windows.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match=r"cat\.mp4"):
            await video.save(watched)
    assert [path.name for path in tmp_path.glob("*.*")] == ["cat.mp4"]
    assert watched.read_bytes() == b"the film of before"
    assert (await video.save(other)).read_bytes() == await video.read()


async def test_a_part_that_cannot_be_removed_hides_no_error(
    video: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virus scanner that has the part open is no reason to say anything else."""
    with monkeypatch.context() as windows:
        for name in ("replace", "unlink"):
            windows.setattr(os, name, refuse)
            windows.setattr(Path, name, refuse)
        with pytest.raises(OSError, match=r"cat\.mp4"):
            await video.save(tmp_path / "cat.mp4")


async def test_an_emulator_closes_while_its_films_are_open(
    emulator: Emulator, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film of its folder that a player has open does not spoil the end of a test."""
    assert video.size
    with monkeypatch.context() as windows:
        windows.setattr(os, "unlink", refuse)
        await emulator.aclose()


async def test_the_emulator_serves_without_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loops of Windows take no signal handlers: Ctrl-C ends the command by itself."""

    def no_handlers(*_: Any) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", no_handlers)
    told: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.create_task(serve(Emulator(), told.put_nowait))
    assert (await told.get()).startswith("http://127.0.0.1:")
    serving.cancel()
    await asyncio.wait([serving])
    assert serving.cancelled()


async def test_a_name_may_come_in_pieces(client: NemoClient, tmp_path: Path) -> None:
    """A letter is one character or two on macOS: a film is found under the name it was given."""
    for form in ("NFC", "NFD"):
        name = unicodedata.normalize(form, "café.mp4")
        saved = await (await client.generate("a café")).save(tmp_path / name)
        assert saved.exists()


@pytest.mark.skipif(not RUN.exists(), reason="the wheel is tested without it")
def test_run_py_needs_no_fcntl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Windows the environment's Python is elsewhere, and runs do not lock each other out."""
    place = str(shutil.copy(RUN, tmp_path))
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "fcntl", None)
    run = runpy.run_path(place, run_name="run")
    assert run["PYTHON"] == tmp_path / ".run" / "venv" / "Scripts" / "python"
    with (tmp_path / "lock").open("w") as file:
        run["lock"](file.fileno(), alone=True)
