"""The command line in a real terminal: what is on the screen, what keys do."""

import re
from pathlib import Path

import pytest
from conftest import sketch
from pseudo_terminal import terminal

from nemo_sdk._cli.journal import Journal
from nemo_sdk.emulator import Emulator

COLOURS = re.compile(rb"\x1b\[[\d;]*3[0-8][\d;]*m")


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator that the commands of a test use, in a folder of their own."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
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
    async with Emulator(speed=20, renderer=sketch) as service:
        monkeypatch.setenv("NEMO_API_URL", service.base_url)
        film = str(tmp_path / "fox.mp4")
        async with terminal("generate", "a fox", "-o", film, PYTHONDEVMODE="1") as shown:
            await shown.until("at work")
            shown.type("\x03")
            assert await shown.end() == 130
    (entry,) = Journal()
    assert shown.lines() == [f"Stopped. Go on with it: nemo-sdk resume {entry.id}"]
    assert shown.raw.rfind(b"\x1b[?25h") > shown.raw.rfind(b"\x1b[?25l")


async def test_chat_is_a_conversation(nearby: Emulator) -> None:
    """`chat` shows text and tools as they come, does what words ask for, and ends with Ctrl-D."""
    async with terminal("chat", columns=100) as shown:
        for line, answer in [
            ("a 1 second film of a fox", "Timeline (3"),
            ("credits", "9900 available"),
            ("upload nothing.mov", "There is no file"),
            ("export", ".mp4 ("),
        ]:
            await shown.until("> ")
            shown.raw = b""
            shown.type(f"{line}\n")
            await shown.until(answer)
        await shown.until("> ")
        shown.type("\x04")
        assert await shown.end() == 0
    assert len(nearby.charges) == 1
    (film,) = Path().glob("*.mp4")
    assert film.stem in nearby.sessions


async def test_chat_streams(nearby: Emulator) -> None:
    """The agent's words are there before its turn is over, and only once."""
    async with terminal("chat") as shown:
        await shown.until("> ")
        shown.type("a 1 second film of a fox\n")
        await shown.until("[add_background_music]")
        before = b"\n".join(shown.raw.splitlines())
        await shown.until("Timeline (3")
        shown.type("quit\n")
        assert await shown.end() == 0
    assert b"raw clip" in before.lower() and b"Timeline" not in before
    assert shown.raw.lower().count(b"raw clip") == 1


@pytest.mark.parametrize("while_typing", [True, False])
async def test_ctrl_c_in_a_chat_names_the_session(
    monkeypatch: pytest.MonkeyPatch, while_typing: bool
) -> None:
    """Ctrl-C ends a chat at once, at the prompt and during a turn, and the session stays."""
    async with Emulator(speed=5) as service:
        monkeypatch.setenv("NEMO_API_URL", service.base_url)
        async with terminal("chat", columns=100, PYTHONDEVMODE="1") as shown:
            await shown.until("> ")
            await shown.pause()
            if not while_typing:
                shown.type("a fox\n")
                await shown.until("[generate_video]")
            shown.type("\x03")
            assert await shown.end() == 130
        (session,) = service.sessions
    assert shown.lines()[-1] == f"Stopped. The session stays: nemo-sdk chat {session}"
    assert b"Traceback" not in shown.raw and b"nclosed" not in shown.raw
