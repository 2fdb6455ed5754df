"""`generate`, `edit`, `jobs`, `resume`: no film and no credit is lost, whatever stops them."""

import asyncio
import contextlib
import json
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import Sketch, sketch
from keeping import keep, kept, made
from pseudo_terminal import ended, nemo, shell, started, until

from nemo_sdk import Checkpoint
from nemo_sdk._cli.commands import run
from nemo_sdk.emulator import Emulator


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def test_a_stopped_generation_is_listed_and_gone_on_with(tmp_path: Path) -> None:
    """Ctrl-C ends with code 130 and no traceback; `jobs` lists the film with its id."""
    async with Emulator(speed=1, renderer=sketch) as service:
        process = await started(
            *("generate", "a fox", "-o", str(tmp_path / "fox.mp4")), NEMO_API_URL=service.base_url
        )
        await until(process, lambda: service.charges)
        process.send_signal(2)
        code, _, err = await ended(process)
        assert (code, "Traceback" in err) == (130, False)
        _, out, _ = await nemo("--json", "jobs")
    (job,) = json.loads(out)["jobs"]
    assert (job["status"], job["kind"], job["words"]) == ("waiting", "film", "a fox")
    assert err.splitlines()[0] == f"Job {job['id']}"
    assert err.splitlines()[-1] == f"Stopped. Go on with it: nemo-sdk resume {job['id']}"


async def test_a_killed_generation_is_finished_from_its_claim(
    nearby: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`resume ID` looks for the outcome, renders, and saves the film where it was to be."""
    film = tmp_path / "fox.mp4"
    keep("abc123", await made(nearby), nearby.base_url, save_as=str(film))
    monkeypatch.setattr(sys, "argv", ["nemo-sdk", "resume", "abc123"])
    code = await asyncio.to_thread(run)
    assert (code, film.exists(), kept()) == (0, True, [])
    assert capsys.readouterr().out == f"{film}\n"
    assert [charge.kind for charge in nearby.charges] == ["generation"]


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM])
async def test_the_same_command_again_is_charged_once(tmp_path: Path, kill: signal.Signals) -> None:
    """As an agent's shell or a cron job does it: cut three times, and asked for once more."""
    async with Emulator(speed=100, renderer=sketch) as service:
        for looks in range(3):  # each dies a little later
            process = await started(
                "generate", "a fox", "-q", folder=tmp_path, NEMO_API_URL=service.base_url
            )
            while process.returncode is None and not (
                service.charges and len(service.calls_of("state")) >= looks
            ):
                await asyncio.sleep(0.02)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(kill)
            await ended(process)
        again = await nemo(
            "generate", "a fox", "-q", folder=tmp_path, NEMO_API_URL=service.base_url
        )
    assert (again.code, again.out) == (0, f"{tmp_path / 'a fox.mp4'}\n")
    assert len(service.charges) == 1


async def test_an_edit_killed_is_listed_and_sent_once(tmp_path: Path) -> None:
    """The session that it made is told, and the same command again finds the reply."""
    async with Emulator(speed=100, renderer=sketch) as service:
        process = await started("edit", "new", "a fox", "-q", NEMO_API_URL=service.base_url)
        await until(process, lambda: service.charges)
        process.kill()
        await ended(process)
        listed = json.loads((await nemo("jobs", "--json")).out)["jobs"]
        again = await nemo("edit", "new", "a fox", "-q", NEMO_API_URL=service.base_url)
        (session,) = service.sessions
    assert [(job["kind"], job["session_id"]) for job in listed] == [("edit", session)]
    assert again.code == 0 and f"nemo-sdk export {session}" in again.out
    assert len(service.charges) == 1


async def test_take_two_means_it(nearby: Emulator, tmp_path: Path) -> None:
    """The same words are another film with --take 2."""
    for arguments in ((), (), ("--take", "2")):
        assert (await nemo("generate", "a fox", "-q", *arguments, folder=tmp_path)).code == 0
    assert len(nearby.charges) == 2
    assert {path.name for path in tmp_path.glob("*.mp4")} == {"a fox.mp4", "a fox (2).mp4"}


async def test_a_detached_film_is_waited_for(nearby: Emulator, tmp_path: Path) -> None:
    """`--detach` returns at once, `job ID --wait` tells of the film when it is there."""
    left = await nemo("generate", "a fox", "--detach", "--json", folder=tmp_path)
    (job,) = map(json.loads, left.out.splitlines())
    assert (left.code, job["type"], job["status"]) == (0, "job", "waiting")
    told = await nemo("job", job["id"], "--wait", "300", folder=tmp_path)
    assert told.out == f"{tmp_path / 'a fox.mp4'}\n"
    assert len(nearby.charges) == 1


async def test_after_topping_up_the_same_command_works(tmp_path: Path) -> None:
    """A refusal charges nothing, and does not stand in the way."""
    async with Emulator(speed=1000, renderer=sketch) as service:
        command = ("generate", "a fox", "-q")
        poor = service.add_token("poor", credits=1)
        where = {"NEMO_API_URL": service.base_url, "NEMO_TOKEN": poor}
        assert (await nemo(*command, folder=tmp_path, **where)).code == 1
        where["NEMO_TOKEN"] = service.add_token("rich", credits=1000)
        assert (await nemo(*command, folder=tmp_path, **where)).code == 0
    assert len(service.charges) == 1


async def test_generations_of_one_name_are_resumed_side_by_side(
    nearby: Emulator, tmp_path: Path
) -> None:
    """A name that the program chose is given once."""
    checkpoint = await made(nearby)
    for name in ("abc123", "abd456"):
        keep(name, checkpoint, nearby.base_url, save_in=str(tmp_path))
    first, second = await asyncio.gather(nemo("resume", "abc"), nemo("resume", "abd"))
    names = {f"{tmp_path / name}\n" for name in ("a fox.mp4", "a fox (2).mp4")}
    assert {first.out, second.out} == names


async def test_all_that_nobody_works_on_is_gone_on_with(nearby: Emulator, tmp_path: Path) -> None:
    """`resume` without an id."""
    keep("abc123", await made(nearby), nearby.base_url, save_as=str(tmp_path / "1.mp4"))
    keep("abd456", await made(nearby), nearby.base_url, save_as=str(tmp_path / "2.mp4"))
    code, out, _ = await nemo("resume")
    assert (code, len(out.splitlines()), kept()) == (0, 2, [])
    assert (await nemo("resume")).out == "There is no job to go on with.\n"


@pytest.mark.parametrize("command", ["resume", "job", "cancel"])
async def test_an_unknown_job_is_told_in_a_sentence(command: str) -> None:
    """An id that nobody knows is answered with how to list those there are."""
    ending = await nemo(command, "nobody")
    assert ending == (1, "", "error: There is no job 'nobody': 'nemo-sdk jobs' lists them.\n")


async def test_the_beginning_of_an_id_must_tell_which() -> None:
    """A beginning that two ids have is refused."""
    for name in ("abc123", "abd456"):
        keep(name, Checkpoint(prompt="a fox"))
    code, _, err = await nemo("cancel", "ab")
    assert (code, len(kept())) == (1, 2)
    assert "More than one" in err


async def test_a_cancelled_job_is_off_the_list(nearby: Emulator) -> None:
    """`cancel` ends it, `--forget` drops it, and both say so."""
    keep("abc123", Checkpoint(prompt="a fox"), nearby.base_url)
    assert (await nemo("cancel", "abc123")).out == "Cancelled: film-abc123, a fox\n"
    assert [record.status for record in kept()] == ["cancelled"]
    assert (await nemo("cancel", "abc123", "--forget")).out == "Forgotten: film-abc123, a fox\n"
    assert kept() == []


@pytest.mark.parametrize("arguments", [("-o", "x.mp4"), ("abc", "--last")])
async def test_resume_wants_to_know_which(arguments: tuple[str, ...]) -> None:
    """What is to be done with one job is wrong usage without it."""
    code, out, err = await nemo("resume", *arguments)
    assert (code, out) == (2, "")
    assert err.endswith("See 'nemo-sdk resume --help'.\n")


async def test_a_refused_generation_is_one_line(tmp_path: Path) -> None:
    """Out of credits is one line with the registration link, and nothing to go on with."""
    async with Emulator(credits=10, speed=1000) as service:
        code, out, err = await nemo(
            *("generate", "a fox", "-o", str(tmp_path / "fox.mp4"), "-q"),
            NEMO_API_URL=service.base_url,
        )
    (record,) = kept()
    assert (code, out, record.status, record.checkpoint) == (1, "", "failed", None)
    assert err.startswith("error: ") and "register?bind=" in err and "resume" not in err
    assert len(err.splitlines()) == 1


async def test_an_account_without_credits_is_shown_where_to_top_up(nearby: Emulator) -> None:
    """A registered user gets the web app's address."""
    token = nearby.add_token(credits=1)
    _, _, err = await nemo("generate", "a fox", "-q", NEMO_TOKEN=token, NEMO_WEB_URL="https://w.eb")
    assert err.endswith("Top up the account: https://w.eb\n")


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGHUP])
async def test_a_polite_kill_is_code_143(tmp_path: Path, kill: signal.Signals) -> None:
    """SIGTERM, or a terminal that is closed, ends a command as Ctrl-C does: nothing unclosed."""
    async with Emulator(speed=1) as service:
        process = await started(
            *("generate", "a fox", "-q", "-o", str(tmp_path / "fox.mp4")),
            PYTHONDEVMODE="1",
            NEMO_API_URL=service.base_url,
        )
        await until(process, lambda: service.charges)
        process.send_signal(kill)
        code, _, err = await ended(process)
    assert code == 143
    assert err.startswith("Stopped. Go on with it") and len(err.splitlines()) == 1


async def test_a_command_under_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    """A hang-up that whoever started the command has it ignore does not end it."""
    was = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        async with Emulator(speed=100, renderer=sketch) as service:
            process = await started(
                "generate", "a fox", "-q", folder=tmp_path, NEMO_API_URL=service.base_url
            )
            await until(process, lambda: service.charges)
            with contextlib.suppress(ProcessLookupError):  # a busy machine may have been too slow
                process.send_signal(signal.SIGHUP)
            assert (await ended(process)).code == 0
    finally:
        signal.signal(signal.SIGHUP, was)
    assert (tmp_path / "a fox.mp4").exists()


async def test_without_a_home_it_is_said_that_nothing_is_kept(tmp_path: Path) -> None:
    """Where nothing can be kept, that is said once, and the film is made all the same."""
    async with Emulator(speed=1000, renderer=sketch) as service:
        code, out, err = await nemo(
            "generate", "a fox", folder=tmp_path, HOME="/dev/null", NEMO_API_URL=service.base_url
        )
    assert (code, out) == (0, f"{tmp_path / 'a fox.mp4'}\n")
    assert err.count("warning: ") == err.count("this job ends with the command") == 1


async def test_a_running_generation_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks for what another process works on waits for it, and nothing is done twice."""
    seen = threading.Event()

    def render(draft: Mapping[str, Any], target: Path, **options: Any) -> Sketch:
        seen.wait(300)  # a test that has failed has no one who sees
        return sketch(draft, target, **options)

    async with Emulator(speed=100, renderer=render) as service:
        monkeypatch.setenv("NEMO_API_URL", service.base_url)
        both = [await started("generate", "a fox", "-q", folder=tmp_path) for _ in range(2)]
        await until(both[0], lambda: service.charges)
        listed = await nemo("jobs")
        seen.set()
        first, joined = [await ended(process) for process in both]
    assert "  running    a fox" in listed.out
    assert joined == first == (0, f"{tmp_path / 'a fox.mp4'}\n", "")
    assert len(service.charges) == len(service.sessions) == len(service.renders) == 1


async def test_a_generation_is_gone_on_with_where_it_was_begun(nearby: Emulator) -> None:
    """A generation of another service is not looked for in this one."""
    checkpoint = Checkpoint(stage="message", session_id="1", prompt="a fox")
    keep("abc123", checkpoint, "http://127.0.0.1:9")
    code, _, err = await nemo("resume", "--last")
    assert (code, nearby.calls) == (1, [])
    assert "set NEMO_API_URL=http://127.0.0.1:9 to go on" in err


async def test_a_saved_film_is_finished_also_where_nobody_reads_of_it(
    nearby: Emulator, tmp_path: Path
) -> None:
    """`nemo-sdk generate … | true` leaves a film and nothing to go on with."""
    await shell("$NEMO generate 'a fox' -q | true", tmp_path)
    assert ([path.name for path in tmp_path.glob("*.mp4")], kept()) == (["a fox.mp4"], [])


async def test_ctrl_c_in_a_resume_keeps_the_way_on(nearby: Emulator, tmp_path: Path) -> None:
    """What was stopped while it was gone on with can be gone on with."""
    nearby.faults.delay("render_status", seconds=60_000, at=3)
    at = await made(nearby)
    keep("abc123", at, nearby.base_url, save_as=str(tmp_path / "fox.mp4"))
    process = await started("resume", "abc123")
    await until(process, lambda: len(nearby.renders) == 2)
    process.send_signal(2)
    code, _, err = await ended(process)
    assert (code, [record.status for record in kept()]) == (130, ["waiting"])
    assert err.endswith("Stopped. Go on with it: nemo-sdk resume film-abc123\n")


async def test_an_error_in_a_resume_keeps_the_way_on(nearby: Emulator, tmp_path: Path) -> None:
    """A render that fails is free to be tried again, and the error says with which words."""
    keep("abc123", await made(nearby), nearby.base_url, save_as=str(tmp_path / "fox.mp4"))
    nearby.fail_renders(9)
    code, _, err = await nemo("resume", "abc123", "-q")
    assert (code, len(kept())) == (1, 1)
    assert err.endswith("out of memory. Go on with it: nemo-sdk resume film-abc123\n")


async def test_a_wrong_token_loses_nothing_that_may_be_charged(nearby: Emulator) -> None:
    """`resume` with another account's token fails, and the generation stays."""
    keep("abc123", await made(nearby), nearby.base_url)
    asked = len(nearby.calls_of("anonymous_token"))
    code, _, err = await nemo("resume", "abc123", "-q", NEMO_TOKEN="wrong")
    assert (code, len(kept())) == (1, 1)
    assert len(nearby.calls_of("anonymous_token")) == asked
    assert "Check the variable NEMO_TOKEN" in err and "NemoClient" not in err


async def test_an_unknown_outcome_has_a_way_on_of_its_own(nearby: Emulator) -> None:
    """Where nothing tells what became of a message, the error says how to find out."""
    checkpoint = Checkpoint(stage="message", session_id="77", prompt="a fox")
    keep("abc123", checkpoint, nearby.base_url)
    code, _, err = await nemo("resume", "abc123", "-q")
    assert (code, len(kept())) == (1, 1)
    for way in ("state 77", "resume film-abc123", "cancel --forget film-abc123"):
        assert f"'nemo-sdk {way}'" in err


async def test_a_prompt_from_standard_input(nearby: Emulator, tmp_path: Path) -> None:
    """`-` is what standard input holds, and an empty one is refused."""
    ending = await nemo("generate", "-", "-q", typed="a fox\nat night\n", folder=tmp_path)
    (call,) = nearby.calls_of("run_sse")
    assert call.body["new_message"]["parts"] == [{"text": "a fox\nat night"}], ending
    assert (await nemo("generate", "-", folder=tmp_path)).code == 1
    assert len(nearby.charges) == 1
