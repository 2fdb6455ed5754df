"""Answers as values: a status, headers and a body that has not been sent yet."""

import json
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

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


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@frozen
class FilePart:
    """A file, or the part of one, to be sent as a body."""

    path: Path
    start: int
    length: int


@frozen
class Answer:
    """What an endpoint answers."""

    body: bytes | FilePart | AsyncGenerator[bytes, None] = b""
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


def to_json(value: Any) -> bytes:
    """Returns compact UTF-8 JSON, as the service writes it."""
    return _COMPACT.encode(value).encode("utf-8", "replace")


def json_answer(
    value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    """Returns an answer whose body is JSON."""
    return Answer(to_json(value), status, {"Content-Type": "application/json", **(headers or {})})
