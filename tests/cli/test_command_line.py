"""The command line, run as people run it: as a process."""

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from keeping import keep
from pseudo_terminal import nemo, shell

from nemo_sdk import Checkpoint
from nemo_sdk._cli.speech import Speech
from nemo_sdk._cli.terminal import Terminal
from nemo_sdk.emulator import Emulator


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def test_errors_are_one_line_and_no_traceback(emulator: Emulator) -> None:
    """What goes wrong is one readable line on standard error, and exit code 1."""
    emulator.faults.answer("balance", status=503, body=b"<html>down</html>", times=99)
    code, out, err = await nemo("credits", NEMO_API_URL=emulator.base_url)
    assert (code, out) == (1, "")
    assert err.startswith("error: The service did not do it, and gave no reason (503). ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "command", [("credits",), ("generate", "a fox"), ("edit", "new", "a fox"), ("chat",)]
)
async def test_a_placeholder_is_refused_first(nearby: Emulator, command: tuple[str, ...]) -> None:
    """A token that was never put in is one sentence, and nobody becomes an anonymous user."""
    code, out, err = await nemo(*command, NEMO_TOKEN="<your-token>")
    assert (code, out, nearby.calls) == (1, "", [])
    assert err.startswith("error: NEMO_TOKEN or token= holds a placeholder")
    assert len(err.splitlines()) == 1


async def test_variables_may_stand_in_quotes(emulator: Emulator) -> None:
    """As files of variables have them."""
    quoted: dict[str, Any] = {"NEMO_API_URL": f'"{emulator.base_url}/"', "NEMO_LOG": "'info'"}
    code, out, err = await nemo("credits", NEMO_TOKEN=f"'{emulator.add_token()}'", **quoted)
    assert (code, emulator.calls_of("anonymous_token"), err) == (0, [], "")
    assert out.endswith(" total (your own account)\n")


async def test_the_log_of_a_script_is_not_doubled(nearby: Emulator) -> None:
    """With --json, each call is one object."""
    _, _, err = await nemo("--json", "credits", NEMO_LOG="info")
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["type"] for line in lines] == ["log"] * len(lines)
    assert len(lines) == len(nearby.calls_of("anonymous_token")) == 1


async def test_a_reader_who_goes_is_no_error(nearby: Emulator) -> None:
    """`nemo-sdk … | head` ends quietly."""
    assert await shell("$NEMO credits | true; echo ${PIPESTATUS[0]}") == (0, "141\n", "")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
async def test_closed_streams_end_nothing(nearby: Emulator, tmp_path: Path, closed: str) -> None:
    """A shell that closes standard streams gets its film all the same."""
    code, _, err = await shell(f"$NEMO generate 'a fox' -q -o fox.mp4 {closed}", tmp_path)
    assert (code, err, (tmp_path / "fox.mp4").exists()) == (0, "", True)


async def test_a_conversation_with_nobody_ends(nearby: Emulator) -> None:
    """`chat` without standard input is over at once."""
    assert (await shell("$NEMO chat -q <&-")).code == 0


async def test_a_terminal_of_few_letters_gets_the_others_as_numbers() -> None:
    """A locale without Chinese is no reason to fail."""
    keep("abc123", Checkpoint(prompt="狐狸"))
    code, out, _ = await nemo("jobs", PYTHONIOENCODING="ascii")
    assert code == 0 and "\\u72d0" in out


async def test_debug_shows_each_call(nearby: Emulator) -> None:
    """`--debug` logs each call, and the result alone is on standard output."""
    code, out, err = await nemo("credits", "--debug")
    assert (code, len(out.splitlines())) == (0, 1)
    assert re.search(r"GET /api/credits/balance/simple: 200 in \d+\.", err)
    assert "nmv_usr_" not in err


async def test_words_of_the_service_do_not_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Control characters in what the service says are left out."""
    Terminal().result("state", {}, "a\x1b[2J fox\x9b31m\r\n")
    assert capsys.readouterr().out == "a[2J fox31m\n\n"


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_speech_is_shown_without_its_instructions(size: int) -> None:
    """However the text comes, what is shown in the end is the cleaned reply."""
    text = "Your film of a fox is ready. It has music.\n\nClick Export to download it."
    speech = Speech()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    shown = "".join(speech.take(piece) for piece in pieces) + speech.end()
    assert shown == "Your film of a fox is ready. It has music."


async def test_a_missing_extra_is_a_sentence() -> None:
    """Without Typer, the command says what to install."""
    program = "import sys; sys.modules['typer'] = None; import nemo_sdk.__main__ as m; m.main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.decode() == "The command line needs more packages: pip install 'nemo-sdk[cli]'\n"
