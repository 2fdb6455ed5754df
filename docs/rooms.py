"""Draw the rooms of the package and who imports whom: `python docs/rooms.py` writes rooms.svg.

A room is a folder or a module right below the package. Each stands one floor above the highest room
that it imports, so that every arrow points down.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "nemo_sdk"
LEFT_OUT = {"__init__", "__main__", "_public", "_version"}
WIDTH, HEIGHT, GAP, FLOOR, MARGIN = 118, 30, 14, 74, 20
STYLE = """
.room { fill: #f4f1ea; stroke: #8a7f6a; rx: 6 } .public { fill: #dcebdd; stroke: #4f7f56 }
.arrow { stroke: #8a7f6a; stroke-opacity: .28; fill: none }
text { font: 13px ui-monospace, monospace; text-anchor: middle; fill: #2b2720 }
"""


def rooms() -> dict[str, list[Path]]:
    """Return the files of each room under its name."""
    found: dict[str, list[Path]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        room = file.relative_to(PACKAGE).with_suffix("").parts[0]
        if room not in LEFT_OUT:
            found.setdefault(room, []).append(file)
    return found


@cache
def imports() -> dict[str, frozenset[str]]:
    """Return the rooms that each room imports."""
    known = rooms()
    return {
        room: frozenset(other for file in files for other in _named_in(file) if other in known)
        - {room}
        for room, files in known.items()
    }


def _named_in(file: Path) -> Iterator[str]:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = [*parts[: len(parts) - node.level + 1]] if node.level else []
            path = [*base, *(node.module or "").split(".")] if node.module else base
            names = [".".join([*path, alias.name]) for alias in node.names]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith("nemo_sdk."):
                yield name.split(".")[1]


@cache
def floor_of(room: str) -> int:
    """Return how many floors of rooms lie below a room."""
    below = [floor_of(other) for other in imports()[room] if not _is_edge(room, other)]
    return 1 + max(below, default=-1)


def _is_edge(room: str, other: str) -> bool:
    """Whether an import is the emulator's, which hands out clients when it is asked for one."""
    return room == "emulator" and other in {"_client", "models"}


def picture() -> str:
    """Return the picture, as SVG."""
    floors: dict[int, list[str]] = {}
    for room in sorted(imports()):
        floors.setdefault(floor_of(room), []).append(room)
    top, widest = max(floors), max(map(len, floors.values()))
    width = 2 * MARGIN + widest * (WIDTH + GAP) - GAP
    places = {
        room: (
            (width - len(row) * (WIDTH + GAP) + GAP) // 2 + number * (WIDTH + GAP),
            MARGIN + (top - floor) * FLOOR,
        )
        for floor, row in floors.items()
        for number, room in enumerate(row)
    }
    height = MARGIN * 2 + top * FLOOR + HEIGHT
    arrows = [_arrow(places[one], places[other]) for one in places for other in imports()[one]]
    boxes = [_box(room, *place) for room, place in places.items()]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
    ground = '<rect width="100%" height="100%" rx="8" fill="#fff"/>'
    parts = [head, f"<style>{STYLE}</style>", ground, *sorted(arrows), *boxes, "</svg>\n"]
    return "\n".join(parts)


def _arrow(one: tuple[int, int], other: tuple[int, int]) -> str:
    x, y, to_x, to_y = one[0] + WIDTH // 2, one[1] + HEIGHT, other[0] + WIDTH // 2, other[1]
    return f'<path class="arrow" d="M{x} {y} C{x} {y + 40} {to_x} {to_y - 40} {to_x} {to_y}"/>'


def _box(room: str, x: int, y: int) -> str:
    kind = "room" if room.startswith("_") else "room public"
    rectangle = f'<rect class="{kind}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}"/>'
    return f'{rectangle}<text x="{x + WIDTH // 2}" y="{y + 20}">{room}</text>'


if __name__ == "__main__":
    (HERE / "rooms.svg").write_text(picture(), encoding="utf-8")
