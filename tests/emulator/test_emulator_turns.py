"""The stream of a turn, and the work behind it."""

import asyncio
import contextlib
import json
import random
from typing import Any

import aiohttp
import pytest
from waiting import until

from nemo_sdk.emulator import Clock, Emulator, Fault
from nemo_sdk.emulator._dialects import text_pieces

from .conftest import Api, Emulators, events, message, sketch, texts

ADK_KEYS = [
    "content",
    "partial",
    "invocationId",
    "author",
    "actions",
    "nodeInfo",
    "longRunningToolIds",
    "id",
    "timestamp",
]


async def test_a_turn_is_an_event_stream_of_adk(api: Api) -> None:
    """Events are `data: <json>` and a blank line, with ADK's keys in ADK's order."""
    stream = await api.turn(await api.session(), "a cat")
    assert stream.endswith(b"\n\n")
    for event in events(stream):
        assert list(event) == [key for key in ADK_KEYS if key in event]
        assert set(event["actions"]) == {
            "stateDelta",
            "artifactDelta",
            "requestedAuthConfigs",
            "requestedToolConfirmations",
        }
        assert event["author"] == "nemo_agent"
    assert len({event["invocationId"] for event in events(stream)}) == 1
    assert len({event["id"] for event in events(stream)}) == len(events(stream))


async def test_pieces_of_a_text_are_repeated_as_a_whole(api: Api) -> None:
    """Partial events add up to the event without `partial` that follows them."""
    stream = await api.turn(await api.session(), "a cat")
    pieces = ""
    wholes = 0
    for event in events(stream):
        part = event["content"]["parts"][0]
        if event.get("partial"):
            pieces += part["text"]
        elif "text" in part and not part.get("thought"):
            assert part["text"] == pieces
            pieces, wholes = "", wholes + 1
    assert wholes >= 2


async def test_tool_results_carry_the_changed_state(api: Api) -> None:
    """The last stateDelta's draft is the draft of the state endpoint."""
    session = await api.session()
    stream = await api.turn(session, "a cat")
    deltas = [event["actions"]["stateDelta"] for event in events(stream)]
    drafts = [delta["draft"] for delta in deltas if "draft" in delta]
    assert len(drafts) == 4
    assert drafts[-1] == await api.draft(session)
    assert (await api.state(session))["generated_media"][0]["prompt"] == "a cat"


async def test_heartbeats_come_while_it_works(api: Api) -> None:
    """All four kinds of heartbeat are seen in the course of a few generations."""
    stream = b"".join([await api.turn(await api.session(), "a cat") for _ in range(3)])
    for heartbeat in (
        b": heartbeat\n\n",
        b"data: heartbeat\n\n",
        b"data:\n\n",
        b"event: heartbeat",
    ):
        assert heartbeat in stream


async def test_keys_can_be_snake_case(emulators: Emulators) -> None:
    """ADK's own keys are renamed, those of tools and state are not."""
    api = await emulators(keys="snake")
    stream = await api.turn(await api.session(), "a cat")
    assert b'"function_call"' in stream
    assert b'"state_delta"' in stream
    for camel in (b"functionCall", b"stateDelta", b"invocationId", b"longRunning"):
        assert camel not in stream
    assert any(
        "canvas" in each["actions"]["state_delta"].get("draft", ()) for each in events(stream)
    )


async def test_the_flat_stream(emulators: Emulators) -> None:
    """The earlier shape has text, tool_call, tool_result and heartbeat, each once."""
    api = await emulators(stream="flat")
    stream = await api.turn(await api.session(), "a cat")
    assert {event["type"] for event in events(stream)} == {
        "text",
        "tool_call",
        "tool_result",
        "heartbeat",
    }
    text = "".join(event["content"] for event in events(stream) if event["type"] == "text")
    assert text.count("raw clip is generated") == 1


async def test_a_text_answer_has_no_tools(api: Api) -> None:
    """A question gets a text, and no draft."""
    session = await api.session()
    stream = await api.turn(session, "what can you do?")
    assert "upload button" in texts(stream)[0]
    assert await api.draft(session) is None
    assert api.emulator.charges == []


async def test_a_silent_edit_ends_without_a_text(emulators: Emulators) -> None:
    """With silent=1 every edit changes the draft and says nothing."""
    api = await emulators(silent=1.0)
    session = await api.session()
    await api.turn(session, "a cat")
    before = await api.draft(session)
    assert texts(await api.turn(session, "remove the music")) == []
    assert len((await api.draft(session))["t"]) == len(before["t"]) - 1


async def test_the_same_seed_makes_the_same_stream(emulators: Emulators) -> None:
    """Apart from the timestamps, a seed repeats every byte."""
    streams = []
    for seed in (3, 3, 4):
        api = await emulators(seed=seed)
        stream = events(await api.turn(await api.session(), "a cat"))
        streams.append([{**event, "timestamp": 0} for event in stream])
    assert streams[0] == streams[1]
    assert streams[0] != streams[2]


async def test_a_generation_lasts_as_long_as_its_speed_says(emulators: Emulators) -> None:
    """On a manual clock a generation takes 100 to 300 seconds, and no less."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    async with api.send(await api.session(), "a cat") as response:
        reading = asyncio.create_task(response.read())
        await clock.advance(99)
        await asyncio.sleep(0.02)
        assert not reading.done()
        await clock.advance(201)
        await reading


async def test_a_dropped_client_finds_the_result_in_the_state(api: Api) -> None:
    """The work goes on without its connection, and is charged once."""
    session = await api.session()
    async with api.send(session, "a cat") as response:
        response.close()
    await until(lambda: api.emulator.sessions[session].account.frozen == 0)
    assert len((await api.draft(session))["t"]) == 3
    assert len(api.emulator.charges) == 1


async def test_a_plain_adk_server_cancels_a_dropped_turn(emulators: Emulators) -> None:
    """With on_disconnect="cancel" the work ends with its connection; the credits are gone."""
    api = await emulators(on_disconnect="cancel", speed=100)
    session = await api.session()
    async with api.send(session, "a cat") as response:
        await response.content.readany()
        response.close()
    account = api.emulator.sessions[session].account
    await until(lambda: account.frozen == 0)
    assert await api.draft(session) is None
    assert account.available == 9900


@pytest.mark.parametrize("lost", [{"kind": "answer", "status": 502}, {"kind": "cut", "after": -1}])
async def test_a_lost_answer_is_a_dropped_client(emulators: Emulators, lost: Any) -> None:
    """An answer lost before its first byte cancels the turn of a plain ADK server, too."""
    api = await emulators(on_disconnect="cancel", speed=1)
    session = await api.session()
    api.emulator.faults.add(Fault("run_sse", **lost))
    with contextlib.suppress(aiohttp.ClientError):
        async with api.send(session, "a cat") as response:
            assert response.status == 502
    assert len(api.emulator.charges) == 1
    account = api.emulator.sessions[session].account
    await until(lambda: account.frozen == 0)


async def test_turns_of_one_session_come_one_after_another(api: Api) -> None:
    """Two messages at once are worked on in their order, each on the draft before it."""
    session = await api.session()
    await api.turn(session, "a cat")
    await asyncio.gather(
        api.turn(session, "remove the music"), api.turn(session, 'add a title "Two"')
    )
    assert len(api.emulator.charges) == 3
    tracks = (await api.draft(session))["t"]
    assert [track["tt"] for track in tracks] == [0, 7]
    assert tracks[1]["sg"][0]["m"]["text"] == "Two"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        json.dumps({**message("1", "x"), "app_name": "other"}).encode(),
        json.dumps({**message("1", "x"), "user_id": "you"}).encode(),
        json.dumps({**message("1", "x"), "session_id": 1}).encode(),
        json.dumps({**message("1", "x"), "new_message": None}).encode(),
        json.dumps({**message("1", "x"), "new_message": {"parts": []}}).encode(),
        json.dumps({**message("1", "x"), "new_message": {"parts": [{"text": 1}]}}).encode(),
        json.dumps({**message("1", "x"), "new_message": {"parts": ["x"]}}).encode(),
        b'{"appName":"nemo_agent","userId":"me","sessionId":"1","newMessage":{"parts":[]}}',
        b"[" * 100_000,
    ],
)
async def test_a_wrong_body_is_422_and_charges_nothing(api: Api, body: bytes) -> None:
    """Bad JSON, camelCase and missing fields are refused as FastAPI does."""
    headers = {"Content-Type": "application/json"}
    status, answer = await api.call("POST", "/run_sse", data=body, headers=headers)
    assert status == 422
    assert answer["detail"][0]["msg"]
    assert api.emulator.charges == []


async def test_a_message_to_an_unknown_session_is_1002(api: Api) -> None:
    """A session that is not there is 1002, and nothing is charged."""
    _, answer = await api.call("POST", "/run_sse", json=message("12345", "a cat"))
    assert answer["code"] == 1002
    assert api.emulator.charges == []


async def test_scripted_events_come_as_they_are(api: Api) -> None:
    """A script replaces the agent: mappings, raw bytes, waits, and a draft at the end."""
    session = await api.session()
    delta = {"actions": {"stateDelta": {"video_infos": [1]}}, "content": None}
    draft = {"t": [{"tt": 0, "sg": [{"d": 1}]}], "new": True}
    api.emulator.script(
        {"text": "\u2028 hi 猫"}, b"data: {broken", 10.0, b"\n\n", delta, draft=draft
    )
    stream = await api.turn(session, "a cat")
    assert stream.startswith('data: {"text":"\u2028 hi 猫"}\n\ndata: {broken\n\n'.encode())
    state = await api.state(session)
    assert state["draft"] == draft
    assert state["video_infos"] == [1]
    assert [charge.kind for charge in api.emulator.charges] == ["generation"]


def test_a_script_has_no_texts() -> None:
    """It says what makes an event of one, in place of a turn that breaks over it."""
    emulator: Any = Emulator(renderer=sketch)
    for script in ("hello", ["hello"]):
        with pytest.raises(TypeError, match=r"wire\.text\('hello'\) is an event"):
            emulator.script(script)


async def test_a_script_says_what_it_costs(api: Api) -> None:
    """A script can be an edit or an answer, whatever the message; the next turn is the agent's."""
    session = await api.session()
    api.emulator.script({"text": "1"}, charge="answer")
    api.emulator.script({"actions": {"state_delta": {"draft": {"t": []}}}}, charge="edit")
    await api.turn(session, "a cat")
    await api.turn(session, "a cat")
    assert [charge.kind for charge in api.emulator.charges] == ["edit"]
    assert b"generate_video" in await api.turn(session, "generate a dog")


async def test_a_turn_that_crashes_says_so_as_adk_does(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    """A draft that the agent cannot edit ends the stream with an error event, charged."""
    session = await api.session()
    api.emulator.script(draft={"t": [{"tt": 1, "sg": ["nonsense"]}]}, charge="answer")
    await api.turn(session, "hello")
    stream = await api.turn(session, "set the volume to 10%")
    assert list(events(stream)[-1]) == ["error"]
    assert "a turn failed" in caplog.text
    assert api.emulator.sessions[session].account.frozen == 0


async def test_a_stalled_stream_does_not_cancel_its_turn(emulators: Emulators) -> None:
    """A client that still listens keeps its turn alive, on a plain ADK server too."""
    api = await emulators(on_disconnect="cancel")
    session = await api.session()
    api.emulator.faults.stall("run_sse", after=10)
    async with api.send(session, "a cat") as response:
        await response.content.readexactly(10)
        await until(lambda: api.emulator.sessions[session].account.frozen == 0)
        response.close()
    assert len((await api.draft(session))["t"]) == 3


async def test_a_lone_surrogate_does_not_break_a_stream(api: Api) -> None:
    """Text that UTF-8 cannot carry is replaced."""
    session = await api.session()
    body = json.dumps(message(session, "a \ud83d cat")).encode()
    headers = {"Content-Type": "application/json"}
    async with api.http.post("/run_sse", data=body, headers=headers) as response:
        assert b"generate_video" in await response.read()


@pytest.mark.parametrize(
    "text", ["one two three four", "您的视频已经完成", " a  b ", "x", "a\nb c"]
)
def test_pieces_add_up_to_the_text(text: str) -> None:
    """However a text is cut, nothing is lost."""
    assert "".join(text_pieces(text)) == text


def test_pieces_of_any_text_add_up() -> None:
    """The same for seeded random texts."""
    rng = random.Random(0)
    for _ in range(200):
        text = "".join(rng.choices("ab \n\t猫", k=rng.randrange(1, 40)))
        assert "".join(text_pieces(text)) == text
