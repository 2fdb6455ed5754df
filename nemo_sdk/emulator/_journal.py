"""What happened, line by line, for those who look on."""

import asyncio
from collections import defaultdict, deque
from datetime import datetime
from typing import Literal

from attrs import define, field, frozen

from ._clock import Clock

Happening = Literal[
    "call",
    "fault",
    "refusal",
    "charge",
    "message",
    "thought",
    "text",
    "tool",
    "raw",
    "upload",
    "render",
]
_KEPT = 500
_KEPT_OF_A_SESSION = 200
_LONGEST = 300


@frozen
class Line:
    """One thing that happened, in the words of people."""

    number: int
    at: datetime
    kind: Happening
    text: str
    session_id: str


@define(eq=False)
class Journal:
    """The last things that happened, and a way to wait for the next."""

    clock: Clock
    lines: deque[Line] = field(factory=lambda: deque(maxlen=_KEPT))
    talks: defaultdict[str, deque[Line]] = field(
        factory=lambda: defaultdict(lambda: deque(maxlen=_KEPT_OF_A_SESSION)), init=False
    )
    """The last lines of each session, its calls left out."""
    version: int = 0
    _next: asyncio.Event = field(factory=asyncio.Event, init=False)

    def note(self, kind: Happening, text: str, session_id: str = "") -> None:
        """Write a line."""
        shown = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
        line = Line(self.version, self.clock.now(), kind, shown, session_id)
        self.lines.append(line)
        if session_id and kind != "call":
            self.talks[session_id].append(line)
        self.touch()

    def touch(self) -> None:
        """Says that something is different now, without a line of its own."""
        self.version += 1
        self._next.set()

    async def after(self, version: int) -> None:
        """Wait until there is something newer than a version."""
        while self.version <= version:
            self._next.clear()
            await self._next.wait()
