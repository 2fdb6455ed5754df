"""What an emulator remembers of what was done to it."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import define, field, frozen
from multidict import CIMultiDict, CIMultiDictProxy

from ._envelopes import opened
from ._faults import Fault

ChargeKind = Literal["generation", "edit"]
_KEPT = 64 * 1024
_SESSION = re.compile(r"/nemo_agent/me/([^/?]+)")


@define(eq=False)
class Call:
    """One request that reached the emulator.

    Attributes:
        endpoint: The endpoint's name, such as `"run_sse"`; `"unknown"` where there is none.
        method: The HTTP method.
        path: The path and, where there was one, the query.
        headers: The request's headers; their names are compared without case.
        body: JSON as Python has it; other bodies as bytes; a multipart body as a list
            of its parts' names, file names, content types and sizes; None for none, or
            where it was not read.
        at: When it arrived, by the emulator's clock.
        status: The HTTP status of its answer; None while there is none, and where the
            connection was broken in its place.
        fault: What went wrong with it on purpose, if something did.
        answer: The beginning of its answer's body, up to 64 KiB, where that is text.
        answer_headers: The headers of its answer.
    """

    endpoint: str
    method: str
    path: str
    headers: CIMultiDictProxy[str] = field(repr=lambda headers: repr(_without_token(headers)))
    body: Any = None
    at: datetime = field(kw_only=True)
    status: int | None = field(default=None, kw_only=True)
    fault: Fault | None = field(default=None, kw_only=True)
    answer: bytes = field(default=b"", kw_only=True, repr=False)
    answer_headers: Mapping[str, str] = field(factory=dict, kw_only=True, repr=False)

    @property
    def session_id(self) -> str:
        """The session that it names, in its path or its body; "" where it names none."""
        if found := _SESSION.search(self.path):
            return found[1]
        fields = self.body if isinstance(self.body, dict) else {}
        return str(fields.get("session_id") or fields.get("sessionId") or "")

    @property
    def refusal(self) -> str:
        """What the service said where it refused, such as `"2001: no credits"`; else ""."""
        if self.status is None:
            return ""
        told = opened(self.status, self.answer)
        return "" if told.ok else f"{told.code}: {told.message}".removesuffix(": ")

    def keep(self, piece: bytes) -> None:
        """Keep a piece of its answer's body, as long as there is room."""
        self.answer += piece[: _KEPT - len(self.answer)]


@frozen
class Charge:
    """Credits that were taken, once a message that makes or changes something.

    Attributes:
        session_id: The session in which the message was sent.
        user_id: Whose credits they were.
        credits: How many.
        kind: `"generation"` or `"edit"`.
        text: The message.
        at: When its work began, by the emulator's clock.
    """

    session_id: str
    user_id: str
    credits: float
    kind: ChargeKind
    text: str
    at: datetime


def _without_token(headers: CIMultiDictProxy[str]) -> dict[str, str]:
    shown = CIMultiDict(headers)
    if "Authorization" in shown:
        shown["Authorization"] = "***"
    return dict(shown)
