"""A console of few letters, as Windows has it: what it has no letter for is shown as a number."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import attrs
import pytest
from keeping import keep, made
from pseudo_terminal import started, terminal

from nemo_sdk.emulator import Emulator

FEW: dict[str, Any] = {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
WORDS = "狐狸 → a café 🦊"
COMMANDS = {
    "generate": ["generate", WORDS, "-o", "雪.mp4"],
    "generate with events": ["generate", WORDS, "--json"],
    "edit": ["edit", "new", WORDS],
    "chat": ["chat"],
    "jobs": ["jobs"],
    "job": ["job", "abc123"],
    "resume": ["resume", "abc123"],
    "cancel": ["cancel", "abc123", "--forget"],
    "credits": ["credits"],
    "upload": ["upload", "new", "雪.png"],
    "export": ["export", "狐"],
    "state": ["state", "狐"],
    "a wrong format": ["generate", WORDS, "--format", "雪"],
    "a wrong option": ["generate", WORDS, "--雪"],
    "a wrong command": ["雪"],
    "help": ["--help"],
    "help of a command": ["generate", "--help"],
    "debug": ["edit", "new", WORDS, "--debug"],
}


@pytest.fixture
async def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use, and a film's job."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    keep("abc123", attrs.evolve(await made(emulator), prompt=WORDS), emulator.base_url)
    return emulator


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
async def test_every_command_is_shown(
    nearby: Emulator, tmp_path: Path, arguments: list[str]
) -> None:
    """Each ends with a code and words of its own, and none with Python's."""
    process = await started(*arguments, folder=tmp_path, **FEW)
    shown = await process.communicate(f"{WORDS}\nstatus\nquit\n".encode())
    text = b"".join(shown).decode("cp1252")
    assert "Unicode" not in text and "Traceback" not in text
    assert process.returncode in {0, 1, 2} and text


@pytest.mark.parametrize("arguments", [["generate", WORDS, "-o", "雪.mp4"], ["chat"]])
async def test_somebody_watches(nearby: Emulator, tmp_path: Path, arguments: list[str]) -> None:
    """The moving bar and the reply as it comes are drawn with the letters that there are."""
    async with terminal(*arguments, HOME=str(tmp_path), **FEW) as watched:
        watched.type(f"{WORDS}\nquit\n")
        assert await watched.end() == 0, watched.raw
    assert b"Unicode" not in watched.raw and b"Traceback" not in watched.raw


@pytest.mark.parametrize("arguments", [["emulator", "--port", "0"], ["record", "雪.jsonl"]])
async def test_what_runs_until_it_is_stopped(
    nearby: Emulator, tmp_path: Path, arguments: list[str]
) -> None:
    """Services tell where they are, and what they have written."""
    process = await started(*arguments, folder=tmp_path, **FEW)
    assert process.stdout is not None and process.stderr is not None
    assert b"127.0.0.1" in await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 300)
    assert b"Unicode" not in out + err and b"Traceback" not in out + err
