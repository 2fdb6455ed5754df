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
    told = "".join(shown.lines()).replace(" ", "")
    assert told.startswith("✓cat.mp4") and "100credits" in told
    assert told.endswith(f"Changeit:nemo-sdkchat{next(iter(nearby.sessions))}")
    assert Path("cat.mp4").exists()


@pytest.mark.parametrize("columns", [40, 80])
async def test_timelines_are_strips_in_whole_lines(nearby: Emulator, columns: int) -> None:
    """What a message has changed is drawn, not told; no line is longer than the terminal."""
    async with terminal("edit", "new", "a 2 second film of a fox", columns=columns) as shown:
        assert await shown.end() == 0
    lines = shown.lines()
    at = lines.index("Timeline (3 tracks, 2 s)")
    labels = [line.split(" ")[0] for line in lines[at + 1 : at + 4]]
    assert labels == ["Video", "BGM", "Title"]
    written = COLOURS.sub(b"", shown.raw).decode().splitlines()
    assert (
        max(map(len, (re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", line) for line in written))) <= columns
    )


async def test_where_nothing_changed_no_timeline_is_shown(nearby: Emulator) -> None:
    """An answer alone is an answer alone."""
    nearby.script({"content": {"parts": [{"text": "I can make films."}]}}, charge="answer")
    async with terminal("edit", "new", "what can you do?") as shown:
        assert await shown.end() == 0
    assert "I can make films." in shown.lines()
    assert not any(line.startswith("Timeline") for line in shown.lines())


async def test_a_refusal_has_no_words_of_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of credits is told without the call, and no line breaks in a word."""
    async with Emulator(credits=10, speed=1000, renderer=sketch) as service:
        monkeypatch.setenv("NEMO_API_URL", service.base_url)
        async with terminal("generate", "a fox", columns=40) as shown:
            assert await shown.end() == 1
    said = " ".join(shown.lines())
    assert said.startswith("error: ") and "/run_sse" not in said and "2001" not in said
    assert "https://nemovideo.com/register?bind=" in "".join(shown.lines())


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


async def test_a_dumb_terminal_has_its_own_width(nearby: Emulator) -> None:
    """No line is longer than the terminal, though it can do little else."""
    async with terminal("state", "999", columns=30, TERM="dumb") as shown:
        assert await shown.end() == 1
    lines = shown.raw.decode().splitlines()
    assert len(lines) > 1 and max(map(len, lines)) <= 30


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
