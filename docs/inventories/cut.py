"""Cut whole inventories of other projects down to the names that these pages use.

    python docs/inventories/cut.py python.inv NAMES OBJECTS_INV
    python docs/inventories/cut.py aiohttp.inv NAMES OBJECTS_INV

OBJECTS_INV is the whole inventory of the project's own pages, such as that of Debian's python3-doc;
NAMES is a file with a name a line. A name that the project does not have is an error.
"""

import sys
import zlib
from pathlib import Path

HEAD_LINES = 4


def cut(whole: bytes, names: set[str]) -> bytes:
    """Return an inventory with some names of another, and nothing else."""
    *head, body = whole.split(b"\n", HEAD_LINES)
    lines = zlib.decompress(body).decode().splitlines()
    kept = [line for line in lines if line.split(" ", 1)[0] in names and " py:" in line]
    missing = names - {line.split(" ", 1)[0] for line in kept}
    if missing:
        sys.exit(f"The inventory lacks {sorted(missing)}.")
    return b"\n".join([*head, zlib.compress("\n".join([*kept, ""]).encode(), 9)])


if __name__ == "__main__":
    name, listed, whole = sys.argv[1:]
    wanted = {line for line in Path(listed).read_text("utf-8").split() if line}
    (Path(__file__).parent / name).write_bytes(cut(Path(whole).read_bytes(), wanted))
