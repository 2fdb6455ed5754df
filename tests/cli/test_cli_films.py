"""`generate` and `resume`: no film and no credit is lost, whatever stops the command."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
from attrs import evolve
from conftest import FAST, sketch
from pseudo_terminal import ended, nemo, shell, started

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk._cli.commands import run
from nemo_sdk._cli.journal import Entry, Journal
from nemo_sdk.emulator import Emulator


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def made(emulator: Emulator) -> Checkpoint:
    """Have a film made whose maker dies before it hears of it."""
    kept: list[Checkpoint] = []
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.generate("a fox", on_checkpoint=kept.append)
    return next(one for one in kept if one.stage == "message")


async def test_a_stopped_generation_is_listed_and_gone_on_with(tmp_path: Path) -> None:
    """Ctrl-C ends with code 130 and no traceback; `resume` lists the generation with its id."""
    async with Emulator(speed=1, renderer=sketch) as service:
        process = await started(
            *("generate", "a fox", "-o", str(tmp_path / "fox.mp4")), NEMO_API_URL=service.base_url
        )
        while not service.charges:
            await asyncio.sleep(0.02)
        process.send_signal(2)
        code, _, err = await ended(process)
        assert (code, "Traceback" in err) == (130, False)
        _, out, _ = await nemo("--json", "resume", NEMO_API_URL=service.base_url)
    (entry,) = json.loads(out)["unfinished"]
    assert (entry["stage"], entry["prompt"], entry["running"]) == ("message", "a fox", False)
    assert err.splitlines()[-1] == f"Stopped. Go on with it: nemo-sdk resume {entry['id']}"


async def test_a_killed_generation_is_finished_from_its_last_checkpoint(
    nearby: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`resume ID` looks for the outcome, renders, saves the film, and forgets the generation."""
    film = tmp_path / "fox.mp4"
    Journal().keep(Entry(await made(nearby), str(film), id="abc123"))
    monkeypatch.setattr(sys, "argv", ["nemo-sdk", "resume", "abc123"])
    code = await asyncio.to_thread(run)
    assert (code, film.exists(), list(Journal())) == (0, True, [])
    assert capsys.readouterr().out == f"{film}\n"
    assert [charge.kind for charge in nearby.charges] == ["generation"]


async def test_generations_of_one_name_are_resumed_side_by_side(
    nearby: Emulator, tmp_path: Path
) -> None:
    """A name that the program chose is chosen anew by `resume` where something has it by now."""
    checkpoint, film = await made(nearby), tmp_path / "a fox.mp4"
    for name in ("abc123", "abd456"):
        Journal().keep(Entry(checkpoint, str(film), id=name))
    first, second = await asyncio.gather(nemo("resume", "abc"), nemo("resume", "abd"))
    assert {first.out, second.out} == {f"{film}\n", f"{tmp_path / 'a fox (2).mp4'}\n"}


async def test_an_unknown_generation_is_told_in_a_sentence() -> None:
    """`resume` with an id that nobody knows says how to list those there are."""
    code, _, err = await nemo("resume", "nobody")
    assert (code, err) == (
        1,
        "error: There is no unfinished generation 'nobody': 'nemo-sdk resume' lists them.\n",
    )


async def test_the_beginning_of_an_id_must_tell_which() -> None:
    """A beginning that two ids have is refused."""
    for name in ("abc123", "abd456"):
        Journal().keep(Entry(Checkpoint(prompt="a fox"), "fox.mp4", id=name))
    code, _, err = await nemo("resume", "ab", "--forget")
    assert (code, len(list(Journal()))) == (1, 2)
    assert "More than one" in err


@pytest.mark.parametrize("arguments", [("abc", "--forget"), ("--last", "--forget")])
async def test_a_forgotten_generation_is_off_the_list(arguments: tuple[str, ...]) -> None:
    """`--forget` takes a generation off the list, says so, and calls nobody."""
    Journal().keep(Entry(Checkpoint(prompt="a fox"), "fox.mp4", id="abc123"))
    code, out, _ = await nemo("resume", *arguments)
    assert (code, out, list(Journal())) == (0, "Forgotten: abc123, a fox\n", [])


@pytest.mark.parametrize("arguments", [("--forget",), ("-o", "x.mp4"), ("abc", "--last")])
async def test_resume_wants_to_know_which(arguments: tuple[str, ...]) -> None:
    """What is to be done with one generation is wrong usage without it."""
    code, out, err = await nemo("resume", *arguments)
    assert (code, out) == (2, "")
    assert err.endswith("See 'nemo-sdk resume --help'.\n")


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


async def test_an_account_without_credits_is_shown_where_to_top_up(nearby: Emulator) -> None:
    """A registered user gets the web app's address."""
    token = nearby.add_token(credits=1)
    _, _, err = await nemo("generate", "a fox", "-q", NEMO_TOKEN=token, NEMO_WEB_URL="https://w.eb")
    assert err.endswith("Top up the account: https://w.eb\n")


async def test_a_polite_kill_is_code_143(tmp_path: Path) -> None:
    """SIGTERM ends a command as Ctrl-C does: one line, nothing unclosed."""
    async with Emulator(speed=1) as service:
        process = await started(
            *("generate", "a fox", "-q", "-o", str(tmp_path / "fox.mp4")),
            PYTHONDEVMODE="1",
            NEMO_API_URL=service.base_url,
        )
        while not service.charges:
            await asyncio.sleep(0.02)
        process.terminate()
        code, _, err = await ended(process)
    assert code == 143
    assert err.startswith("Stopped. Go on with it") and len(err.splitlines()) == 1


async def test_without_a_home_the_session_is_the_way_on(tmp_path: Path) -> None:
    """Where nothing can be kept, that is said once, and Ctrl-C tells how to get at the film."""
    async with Emulator(speed=1, renderer=sketch) as service:
        process = await started(
            "generate", "a fox", folder=tmp_path, HOME="/dev/null", NEMO_API_URL=service.base_url
        )
        while not service.charges:
            await asyncio.sleep(0.02)
        process.send_signal(2)
        _, _, err = await ended(process)
        (session,) = service.sessions
    assert err.endswith(f"Stopped. Its session stays: nemo-sdk export {session}\n")
    assert err.count("warning: ") == err.count("cannot be resumed") == 1


async def test_a_running_generation_is_left_alone(tmp_path: Path) -> None:
    """`resume` shows what another process works at, and does not do it, too."""
    async with Emulator(speed=1, renderer=sketch) as service:
        process = await started("generate", "a fox", folder=tmp_path, NEMO_API_URL=service.base_url)
        while not service.charges:
            await asyncio.sleep(0.02)
        (entry,) = Journal()
        listed, refused = await asyncio.gather(
            nemo("resume"), nemo("resume", entry.id, NEMO_API_URL=service.base_url)
        )
        process.send_signal(2)
        await ended(process)
    assert "  running   a fox" in listed.out
    assert refused.code == 1 and "is running in another process" in refused.err


async def test_a_generation_is_gone_on_with_where_it_was_begun(nearby: Emulator) -> None:
    """A generation of another service is not looked for in this one."""
    elsewhere = Entry(
        Checkpoint(stage="message", session_id="1", prompt="a fox"),
        *("fox.mp4", False, "http://127.0.0.1:9"),
        id="abc123",
    )
    Journal().keep(elsewhere)
    code, _, err = await nemo("resume", "--last")
    assert (code, nearby.calls) == (1, [])
    assert "set NEMO_API_URL=http://127.0.0.1:9 to go on" in err


async def test_a_saved_film_is_finished_also_where_nobody_reads_of_it(
    nearby: Emulator, tmp_path: Path
) -> None:
    """`nemo-sdk generate … | true` leaves a film and nothing to resume."""
    await shell("$NEMO generate 'a fox' -q | true", tmp_path)
    assert ([path.name for path in tmp_path.glob("*.mp4")], list(Journal())) == (["a fox.mp4"], [])


async def test_ctrl_c_in_a_resume_keeps_the_way_on(nearby: Emulator, tmp_path: Path) -> None:
    """What was stopped while it was gone on with can be gone on with."""
    nearby.faults.delay("render_status", seconds=60_000, at=3)
    at = await made(nearby)
    Journal().keep(Entry(at, str(tmp_path / "fox.mp4"), id="abc123"))
    process = await started("resume", "abc123")
    while len(nearby.renders) < 2:
        await asyncio.sleep(0.02)
    process.send_signal(2)
    code, _, err = await ended(process)
    assert (code, [entry.id for entry in Journal()]) == (130, ["abc123"])
    assert err.endswith("Stopped. Go on with it: nemo-sdk resume abc123\n")


async def test_an_error_in_a_resume_keeps_the_way_on(nearby: Emulator, tmp_path: Path) -> None:
    """A render that fails is free to be tried again, and the error says with which words."""
    Journal().keep(Entry(await made(nearby), str(tmp_path / "fox.mp4"), id="abc123"))
    nearby.fail_renders(9)
    code, _, err = await nemo("resume", "abc123", "-q")
    assert (code, len(list(Journal()))) == (1, 1)
    assert err.endswith("Rendering again is free. Go on with it: nemo-sdk resume abc123\n")


async def test_a_wrong_token_loses_nothing_that_may_be_charged(nearby: Emulator) -> None:
    """`resume` with another account's token fails, and the generation stays."""
    Journal().keep(Entry(await made(nearby), "fox.mp4", id="abc123"))
    asked = len(nearby.calls_of("anonymous_token"))
    code, _, err = await nemo("resume", "abc123", "-q", NEMO_TOKEN="wrong")
    assert (code, len(list(Journal()))) == (1, 1)
    assert len(nearby.calls_of("anonymous_token")) == asked
    assert "Check the variable NEMO_TOKEN" in err and "NemoClient" not in err


async def test_an_unknown_outcome_has_a_way_on_of_its_own(nearby: Emulator) -> None:
    """Where nothing tells what became of a message, the error says how to find out."""
    Journal().keep(
        Entry(Checkpoint(stage="message", session_id="77", prompt="a fox"), "f.mp4", id="abc123")
    )
    code, _, err = await nemo("resume", "abc123", "-q")
    assert (code, len(list(Journal()))) == (1, 1)
    for way in ("nemo-sdk state 77", "nemo-sdk resume abc123", "nemo-sdk resume --forget abc123"):
        assert f"'{way}'" in err


def test_an_entry_of_an_earlier_version_names_no_file(tmp_path: Path) -> None:
    """What does not say that a person chose the name replaces nothing."""
    entry = Entry(Checkpoint(prompt="a fox"), "fox.mp4", named=True)
    earlier = {key: value for key, value in json.loads(entry.to_json()).items() if key != "named"}
    assert Entry.from_json(entry.id, json.dumps(earlier)) == evolve(entry, named=False)


async def test_a_prompt_from_standard_input(nearby: Emulator, tmp_path: Path) -> None:
    """`-` is what standard input holds, and an empty one is refused."""
    ending = await nemo("generate", "-", "-q", typed="a fox\nat night\n", folder=tmp_path)
    (call,) = nearby.calls_of("run_sse")
    assert call.body["new_message"]["parts"] == [{"text": "a fox\nat night"}], ending
    assert (await nemo("generate", "-", folder=tmp_path)).code == 1
    assert len(nearby.charges) == 1
