"""README and documentation: every Python block runs as it stands there, page by page."""

import ast
import asyncio
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import partialmethod
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from conftest import FAST

import nemo_sdk
from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator

ROOT = Path(__file__).parents[1]
SHOWN = re.compile(r"[^`]*^```console\n\$ python \w+\.py\n(.+?)^```", re.DOTALL | re.MULTILINE)
"""What a program prints, below it; a line `…` stands for any lines."""
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def pages() -> list[Path]:
    found = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [page for page in found if page.exists() and "```python" in page.read_text("utf-8")]


@pytest.fixture
def surroundings(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, clip: Path
) -> Iterator[None]:
    """What a reader has: the service, a fast clock for it, a clip, the sample project's bot."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "testing"))
    monkeypatch.setattr(NemoClient, "__init__", partialmethod(_made_fast, NemoClient.__init__))
    clip.rename("holiday.mov")
    yield
    sys.modules.pop("film_bot", None)


def _made_fast(client: NemoClient, init: Any, *args: Any, **kwargs: Any) -> None:
    init(client, *args, **{"timing": FAST, **kwargs})


def test_pages_are_found() -> None:
    """In a clone there is a README, and documentation; the wheel is tested without some."""
    assert [page.name for page in pages() if page.name in {"README.md", "quickstart.md"}]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_programs_beside_an_emulator_take_its_client(page: Path) -> None:
    """No reader copies a clock that gives a film up while the emulator still paints it."""
    for block in BLOCK.findall(page.read_text("utf-8")):
        if "Emulator(" in block:
            assert "NemoClient(" not in block
            assert "Timing(" not in block


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
@pytest.mark.usefixtures("surroundings")
async def test_the_examples_hold(page: Path) -> None:
    """Every block of a page runs, one after another, and what it asserts is true."""
    names: dict[str, Any] = {name: getattr(nemo_sdk, name) for name in nemo_sdk.__all__}
    async with NemoClient() as client:
        given = await _given(client)
        for block in BLOCK.finditer(page.read_text("utf-8")):
            names |= given
            await _run(block, page, names)
            if names["client"] is not client:
                await names["client"].aclose()


async def _given(client: NemoClient) -> dict[str, Any]:
    """What the fragments of a page stand beside."""
    session = await client.create_session()
    return {
        "client": client,
        "prompt": "a cat in the snow",
        "prompts": ["a fox", "a hen"],
        "session": session,
        "reply": await session.ask("a day in Lisbon"),
        "video": await client.generate("a fox"),
        "checkpoint": await _checkpoint(client),
    }


async def _checkpoint(client: NemoClient) -> nemo_sdk.Checkpoint:
    generation = client.generate("a hen")
    await generation
    return generation.checkpoint


async def _run(block: re.Match[str], page: Path, names: dict[str, Any]) -> None:
    source = "\n" * block.string.count("\n", 0, block.start(1)) + block[1]
    if "asyncio.run(" in source:  # a whole program, with a loop of its own
        code = compile(source, str(page), "exec")
        with redirect_stdout(StringIO()) as printed:
            await asyncio.to_thread(exec, code, {"__name__": "__main__"})
        if shown := SHOWN.match(block.string, block.end()):
            wanted = re.escape(shown[1]).replace("…\\\n", "(.*\n)*")
            assert re.fullmatch(wanted, printed.getvalue()), printed.getvalue()
        return
    code = compile(source, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(code, names)
    if inspect.isawaitable(waiting):
        await waiting
