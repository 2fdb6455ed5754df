"""Write the Python of README and docs into files for type checkers: ``written_blocks.py FOLDER``.

Each page becomes a module. A block that awaits stands in a function of its own, whose parameters
are what fragments take for granted; a block that is a whole program becomes a module of its own.
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
    fragments = ""
    for number, block in enumerate(BLOCK.findall(page.read_text("utf-8")), 1):
        if "asyncio.run(" in block:
            yield f"page_{page.stem.lower()}_{number}", block
        else:
            fragments += as_function(block, number) if awaits(block) else block
    if fragments:
        yield f"page_{page.stem.lower()}", HEAD + fragments


def awaits(block: str) -> bool:
    """Whether a block is no plain module: it waits for something outside of any function."""
    try:
        compile(block, "block", "exec")
    except SyntaxError:
        compile(block, "block", "exec", flags=TOP_LEVEL)
        return True
    return False


def as_function(block: str, number: int) -> str:
    """Put a block into a function that has what fragments take for granted."""
    given = ", ".join(f"{name}: {kind}" for name, kind in GIVEN.items())
    return f"\nasync def block_{number}({given}) -> None:\n{textwrap.indent(block, '    ')}\n"


if __name__ == "__main__":
    main()
