"""Turns whose answer is lost: followed through the session's state, and never sent again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import attrs
import pytest
from scripted import HEARTBEAT, JSON, NEW, OLD, QUICK, posts, text, to_its_end

from nemo_sdk import (
    InvalidResponseError,
    NemoClient,
    OutcomeUnknownError,
    Session,
    SessionNotFoundError,
    StateChanged,
    StillWorking,
    TransportError,
)
from nemo_sdk._agent.recovery import Look, draft_digest, follow, until
from nemo_sdk.emulator import Emulator
from nemo_sdk.models import State


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
@pytest.mark.parametrize("timing", [attrs.evolve(QUICK, connect=0.6)], ids=[""])
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


UNKNOWN: dict[str, tuple[int, bytes]] = {
    "code -1": (200, b'{"code":-1,"message":"busy"}'),
    "code 5000": (200, b'{"code":"5000","msg":"internal"}'),
    "code 409": (200, b'{"code":409,"message":"conflict"}'),
    "409": (409, b'{"detail":"conflict"}'),
    "no success": (200, b'{"success":false,"error":"no"}'),
    "400": (400, b'{"detail":"bad"}'),
    "403": (403, b"<html>Forbidden</html>"),
    "410": (410, b""),
    "422": (422, b'{"detail":[{"msg":"bad"}]}'),
    "425": (425, b""),
    "303": (303, b""),
}
"""Answers in place of a stream that the table of codes does not have."""


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
async def test_an_answer_that_nobody_knows_is_followed(
    emulator: Emulator, session: Session, answer: tuple[int, bytes], kind: str
) -> None:
    """It does not say that nothing was charged: the state tells what was done, or nobody."""
    status, body = answer
    headers = {"Content-Type": kind, "Location": "/x"}
    emulator.script(text("One."), draft=NEW, charge="generation")
    emulator.faults.answer("run_sse", status=status, body=body, headers=headers, effect=True)
    assert (await session.ask("make it")).recovered
    emulator.faults.answer("run_sse", status=status, body=body, headers=headers, effect=False)
    with pytest.raises(OutcomeUnknownError, match="does not say what was done"):
        await session.ask("make it longer")
    assert (posts(emulator), len(emulator.charges)) == (2, 1)


@pytest.mark.parametrize(
    "refusal",
    [{"code": 400, "message": "bad"}, {"code": 5000, "message": "no"}, {"code": "-1", "msg": ""}],
    ids=str,
)
async def test_a_refusal_inside_the_stream_that_nobody_knows_is_followed(
    emulator: Emulator, session: Session, refusal: dict[str, Any]
) -> None:
    """It may come after the work, and does not say that there was none."""
    emulator.script(text("One."), refusal, draft=NEW, charge="generation")
    reply = await session.ask("make it")
    assert reply.recovered
    assert reply.raw_text == "One."
    emulator.script(refusal)
    with pytest.raises(OutcomeUnknownError, match="does not say what was done"):
        await session.ask("make it longer")


async def test_the_state_of_another_session_tells_nothing(
    emulator: Emulator, session: Session
) -> None:
    """An answer that carries another session's id is refused, and no draft is taken from it."""
    emulator.faults.cut("run_sse")
    body = b'{"code":0,"data":{"session_id":"9","state":{"draft":{"t":[{"sg":[{"d":5}]}]}}}}'
    emulator.faults.answer("state", body=body, headers=JSON, times=None)
    with pytest.raises(InvalidResponseError, match="of another session"):
        await session.state()
    with pytest.raises(OutcomeUnknownError):
        await session.ask("make it")


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
            await to_its_end(turn)


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
    async with aclosing(follow(look, digest, timing, asyncio.sleep, **options)) as looks:
        return [each async for each in looks]


async def test_a_state_that_is_behind_is_looked_at_again() -> None:
    """Until it tells enough, or a few looks are over; with waits that grow in between."""
    waits: list[float] = []
    coming = [State(task_name="old"), State(task_name="new"), State(task_name="newer")]

    async def look() -> State:
        return coming.pop(0) if len(coming) > 1 else coming[0]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    timing = attrs.evolve(QUICK, backoff=1)
    found = await until(look, lambda state: state.task_name == "new", timing, sleep)
    assert (found.task_name, waits) == ("new", [1])
    found = await until(look, lambda state: state.task_name == "never", timing, sleep)
    assert (found.task_name, waits) == ("newer", [1, 1, 2, 4])


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
    async with aclosing(follow(look, "", timing, asyncio.sleep)) as looks:
        assert not any([each.settled async for each in looks])


async def test_a_draft_that_was_emptied_is_a_change() -> None:
    """Removing everything is an outcome, too."""
    looks = await _looks({"t": []}, before=OLD)
    assert looks[0].changed


async def test_a_look_at_once_comes_before_the_first_wait() -> None:
    """`at_once` adds a look in front."""
    assert len(await _looks(OLD, before=OLD, at_once=True)) == 6


async def test_a_connection_that_dies_after_a_heartbeat_is_followed(
    emulator: Emulator, session: Session
) -> None:
    """A stall is a lost answer, not a slow agent, also where a heartbeat was the last byte."""
    emulator.script(text("Hm."), HEARTBEAT, draft=NEW)
    emulator.faults.stall("run_sse", after_event=2)
    assert (await session.ask("make it")).recovered


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


async def test_times_that_the_service_touches_are_no_change_at_any_depth() -> None:
    """A track's own time of change is not the outcome of a message."""
    before = {"t": [{"tt": 0, "updatedAt": 1, "sg": [{"d": 1, "m": {"version": 1}}]}]}
    after = {"t": [{"tt": 0, "updatedAt": 2, "sg": [{"d": 1, "m": {"version": 2}}]}]}
    assert draft_digest(State(draft=before)) == draft_digest(State(draft=after))


async def test_a_state_without_a_draft_tells_nothing_of_one() -> None:
    """Where there was a draft, one that is missing just now has not been emptied."""
    looks = await _looks(None, None, None, before=OLD)
    assert not any(look.changed for look in looks)


async def test_a_draft_that_is_missing_for_a_moment_settles_nothing() -> None:
    """A new draft, then none, then the new one again: that is what settles."""
    looks = await _looks(NEW, None, NEW)
    assert [look.settled for look in looks] == [False, False, True]
    assert looks[-1].state == State(draft=NEW)
