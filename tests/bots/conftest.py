"""The bots: each example as a module, a room that writes down, and the emulator behind it."""

import asyncio
import importlib.util
import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import define, field
from PIL import Image
from waiting import until

from nemo_sdk.bots import FilmBot, Limits, SlowDown

BOTS = Path(__file__).parents[2] / "examples" / "bots"
collect_ignore_glob = [] if BOTS.exists() else ["test_*_bot.py"]  # the wheel is tested without them


def load(name: str) -> ModuleType:
    """Import a bot as the file that people copy."""
    spec = importlib.util.spec_from_file_location(name, BOTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # discord.py imports audioop
        spec.loader.exec_module(module)
    return module


def picture(kind: str = "png") -> tuple[str, bytes]:
    """A real picture."""
    content = io.BytesIO()
    Image.new("RGB", (32, 18), "orange").save(content, kind)
    return f"cat.{kind}", content.getvalue()


def sent(*files: tuple[str, bytes], after: asyncio.Event | None = None) -> Callable[[Path], Any]:
    """Return what fetches files that came with a message, after something has happened."""

    async def fetch(folder: Path) -> list[Path]:
        if after is not None:
            await after.wait()
        for name, content in files:
            await asyncio.to_thread((folder / name).write_bytes, content)
        return [folder / name for name, _ in files]

    return fetch


@define
class PaperRoom:
    """A chat that writes down what it is shown."""

    key: str = "room"
    limits: Limits = field(factory=lambda: Limits(seconds=0.02))
    lines: list[str] = field(factory=list)
    """The messages as they read after their last edit."""
    films: list[bytes] = field(factory=list)
    refuse_edits: bool = False
    refuse_films: Exception | None = None
    slow: list[float] = field(factory=list)
    """Seconds that this chat asks for, once each, before it takes anything more."""
    times: list[float] = field(factory=list)
    """When something was said or edited."""
    history: list[list[str]] = field(factory=list)
    """For each message, all that it has said."""

    async def say(self, text: str) -> Any:
        """Write a line; returns what writes it anew."""
        self._tick()
        self.lines.append(text)
        self.history.append([text])
        place = len(self.lines) - 1

        async def edit(text: str) -> bool:
            self._tick()
            if self.refuse_edits:
                return False
            self.lines[place] = text
            self.history[place].append(text)
            return True

        return edit

    async def show(self, video: Any) -> None:
        """Take a film, all of it."""
        if self.refuse_films is not None:
            raise self.refuse_films
        self.films.append(await video.read())

    def _tick(self) -> None:
        self.times.append(asyncio.get_running_loop().time())
        if self.slow:
            raise SlowDown(self.slow.pop(0))


@pytest.fixture
def room() -> PaperRoom:
    """One chat."""
    return PaperRoom()


async def idle(bot: FilmBot) -> None:
    """Wait until a bot has nothing to do."""
    await until(lambda: not bot._lines)
