"""What scripts get: with --json an object a line, each with a type; in a pipe the bare path."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from conftest import sketch
from keeping import keep, kept
from pseudo_terminal import Ended, ended, nemo, started, until

from nemo_sdk import Checkpoint
from nemo_sdk.emulator import Emulator

CLIP = {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"title": "fox"}}]}]}
PROGRESS = {"stage", "fraction", "message", "elapsed", "tool"}


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


def told(text: str) -> list[dict[str, Any]]:
    """Return the objects of an output's lines."""
    return [json.loads(line) for line in text.splitlines()]


async def test_a_pipe_gets_the_path_alone(nearby: Emulator, tmp_path: Path) -> None:
    """`open "$(nemo-sdk generate …)"` works: what else is known is on standard error."""
    code, out, err = await nemo("generate", "a fox", folder=tmp_path)
    (session,) = nearby.sessions
    assert (code, out) == (0, f"{tmp_path / 'a fox.mp4'}\n")
    assert err.endswith(f"10 s, 100 credits. Change it: nemo-sdk chat {session}\n")


async def test_all_lines_are_objects_for_scripts(nearby: Emulator, tmp_path: Path) -> None:
    """With --json every line on both streams is an object, and the result names the film."""
    code, out, err = await nemo("generate", "--json", "a fox", folder=tmp_path)
    (film,) = told(out)
    assert (code, film["type"], film["spent"]) == (0, "film", 100)
    assert film["path"] == str(tmp_path / "a fox.mp4")
    job, *steps = told(err)
    assert (job["type"], job["id"]) == ("job", film["job"])
    assert {one["type"] for one in steps} == {"progress"}
    assert all(one["progress"].keys() == PROGRESS for one in steps)
    assert steps[-1]["progress"]["tool"] == "apply_effect"
    assert not any("_" in one["progress"]["message"] for one in steps)


async def test_a_conversation_is_objects_too(nearby: Emulator, tmp_path: Path) -> None:
    """`chat --json` answers each line with an object, of the shapes that commands have."""
    lines = "a 1 second film of a fox\nexport\ncredits\nstatus\n"
    code, out, err = await nemo("chat", "--json", typed=lines, folder=tmp_path)
    reply, film, *rest = told(out)
    assert code == 0
    assert [one["type"] for one in (reply, film, *rest)] == ["reply", "film", "credits", "state"]
    assert film["path"] == str(tmp_path / "a 1 second film of a fox.mp4")
    session, *reports = told(err)
    assert session == {"type": "session", "session": reply["session_id"]}
    shapes = {one["type"]: one for one in reports}
    assert shapes.keys() - {"still_working"} == {"tool_call", "progress"}
    assert shapes["progress"]["progress"].keys() == PROGRESS


async def test_errors_are_objects_for_scripts(nearby: Emulator) -> None:
    """With --json, wherever it stands, the last line on standard error is an error's facts."""
    code, out, err = await nemo("state", "123", "--json")
    error = told(err)[-1]["error"]
    assert (code, out) == (1, "")
    assert (error["kind"], error["code"]) == ("SessionNotFoundError", 1002)


@pytest.mark.parametrize("arguments", [("fly", "--json"), ("--json", "credits", "--nope")])
async def test_wrong_usage_is_an_object(arguments: tuple[str, ...]) -> None:
    """Wrong usage has a kind of its own."""
    code, _, err = await nemo(*arguments)
    ((kind, message),) = [tuple(one["error"].values()) for one in told(err)]
    assert (code, kind) == (2, "usage")
    assert message.endswith("--help'.")


async def test_the_way_on_is_a_value(nearby: Emulator, tmp_path: Path) -> None:
    """An error and a stop name what to go on with, for programs."""
    nearby.fail_renders(9)
    _, _, err = await nemo("--json", "generate", "a fox", folder=tmp_path)
    (entry,), (session,) = kept(), nearby.sessions
    error = told(err)[-1]["error"]
    assert (error["resume"], error["session_id"]) == (entry.id, session)
    nearby.faults.delay("state", seconds=60_000)
    process = await started("--json", "resume", entry.id)
    await until(process, lambda: nearby.faults.fired)
    process.send_signal(signal.SIGINT)
    stopped = told((await ended(process)).err)[-1]
    assert (stopped["type"], stopped["resume"]) == ("stopped", entry.id)


async def test_the_log_is_objects(nearby: Emulator) -> None:
    """`--debug` and NEMO_LOG write no plain lines between the objects."""
    for how in (await nemo("--json", "--debug", "credits"), await with_log("debug")):
        assert {one["type"] for one in told(how.err)} == {"log"}
        assert any("balance/simple: 200 in" in one["log"] for one in told(how.err))


async def with_log(level: str) -> Ended:
    """Run a command with a log that the environment asks for."""
    return await nemo("credits", "--json", NEMO_LOG=level)


async def test_the_version_is_an_object() -> None:
    """`--json --version` in either order."""
    code, out, _ = await nemo("--version", "--json")
    (version,) = told(out)
    assert (code, version["type"], set(version)) == (0, "version", {"type", "version"})


async def test_jobs_are_objects(nearby: Emulator) -> None:
    """`jobs --json` lists, `job --json` tells, `cancel --json` says what it has ended."""
    keep("abc123", Checkpoint(prompt="a fox"), nearby.base_url)
    (listed,) = told((await nemo("jobs", "--json")).out)
    (job,) = told((await nemo("job", "abc123", "--json")).out)
    assert (listed["type"], job["type"]) == ("jobs", "job")
    assert listed["jobs"] == [{key: value for key, value in job.items() if key != "type"}]
    assert (job["id"], job["status"], job["words"]) == ("film-abc123", "waiting", "a fox")
    (cancelled,) = told((await nemo("cancel", "abc123", "--json")).out)
    assert (cancelled["type"], cancelled["status"]) == ("job", "cancelled")


async def test_a_pipe_is_told_what_is_new(tmp_path: Path) -> None:
    """In the minutes of a turn, lines tell what the agent has come to."""
    async with Emulator(speed=100, renderer=sketch) as service:
        service.script(
            {"content": {"parts": [{"functionCall": {"name": "generate_video", "args": {}}}]}},
            30,
            {"actions": {"stateDelta": {"draft": CLIP}}},
            50,
            {"content": {"parts": [{"text": "Done."}]}},
            draft=CLIP,
            charge="generation",
        )
        _, _, err = await nemo("generate", "a fox", folder=tmp_path, NEMO_API_URL=service.base_url)
    assert "The raw clip is ready; music, title and effects come next\n" in err
