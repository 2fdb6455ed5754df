"""What happens while a turn, a generation or a transfer runs, as values to match on.

async for event in turn:
    match event:
        case TextDelta(text): ...
        case ToolCall(name): ...
"""

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen

from ._tools import doing
from ._value import Value

__all__ = [
    "DownloadProgress",
    "Event",
    "Heartbeat",
    "RenderProgress",
    "StateChanged",
    "StillWorking",
    "TextDelta",
    "Thought",
    "ToolCall",
    "ToolResult",
    "UnknownEvent",
    "UploadProgress",
]


class _Told(Value):
    """What an event has in common with the others: its kind is told with it."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as a new dictionary that `json.dumps` takes.

        Returns:
            Its attributes by their names, and under "type" the name of its class.
        """
        return {"type": type(self).__name__, **super().to_dict()}


@frozen
class TextDelta(_Told):
    """A piece of the agent's reply. All pieces of a turn, joined, are `reply.raw_text`.

    Attributes:
        text: The piece as the agent wrote it, also where it speaks of an interface.
    """

    text: str


@frozen
class Thought(_Told):
    """A piece of what the model thinks; no part of the reply.

    Attributes:
        text: The piece.
    """

    text: str


@frozen
class ToolCall(_Told):
    """The agent calls one of its tools.

    Attributes:
        name: The tool's name, such as "add_background_music".
        args: What it is called with, as the service told it.
        id: What its `ToolResult` has too; "" where the service gave none.
    """

    name: str
    args: Mapping[str, Any] = field(factory=dict)
    id: str = ""

    @property
    def doing(self) -> str:
        """What the agent does by it, for people: never the tool's name."""
        return doing(self.name)


@frozen
class ToolResult(_Told):
    """What a tool of the agent's gave back.

    Attributes:
        name: The tool's name.
        result: Any JSON value, as it came; it can be megabytes.
        id: That of its `ToolCall`; "" where the service gave none.
    """

    name: str
    result: Any = None
    id: str = ""


@frozen
class StateChanged(_Told):
    """The session's state changed.

    Attributes:
        keys: The names of what changed, "draft" for the timeline.
        stage: Tells the two stages of a generation apart: "clip" for the raw clip, "timeline" for
            the timeline with music, title and effects, "" where it is neither or not known.
    """

    keys: tuple[str, ...]
    stage: str = ""


@frozen
class Heartbeat(_Told):
    """The service is alive and has nothing to say."""


@frozen
class StillWorking(_Told):
    """A turn is taking long; told every `Timing.still_working` seconds.

    Attributes:
        elapsed: Seconds since the message was sent, or since its answer was lost.
    """

    elapsed: float

    def __str__(self) -> str:
        return "\u23f3 Still working..."  # the line of the service's own document


@frozen
class UploadProgress(_Told):
    """Bytes of a file that have been sent.

    Attributes:
        sent: Bytes sent so far.
        total: Bytes in all, or None where that is not known.
        filename: The file's name.
    """

    sent: int
    total: int | None
    filename: str


@frozen
class DownloadProgress(_Told):
    """Bytes of a film that have arrived.

    Attributes:
        received: Bytes received so far.
        total: Bytes in all, or None where the server did not say.
    """

    received: int
    total: int | None


@frozen
class RenderProgress(_Told):
    """How far a render is.

    Attributes:
        status: The service's word: pending, processing, completed, failed, or one it adds later.
        fraction: 0 to 1.
    """

    status: str
    fraction: float


@frozen
class UnknownEvent(_Told):
    """An event of a kind that this version does not know; nothing of it is lost.

    Attributes:
        raw: The JSON value as it came.
    """

    raw: Any


Event = (
    TextDelta
    | Thought
    | ToolCall
    | ToolResult
    | StateChanged
    | Heartbeat
    | StillWorking
    | UploadProgress
    | DownloadProgress
    | RenderProgress
    | UnknownEvent
)
"""Any of the events above."""
