"""What people wish, and what the film is afterwards: a list that was written before the grammar."""

import json
import random
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk.emulator._agent import Agent, _grammar
from nemo_sdk.emulator._agent._forms import forms_of
from nemo_sdk.emulator._agent._grammar import readings
from nemo_sdk.emulator._agent._index import index_of
from nemo_sdk.emulator._agent._sentence import Clause
from nemo_sdk.emulator._agent._sentences import SUBJECTS, TABLE
from nemo_sdk.emulator._drafts import Desk
from nemo_sdk.emulator._sessions import Session
from nemo_sdk.emulator._steps import Say, ToolResult

from .films import session_of, shown

PAGE = Path(__file__).parents[2] / "docs" / "emulator.md"
EXAMPLES = [(row, said) for row in TABLE for said in row.examples.split(" · ")]
SAID = [one for _, said in EXAMPLES for one in said.split(" / ")]

WISHES = json.loads((Path(__file__).parents[1] / "data" / "wishes.json").read_text("utf-8"))


def outcome(film: str, wish: str) -> Any:
    """Say something about a film; return `declined`, `answer`, `new`, or what the film is."""
    session = session_of(film)
    before = session.draft and shown(session.draft)
    rng = random.Random(1)
    plan = Agent(session, Desk(rng), rng, 0, 0.0).plan(wish)
    said = ""
    for step in plan.steps:
        if isinstance(step, ToolResult):
            session.change(step.changes)
        said = step.text if isinstance(step, Say) else said
    if plan.kind == "generation":
        return "new"
    after = session.draft and shown(session.draft)
    if plan.kind == "answer":
        assert after == before
        declined = any(word in said for word in ("Nothing was changed", "影片没有改动"))
        return "declined" if declined else "answer"
    assert after is not None
    return {kind: line for kind, line in after.items() if line != (before or {}).get(kind)}


@pytest.mark.parametrize("case", WISHES, ids=[f"{one['film']}: {one['wish']}" for one in WISHES])
def test_wishes(case: dict[str, Any]) -> None:
    """A wish changes the film as it says, and nothing else of it; or it is declined in words."""
    found = outcome(case["film"], case["wish"])
    if case["film"] == "files" and isinstance(found, dict):
        found = {kind: line for kind, line in found.items() if kind in case["then"]}
    assert found == case["then"]


def table() -> str:
    """Return the table of the documentation, as the code has it: a line for each operation."""
    lines = ["| people say | and the agent will |", "|---|---|"]
    for subject, rows in SUBJECTS.items():
        lines.append(f"| **{subject}** | |")
        for run, group in groupby(rows, lambda row: row.run):
            does = (run.__doc__ or "").partition("\n")[0].rstrip(".")
            said = " / ".join(row.examples for row in group)
            lines.append(f"| {said} | {does[:1].lower()}{does[1:]} |")
    return "\n".join(lines)


def test_the_documentation_has_the_table() -> None:
    """What the page lists is what the code has, row by row."""
    assert table() in PAGE.read_text("utf-8")


@pytest.mark.parametrize(("row", "said"), EXAMPLES, ids=[said for _, said in EXAMPLES])
def test_examples_are_understood(row: Any, said: str) -> None:
    """Each example of the table is understood as what it stands for."""
    assert any(asked.row is row for reading in readings(said, TABLE) for asked in reading)


@pytest.mark.parametrize("said", SAID)
def test_a_wish_needs_a_film(said: str) -> None:
    """Where there is none, it is declined in one way; what names a clip is a film to be made."""
    rng = random.Random(1)
    plan = Agent(session_of("none"), Desk(rng), rng, 0, 0.0).plan(said)
    if plan.kind == "answer":
        words = "".join(step.text for step in plan.steps if isinstance(step, Say))
        assert "There is no film yet" in words or "还没有影片" in words
    else:
        assert plan.kind == "generation"


@pytest.mark.parametrize("said", SAID)
def test_a_wish_about_sound_alone(said: str) -> None:
    """Where nothing but a song was uploaded, a wish is done or declined: nothing breaks over it."""
    assert outcome("song", said)


def test_nothing_is_done_by_halves() -> None:
    """Every wish of the list, with a clause that nobody understands, leaves the film alone."""
    wishes = [case for case in WISHES if isinstance(case["then"], dict) and case["film"] != "files"]
    for case in wishes:
        assert outcome(case["film"], f"{case['wish']}, and sprinkle stardust on it") == "declined"


@pytest.mark.parametrize("case", WISHES, ids=[f"{one['film']}: {one['wish']}" for one in WISHES])
def test_capitals_and_spaces_do_not_matter(case: dict[str, Any]) -> None:
    """The same words in capitals, or with more space, ask for the same kind of work."""
    quoted = any(mark in case["wish"] for mark in "'\"“")
    for said in (case["wish"].upper(), f"  {case['wish']}  ".replace(" ", "  ")):
        found = outcome(case["film"], case["wish"] if quoted else said)
        assert type(found) is type(case["then"])


def test_a_clause_is_held_against_few_sentences() -> None:
    """Every prompt is looked at for wishes: what that costs must not grow with the table."""
    prompt = Clause("a red fox that walks through the snow at dawn with a slow camera", ())
    table = [(row, one) for row in TABLE for one in row.sentences]
    likely = list(index_of(TABLE).likely(prompt))
    assert len(likely) * 5 < len(table)
    assert likely == [pair for pair in table if pair in likely]


def test_each_clause_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long wish that fails at its end is not read anew for each way to read its beginning."""
    read = 0

    def counted(text: str) -> Iterator[str]:
        nonlocal read
        read += 1
        return forms_of(text)

    monkeypatch.setattr(_grammar, "forms_of", counted)
    clauses = ["mute the clips", "make it square", "fade it out", "add jazz", "put the boat first"]
    assert not list(readings(", ".join([*clauses * 2, "and sprinkle stardust"]), TABLE))
    assert read < 1500


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("oops, go back", 1),
        ("hmm no, undo", 1),
        ("nah put it back the way it was", 1),
        ("I didn't mean that, undo it", 1),
        ("ctrl z", 1),
        ("撤销刚才的操作", 1),
        ("undo twice", 0),
        ("undo the last two changes", 0),
        ("undo everything", 0),
    ],
)
def test_wishes_are_taken_back(said: str, left: int) -> None:
    """What takes a wish back goes back as many wishes as it says."""
    session = session_of("trip")
    drafts = [shown(session.draft)]
    for wish in ("remove the boat", "make it square"):
        say(session, wish)
        drafts.append(shown(session.draft))
    say(session, said)
    assert shown(session.draft) == drafts[left]


def say(session: Session, wish: str) -> None:
    """Let the agent do what one message asks for."""
    rng = random.Random(1)
    for step in Agent(session, Desk(rng), rng, 0, 0.0).plan(wish).steps:
        if isinstance(step, ToolResult):
            session.change(step.changes)
