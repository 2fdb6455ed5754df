"""What waits for a listener that is behind: bounded, with no text lost."""

import asyncio
import logging
from typing import Any

import pytest

from nemo_sdk import (
    Event,
    Heartbeat,
    RenderProgress,
    StillWorking,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    UploadProgress,
)
from nemo_sdk._generation.mailbox import HEAVY, MANY, Flag, Mailbox


async def _all(mailbox: Mailbox) -> list[Event]:
    mailbox.end()
    events: list[Event] = []
    while (event := await mailbox.next()) is not None:
        events.append(event)
    return events


def _filled(*events: Event) -> Mailbox:
    mailbox = Mailbox()
    for event in events:
        mailbox.tell(event)
    return mailbox


async def test_who_keeps_up_hears_everything() -> None:
    """Below the limit each event comes as it was told."""
    events: list[Event] = [
        TextDelta("a"),
        TextDelta("b"),
        Heartbeat(),
        Heartbeat(),
        StillWorking(1.0),
    ]
    assert await _all(_filled(*events)) == events


async def test_who_is_behind_hears_the_latest_and_all_text() -> None:
    """Of what passes the latest stays, in its place, and texts between are joined."""
    events: list[Event] = [ToolCall("first")]
    for number in range(5 * MANY):
        events += [Heartbeat(), TextDelta(f"{number} "), UploadProgress(number, 9999, "x")]
        events += [RenderProgress("processing", number / 1000), Thought(str(number % 10))]
    heard = await _all(_filled(*events))
    assert len(heard) <= len(events)
    assert heard[0] == ToolCall("first")
    kinds: tuple[type[TextDelta | Thought], ...] = (TextDelta, Thought)
    for kind in kinds:
        told = "".join(event.text for event in events if isinstance(event, kind))
        assert "".join(event.text for event in heard if isinstance(event, kind)) == told
    assert [event for event in heard if isinstance(event, UploadProgress)][-1] == events[-3]


async def test_a_listener_that_never_reads_does_not_grow() -> None:
    """A hundred thousand pieces of text with heartbeats between them are a few events."""
    mailbox = Mailbox()
    for _ in range(100_000):
        mailbox.tell(TextDelta("x"))
        mailbox.tell(Heartbeat())
    heard = await _all(mailbox)
    assert len(heard) <= 2 * MANY
    assert sum(len(event.text) for event in heard if isinstance(event, TextDelta)) == 100_000


async def test_bytes_are_bounded_and_what_is_dropped_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Results of tools go, the oldest first; what the agent said stays."""
    mailbox = _filled(TextDelta("before"))
    for number in range(60):
        result: Any = {"status": "ok", "rows": [f"{number}" + "x" * (HEAVY // 20)]}
        mailbox.tell(ToolResult("search", result))
    mailbox.tell(TextDelta("after"))
    with caplog.at_level(logging.WARNING, "nemo_sdk"):
        mailbox.tell(ToolResult("search", ["y" * HEAVY]))
    heard = await _all(mailbox)
    results = [event for event in heard if isinstance(event, ToolResult)]
    assert len(results) < 25
    assert [event.text for event in heard if isinstance(event, TextDelta)] == ["before", "after"]
    assert "ToolResult" in caplog.text


async def test_progress_keeps_a_flag() -> None:
    """Whatever happened, it is one piece of news; and the end is the last."""
    flag = Flag()
    for _ in range(1000):
        flag.tell(Heartbeat())
    assert await flag.raised()
    waiting = asyncio.create_task(flag.raised())
    await asyncio.sleep(0)
    assert not waiting.done()
    flag.end()
    assert not await waiting
    assert not await flag.raised()
