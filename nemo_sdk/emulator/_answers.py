"""Answers as values: a status, headers and a body that has not been sent yet."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from attrs import field, frozen

ENDPOINTS = (
    "anonymous_token",
    "claim_token",
    "create_session",
    "run_sse",
    "upload",
    "balance",
    "state",
    "submit_render",
    "render_status",
    "cancel_render",
    "download",
    "film",
    "unknown",
)
"""The names of the endpoints, for calls and faults."""


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@frozen
class FilePart:
    """A file, or the part of one, to be sent as a body."""

    path: Path
    start: int
    length: int


class Stream(Protocol):
    """A body that comes while its work goes on."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the pieces, once."""
        ...

    async def aclose(self) -> None:
        """Says that nobody reads on."""
        ...


Body = bytes | FilePart | Stream


@frozen
class Answer:
    """What an endpoint answers."""

    body: Body = b""
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def length(self) -> int | None:
        """The body's length in bytes, None where nobody knows it before the end."""
        match self.body:
            case bytes():
                return len(self.body)
            case FilePart():
                return self.body.length
            case _:
                return None

    async def lose(self) -> None:
        """Says that nobody reads the answer, or reads on."""
        if not isinstance(self.body, bytes | FilePart):
            await self.body.aclose()


def to_json(value: Any) -> bytes:
    """Return compact UTF-8 JSON, as the service writes it."""
    return _COMPACT.encode(value).encode("utf-8", "replace")


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer whose body is JSON."""
    return Answer(to_json(value), status, {"Content-Type": "application/json", **(headers or {})})
