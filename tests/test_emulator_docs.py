"""The emulator's page of the documentation: its examples are run as they stand there."""

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[1] / "docs" / "emulator.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the wheel is tested without its docs")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


async def test_the_examples_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block runs, one after another, and what it asserts is true."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = list(BLOCK.finditer(PAGE.read_text("utf-8")))
    assert len(blocks) > 4
    for block in blocks:
        line = block.string.count("\n", 0, block.start(1))
        code = compile(
            "\n" * line + block[1], str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        )
        waiting = eval(code, names)
        if inspect.isawaitable(waiting):
            await waiting
    assert (tmp_path / "rocket.mp4").stat().st_size > 1000
