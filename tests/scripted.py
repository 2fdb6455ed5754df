"""What tests have the emulator's agent say, and a client that gives up soon."""

from typing import Any

import attrs
from conftest import FAST

QUICK = attrs.evolve(
    FAST, quiet=0.3, read=0.3, recovery=(0.02,) * 5, backoff=0.01, render_poll=0.02
)
OLD = {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"title": "old"}}]}]}
NEW = {"t": [{"tt": 0, "sg": [{"d": 2000, "m": {"title": "new"}}]}]}


Event = dict[str, Any] | bytes | float


def text(words: str, **more: Any) -> dict[str, Any]:
    """An event in which the agent says something."""
    return {"content": {"role": "model", "parts": [{"text": words}]}, **more}


def call(name: str, id: str = "1") -> dict[str, Any]:
    """An event in which the agent calls a tool."""
    return {"content": {"role": "model", "parts": [{"functionCall": {"id": id, "name": name}}]}}


def result(name: str, id: str = "1") -> dict[str, Any]:
    """An event in which a tool answers."""
    response = {"id": id, "name": name, "response": {"status": "success"}}
    return {"content": {"role": "user", "parts": [{"functionResponse": response}]}}
