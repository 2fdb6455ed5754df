"""Replies as a store keeps them, and as the same replies again."""

from collections.abc import Mapping
from typing import Any

import attrs

from nemo_sdk import Question, Reply, Timeline, ToolCall

__all__ = ["from_facts", "to_facts"]


def to_facts(reply: Reply) -> dict[str, Any]:
    """Return what `from_facts` makes the reply of, as JSON knows it."""
    facts = attrs.asdict(reply, filter=lambda one, _: one.name != "timeline")
    return {**facts, "timeline": reply.timeline.raw}


def from_facts(facts: Mapping[str, Any]) -> Reply:
    """Return a reply that was kept."""
    values = {key: _tuple(value) for key, value in _known(Reply, facts).items()}
    values["timeline"] = Timeline.from_draft(facts.get("timeline"))
    values["tool_calls"] = tuple(
        ToolCall(**_known(ToolCall, call)) for call in facts.get("tool_calls", ())
    )
    values["questions"] = tuple(
        Question(**{key: _tuple(value) for key, value in _known(Question, asked).items()})
        for asked in facts.get("questions", ())
    )
    return Reply(**values)


def _known(kind: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that this version of the library knows."""
    names = {one.name for one in attrs.fields(kind)}
    return {key: value for key, value in facts.items() if key in names}


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
