"""The command line, run as people run it: as a process."""

import asyncio
import json
import os
import sys
from functools import partial
from pathlib import Path

import pytest
from conftest import FAST

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk._cli.commands import run
from nemo_sdk._cli.journal import Entry, Journal
from nemo_sdk.emulator import Emulator


async def nemo(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run `nemo-sdk` and return its exit code, its output and what it said beside."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "nemo_sdk", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_COLOR": "1", **environment},
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


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
        assert f"nemo-sdk resume {entry['id']}" in err.decode()
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
    monkeypatch.setattr("nemo_sdk._cli.commands.NemoClient", partial(NemoClient, timing=FAST))
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
