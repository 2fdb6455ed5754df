"""The bot in the terminal, which shows how to write a room."""

import asyncio
import threading
from pathlib import Path

import pytest
from clocks import FAST
from waiting import until

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator

from .conftest import load


async def test_a_conversation(
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is typed is heard, and the film is a file; an empty line ends it."""
    module = load("terminal_bot")
    words = ["/film a fox", "/credits"]
    said: list[str] = []
    there = threading.Event()

    def type_words() -> str:
        if words:
            return words.pop(0)
        there.wait(60)
        return ""

    async def look() -> None:
        await until(lambda: [line for line in said if line.startswith("The film is")])
        there.set()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("builtins.input", type_words)

    def tell(*words: object) -> None:
        said.append(" ".join(map(str, words)))

    monkeypatch.setattr(module, "print", tell, raising=False)
    made = NemoClient(base_url=emulator.base_url, timing=FAST)
    monkeypatch.setattr(module, "NemoClient", lambda: made)
    await asyncio.gather(module.main(), look())
    assert "One moment…" in said and [line for line in said if "credits are left" in line]
    assert list(tmp_path.glob("*.mp4"))
