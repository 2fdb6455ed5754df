"""Cut the inventory of another project's pages down to what these pages may name.

    python docs/inventories/cut.py python.inv OBJECTS_INV
    python docs/inventories/cut.py aiohttp.inv OBJECTS_INV

OBJECTS_INV is the whole inventory, such as that of Debian's python3-doc and python-aiohttp-doc.
With the small ones a build needs no network.
"""

import re
import sys
import zlib
from pathlib import Path

HEAD_LINES = 4
KEPT = {
    "python.inv": re.compile(
        r"(\w+|(asyncio|collections\.abc|contextlib|datetime|json|logging|os|pathlib|ssl|types|typing)"
        r"(\.[A-Z]\w*)?|datetime\.\w+) py:"
    ),
    "aiohttp.inv": re.compile(r"aiohttp\.[A-Z]\w* py:"),
}
"""Built-in names and modules, and the classes of some modules."""


def cut(whole: bytes, kept: re.Pattern[str]) -> bytes:
    """Return an inventory with some lines of another."""
    *head, body = whole.split(b"\n", HEAD_LINES)
    lines = [line for line in zlib.decompress(body).decode().splitlines() if kept.match(line)]
    return b"\n".join([*head, zlib.compress("\n".join([*lines, ""]).encode(), 9)])


if __name__ == "__main__":
    name, whole = sys.argv[1:]
    (Path(__file__).parent / name).write_bytes(cut(Path(whole).read_bytes(), KEPT[name]))
