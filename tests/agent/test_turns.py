"""Turns: one message is one POST, whatever happens to its stream, and its outcome is told."""

import asyncio
from itertools import pairwise

import attrs
import pytest
from scripted import (
    HEARTBEAT,
    JSON,
    NEW,
    QUICK,
    Event,
    call,
    posts,
    result,
    text,
    to_its_end,
)
from wire import server

from nemo_sdk import (
    APIError,
    BadRequestError,
    Heartbeat,
    InsufficientCreditsError,
    NemoClient,
    NemoError,
    OutcomeUnknownError,
    ServerError,
    Session,
    SessionNotFoundError,
    StillWorking,
    TextDelta,
    ToolCall,
    TransportError,
    TurnError,
    TurnTimeoutError,
)
from nemo_sdk.emulator import Emulator


async def test_pieces_joined_are_the_raw_text(emulator: Emulator, session: Session) -> None:
    """The texts of the TextDeltas, joined, are the reply's raw text, no piece twice."""
    emulator.script(
        text("Your ", partial=True), text("film.", partial=True), text("Your film."), draft=NEW
    )
    async with session.send("make it") as turn:
        events = [event async for event in turn]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Your film."
    assert turn.reply.raw_text == "Your film."
    assert turn.reply.changes
    assert not turn.reply.recovered
    assert posts(emulator) == 1


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b'{"code":2001,"message":"no credits"}', InsufficientCreditsError),
        (402, b'{"code":"2001","msg":"no credits"}', InsufficientCreditsError),
        (200, b'{"code":1002,"message":"gone"}', SessionNotFoundError),
        (404, b"", SessionNotFoundError),
        (400, b'{"code":400,"message":"missing X-Client-Id"}', BadRequestError),
        (402, b"", InsufficientCreditsError),
        (307, b"", APIError),
    ],
)
async def test_a_refusal_is_raised_and_not_followed(
    emulator: Emulator, session: Session, status: int, body: bytes, error: type[APIError]
) -> None:
    """A message that the service refused is one POST, no charge, and no look at the state."""
    emulator.faults.answer(
        "run_sse", status=status, body=body, headers={**JSON, "Location": "/x"}, effect=False
    )
    with pytest.raises(error) as raised:
        await session.ask("make it")
    assert isinstance(raised.value, APIError)
    assert raised.value.path == "/run_sse"
    assert (posts(emulator), len(emulator.charges)) == (1, 0)
    assert emulator.calls_of("state") == []


async def test_a_message_rejected_for_its_token_is_sent_again(
    emulator: Emulator, session: Session
) -> None:
    """After 1001 the service has done nothing: the message is sent once more."""
    emulator.expire_tokens()
    await session.ask("make it")
    assert (posts(emulator), len(emulator.charges)) == (2, 1)


async def test_a_message_rejected_for_the_rate_is_sent_again(
    emulator: Emulator, session: Session
) -> None:
    """After 429 the service has done nothing; the wait is no part of the turn's idle limit."""
    headers = {"Retry-After": "1"}
    assert QUICK.quiet < 1
    emulator.faults.answer("run_sse", status=429, headers=headers, effect=False)
    await session.ask("make it")
    assert (posts(emulator), len(emulator.charges)) == (2, 1)


async def test_a_message_that_never_left_is_no_lost_answer() -> None:
    """Where no connection can be made, the error says that nothing was sent."""
    async with NemoClient(
        "t", base_url="http://127.0.0.1:9", timing=QUICK, max_retries=0
    ) as client:
        session = client.session("1")
        session._fresh = True
        with pytest.raises(TransportError) as raised:
            await session.ask("make it")
    assert not raised.value.sent


async def test_a_silent_turn_is_told_by_its_changes(emulator: Emulator, session: Session) -> None:
    """A turn without a word says what it changed."""
    emulator.script(call("trim"), result("trim"), draft=NEW)
    reply = await session.ask("trim it")
    assert reply.silent
    assert reply.raw_text == ""
    assert reply.text == "; ".join(reply.changes) != ""
    assert [one.name for one in reply.tool_calls] == ["trim"]


async def test_a_state_written_late_is_waited_for(emulator: Emulator, session: Session) -> None:
    """A silent turn whose draft is written a moment after the stream is no empty one."""
    emulator.script(call("trim"), result("trim"))
    async with session.send("trim it") as turn:
        async for _ in turn:
            state = emulator.sessions[session.id]
            asyncio.get_running_loop().call_later(0.02, state.change, {"draft": NEW})
    assert turn.reply.timeline.raw == NEW


async def test_a_turn_that_ended_with_a_word_is_not_waited_for(
    emulator: Emulator, session: Session
) -> None:
    """A text answer that changed nothing needs one look at the state."""
    emulator.script(text("I can make videos."))
    reply = await session.ask("what can you do?")
    assert reply.text
    assert len(emulator.calls_of("state")) == 1


async def test_only_heartbeats_are_a_timeout(emulator: Emulator, session: Session) -> None:
    """A service that is alive and says nothing for the whole of `quiet` is given up."""
    beats: list[Event] = [HEARTBEAT, 20.0]
    emulator.script(text("Hm."), *beats * 60)
    with pytest.raises(TurnTimeoutError, match="heartbeats") as raised:
        await session.ask("make it")
    assert raised.value.checkpoint is not None
    assert posts(emulator) == 1


async def test_heartbeats_are_told_and_do_not_end_a_turn(
    emulator: Emulator, session: Session
) -> None:
    """Heartbeats in between are events, and no part of the text."""
    emulator.script(HEARTBEAT, b"data: heartbeat\n\n", b"data:\n\n", text("Done."), draft=NEW)
    async with session.send("make it") as turn:
        events = [event async for event in turn]
    assert Heartbeat() in events
    assert turn.reply.raw_text == "Done."


async def test_news_put_the_idle_limit_off(emulator: Emulator, session: Session) -> None:
    """A turn may take longer than `quiet`, as long as something happens."""
    pieces: list[Event] = [text("More. ", partial=True), 120.0]
    emulator.script(*pieces * 6, draft=NEW)
    reply = await session.ask("make it")
    assert reply.raw_text == "More. " * 6


@pytest.mark.parametrize("timing", [attrs.evolve(QUICK, turn=0.2)])
async def test_a_turn_has_a_limit(emulator: Emulator, session: Session) -> None:
    """A turn that always says something is given up at the limit."""
    pieces: list[Event] = [text("More.", partial=True), 20.0]
    emulator.script(*pieces * 30)
    with pytest.raises(TurnTimeoutError, match="not over"):
        await session.ask("make it")


@pytest.mark.parametrize("timing", [attrs.evolve(QUICK, still_working=0.05)])
async def test_a_long_turn_says_that_it_is_still_working(
    emulator: Emulator, session: Session
) -> None:
    """StillWorking comes each time that `still_working` seconds have passed."""
    emulator.script(call("generate"), 180.0, result("generate"), text("Done."), draft=NEW)
    async with session.send("make it") as turn:
        told = [event.elapsed async for event in turn if isinstance(event, StillWorking)]
    assert len(told) >= 2
    assert all(after - before >= 0.045 for before, after in pairwise([0.0, *told]))


async def test_an_error_event_fails_the_turn_at_its_end(
    emulator: Emulator, session: Session
) -> None:
    """After an errorCode the stream is read to its end, and then the turn has failed."""
    emulator.script({"errorCode": "SAFETY", "errorMessage": "not that"}, text("Sorry."))
    async with session.send("make it") as turn:
        assert await anext(turn) == TextDelta("Sorry.")
        with pytest.raises(TurnError, match="not that") as raised:
            await to_its_end(turn)
    assert raised.value.code == "SAFETY"
    assert raised.value.checkpoint is not None


async def test_a_failed_turn_is_not_followed(emulator: Emulator, session: Session) -> None:
    """Where the agent has said that it failed, a broken connection adds nothing to it."""
    emulator.script({"error": "crash"}, text("x" * 100))
    emulator.faults.reset("run_sse", after_event=1)
    with pytest.raises(TurnError, match="crash"):
        await session.ask("make it")
    assert emulator.calls_of("state") == []


async def test_a_refusal_inside_the_stream_is_the_services(
    emulator: Emulator, session: Session
) -> None:
    """An envelope inside the stream is the error that it stands for, and not sent again."""
    emulator.script({"code": 2001, "message": "no credits"})
    with pytest.raises(InsufficientCreditsError) as raised:
        await session.ask("make it")
    assert "/register" in (raised.value.register_url or "")
    assert posts(emulator) == 1


async def test_leaving_early_closes_the_connection(emulator: Emulator, session: Session) -> None:
    """A turn that is left has no reply, and nothing of it stays open here."""
    emulator.script(text("One."), 100.0, text("Two."), draft=NEW)
    before = asyncio.all_tasks()
    async with session.send("make it") as turn:
        async for _ in turn:
            break
    with pytest.raises(RuntimeError, match="before the turn has ended"):
        _ = turn.reply
    await asyncio.sleep(0.02)
    assert not [task for task in asyncio.all_tasks() - before if "nemo_sdk/_" in repr(task)]
    assert posts(emulator) == 1


async def test_an_error_in_the_body_passes(emulator: Emulator, session: Session) -> None:
    """An exception of the caller's leaves the turn as it is."""
    emulator.script(text("One."), 100.0, text("Two."))

    async def fail() -> None:
        async with session.send("make it") as turn:
            async for _ in turn:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def test_a_second_iteration_ends_at_once(emulator: Emulator, session: Session) -> None:
    """After its end a turn has no more events, and its reply stays."""
    emulator.script(text("Done."), draft=NEW)
    async with session.send("make it") as turn:
        assert [event async for event in turn]
        assert [event async for event in turn] == []
    assert turn.reply.raw_text == "Done."


async def test_a_turn_is_entered_once(emulator: Emulator, session: Session) -> None:
    """Entering a turn again would send its message again, and is refused."""
    turn = session.send("make it")
    with pytest.raises(RuntimeError, match="Enter the turn first"):
        await anext(turn)
    async with turn:
        pass
    with pytest.raises(RuntimeError, match="one message"):
        await turn.__aenter__()
    assert posts(emulator) == 1


@pytest.mark.parametrize("fault", ["run_sse", "state"])
async def test_a_cancelled_turn_leaves_nothing(
    emulator: Emulator, session: Session, fault: str
) -> None:
    """A turn that is cancelled while it waits closes its connection, and is sent once."""
    emulator.faults.stall(fault, after=-1, times=None)
    if fault == "state":
        emulator.faults.cut("run_sse")
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await session.ask("make it")
    await asyncio.sleep(0.02)
    assert not [task for task in asyncio.all_tasks() - before if "nemo_sdk/_" in repr(task)]
    assert posts(emulator) == 1


@pytest.mark.parametrize("lost", [False, True], ids=["in the stream", "while it is followed"])
async def test_closing_the_client_ends_a_turn(
    emulator: Emulator, session: Session, client: NemoClient, *, lost: bool
) -> None:
    """A turn in another task ends soon, with a sentence, and does not open the client again."""
    emulator.script(text("One."), 900.0, text("Two."), draft=NEW)
    if lost:
        emulator.faults.cut("run_sse", after_event=1)
    asking = asyncio.create_task(session.ask("make it"))
    await asyncio.sleep(0.05)
    await client.aclose()
    with pytest.raises(NemoError, match="client was closed"):
        async with asyncio.timeout(0.5):
            await asking
    assert not client._connections.is_open


async def test_tool_calls_are_told_in_order(emulator: Emulator, session: Session) -> None:
    """Calls come as events and stand in the reply."""
    emulator.script(call("a", "1"), result("a", "1"), call("b", "2"), result("b", "2"), draft=NEW)
    async with session.send("make it") as turn:
        told = [event.name async for event in turn if isinstance(event, ToolCall)]
    assert told == ["a", "b"] == [one.name for one in turn.reply.tool_calls]


NO_CREDITS = b'{"code":2001,"message":"no credits"}'


@pytest.mark.parametrize(
    "kind", ["text/plain", "text/event-stream", "application/problem+json", "application/json"]
)
async def test_a_refusal_is_one_whatever_it_is_called(
    emulator: Emulator, session: Session, kind: str
) -> None:
    """An envelope in place of the stream is read, with whatever content type it comes."""
    emulator.faults.answer(
        "run_sse", status=200, headers={"Content-Type": kind}, body=NO_CREDITS, effect=False
    )
    with pytest.raises(InsufficientCreditsError) as caught:
        await session.ask("make it")
    assert caught.value.register_url
    assert posts(emulator) == 1


@pytest.mark.parametrize(
    "timing", [attrs.evolve(QUICK, quiet=0.2), attrs.evolve(QUICK, turn=0.2)], ids=["quiet", "turn"]
)
async def test_the_agents_own_error_comes_before_the_clocks(
    emulator: Emulator, session: Session
) -> None:
    """An error that nothing but heartbeats follow is told when the time is up, and no timeout."""
    beats: list[Event] = [HEARTBEAT, 20.0]
    emulator.script({"errorCode": "X", "errorMessage": "the model is gone"}, *beats * 60)
    with pytest.raises(TurnError, match="the model is gone") as caught:
        await session.ask("make it")
    assert not isinstance(caught.value, TurnTimeoutError)


async def test_a_timeline_that_cannot_be_read_is_not_the_old_one(
    emulator: Emulator, session: Session
) -> None:
    """What the turn did to the timeline is not known then, and nothing is said of it."""
    emulator.script(text("Made."), draft=NEW)
    await session.ask("make it")
    emulator.script(text("I replaced the clip."), draft=NEW)
    emulator.faults.answer("state", at=2, status=503, times=None)
    reply = await session.ask("replace it")
    assert reply.text == "I replaced the clip."
    assert (reply.timeline.tracks, reply.changes) == ((), ())


async def test_messages_wait_for_a_connection_as_long_as_it_takes(emulator: Emulator) -> None:
    """With one connection allowed, a message that waits for it has not left, and is not lost."""
    timing = attrs.evolve(QUICK, quiet=0.3, connect=0.3)
    for _ in range(3):
        emulator.script(text("One."), 250.0, text("Two."), draft=NEW)
    async with NemoClient(base_url=emulator.base_url, timing=timing, max_connections=1) as client:
        sessions = [await client.create_session() for _ in range(3)]
        replies = await asyncio.gather(*(one.ask("make it") for one in sessions))
    assert [reply.raw_text for reply in replies] == ["One.Two."] * 3
    assert posts(emulator) == 3


@pytest.mark.parametrize("status", [502, 408])
async def test_a_lost_answer_without_words_has_its_status(
    emulator: Emulator, session: Session, status: int
) -> None:
    """No empty brackets in the sentence."""
    emulator.faults.answer("run_sse", status=status, effect=False)
    with pytest.raises(OutcomeUnknownError, match=f"HTTP {status}"):
        await session.ask("make it")


async def test_a_failure_of_the_service_in_place_of_the_stream_is_followed(
    emulator: Emulator, session: Session
) -> None:
    """A 5xx that is called a stream may have done its work, like any other."""
    emulator.script(text("Made."), draft=NEW, charge="generation")
    emulator.faults.answer(
        "run_sse",
        status=200,
        headers={"Content-Type": "text/event-stream"},
        body=b'{"code":500,"message":"internal"}',
    )
    reply = await session.ask("make it")
    assert reply.recovered
    assert (posts(emulator), len(emulator.charges)) == (1, 1)


async def test_a_token_that_cannot_be_had_is_no_lost_answer(
    emulator: Emulator, session: Session
) -> None:
    """The message was rejected and did nothing; what failed is the token's endpoint."""
    emulator.faults.answer("run_sse", status=401, body=b'{"code":1001}', effect=False)
    emulator.faults.answer("anonymous_token", status=503, effect=False, times=None)
    with pytest.raises(ServerError) as caught:
        await session.ask("make it")
    assert "anonymous-token" in caught.value.path
    assert posts(emulator) == 1


async def test_a_message_that_the_service_takes_no_more_of_is_given_up() -> None:
    """Nothing waits without end for a server that stops reading a long message."""

    async def stop_reading(head: bytes, writer: asyncio.StreamWriter) -> None:
        if head.startswith(b"POST"):
            writer.transport.pause_reading()  # type: ignore[attr-defined] # it is a whole one
            await asyncio.sleep(0.6)
            writer.transport.abort()
            return
        body = b'{"code":0,"data":{"session_id":"1","state":{}}}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    timing = attrs.evolve(QUICK, read=0.2, recovery=(0.01,))
    async with (
        server(stop_reading) as url,
        NemoClient("token", base_url=url, timing=timing) as client,
    ):
        with pytest.raises(OutcomeUnknownError, match=r"took no more of it for 0\.2 s"):
            async with asyncio.timeout(2):
                await client.session("1").ask("long " * 6_000_000)
        await asyncio.sleep(0.6)


async def test_a_turn_may_be_made_before_the_client_was_closed(
    client: NemoClient, session: Session
) -> None:
    """What counts is when it is entered: then the client is open, or open again."""
    turn = session.send("make it")
    await client.aclose()
    with pytest.raises(NemoError, match="client was closed"):
        await turn.__aenter__()
    turn = session.send("make it")
    async with client, turn:
        await to_its_end(turn)
    assert turn.reply.raw_text


async def test_a_refusal_may_come_in_pieces() -> None:
    """The clock for `StillWorking` goes off in the middle of it, and nothing of it is lost."""

    async def in_two(head: bytes, writer: asyncio.StreamWriter) -> None:
        state = b'{"code":0,"data":{"session_id":"1","state":{}}}'
        pieces = [NO_CREDITS[:20], NO_CREDITS[20:]] if head.startswith(b"POST") else [state]
        kind = b"Content-Type: text/event-stream\r\n"
        length = sum(map(len, pieces))
        writer.write(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (kind, length))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.1 if piece == NO_CREDITS[:20] else 0)

    timing = attrs.evolve(QUICK, still_working=0.04)
    async with server(in_two) as url, NemoClient("token", base_url=url, timing=timing) as client:
        with pytest.raises(InsufficientCreditsError):
            await client.session("1").ask("make it")
