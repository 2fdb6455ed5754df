"""What waits for a listener: its events, or just that there is something new."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

from nemo_sdk._telemetry.log import log
from nemo_sdk.events import (
    Event,
    Heartbeat,
    RenderProgress,
    StillWorking,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    UnknownEvent,
    UploadProgress,
)

__all__ = ["Flag", "Mailbox"]

MANY = 64
"""Events: a listener with more of them before it is behind, and is told less."""
HEAVY = 16 * 1024**2
"""Bytes, about: above them what is not the agent's text is dropped, the oldest first."""
_PASSING = (Heartbeat, StillWorking, UploadProgress, RenderProgress)
"""Kinds of which the latest event says all."""


class Mailbox:
    """Keeps the events that a listener has not taken yet, in bounds.

    For a listener that is behind, texts that follow one another are joined, and of heartbeats and
    progress the latest is kept. No text is lost.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._news = asyncio.Event()
        self._is_over = False
        self._room = MANY
        self._weight = 0

    def tell(self, event: Event) -> None:
        """Keep an event."""
        if self._events:
            self._weight += _weight(event)
        self._events.append(event)
        if len(self._events) > self._room or self._weight > HEAVY:
            self._tidy_up()
        self._news.set()

    def end(self) -> None:
        """There are no more events."""
        self._is_over = True
        self._news.set()

    async def next(self) -> Event | None:
        """Return the oldest event, or wait for one; None at the end."""
        while not self._events and not self._is_over:
            self._news.clear()
            await self._news.wait()
        return self.take()

    def take(self) -> Event | None:
        """Return the oldest event; None where there is none."""
        if not self._events:
            return None
        event = self._events.popleft()
        if not self._events:
            self._weight, self._room = 0, MANY
        return event

    def _tidy_up(self) -> None:
        before = Counter(type(event).__name__ for event in self._events)
        self._events = deque(_joined(_latest(self._events)))
        self._weight = sum(map(_weight, self._events))
        if self._weight > HEAVY:
            self._drop_the_heaviest_kinds()
        # Twice as much room as is needed: so the work stays in proportion to the events.
        self._room = max(MANY, 2 * len(self._events))
        after = Counter(type(event).__name__ for event in self._events)
        log.debug("a listener is behind: of %s it keeps %s", dict(before), dict(after))

    def _drop_the_heaviest_kinds(self) -> None:
        kept: deque[Event] = deque()
        dropped: Counter[str] = Counter()
        for event in self._events:
            if self._weight <= HEAVY or isinstance(event, TextDelta):
                kept.append(event)
            else:
                self._weight -= _weight(event)
                dropped[type(event).__name__] += 1
        self._events = kept
        # Texts stay whatever they weigh: what is counted from here on is what comes beside them.
        self._weight = min(self._weight, HEAVY // 2)
        if dropped:
            log.warning("a listener is too far behind: dropped %s", dict(dropped))


class Flag:
    """Keeps no events, only that there were some."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._is_over = False

    def tell(self, _: Event) -> None:
        """Something has happened."""
        self._news.set()

    def end(self) -> None:
        """Nothing more happens."""
        self._is_over = True
        self._news.set()

    async def raised(self) -> bool:
        """Wait until something has happened; False at the end."""
        await self._news.wait()
        if not self._is_over:
            self._news.clear()
        return not self._is_over


def _latest(events: deque[Event]) -> list[Event]:
    """Return the events without the passing ones that a later one of their kind replaces."""
    kept: list[Event] = []
    seen: set[type] = set()
    for event in reversed(events):
        if isinstance(event, _PASSING):
            if type(event) in seen:
                continue
            seen.add(type(event))
        kept.append(event)
    return kept[::-1]


def _joined(events: list[Event]) -> list[Event]:
    """Return the events with the texts that follow one another made one."""
    joined: list[Event] = []
    pieces: list[str] = []
    kind: type[TextDelta | Thought] | None = None
    for event in events:
        if kind is not None and type(event) is not kind:
            joined.append(kind("".join(pieces)))
            pieces, kind = [], None
        if isinstance(event, TextDelta | Thought):
            kind = type(event)
            pieces.append(event.text)
        else:
            joined.append(event)
    if kind is not None:
        joined.append(kind("".join(pieces)))
    return joined


def _weight(event: Event) -> int:
    """Return about how many bytes an event holds."""
    match event:
        case TextDelta(text) | Thought(text):
            return len(text)
        case ToolResult():
            return _size(event.result)
        case ToolCall():
            return _size(event.args)
        case UnknownEvent():
            return _size(event.raw)
        case _:
            return 0


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(len(key) + _size(inner) for key, inner in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return 8
