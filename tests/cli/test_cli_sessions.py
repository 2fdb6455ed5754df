"""`edit`, `upload`, `export`, `state`, `credits`: one thing in a session, from the shell."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from pseudo_terminal import ended, nemo, shell, started, until

from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0"
    b"\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def session_with_film() -> str:
    """Have a film made and return its session."""
    _, out, _ = await nemo("edit", "new", "a 1 second film of a fox", "--json", "-q")
    return str(json.loads(out)["session_id"])


async def test_a_session_from_the_shell(nearby: Emulator, tmp_path: Path) -> None:
    """`upload new`, `edit`, `state` and `credits` work on one session, one by one."""
    (tmp_path / "clip.png").write_bytes(PNG)
    _, out, _ = await nemo("upload", "new", "clip.png", "--json", folder=tmp_path)
    session = json.loads(out)["session_id"]
    _, out, _ = await nemo("edit", session, 'add the title "Hello"', "--json")
    assert json.loads(out)["changes"]
    state, balance = await asyncio.gather(nemo("state", session), nemo("credits"))
    assert state.out.startswith("Timeline (") and "Hello" in state.out
    assert balance.out.startswith("9950 available, 0 frozen, 9950 total (an anonymous account, ")
    assert re.search(r"until \d{4}-\d\d-\d\d \d\d:\d\d\)$", balance.out)


async def test_edit_prints_the_reply_the_timeline_and_the_session(
    nearby: Emulator, tmp_path: Path
) -> None:
    """In a pipe, `edit` prints the reply at its end, and how to save what it made."""
    code, out, err = await nemo("edit", "new", "a 1 second film of a fox")
    (session,) = nearby.sessions
    *reply, timeline, last = out.splitlines()
    assert (code, "Making the clip" in err) == (0, True)
    assert "raw clip" in "".join(reply) and timeline.startswith("Timeline (3 tracks)")
    assert last == f"In session {session}. Save the film: nemo-sdk export {session}"
    _, out, _ = await nemo("export", session, "-q", folder=tmp_path)
    assert out == f"{tmp_path / session}.mp4\n"


async def test_an_edit_that_made_nothing_has_nothing_to_save(nearby: Emulator) -> None:
    """Where the timeline is empty, `edit` names the way on that works."""
    _, out, _ = await nemo("edit", "new", "what can you do?")
    (session,) = nearby.sessions
    assert out.splitlines()[-1] == f"In session {session}. Go on: nemo-sdk chat {session}"


async def test_exports_lie_side_by_side(nearby: Emulator, tmp_path: Path) -> None:
    """Without -o an export replaces no other one."""
    session = await session_with_film()
    first, second = await asyncio.gather(
        *(nemo("export", session, "-q", folder=tmp_path) for _ in range(2))
    )
    assert {first.out, second.out} == {
        f"{tmp_path / session}{end}\n" for end in (".mp4", " (2).mp4")
    }


async def test_a_failed_export_is_free_to_be_tried_again(nearby: Emulator, tmp_path: Path) -> None:
    """The error says with which words."""
    session = await session_with_film()
    nearby.fail_renders(9)
    code, _, err = await nemo("export", session, "-q", folder=tmp_path)
    assert code == 1
    assert err.endswith(f"free. To try again is free: nemo-sdk export {session}\n")


@pytest.mark.parametrize("words", ["export", "credits", "状态", "upload"])
async def test_words_that_are_no_message_are_not_charged(nearby: Emulator, words: str) -> None:
    """`edit SESSION export` is wrong usage, with the right one."""
    code, _, err = await nemo("edit", "123", words)
    assert (code, nearby.calls) == (2, [])
    assert "is no message to the agent: nemo-sdk " in err


@pytest.mark.parametrize("file", ["missing.mov", "ftp://x/a.mp4", "folder", "empty.png"])
@pytest.mark.parametrize("command", ["upload", "chat"])
async def test_no_session_is_made_for_files_that_cannot_be(
    nearby: Emulator, tmp_path: Path, file: str, command: str
) -> None:
    """They are looked at before the service is called."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.png").write_bytes(b"")
    if command == "upload":
        code, _, err = await nemo("upload", "new", file, folder=tmp_path)
    else:
        code, _, err = await nemo("chat", typed=f"upload {file}\n", folder=tmp_path)
    assert (code, nearby.calls) == (1, [])
    assert err.splitlines()[-1].startswith("error: ")


async def test_a_message_from_standard_input(nearby: Emulator) -> None:
    """`-` is what standard input holds."""
    await nemo("edit", "new", "-", typed="what can you do?\n")
    (call,) = nearby.calls_of("run_sse")
    assert call.body["new_message"]["parts"] == [{"text": "what can you do?"}]


async def test_advice_is_given_where_something_was_begun(nearby: Emulator) -> None:
    """A message that never left has nothing to be looked for; one that failed has."""
    assert (await nemo("edit", "123", "")).err == (
        "error: The message is empty: say what the video should show.\n"
    )
    assert "nemo-sdk state" not in (await nemo("edit", "123", "a fox")).err
    nearby.script({"errorCode": "500", "errorMessage": "it broke"})
    err = (await nemo("edit", "new", "a fox", "-q")).err
    job = max(FileStore().list(), key=lambda one: one.begun)
    assert err.endswith(f"it broke. Go on with it: nemo-sdk resume {job.id}\n")


async def test_ctrl_c_in_an_edit_names_the_session(nearby: Emulator) -> None:
    """What was paid for can be reached."""
    nearby.script(20_000)
    process = await started("--json", "edit", "new", "a fox")
    await until(process, lambda: nearby.calls_of("run_sse"))
    process.send_signal(2)
    code, _, err = await ended(process)
    told, (session,) = json.loads(err.splitlines()[-1]), nearby.sessions
    assert (code, told["type"], told["session_id"]) == (130, "stopped", session)


@pytest.mark.parametrize(
    "arguments",
    [("state", "1"), ("edit", "1", "a fox"), ("export", "1"), ("upload", "1", "clip.png")],
)
async def test_a_session_belongs_to_the_account_that_was_asked_for(
    nearby: Emulator, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A wrong NEMO_TOKEN never becomes another account where a session is named."""
    (tmp_path / "clip.png").write_bytes(PNG)
    code, _, err = await nemo(*arguments, folder=tmp_path, NEMO_TOKEN="wrong")
    assert (code, nearby.calls_of("anonymous_token")) == (1, [])
    assert "Check the variable NEMO_TOKEN" in err and "token=" not in err


async def test_another_account_is_told_of(nearby: Emulator) -> None:
    """`credits` goes on with an anonymous account, and says so."""
    code, out, err = await shell("NEMO_TOKEN=wrong ${NEMO/-W error/} credits")
    assert code == 0
    assert "(an anonymous account: the token in NEMO_TOKEN was rejected, until " in out
    assert err == (
        "warning: The service rejected the given token (1001). Going on with an anonymous one.\n"
    )
