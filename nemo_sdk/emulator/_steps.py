"""The steps of a turn, before they are written in any dialect of the stream."""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen


@frozen
class Wait:
    """Work that takes time, in seconds of the service; heartbeats come meanwhile."""

    seconds: float


@frozen
class Thought:
    """The model thinking."""

    text: str


@frozen
class Say:
    """A text for the user."""

    text: str


@frozen
class ToolCall:
    """A tool begins; a long-running one gets no result in this turn."""

    name: str
    args: Mapping[str, Any]
    id: str
    long_running: bool = False


@frozen
class ToolResult:
    """A tool has ended; `changes` are the keys of the state that it changed."""

    name: str
    response: Mapping[str, Any]
    id: str
    changes: Mapping[str, Any] = field(factory=dict)


@frozen
class Raw:
    """Bytes of the stream, as they are; `changes` of the state go with them."""

    data: bytes
    changes: Mapping[str, Any] = field(factory=dict)


Step = Wait | Thought | Say | ToolCall | ToolResult | Raw
