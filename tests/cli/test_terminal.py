"""The command line in a real terminal: what is on the screen, what keys do."""

import re
from pathlib import Path

import pytest
from conftest import sketch
from pseudo_terminal import terminal

from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore

COLOURS = re.compile(rb"\x1b\[[\d;]*3[0-8][\d;]*m")


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator that the commands of a test use, in a folder of their own."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path)
    return emulator


@pytest.mark.parametrize("columns", [20, 40, 200])
async def test_progress_is_one_line_that_goes(nearby: Emulator, columns: int) -> None:
    """In a terminal of any width a generation is one live line, and then the film's name."""
    async with terminal("generate", "一只猫走过雪林", "-o", "cat.mp4", columns=columns) as shown:
        await shown.until("%")
        assert len(shown.lines()) <= 1
        assert await shown.end() == 0
    assert "".join(shown.lines()).startswith(str(Path("cat.mp4").absolute())[:columns])
    assert Path("cat.mp4").exists()


@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM"])
async def test_no_colours_where_they_are_not_wanted(
    nearby: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """NO_COLOR and a dumb terminal get no colours."""
    if variable == "NO_COLOR":
        monkeypatch.setenv("NO_COLOR", "1")
    kind = "dumb" if variable == "TERM" else "xterm-256color"
    async with terminal("generate", "a fox", TERM=kind) as shown:
        assert await shown.end() == 0
    assert COLOURS.search(shown.raw) is None


async def test_colours_where_they_are_wanted(nearby: Emulator) -> None:
    """A terminal that can gets a coloured bar."""
    async with terminal("generate", "a fox") as shown:
        assert await shown.end() == 0
    assert COLOURS.search(shown.raw)


async def test_ctrl_c_leaves_one_line_and_a_way_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ctrl-C in a generation ends with one line, the cursor back, and a film to be resumed."""
    async with Emulator(speed=5, renderer=sketch) as service:
        monkeypatch.setenv("NEMO_API_URL", service.base_url)
        film = str(tmp_path / "fox.mp4")
        async with terminal("generate", "a fox", "-o", film, PYTHONDEVMODE="1") as shown:
            await shown.until("Making the clip")
            shown.type("\x03")
            assert await shown.end() == 130
    (job,) = FileStore().list()
    assert shown.lines() == [f"Stopped. Go on with it: nemo-sdk resume {job.id}"]
    assert shown.raw.rfind(b"\x1b[?25h") > shown.raw.rfind(b"\x1b[?25l")
