"""Streams taken apart: their frames, and what the agent has to do for the same stream."""

import json
import re
from collections.abc import Mapping
from typing import Any

_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_BY_CHANCE = (
    (re.compile(rb'"invocationId":"e-' + _UUID + rb'"'), b'"invocationId":"e-#"'),
    (
        re.compile(rb'"id":"' + _UUID + rb'","timestamp":\d{10}\.\d{1,7}}'),
        b'"id":"#","timestamp":#}',
    ),
)


def frames(stream: bytes) -> list[bytes]:
    """Return the events of a stream as they are on the wire, each with its end.

    What the service puts between them to show that it is alive is left out: ADK sends nothing.
    """
    blocks = re.findall(rb"(?s).*?\n\n", stream)
    assert b"".join(blocks) == stream
    return [block for block in blocks if block.startswith(b"data: {")]


def without_chance(frame: bytes) -> bytes:
    """Return a frame with its ids and its time masked, where they look as ADK makes them."""
    for pattern, mask in _BY_CHANCE:
        frame = pattern.sub(mask, frame)
    return frame


def step_of(frame: bytes) -> dict[str, Any]:
    """Return what an agent has to do for a frame, in words that are not the wire's."""
    event = json.loads(frame.removeprefix(b"data: "))
    step: dict[str, Any] = {"parts": [_part(part) for part in event["content"]["parts"]]}
    if event.get("partial"):
        step["partial"] = True
    if changes := event["actions"]["stateDelta"]:
        step["changes"] = changes
    return step


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    if "functionCall" in part:
        return {"call": part["functionCall"]}
    if "functionResponse" in part:
        return {"result": part["functionResponse"]}
    return dict(part)
