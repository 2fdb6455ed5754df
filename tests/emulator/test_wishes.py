"""What people wish, and what the film is afterwards: a list that was written before the grammar."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk.emulator._agent import Agent
from nemo_sdk.emulator._drafts import Desk
from nemo_sdk.emulator._steps import Say, ToolResult

from .films import session_of, shown

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
