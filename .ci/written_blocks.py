"""Write the Python of README and docs into files for type checkers: ``written_blocks.py FOLDER``.

Each page becomes a module. Its blocks that await stand one after the other, as a notebook's cells
do, in a function whose parameters are what fragments take for granted; a block that is a whole
program becomes a module of its own.
"""

import ast
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
GIVEN = {
    "client": "NemoClient",
    "prompt": "str",
    "prompts": "list[str]",
    "session": "Session",
    "reply": "Reply",
    "video": "Video",
    "checkpoint": "Checkpoint",
}
HEAD = """# mypy: allow-untyped-defs
from nemo_sdk import *
from nemo_sdk.jobs import Jobs

jobs = Jobs(NemoClient())
"""
TOP_LEVEL = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


def main() -> None:
    """Write the modules into an empty folder."""
    folder = Path(sys.argv[1])
    for page in sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")]):
        for name, module in modules(page):
            (folder / f"{name}.py").write_text(module, "utf-8")


def modules(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the modules of a page, with their names."""
    plain = awaiting = ""
    for number, block in enumerate(BLOCK.findall(page.read_text("utf-8")), 1):
        if "asyncio.run(" in block:
            yield f"page_{page.stem.lower()}_{number}", block
        elif awaits(block):
            awaiting += block
        else:
            plain += block
    if plain or awaiting:
        yield f"page_{page.stem.lower()}", HEAD + plain + as_function(awaiting or "pass\n")


def awaits(block: str) -> bool:
    """Whether a block is no plain module: it waits for something outside of any function."""
    try:
        compile(block, "block", "exec")
    except SyntaxError:
        compile(block, "block", "exec", flags=TOP_LEVEL)
        return True
    return False


def as_function(blocks: str) -> str:
    """Put blocks into a function that has what fragments take for granted."""
    given = ", ".join(f"{name}: {kind}" for name, kind in GIVEN.items())
    return f"\nasync def page({given}) -> None:\n{textwrap.indent(blocks, '    ')}\n"


if __name__ == "__main__":
    main()
