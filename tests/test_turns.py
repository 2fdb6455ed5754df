"""Turns: one message is one POST, whatever happens to its stream, and its outcome is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import Any

import attrs
import pytest
from scripted import NEW, OLD, QUICK, Event, call, result, text

from nemo_sdk import (
    APIError,
    BadRequestError,
    ExportBlockedError,
    Heartbeat,
    InsufficientCreditsError,
    NemoClient,
    NemoError,
    OutcomeUnknownError,
    Session,
    SessionNotFoundError,
    StateChanged,
    StillWorking,
    TextDelta,
    ToolCall,
    TransportError,
    Turn,
    TurnError,
    TurnTimeoutError,
)
from nemo_sdk._follow import Look, draft_digest, follow
from nemo_sdk.emulator import Emulator
from nemo_sdk.models import State

HEARTBEAT = b": heartbeat\n\n"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[NemoClient]:
    """A client that gives up soon."""
    async with NemoClient(base_url=emulator.base_url, timing=QUICK) as made:
        yield made


@pytest.fixture
async def session(client: NemoClient) -> Session:
    """A session just made."""
    return await client.create_session()


async def _to_its_end(turn: Turn) -> None:
    async for _ in turn:
        pass


def posts(emulator: Emulator) -> int:
    """How many messages reached the service."""
    return len(emulator.calls_of("run_sse"))


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
    "fault",
    [
        {"kind": "cut", "after": -1},
        {"kind": "cut", "after": 0},
        {"kind": "cut", "after": 30},
        {"kind": "cut", "after_event": 1},
        {"kind": "reset", "after": -1},
        {"kind": "reset", "after": 0},
        {"kind": "reset", "after": 30},
        {"kind": "reset", "after_event": 1},
        {"kind": "stall", "after": -1},
        {"kind": "stall", "after": 0},
        {"kind": "stall", "after": 30},
        {"kind": "stall", "after_event": 1},
        {"kind": "answer", "status": 500, "body": b'{"detail":"Internal Server Error"}'},
        {"kind": "answer", "status": 502, "body": b"<html>Bad Gateway</html>"},
        {"kind": "answer", "status": 504},
        {"kind": "answer", "status": 408},
        {"kind": "answer", "body": b"<html>", "headers": {"Content-Type": "text/html"}},
        {"kind": "answer", "body": b'{"code":0,"data":{}}', "headers": JSON},
        {"kind": "answer", "body": b"", "headers": {"Content-Type": "text/event-stream"}},
        {"kind": "answer", "body": HEARTBEAT, "headers": {"Content-Type": "text/event-stream"}},
    ],
    ids=lambda fault: "-".join(str(value)[:12] for value in fault.values()),
)
async def test_a_lost_answer_is_found_in_the_state(
    emulator: Emulator, session: Session, fault: dict[str, Any]
) -> None:
    """However the stream is lost, the message is sent once and the draft tells its outcome."""
    emulator.script(text("One."), text("Two."), draft=NEW, charge="generation")
    getattr(emulator.faults, fault["kind"])(
        "run_sse", **{name: value for name, value in fault.items() if name != "kind"}
    )
    reply = await session.ask("make it")
    assert reply.recovered
    assert reply.timeline.raw == NEW
    assert (posts(emulator), len(emulator.charges)) == (1, 1)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b'{"code":2001,"message":"no credits"}', InsufficientCreditsError),
        (402, b'{"code":"2001","msg":"no credits"}', InsufficientCreditsError),
        (200, b'{"code":1002,"message":"gone"}', SessionNotFoundError),
        (404, b"", SessionNotFoundError),
        (400, b'{"detail":"bad"}', BadRequestError),
        (422, b'{"detail":[{"msg":"bad"}]}', BadRequestError),
        (402, b"", ExportBlockedError),
        (403, b"<html>Forbidden</html>", APIError),
        (307, b"", APIError),
        (200, b'{"success":false,"error":"no"}', APIError),
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


async def test_no_change_is_an_unknown_outcome(emulator: Emulator, session: Session) -> None:
    """After all looks without a change the error has a checkpoint to go on from."""
    emulator.faults.reset("run_sse", effect=False)
    with pytest.raises(OutcomeUnknownError) as raised:
        await session.ask("make it")
    assert len(emulator.calls_of("state")) == len(QUICK.recovery)
    checkpoint = raised.value.checkpoint
    assert checkpoint is not None
    assert (checkpoint.stage, checkpoint.session_id, checkpoint.prompt) == (
        *("message", session.id),
        "make it",
    )
    assert posts(emulator) == 1


async def test_an_older_draft_is_not_taken_for_the_new(
    emulator: Emulator, session: Session
) -> None:
    """A draft that was there before the message tells nothing of its outcome."""
    emulator.script(text("Done."), draft=OLD)
    await session.ask("make it")
    emulator.faults.cut("run_sse", effect=False)
    with pytest.raises(OutcomeUnknownError):
        await session.ask("make it longer")


async def test_what_a_service_touches_by_itself_is_no_change(
    emulator: Emulator, session: Session
) -> None:
    """A draft whose time and version alone moved on is the older draft still."""
    emulator.script(text("Done."), draft=OLD)
    await session.ask("make it")
    emulator.faults.cut("run_sse", effect=False)
    async with session.send("make it longer") as turn:
        emulator.sessions[session.id].change({"draft": {**OLD, "updated_at": 2, "version": 2}})
        with pytest.raises(OutcomeUnknownError):
            await _to_its_end(turn)


async def test_a_recovered_turn_tells_that_it_waits(emulator: Emulator, session: Session) -> None:
    """While the state is watched, the events say so, and the change is told once."""
    emulator.script(text("One."), 60.0, draft=NEW)
    emulator.faults.cut("run_sse")
    async with session.send("make it") as turn:
        events = [event async for event in turn]
    assert any(isinstance(event, StillWorking) for event in events)
    assert [event for event in events if isinstance(event, StateChanged)] == [
        StateChanged(("draft",))
    ]
    assert turn.reply.timeline.raw == NEW


async def test_a_state_that_is_gone_is_an_unknown_outcome(
    emulator: Emulator, session: Session
) -> None:
    """Where the service no longer knows the session, nothing tells what the message did."""
    emulator.faults.cut("run_sse")
    emulator.faults.answer("state", status=404, times=None)
    with pytest.raises(OutcomeUnknownError) as raised:
        await session.ask("make it")
    assert isinstance(raised.value.__cause__, SessionNotFoundError)


async def _looks(*drafts: Any, before: Any = None, **options: Any) -> list[Look]:
    """Follow a state that has these drafts, one a look, and the last one from then on."""
    coming = list(drafts)

    async def look() -> State:
        draft = coming.pop(0) if len(coming) > 1 else coming[0]
        if isinstance(draft, Exception):
            raise draft
        return State(draft=draft)

    timing = attrs.evolve(QUICK, recovery=(0.001,) * 5)
    digest = draft_digest(State(draft=before))
    async with aclosing(follow(look, digest, timing, **options)) as looks:
        return [each async for each in looks]


async def test_a_change_at_the_last_look_is_looked_at_again() -> None:
    """The watch goes on past the last look where that one saw the first change."""
    looks = await _looks(None, None, None, None, OLD, NEW, NEW)
    assert [look.changed for look in looks] == [False] * 4 + [True] * 3
    assert [look.settled for look in looks] == [False] * 6 + [True]


async def test_five_looks_without_a_change_are_enough() -> None:
    """Nothing new at the last look ends the watch."""
    looks = await _looks(OLD, before=OLD)
    assert len(looks) == 5
    assert not any(look.changed for look in looks)


async def test_a_change_counts_when_two_looks_agree() -> None:
    """The raw clip of a two-stage generation is not yet the film."""
    looks = await _looks(OLD, NEW, NEW)
    assert [look.settled for look in looks] == [False, False, True]
    assert looks[-1].state == State(draft=NEW)


async def test_a_look_that_fails_is_one_without_news() -> None:
    """A service that cannot be reached at one look does not end the watch, nor settle it."""
    looks = await _looks(OLD, TransportError("gone"), OLD)
    assert [look.settled for look in looks] == [False, False, True]
    assert looks[1].state is None


async def test_a_draft_that_never_settles_is_given_up() -> None:
    """A draft that is another one at each look is watched no longer than a turn may take."""
    drafts = [{"t": [{"sg": [{"d": number}]}]} for number in range(1, 2000)]

    async def look() -> State:
        return State(draft=drafts.pop())

    timing = attrs.evolve(QUICK, recovery=(0.001,), turn=0.05)
    async with aclosing(follow(look, "", timing)) as looks:
        assert not any([each.settled async for each in looks])


async def test_a_draft_that_was_emptied_is_a_change() -> None:
    """Removing everything is an outcome, too."""
    looks = await _looks({"t": []}, before=OLD)
    assert looks[0].changed


async def test_a_look_at_once_comes_before_the_first_wait() -> None:
    """`at_once` adds a look in front."""
    assert len(await _looks(OLD, before=OLD, at_once=True)) == 6


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


async def test_a_turn_has_a_limit(emulator: Emulator) -> None:
    """A turn that always says something is given up at the limit."""
    timing = attrs.evolve(QUICK, turn=0.2)
    async with NemoClient(base_url=emulator.base_url, timing=timing) as client:
        session = await client.create_session()
        pieces: list[Event] = [text("More.", partial=True), 20.0]
        emulator.script(*pieces * 30)
        with pytest.raises(TurnTimeoutError, match="not over"):
            await session.ask("make it")


async def test_a_long_turn_says_that_it_is_still_working(emulator: Emulator) -> None:
    """StillWorking comes each time that `still_working` seconds have passed."""
    timing = attrs.evolve(QUICK, still_working=0.05)
    async with NemoClient(base_url=emulator.base_url, timing=timing) as client:
        session = await client.create_session()
        emulator.script(call("generate"), 180.0, result("generate"), text("Done."), draft=NEW)
        async with session.send("make it") as turn:
            told = [event.elapsed async for event in turn if isinstance(event, StillWorking)]
    assert len(told) >= 2
    assert all(after - before >= 0.045 for before, after in pairwise([0.0, *told]))


async def test_a_connection_that_dies_after_a_heartbeat_is_followed(
    emulator: Emulator, session: Session
) -> None:
    """A stall is a lost answer, not a slow agent, also where a heartbeat was the last byte."""
    emulator.script(text("Hm."), HEARTBEAT, draft=NEW)
    emulator.faults.stall("run_sse", after_event=2)
    assert (await session.ask("make it")).recovered


async def test_an_error_event_fails_the_turn_at_its_end(
    emulator: Emulator, session: Session
) -> None:
    """After an errorCode the stream is read to its end, and then the turn has failed."""
    emulator.script({"errorCode": "SAFETY", "errorMessage": "not that"}, text("Sorry."))
    async with session.send("make it") as turn:
        assert await anext(turn) == TextDelta("Sorry.")
        with pytest.raises(TurnError, match="not that") as raised:
            await _to_its_end(turn)
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


@asynccontextmanager
async def _service_that_answers(stream: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A service whose stream has no framing: the connection's close is all that ends it."""
    requests: list[bytes] = []
    state = b'{"code":0,"data":{"session_id":"1","state":{"draft":{"t":[{"sg":[{"d":5}]}]}}}}'

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        requests.append(head.split(b" ")[1])
        kind, body = (
            (b"text/event-stream", stream)
            if requests[-1] == b"/run_sse"
            else (b"application/json", state)
        )
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: " + kind + b"\r\n\r\n")
        writer.write(body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}", requests


async def _ask_unframed(stream: bytes) -> tuple[bool, list[bytes]]:
    async with (
        _service_that_answers(stream) as (url, requests),
        NemoClient("t", base_url=url, timing=QUICK) as client,
    ):
        session = client.session("1")
        session._fresh = True
        reply = await session.ask("make it")
    return reply.recovered, requests


async def test_a_close_is_the_end_of_a_whole_turn() -> None:
    """Without framing, the connection's close ends a turn in which nothing is left open."""
    stream = b'data: {"content":{"parts":[{"text":"Done."}]}}\n\n'
    recovered, requests = await _ask_unframed(stream)
    assert not recovered
    assert requests.count(b"/run_sse") == 1


@pytest.mark.parametrize(
    "stream",
    [
        b'data: {"content":{"parts":[{"functionCall":{"id":"1","name":"generate"}}]}}\n\n',
        b'data: {"partial":true,"content":{"parts":[{"text":"Your fi"}]}}\n\n',
        b'data: {"content":{"parts":[{"text":"Your fi',
        b"",
    ],
    ids=["tool at work", "text in pieces", "half an event", "nothing"],
)
async def test_a_close_in_the_middle_of_a_turn_is_a_broken_connection(stream: bytes) -> None:
    """Without framing, a close while something is under way is followed through the state."""
    recovered, requests = await _ask_unframed(stream)
    assert recovered
    assert requests.count(b"/run_sse") == 1


async def test_tool_calls_are_told_in_order(emulator: Emulator, session: Session) -> None:
    """Calls come as events and stand in the reply."""
    emulator.script(call("a", "1"), result("a", "1"), call("b", "2"), result("b", "2"), draft=NEW)
    async with session.send("make it") as turn:
        told = [event.name async for event in turn if isinstance(event, ToolCall)]
    assert told == ["a", "b"] == [one.name for one in turn.reply.tool_calls]
