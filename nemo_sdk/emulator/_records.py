"""What an emulator remembers of what was done to it."""

from datetime import datetime
from typing import Any, Literal

from attrs import define, field, frozen
from multidict import CIMultiDict, CIMultiDictProxy

ChargeKind = Literal["generation", "edit"]


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
    """

    endpoint: str
    method: str
    path: str
    headers: CIMultiDictProxy[str] = field(repr=lambda headers: repr(_without_token(headers)))
    body: Any = None
    at: datetime = field(kw_only=True)
    status: int | None = field(default=None, kw_only=True)


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
