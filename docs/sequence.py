"""Draw what happens in `generate`: `python docs/sequence.py` writes sequence.svg.

The calls are those that an emulator got of one generation, in their order; only the words beside
them stand here. A test holds the picture against another generation.
"""

import asyncio
import itertools
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.sax.saxutils import escape

from nemo_sdk.emulator import Emulator

HERE = Path(__file__).parent
PROMPT = "a two second film of a fox"
LANES = (("your program", 90), ("nemo_sdk", 340), ("NemoVideo", 650))
STEP, TOP = 52, 70
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 } .small { font-size: 11.5px; fill: #57606a }
.mono { font: 12px ui-monospace, monospace } .lane { stroke: #d0d7de }
.head { fill: #ddf4ff; stroke: #54aeff }
.call { stroke: #57606a; fill: none } .paid { stroke: #cf222e; stroke-width: 2 }
.back { stroke-dasharray: 4 3 } .paid-text { fill: #cf222e } .ground { fill: #ffffff }
"""


class Words(NamedTuple):
    """What is said of a call: what comes back, and what happens beside it."""

    answer: str
    note: str = ""
    before: str = ""


KNOWN = {
    "anonymous_token": Words("a token, kept for the next run", "only without NEMO_TOKEN"),
    "create_session": Words("session and task id", before="checkpoint “session”"),
    "run_sse": Words(
        "text, tool calls, heartbeats: the stream", "charged; sent once", "checkpoint “message”"
    ),
    "state": Words("the draft", "what the message has changed"),
    "submit_render": Words("accepted", "free; under an id of ours", "checkpoint “render”"),
    "render_status": Words("pending … completed, the address", "every 30 s, until it is ready"),
    "film": Words("the film", "without a token, from another host", "video.save(…)"),
}


class Step(NamedTuple):
    """One call, or several of one kind in a row."""

    endpoint: str
    method: str
    path: str


async def steps() -> list[Step]:
    """Make a film on an emulator, and return the calls that it got."""
    async with Emulator(seed=1, renderer=_no_film, credits=1000) as emulator:
        async with emulator.client() as client:
            video = await client.generate(PROMPT)
            with TemporaryDirectory() as folder:
                await video.save(Path(folder) / "fox.mp4")
        calls = emulator.calls
    kinds = itertools.groupby(calls, key=lambda call: call.endpoint)
    return [_step(next(same)) for _, same in kinds]


def _no_film(_draft: object, target: Path, **_: object) -> "Film":
    content = b"\0\0\0\x18ftypmp42" + bytes(1000)
    target.write_bytes(content)
    return Film(2.0, len(content))


class Film(NamedTuple):
    """What a renderer says of its film."""

    duration: float
    size: int


def _step(call: object) -> Step:
    endpoint, method, path = (getattr(call, name) for name in ("endpoint", "method", "path"))
    parts = ["…" if _is_an_id(part) else part for part in path.partition("?")[0].split("/")]
    return Step(endpoint, method, "/".join(parts))


def _is_an_id(part: str) -> bool:
    return part.startswith("render_") or sum(letter.isdigit() for letter in part) > 6


def picture(made: list[Step]) -> str:
    """Return the calls as a sequence diagram, as SVG."""
    you, we, they = (x for _, x in LANES)
    rows = [_arrow(you, we, TOP, "generate(prompt)", "call")]
    y = TOP
    for step in made:
        words = KNOWN[step.endpoint]
        kind = "call paid" if step.endpoint == "run_sse" else "call"
        if words.before:
            y += STEP
            back = words.before.startswith("checkpoint")
            start, end, look = (we, you, "call back") if back else (you, we, "call")
            rows.append(_arrow(start, end, y, words.before, look))
        y += STEP
        rows.append(_arrow(we, they, y, f"{step.method} {step.path}", kind, words.note))
        rows.append(_arrow(they, we, y + 20, words.answer, "call back"))
        y += 20
    y += STEP
    rows.append(_arrow(we, you, y, "cat.mp4, whole", "call back"))
    height = y + 40
    lanes = [_lane(name, x, height) for name, x in LANES]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}">'
    ground = f'<rect class="ground" width="760" height="{height}" rx="8"/>'
    tip = '<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" '
    tip += 'markerUnits="userSpaceOnUse" '
    tip += 'orient="auto"><path d="M0 0 L8 4 L0 8" fill="none" stroke="#57606a"/></marker>'
    return "\n".join([head, f"<style>{STYLE}</style>", tip, ground, *lanes, *rows, "</svg>\n"])


def _lane(name: str, x: int, height: int) -> str:
    line = f'<line class="lane" x1="{x}" y1="40" x2="{x}" y2="{height - 10}"/>'
    box = f'<rect class="head" x="{x - 62}" y="12" width="124" height="28" rx="6"/>'
    return f'{line}{box}<text x="{x}" y="31" text-anchor="middle">{name}</text>'


def _arrow(start: int, end: int, y: int, words: str, kind: str, note: str = "") -> str:
    middle = (start + end) // 2
    line = f'<path class="{kind}" marker-end="url(#tip)" d="M{start} {y} H{end}"/>'
    look = "mono" if "/" in words or "(" in words else "small"
    text = (
        f'<text class="{look}" x="{middle}" y="{y - 5}" text-anchor="middle">{escape(words)}</text>'
    )
    look = "small paid-text" if "paid" in kind else "small"
    beside = (
        f'<text class="{look}" x="{middle}" y="{y - 20}" text-anchor="middle">{escape(note)}</text>'
    )
    return line + text + (beside if note else "")


if __name__ == "__main__":
    (HERE / "sequence.svg").write_text(picture(asyncio.run(steps())), encoding="utf-8")
