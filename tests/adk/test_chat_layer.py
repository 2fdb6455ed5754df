"""The library's chat layer against the real ADK server."""

import asyncio
from typing import Any

import pytest

from adk.conftest import AdkServer
from nemo_sdk import (
    NemoClient,
    SessionNotFoundError,
    StateChanged,
    TextDelta,
    Thought,
    ToolCall,
    ToolResult,
    TurnError,
)

DRAFT = {"t": [{"tt": 0, "sg": [{"d": 4000, "m": {"title": "a fox"}}]}]}
CALL: dict[str, Any] = {
    "id": "adk-1",
    "name": "generate_video",
    "args": {"prompt": "a fox", "deep": [{"a": None}]},
}
RESULT: dict[str, Any] = {
    "id": "adk-1",
    "name": "generate_video",
    "response": {"status": "success"},
}
ODD = 'one\n\ndata: {"text":"two"}\r\n\u2028\u2029\x85 \U0001f98a \\ "three"'


def says(text: str, **more: Any) -> dict[str, Any]:
    """Return the step of an event with one text."""
    return {"parts": [{"text": text}], **more}


async def test_pieces_are_counted_once(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """A text that is streamed in pieces and then repeated whole is told once."""
    pieces = [says(piece, partial=True) for piece in ("A fo", "x ", "runs.")]
    adk_server.script({"tell": [*pieces, says("A fox runs."), says(" And sleeps.")]})
    session = await adk_client.create_session()
    async with session.send("tell") as turn:
        deltas = [event async for event in turn]
    assert deltas == [TextDelta(text) for text in ("A fo", "x ", "runs.", " And sleeps.")]
    assert turn.reply.raw_text == "A fox runs. And sleeps."


async def test_thoughts_are_apart(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """What the model thinks is told, and is no part of the reply."""
    thoughts = [{"text": "Hm. A fox?", "thought": True}, {"text": "A fox."}]
    adk_server.script({"think": [{"parts": thoughts}]})
    session = await adk_client.create_session()
    async with session.send("think") as turn:
        events = [event async for event in turn]
    assert events == [Thought("Hm. A fox?"), TextDelta("A fox.")]
    assert turn.reply.raw_text == "A fox."


async def test_one_event_of_several_parts(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """Text, call and result in one event are all told, in their order, and the state after them."""
    parts = [{"text": "Look: "}, {"call": CALL}, {"result": RESULT}]
    adk_server.script({"work": [{"parts": parts, "changes": {"draft": DRAFT}}]})
    session = await adk_client.create_session()
    async with session.send("work") as turn:
        kinds = [type(event) async for event in turn]
    assert kinds == [TextDelta, ToolCall, ToolResult, StateChanged]
    assert turn.reply.tool_calls == (ToolCall(CALL["name"], CALL["args"], CALL["id"]),)


async def test_silent_turn(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """A turn without a word is told by what it changed in the session's state."""
    result = {"parts": [{"result": RESULT}], "changes": {"draft": DRAFT}}
    adk_server.script({"edit": [{"parts": [{"call": CALL}]}, result]})
    reply = await (await adk_client.create_session()).ask("edit")
    assert reply.silent
    assert reply.raw_text == ""
    assert "a fox" in reply.text
    assert reply.timeline.summary() == "Timeline (1 track): 1. Video: a fox (0-4s)"


async def test_odd_text(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """Line ends of every kind, and what looks like a frame, arrive as they were said."""
    adk_server.script({"odd": [says(ODD)]})
    reply = await (await adk_client.create_session()).ask("odd")
    assert reply.raw_text == ODD


async def test_big_result(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """A tool result of megabytes is one event like any other."""
    response = {"frames": ["x" * 1000] * 3000}
    adk_server.script(
        {"look": [{"parts": [{"result": RESULT | {"response": response}}]}, says("ok")]}
    )
    session = await adk_client.create_session()
    async with session.send("look") as turn:
        events = [event async for event in turn]
    assert events == [ToolResult("generate_video", response, "adk-1"), TextDelta("ok")]


async def test_error_event(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """An event with an error code fails the turn, with the code and the words."""
    failed = {"parts": [], "error_code": "RESOURCE_EXHAUSTED", "error_message": "try later"}
    adk_server.script({"fail": [says("Well", partial=True), failed]})
    session = await adk_client.create_session()
    with pytest.raises(TurnError, match="try later") as caught:
        await session.ask("fail")
    assert caught.value.code == "RESOURCE_EXHAUSTED"


async def test_crash(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """An agent that crashes fails the turn, with the crash's words."""
    adk_server.script({"crash": [says("Well", partial=True), {"crash": 'no "draft" {here}'}]})
    session = await adk_client.create_session()
    with pytest.raises(TurnError, match=r'RuntimeError: no "draft" \{here\}'):
        await session.ask("crash")


async def test_unknown_session(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """The server's bare 404 is the error for a session that is not there."""
    session = adk_client.session("nowhere")
    session._fresh = True  # so that the first request is the message itself
    with pytest.raises(SessionNotFoundError):
        await session.ask("hello")


async def test_second_turn_knows_the_first(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """What a turn changes is compared with what the turn before it left."""
    longer = {"t": [{"tt": 0, "sg": [{"d": 9000, "m": {"title": "a fox"}}]}]}
    adk_server.script(
        {
            "one": [says("1", changes={"draft": DRAFT})],
            "two": [says("2", changes={"draft": longer})],
        }
    )
    session = await adk_client.create_session()
    await session.ask("one")
    reply = await session.ask("two")
    assert reply.changes
    assert reply.timeline.summary().endswith("(0-9s)")


async def test_leaving_ends_the_run(adk_server: AdkServer, adk_client: NemoClient) -> None:
    """A turn that is left early hangs up, on which an ADK server cancels its agent's run."""
    ended_by = adk_server.folder / "ended_by"
    ended_by.unlink(missing_ok=True)
    adk_server.script({"wait": [says("Wait", partial=True), {"wait": 60}]})
    session = await adk_client.create_session()
    async with session.send("wait") as turn:
        assert await anext(turn) == TextDelta("Wait")
    async with asyncio.timeout(60):
        while not ended_by.exists():
            await asyncio.sleep(0.05)
    assert ended_by.read_text() in {"CancelledError", "GeneratorExit"}
