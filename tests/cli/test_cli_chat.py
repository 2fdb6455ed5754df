"""`chat` in a real terminal: what is said, what is free, what keys do."""

import asyncio
import signal
from pathlib import Path

import pytest
from conftest import sketch
from pseudo_terminal import PseudoTerminal, nemo, terminal

from nemo_sdk._cli.requests import Request, request_of
from nemo_sdk.emulator import Emulator


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator that the commands of a test use, in a folder of their own."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(tmp_path)
    return emulator


async def answered(shown: PseudoTerminal, line: str, answer: str) -> None:
    """Type a line and wait for its answer, and for the next prompt."""
    shown.raw = b""
    shown.type(f"{line}\n")
    await shown.until(answer)
    await shown.until("> ")


async def test_chat_is_a_conversation(nearby: Emulator) -> None:
    """`chat` shows text and tools as they come, does what words ask for, and ends with Ctrl-D."""
    async with terminal("chat", columns=100) as shown:
        await shown.until("> ")
        for line, answer in [
            ("a 1 second film of a fox", "Timeline (3"),
            ("credits", "9900 available"),
            ("export", "✓ a 1 second film of a fox.mp4"),
            ("export as webm to fox.webm", "✓ fox.webm"),
            ("Export it as MOV, please!", "✓ a 1 second film of a fox.mov"),
            ("export as gif", "mp4, mov, avi, webm or mkv"),
        ]:
            await answered(shown, line, answer)
        shown.type("\x04")
        assert await shown.end() == 0
    assert len(nearby.charges) == 1
    assert [film.name for film in Path().glob("*.mp4")] == ["a 1 second film of a fox.mp4"]
    formats = [call.body["output"]["format"] for call in nearby.calls_of("submit_render")]
    assert formats == ["mp4", "webm", "mov"]


async def test_the_session_is_made_for_the_first_words(nearby: Emulator) -> None:
    """What needs no session makes none; then the session is in the language of the words."""
    async with terminal("chat", columns=100) as shown:
        await shown.until("> ")
        await answered(shown, "credits", "10000 available")
        assert not nearby.sessions
        await answered(shown, "一只猫走过雪林", "Timeline (3")
        shown.type("quit\n")
        assert await shown.end() == 0
    (made,) = nearby.calls_of("create_session")
    assert made.body["language"] == "zh"


async def test_a_question_is_shown_with_its_options(nearby: Emulator) -> None:
    """Also where the agent has said something before it asked."""
    args = {"question": "Which aspect ratio?", "options": ["16:9", "9:16"]}
    asked = {"functionCall": {"id": "q", "name": "ask_question", "args": args}}
    nearby.script({"content": {"parts": [{"text": "Nice idea!"}]}}, {"content": {"parts": [asked]}})
    async with terminal("chat", columns=100) as shown:
        await shown.until("> ")
        await answered(shown, "a film", "2. 9:16")
        assert b"Nice idea!" in shown.raw and b"Which aspect ratio?" in shown.raw
        shown.type("quit\n")
        assert await shown.end() == 0


async def test_mistakes_are_free_and_end_nothing(nearby: Emulator) -> None:
    """Unknown commands and files are told of in a line without advice, and reach no agent."""
    async with terminal("chat", columns=120) as shown:
        await shown.until("> ")
        for line, answer in [
            ("/xyzzy", "There is no command '/xyzzy': 'help' lists those there are."),
            ("help", "upload FILE ..."),
            ("upload", "Name the files"),
            ("upload my holiday.mp4", "Quotes go round a name with spaces."),
            ("upload 'my holiday.mp4", "No closing quotation"),
        ]:
            await answered(shown, line, answer)
            assert b"The session stays" not in shown.raw
        shown.type("bye\n")
        assert await shown.end() == 0
    assert nearby.calls_of("run_sse") == []


async def test_an_option_is_an_answer(nearby: Emulator) -> None:
    """What the agent offers is sent to it, by its number too, whatever it is elsewhere."""
    asked = {"question": "Which format?", "options": ["mp4", "mov"]}
    call = {"functionCall": {"id": "q", "name": "ask_question", "args": asked}}
    nearby.script({"content": {"parts": [call]}})
    code, _, _ = await nemo("chat", typed="a film of my holiday\n2\n")
    said = [call.body["new_message"]["parts"][0]["text"] for call in nearby.calls_of("run_sse")]
    assert (code, said) == (0, ["a film of my holiday", "mov"])


async def test_a_pasted_prompt_is_one_message(nearby: Emulator) -> None:
    """However many lines it has, it is sent once, when Enter is pressed."""
    nearby.script({"content": {"parts": [{"text": "All three."}]}})
    async with terminal("chat") as shown:
        await shown.until("> ")
        shown.paste("one\ntwo\nthree")
        await answered(shown, "", "All three.")
        shown.type("\x04")
        await shown.end()
    (call,) = nearby.calls_of("run_sse")
    assert call.body["new_message"]["parts"] == [{"text": "one\ntwo\nthree"}]


async def test_chat_streams(nearby: Emulator) -> None:
    """The agent's words are there before its turn is over, and only once."""
    async with terminal("chat") as shown:
        await shown.until("> ")
        shown.type("a 1 second film of a fox\n")
        await shown.until("Adding music")
        before = b"\n".join(shown.raw.splitlines())
        await shown.until("Timeline (3")
        shown.type("quit\n")
        assert await shown.end() == 0
    assert b"raw clip" in before.lower() and b"Timeline" not in before
    assert shown.raw.lower().count(b"raw clip") == 1
    assert b"add_background_music" not in shown.raw  # tools' names are not for people


async def test_ctrl_c_drops_the_line_and_ends_the_chat_when_it_comes_twice(
    nearby: Emulator,
) -> None:
    """Half a line is not sent, and the conversation goes on; the session is named at its end."""
    async with terminal("chat", columns=100, PYTHONDEVMODE="1") as shown:
        await shown.until("> ")
        await shown.pause()
        await answered(shown, "status", "Timeline (0")
        await shown.pause()
        shown.type("a fox\x03")
        await shown.until("Ctrl-C once more")
        await answered(shown, "credits", "10000 available")
        for told in ("Ctrl-C once more", "Stopped."):
            shown.raw = shown.raw.replace(b"Ctrl-C once more", b"")
            await shown.pause()
            shown.type("\x03")
            await shown.until(told)
        assert await shown.end() == 130
    (session,) = nearby.sessions
    assert shown.lines()[-1] == f"Stopped. The session stays: nemo-sdk chat {session}"
    assert nearby.calls_of("run_sse") == []


async def test_ctrl_c_in_a_turn_ends_the_turn_alone(
    nearby: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The prompt comes back, and it is said that what the agent does goes on."""
    async with (
        Emulator(speed=5, renderer=sketch) as service,
        terminal("chat", columns=100, PYTHONDEVMODE="1", NEMO_API_URL=service.base_url) as shown,
    ):
        await shown.until("> ")
        shown.type("a fox\n")
        await shown.until("Making the clip")
        shown.raw = b""
        shown.type("\x03")
        await shown.until("Stopped. What the agent has begun goes on: 'status' shows")
        await shown.until("> ")
        await answered(shown, "credits", "0 available, 100 frozen")
        shown.type("quit\n")
        assert await shown.end() == 0
    assert b"Traceback" not in shown.raw and b"nclosed" not in shown.raw


@pytest.mark.parametrize("in_a_turn", [True, False])
async def test_a_polite_kill_names_the_session(nearby: Emulator, *, in_a_turn: bool) -> None:
    """SIGTERM ends a conversation with code 143, at the prompt and in a turn."""
    nearby.script(60_000)
    async with terminal("chat", columns=100, PYTHONDEVMODE="1") as shown:
        await shown.until("> ")
        await shown.pause()
        if in_a_turn:
            shown.type("a fox\n")
            while not nearby.calls_of("run_sse"):
                await asyncio.sleep(0.02)
        shown.signal(signal.SIGTERM)
        assert await shown.end() == 143
    stays = [f" The session stays: nemo-sdk chat {session}" for session in nearby.sessions]
    assert len(stays) == in_a_turn
    assert shown.lines()[-1] == f"Stopped.{''.join(stays)}"
    assert b"Traceback" not in shown.raw and b"nclosed" not in shown.raw


async def test_a_session_that_is_none_is_not_greeted(nearby: Emulator) -> None:
    """`chat 123` ends at once where there is no such session."""
    code, out, err = await nemo("chat", "123", typed="credits\n")
    assert (code, out) == (1, "")
    assert err.startswith("error: ") and "Session 123." not in err and "stays" not in err


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ("/export", Request("export")),
        ("export webm", Request("export", ("webm",))),
        ("export 'my film.mov'", Request("export", ("my film.mov",))),
        ("/export as MP4", Request("export", ("MP4",))),
        ("Export as MOV, please!", Request("export", ("mov",))),
        ("导出低画质", Request("export", (), "low")),
        ("upload https://e.com/a.mp4 please", Request("upload", ("https://e.com/a.mp4",))),
        ("export " + "a.mp4 " * 100_000, Request("message")),
        ("export the mood of the 80s to film.mp4", Request("message")),
        ("export don't", Request("message")),
        ("上传 a.mov b.mp3", Request("upload", ("a.mov", "b.mp3"))),
        ("upload holiday", Request("upload", ("holiday",))),
        ("/upload my holiday", Request("upload", ("my", "holiday"))),
        ("upload the mood a bit, more energy", Request("message")),
        ("upload it to youtube and thank all", Request("message")),
        ("upload https://e.com/a.mp4 and cut it to ten seconds", Request("message")),
        ("/", Request("unknown")),
        ("/make it shorter", Request("unknown")),
        ("/home/me/a.mov in slow motion", Request("message")),
        ("?", Request("help")),
        (":q", Request("quit")),
        ("help the fox", Request("message")),
        ("状态", Request("state")),
    ],
)
def test_what_a_line_asks_for(line: str, request_: Request) -> None:
    """A line is a command only as a whole; all else is a message."""
    assert request_of(line) == request_


def test_a_name_with_spaces_needs_no_quotes_where_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole name that is a file is that file."""
    monkeypatch.chdir(tmp_path)
    Path("my holiday.mp4").touch()
    assert request_of("upload my holiday.mp4") == Request("upload", ("my holiday.mp4",))
