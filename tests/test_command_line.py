"""The command line, run as people run it: as a process."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import FAST

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk._cli.commands import run
from nemo_sdk._cli.journal import Entry, Journal
from nemo_sdk._cli.saving import check_target
from nemo_sdk._cli.speech import Speech
from nemo_sdk._cli.terminal import Terminal
from nemo_sdk.emulator import Emulator

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cc`\0\0\0"
    b"\2\0\1H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82"
)
ROOT = Path(__file__).parents[1]


class Ended(NamedTuple):
    code: int
    out: str
    err: str


async def nemo(*arguments: str, folder: Path | None = None, **environment: str) -> Ended:
    """Run `nemo-sdk` and return its exit code, its output and what it said beside."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "nemo_sdk", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), **environment},
    )
    out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def test_generate_leaves_a_film_on_the_emulator(tmp_path: Path) -> None:
    """`generate --emulator` saves an MP4 and says what it cost, and how far it was."""
    film = tmp_path / "fox.mp4"
    code, out, err = await nemo(
        "--json", "generate", "a 1 second film of a fox", "-o", str(film), "--emulator"
    )
    assert (code, film.read_bytes()[4:8]) == (0, b"ftyp"), err
    assert json.loads(out)["cost"] == 100
    assert "The video is ready" in err


async def test_errors_are_one_line_and_no_traceback(emulator: Emulator) -> None:
    """What goes wrong is one readable line on standard error, and exit code 1."""
    emulator.faults.answer("balance", status=503, body=b"<html>down</html>", times=99)
    code, out, err = await nemo("credits", NEMO_API_URL=emulator.base_url)
    assert (code, out) == (1, "")
    assert err.startswith("error: GET /api/credits/balance/simple was refused (503)")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [("generate",), ("fly",), ("credits", "--nope")])
async def test_wrong_usage_is_code_2(arguments: tuple[str, ...]) -> None:
    """Wrong usage ends with code 2 and a line that names the help."""
    code, _, err = await nemo(*arguments)
    assert code == 2
    assert "nemo-sdk --help" in err


async def test_a_stopped_generation_is_listed_and_gone_on_with(tmp_path: Path) -> None:
    """Ctrl-C ends with code 130 and no traceback; `resume` lists the generation and finishes it."""
    async with Emulator(credits=10_000, speed=20, film_size=(160, 90)) as service:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nemo_sdk", "generate", "a 1 second film of a fox"),
            *("-o", str(tmp_path / "fox.mp4")),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "NEMO_API_URL": service.base_url},
        )
        while not service.charges:
            await asyncio.sleep(0.02)
        process.send_signal(2)
        _, err = await process.communicate()
        assert process.returncode == 130
        assert b"Traceback" not in err
        code, out, _ = await nemo("--json", "resume", NEMO_API_URL=service.base_url)
        (entry,) = json.loads(out)["unfinished"]
        assert (code, entry["stage"], entry["prompt"]) == (0, "message", "a 1 second film of a fox")
        stopped = f"Stopped. Go on with it: nemo-sdk resume {entry['id']}"
        assert err.decode().splitlines()[-1] == stopped
        assert len(service.charges) == 1


async def test_a_killed_generation_is_finished_from_its_last_checkpoint(
    home: Path,
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`resume ID` looks for the outcome, renders, saves the film, and forgets the generation."""
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        kept: list[Checkpoint] = []
        await client.generate("a fox", on_checkpoint=kept.append)
    (at_message,) = (one for one in kept if one.stage == "message")
    film = tmp_path / "fox.mp4"
    Journal().keep(Entry(at_message, str(film), id="abc123"))

    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setattr(sys, "argv", ["nemo-sdk", "resume", "abc123"])
    code = await asyncio.to_thread(run)

    assert (code, film.exists(), list(Journal())) == (0, True, [])
    assert str(film) in capsys.readouterr().out.replace("\n", "")
    assert [charge.kind for charge in emulator.charges] == ["generation"]


async def test_an_unknown_generation_is_told_in_a_sentence() -> None:
    """`resume` with an id that nobody knows says how to list those there are."""
    code, _, err = await nemo("resume", "nobody")
    assert (code, err) == (
        1,
        "error: There is no unfinished generation 'nobody': 'nemo-sdk resume' lists them.\n",
    )


async def test_a_forgotten_generation_is_off_the_list(home: Path) -> None:
    """`resume ID --forget` takes a generation off the list and calls nobody."""
    Journal().keep(Entry(Checkpoint(prompt="a fox"), "fox.mp4", id="abc123"))
    assert (await nemo("resume", "abc123", "--forget")).code == 0
    assert list(Journal()) == []


async def test_a_refused_generation_is_not_kept(tmp_path: Path) -> None:
    """Out of credits is one line with the registration link, and nothing is left to resume."""
    async with Emulator(credits=10, speed=1000) as service:
        code, out, err = await nemo(
            *("generate", "a fox", "-o", str(tmp_path / "fox.mp4"), "-q"),
            NEMO_API_URL=service.base_url,
        )
    assert (code, out, list(Journal())) == (1, "", [])
    assert err.startswith("error: ") and "register?bind=" in err and "resume" not in err
    assert len(err.splitlines()) == 1


async def test_errors_are_objects_for_scripts(nearby: Emulator) -> None:
    """With --json, wherever it stands, the last line on standard error is an error's facts."""
    code, out, err = await nemo("state", "123", "--json")
    told = json.loads(err.splitlines()[-1])["error"]
    assert (code, out) == (1, "")
    assert (told["kind"], told["code"]) == ("SessionNotFoundError", 1002)


async def test_all_lines_are_objects_for_scripts(nearby: Emulator, tmp_path: Path) -> None:
    """With --json every line on both streams is an object, and the result names the film."""
    code, out, err = await nemo("generate", "--json", "a fox", folder=tmp_path)
    assert code == 0
    assert json.loads(out)["path"] == str(tmp_path / "a fox.mp4")
    assert {"progress"} == {key for line in err.splitlines() for key in json.loads(line)}


async def test_the_name_of_a_film_is_never_taken(nearby: Emulator, tmp_path: Path) -> None:
    """Without -o a film is named after its prompt, in any script, beside what is there."""
    taken = tmp_path / "狐狸.mov"
    taken.write_bytes(b"mine")
    assert (await nemo("generate", "狐狸", "--format", "mov", "-q", folder=tmp_path)).code == 0
    assert taken.read_bytes() == b"mine"
    assert (tmp_path / "狐狸 (2).mov").stat().st_size > 4


async def test_the_output_tells_the_format(nearby: Emulator, tmp_path: Path) -> None:
    """`-o film.webm` renders webm unless --format says something else."""
    await nemo("generate", "a fox", "-o", "fox.webm", folder=tmp_path)
    (call,) = nearby.calls_of("submit_render")
    assert call.body["output"]["format"] == "webm"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("folder", "is a folder: give the name of a file in it"),
        ("file/fox.mp4", "is no folder"),
        ("x" * 256, "too long a name"),
    ],
)
async def test_an_output_that_cannot_be_is_refused_first(
    nearby: Emulator, tmp_path: Path, output: str, words: str
) -> None:
    """Where the film cannot be saved, not one call is made."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    code, _, err = await nemo("generate", "a fox", "-o", output, folder=tmp_path)
    assert (code, len(err.splitlines()), nearby.calls) == (1, 1, [])
    assert words in err


def test_a_folder_without_permission_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that cannot be written to is named, with the way out."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PermissionError, match="choose another output with -o"):
        check_target(tmp_path / "new" / "fox.mp4")
    assert not (tmp_path / "new").exists()


async def test_a_session_from_the_shell(nearby: Emulator, tmp_path: Path) -> None:
    """`upload new`, `edit`, `state`, `export` and `credits` work on one session, one by one."""
    (tmp_path / "clip.png").write_bytes(PNG)
    _, out, _ = await nemo("upload", "new", "clip.png", "--json", folder=tmp_path)
    session = json.loads(out)["session_id"]
    _, out, _ = await nemo("edit", session, 'add the title "Hello"', "--json")
    assert json.loads(out)["changes"]
    state = await nemo("state", session)
    assert state.out.startswith("Timeline (") and "Hello" in state.out
    code, out, err = await nemo("export", session, folder=tmp_path)
    assert (code, (tmp_path / f"{session}.mp4").exists()) == (0, True), err
    assert session in out
    assert (await nemo("credits")).out == "9950 available, 0 frozen, 9950 total\n"


async def test_edit_prints_the_reply_and_the_timeline(nearby: Emulator) -> None:
    """In a pipe, `edit` prints the whole reply at its end, then the timeline."""
    code, out, err = await nemo("edit", "new", "a 1 second film of a fox")
    assert code == 0
    assert out.splitlines()[-1].startswith("Timeline (3 tracks)") and "fox" in out
    assert "[generate_video]" in err


async def test_a_polite_kill_is_code_143(tmp_path: Path) -> None:
    """SIGTERM ends a command as Ctrl-C does: one line, nothing unclosed."""
    async with Emulator(speed=10) as service:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "dev", "-m", "nemo_sdk", "generate", "a fox", "-q"),
            *("-o", str(tmp_path / "fox.mp4")),
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "NEMO_API_URL": service.base_url},
        )
        while not service.charges:
            await asyncio.sleep(0.02)
        process.terminate()
        _, err = await process.communicate()
    assert process.returncode == 143
    assert err.startswith(b"Stopped. Go on with it") and len(err.splitlines()) == 1


async def test_a_reader_who_goes_is_no_error(nearby: Emulator) -> None:
    """`nemo-sdk … | head` ends quietly."""
    command = f"{sys.executable} -m nemo_sdk credits | true; echo ${{PIPESTATUS[0]}}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert await process.communicate() == (b"141\n", b"")


async def test_a_terminal_of_few_letters_gets_the_others_as_numbers() -> None:
    """A locale without Chinese is no reason to fail."""
    Journal().keep(Entry(Checkpoint(prompt="狐狸"), "fox.mp4", id="abc123"))
    code, out, _ = await nemo("resume", PYTHONIOENCODING="ascii")
    assert code == 0 and "\\u72d0" in out


@pytest.mark.parametrize(
    ("words", "count", "answers"),
    [
        ("nemo-sdk ex", 1, ["export"]),
        ("nemo-sdk export 1 --quality ", 4, ["low", "medium", "high"]),
        ("nemo-sdk resume ab", 2, ["abc123"]),
    ],
)
async def test_bash_completes(words: str, count: int, answers: list[str]) -> None:
    """Bash's completion answers with commands, choices, and generations to resume."""
    Journal().keep(Entry(Checkpoint(prompt="a fox"), "fox.mp4", id="abc123"))
    ended = await nemo(_NEMO_SDK_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=str(count))
    assert ended == (0, "\n".join(answers) + "\n", "")


@pytest.mark.parametrize("command", ["generate", "upload", "edit"])
async def test_help_shows_examples(command: str) -> None:
    """The help of the commands that take most has examples that can be copied."""
    code, out, _ = await nemo(command, "--help")
    assert code == 0 and f"\n    nemo-sdk {command} " in out


async def test_debug_shows_each_call(nearby: Emulator) -> None:
    """`--debug` logs each call, and the result alone is on standard output."""
    code, out, err = await nemo("credits", "--debug")
    assert (code, len(out.splitlines())) == (0, 1)
    assert "GET /api/credits/balance/simple: 200 in 0." in err
    assert "nmv_usr_" not in err


async def test_words_of_the_service_do_not_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Control characters in what the service says are left out."""
    Terminal().result({}, "a\x1b[2J fox\x9b31m\r\n")
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
