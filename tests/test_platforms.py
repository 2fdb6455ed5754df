"""What Windows and macOS refuse, simulated: no such machine is here.

What is shown is that the library, its emulator and `run.py` live with the refusals.
"""

import asyncio
import os
import runpy
import shutil
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from conftest import sketch

from nemo_sdk import NemoClient, Video, check_target
from nemo_sdk.emulator import Emulator
from nemo_sdk.emulator.__main__ import serve
from nemo_sdk.jobs import Jobs, MemoryStore

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


def loop_like_that_of_windows() -> asyncio.AbstractEventLoop:
    """Return a loop without handlers for descriptors and signals."""

    def refuse_handlers(*_: Any, **__: Any) -> None:
        raise NotImplementedError

    loop = asyncio.SelectorEventLoop()
    for name in ("add_reader", "add_writer", "add_signal_handler"):
        setattr(loop, name, refuse_handlers)
    return loop


def test_the_loop_of_windows_does(tmp_path: Path, clip: Path) -> None:
    """Files go up and films come down, by hand and by a job."""

    async def work() -> int:
        service = Emulator(speed=1000, credits=1000, renderer=sketch)
        async with service, service.client() as client:
            video = await client.generate("a fox", files=[clip])
            saved = await video.save(tmp_path / "fox.mp4")
            async with Jobs(client, store=MemoryStore(), save_to=tmp_path) as jobs:
                job = await (await jobs.film("a cat")).wait()
                assert job.error is None
            return saved.stat().st_size

    with asyncio.Runner(loop_factory=loop_like_that_of_windows) as runner:
        assert runner.run(work()) > 0
    assert (tmp_path / "a cat.mp4").exists()


@pytest.fixture
def short_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows takes 259 characters, and says of longer paths that nothing is there."""
    opened = os.open

    def few(path: Any, *arguments: Any, **options: Any) -> int:
        if len(str(path)) > 259:
            raise FileNotFoundError(2, "No such file or directory", path)
        return opened(path, *arguments, **options)

    monkeypatch.setattr(tempfile, "TemporaryFile", tempfile.NamedTemporaryFile)
    monkeypatch.setattr(os, "open", few)


@pytest.mark.usefixtures("short_paths")
def test_a_path_is_tried_in_its_whole_length(tmp_path: Path) -> None:
    """What is too long for Windows is refused, and leaves nothing."""
    room = 259 - len(str(tmp_path)) - 1
    for name in ("x" * (room - 3) + ".mp4", f"{'x' * 100}/{'x' * (room - 104)}.mp4"):
        with pytest.raises(OSError, match="too long a path for this system"):
            check_target(tmp_path / name)
    check_target(tmp_path / ("x" * (room - 4) + ".mp4"))
    assert list(tmp_path.glob("x*")) == []


@pytest.mark.usefixtures("short_paths")
async def test_a_films_own_path_is_tried(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """A name made of words may be too long where that of another film is not."""
    folder, words = tmp_path / ("x" * (200 - len(str(tmp_path)))), "a very long fox " * 6
    (made,) = [one async for one in client.generate_many([words], save_to=folder)]
    async with Jobs(client, store=MemoryStore(), save_to=folder) as jobs:
        job = await (await jobs.film(words)).wait()
    for error in (made.error, job.error):
        assert "too long a path for this system" in str(error)
    assert emulator.charges == []


def one_for_all_cases(act: Any) -> Any:
    """Make a file only where there is none whose name has the same letters, great or small."""

    def made(path: Path, *arguments: Any, **options: Any) -> Any:
        there = {one.name.casefold() for one in path.parent.iterdir()}
        if path.name.casefold() in there:
            raise FileExistsError(17, "File exists", str(path))
        return act(path, *arguments, **options)

    return made


async def test_great_and_small_letters_are_the_same(
    client: NemoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS and Windows a film of a Cat does not replace the one of a cat."""
    monkeypatch.setattr(Path, "hardlink_to", one_for_all_cases(Path.hardlink_to))
    for number, words in enumerate(("Cat", "cat", "CAT")):
        video = await client.generate(words)
        saved = await video.save_in(tmp_path / "one by one", words)
        assert saved.stem == (f"{words} ({number + 1})" if number else words)
    many = client.generate_many(["Cat", "cat"], save_to=tmp_path / "at once")
    assert {film.saved.name async for film in many if film.saved} == {"Cat.mp4", "cat (2).mp4"}


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
