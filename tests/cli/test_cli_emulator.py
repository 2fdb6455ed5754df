"""The emulator from the command line: for one command, or for programs in any language."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from pseudo_terminal import ended, nemo, started

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator


async def test_generate_leaves_a_film_on_the_emulator(home: Path, tmp_path: Path) -> None:
    """`generate --emulator` saves an MP4, with nothing of the user's read or written."""
    film = tmp_path / "fox.mp4"
    code, out, err = await nemo(
        *("--json", "generate", "a 1 second film of a fox", "-o", str(film), "--emulator"),
        NEMO_TOKEN="the-users-own",
        NEMO_API_URL="http://127.0.0.1:9",
    )
    assert (code, film.read_bytes()[4:8]) == (0, b"ftyp"), err
    assert json.loads(out)["spent"] == 100
    assert {json.loads(line)["type"] for line in err.splitlines()} == {"job", "progress"}
    assert list(home.iterdir()) == []


async def test_a_conversation_on_the_emulator_has_credits_for_many_films() -> None:
    """`chat --emulator` is not over after one film."""
    _, out, _ = await nemo("chat", "--emulator", typed="credits\n")
    assert out == "10000 available, 0 frozen, 10000 total (your own account)\n"


async def test_missing_packages_are_told_before_the_work(tmp_path: Path) -> None:
    """Without PyAV, `--emulator` ends before the agent has begun."""
    program = (
        "import sys; sys.modules['av'] = None; sys.argv[1:] = ['generate', 'a fox', '--emulator'];"
        "from nemo_sdk.__main__ import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program), stderr=subprocess.PIPE, cwd=tmp_path, env=environment
    )
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.decode() == (
        "error: The emulator needs the extra 'emulator' (PyAV, Pillow, numpy and emoji): "
        "pip install 'nemo-sdk[emulator]'.\n"
    )


@pytest.mark.parametrize("as_json", [True, False])
async def test_the_emulator_serves_until_it_is_stopped(*, as_json: bool) -> None:
    """`emulator` prints its address, as an object where that is wanted, and ends with Ctrl-C."""
    arguments = ["--port", "0", "--credits", "1234", *(["--json"] if as_json else [])]
    process = await started("emulator", *arguments)
    try:
        assert process.stdout
        line = (await process.stdout.readline()).decode()
        address = json.loads(line)["base_url"] if as_json else line.strip()
        async with NemoClient(base_url=address, token_store=None, client_id="c") as client:
            assert (await client.credits()).available == 1234
    finally:
        process.send_signal(2)
    assert (await ended(process)).code == 0


async def test_the_module_takes_credits_too() -> None:
    """`python -m nemo_sdk.emulator --credits`."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nemo_sdk.emulator", "--port", "0", "--credits", "7"),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    address = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as http:
        headers = {"X-Client-Id": "c"}
        async with http.post(f"{address}/api/auth/anonymous-token", headers=headers) as answer:
            assert (await answer.json())["data"]["credits"] == 7
    process.terminate()
    assert await process.wait() == 0


async def test_a_taken_port_is_an_error_like_any_other(emulator: Emulator) -> None:
    """The port is named, on one line."""
    port = emulator.base_url.rpartition(":")[2]
    code, out, err = await nemo("emulator", "--port", port)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert err.startswith("error: The emulator cannot start: ") and port in err


async def address_of(process: asyncio.subprocess.Process) -> str:
    """Return what a server printed first."""
    assert process.stdout
    return (await process.stdout.readline()).decode().strip()


async def test_a_conversation_is_recorded_and_played(emulator: Emulator, tmp_path: Path) -> None:
    """`record` writes down what others say through it; `emulator --replay` says it again."""
    token, service = emulator.add_token(credits=321), emulator.base_url
    recorder = await started("record", "talk.jsonl", folder=tmp_path, NEMO_API_URL=service)
    told = await nemo("credits", NEMO_API_URL=await address_of(recorder), NEMO_TOKEN=token)
    recorder.send_signal(2)
    code, out, err = await ended(recorder)
    assert (code, out) == (0, "talk.jsonl (1 calls)\n"), err
    assert token not in (tmp_path / "talk.jsonl").read_text("utf-8")
    player = await started("emulator", "--port", "0", "--replay", "talk.jsonl", folder=tmp_path)
    try:
        again = await nemo("credits", NEMO_API_URL=await address_of(player), NEMO_TOKEN="any")
    finally:
        player.send_signal(2)
    assert told.out == again.out == "321 available, 0 frozen, 321 total (your own account)\n"
    assert (await ended(player)).code == 0


@pytest.mark.parametrize(
    ("arguments", "ends", "problem"),
    [
        (("record", "there.jsonl"), 1, "there.jsonl is there already: give another name"),
        (("record", "nowhere/talk.jsonl"), 1, "nowhere"),
        (("emulator", "--replay", "there.jsonl"), 2, "there.jsonl is no recording"),
        (("emulator", "--replay", "none.jsonl"), 1, "none.jsonl"),
    ],
)
async def test_what_cannot_be_recorded_or_played(
    arguments: tuple[str, ...], ends: int, problem: str, tmp_path: Path
) -> None:
    """A file that cannot be written, or is none, ends the command before anything is served."""
    (tmp_path / "there.jsonl").write_text("other\n")
    code, out, err = await nemo(*arguments, folder=tmp_path)
    assert (code, out) == (ends, "")
    assert problem in err


@pytest.mark.parametrize("command", ["cli", "module"])
async def test_the_emulator_is_called_by_a_name(command: str, tmp_path: Path) -> None:
    """`--allow-host` lets a name with a dot through, and `--look` is taken by both commands."""
    options = ["--port", "0", "--look", "card", "--allow-host", "studio.example.com"]
    if command == "cli":
        process = await started("emulator", *options, folder=tmp_path)
    else:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "nemo_sdk.emulator", *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
    try:
        address = await address_of(process)
        statuses = []
        async with aiohttp.ClientSession() as http:
            for name in ("studio.example.com", "other.example.com"):
                async with http.get(f"{address}/status/now", headers={"Host": name}) as answer:
                    statuses.append(answer.status)
    finally:
        process.send_signal(2)
        await process.communicate()
    assert statuses == [200, 403]
