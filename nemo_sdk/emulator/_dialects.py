"""How a turn's steps are written: as an ADK server does, or in the earlier flat shape."""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from attrs import define

from ._answers import to_json
from ._clock import Clock
from ._steps import Raw, Say, Step, Thought, ToolCall, ToolResult

Keys = Literal["camel", "snake"]
StreamShape = Literal["adk", "flat"]

HEARTBEATS = (
    b": heartbeat\n\n",
    b"data: heartbeat\n\n",
    b"data:\n\n",
    b"event: heartbeat\ndata: {}\n\n",
)
_WORDS_A_PIECE = 3
_HAN_A_PIECE = 6
_HUMP = re.compile(r"(?<!^)(?=[A-Z])")


class Dialect(Protocol):
    """Writes the steps of one turn as frames of the stream."""

    def frames(self, step: Step) -> Iterator[bytes]:
        """Yield what a step is on the wire."""
        ...

    def heartbeat(self) -> bytes:
        """Return a sign of life."""
        ...


@define
class AdkDialect:
    """ADK's events, as its server dumps them: nulls left out, keys by their aliases."""

    clock: Clock
    rng: random.Random
    keys: Keys
    invocation: str

    def frames(self, step: Step) -> Iterator[bytes]:
        """Yield what a step is on the wire: one event, for a text its pieces before it."""
        match step:
            case Raw(data):
                yield data
            case Say(text):
                for piece in text_pieces(text):
                    yield self._event({"text": piece}, partial=True)
                yield self._event({"text": text})
            case Thought(text):
                yield self._event({"text": text, "thought": True})
            case ToolCall(name, args, id, long_running):
                part = {"functionCall": {"id": id, "args": args, "name": name}}
                yield self._event(part, waiting=[id] if long_running else [])
            case ToolResult(name, response, id, changes):
                part = {"functionResponse": {"id": id, "name": name, "response": response}}
                yield self._event(part, role="user", changes=changes)

    def heartbeat(self) -> bytes:
        """Return one of the signs of life that the service has been seen to send."""
        return self.rng.choice(HEARTBEATS)

    def _event(
        self,
        part: Mapping[str, Any],
        *,
        role: str = "model",
        partial: bool = False,
        waiting: Sequence[str] | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> bytes:
        event = {
            "content": {"parts": [part], "role": role},
            **({"partial": True} if partial else {}),
            "invocationId": self.invocation,
            "author": "nemo_agent",
            "actions": {
                "stateDelta": changes or {},
                "artifactDelta": {},
                "requestedAuthConfigs": {},
                "requestedToolConfirmations": {},
            },
            "nodeInfo": {"path": ""},
            **({} if waiting is None else {"longRunningToolIds": waiting}),
            "id": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "timestamp": self.clock.now().timestamp(),
        }
        return frame(event if self.keys == "camel" else _snake(event))


@define
class FlatDialect:
    """The earlier shape: one flat object an event, heartbeats among them."""

    def frames(self, step: Step) -> Iterator[bytes]:
        """Yield what a step is on the wire; this shape has no thoughts and no state."""
        match step:
            case Raw(data):
                yield data
            case Say(text):
                for piece in text_pieces(text):
                    yield frame({"type": "text", "content": piece})
            case ToolCall(name, args):
                yield frame({"type": "tool_call", "name": name, "args": args})
            case ToolResult(name, response):
                yield frame({"type": "tool_result", "name": name, "result": response})

    def heartbeat(self) -> bytes:
        """Return a sign of life."""
        return frame({"type": "heartbeat"})


def frame(event: Mapping[str, Any]) -> bytes:
    """Return one event of the stream."""
    return b"data: " + to_json(event) + b"\n\n"


def text_pieces(text: str) -> list[str]:
    """Cuts a text as a model streams it: joined, the pieces are the text."""
    if " " not in text:
        return [text[at : at + _HAN_A_PIECE] for at in range(0, len(text), _HAN_A_PIECE)]
    words = re.findall(r"\S+\s*|\s+", text)
    return ["".join(words[at : at + _WORDS_A_PIECE]) for at in range(0, len(words), _WORDS_A_PIECE)]


def _snake(event: Mapping[str, Any]) -> dict[str, Any]:
    """Rename ADK's own keys; what tools and the state hold keeps its names."""
    own = {"content", "parts", "functionCall", "functionResponse", "actions", "nodeInfo"}
    renamed: dict[str, Any] = {}
    for key, value in event.items():
        deeper = key in own
        if deeper and isinstance(value, Mapping):
            value = _snake(value)  # noqa: PLW2901 - the same value, renamed
        elif deeper:
            value = [_snake(part) for part in value]  # noqa: PLW2901 - as above
        renamed[_HUMP.sub("_", key).lower()] = value
    return renamed
