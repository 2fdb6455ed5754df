"""What tests have the emulator's agent say, a clock that gives up soon, and what came of it."""

from typing import Any

import attrs
from clocks import FAST

from nemo_sdk import Turn
from nemo_sdk.emulator import Emulator

QUICK = attrs.evolve(FAST, quiet=0.6, read=5, recovery=(0.02,) * 5, backoff=0.01, render_poll=0.02)
OLD = {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"title": "old"}}]}]}
NEW = {"t": [{"tt": 0, "sg": [{"d": 2000, "m": {"title": "new"}}]}]}
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
    b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
HEARTBEAT = b": heartbeat\n\n"
JSON = {"Content-Type": "application/json"}
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


async def to_its_end(turn: Turn) -> None:
    """Listen to a turn until it has ended."""
    async for _ in turn:
        pass


def posts(emulator: Emulator) -> int:
    """How many messages reached the service."""
    return len(emulator.calls_of("run_sse"))


def once(emulator: Emulator) -> bool:
    """Whether one message was sent, and charged."""
    return (len(emulator.calls_of("run_sse")), len(emulator.charges)) == (1, 1)
