"""The emulator's stream is the real ADK server's: framing, keys and their order, values."""

from collections.abc import Sequence

import aiohttp
import pytest
from attrs import evolve, frozen

from adk.conftest import TIMING, AdkServer
from adk.steps import frames, step_of, without_chance
from nemo_sdk import Event, Heartbeat, NemoClient, Reply, StillWorking
from nemo_sdk._sse import EventDecoder
from nemo_sdk.emulator import Emulator

CONVERSATION = (
    "a five second film of a fox \U0001f98a in the snow",
    'add the title "Reynard \u2028 \\ <b>&amp;</b>"',
    "make it warmer",
    "add lo-fi music at 20%",
    "how many tracks are there?",
    "把标题改成“雪中的狐狸”",
    "make it darker",
)


@frozen
class Told:
    """One turn: what was on the wire, and what the library made of it."""

    frames: list[bytes]
    events: Sequence[Event]
    reply: Reply


@frozen
class Both:
    """The same conversation with the emulator and with the real server."""

    emulated: list[Told]
    real: list[Told]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The pieces of the streams that the library reads, as they arrive."""
    arrived: list[bytes] = []
    feed = EventDecoder.feed

    def note(decoder: EventDecoder, chunk: bytes) -> object:
        arrived.append(chunk)
        return feed(decoder, chunk)

    monkeypatch.setattr(EventDecoder, "feed", note)
    return arrived


@pytest.fixture
async def both(adk_server: AdkServer, adk_client: NemoClient, wire: list[bytes]) -> Both:
    """The emulator goes first; the real agent is then told to do what the emulator's has done."""
    timing = evolve(TIMING, still_working=60)
    async with (
        Emulator(speed=2000, silent=0.5, seed=3, credits=1000) as emulator,
        NemoClient("a-token", base_url=emulator.base_url, timing=timing) as client,
    ):
        emulator.add_token("a-token")
        emulated = await converse(client, wire)
    steps = [[step_of(frame) for frame in turn.frames] for turn in emulated]
    adk_server.script(dict(zip(CONVERSATION, steps, strict=True)))
    return Both(emulated, await converse(adk_client, wire))


async def converse(client: NemoClient, wire: list[bytes]) -> list[Told]:
    """Hold the conversation, and return its turns."""
    told = []
    session = await client.create_session()
    for text in CONVERSATION:
        wire.clear()
        async with session.send(text) as turn:
            events = [event async for event in turn]
        spoken = [one for one in events if not isinstance(one, Heartbeat | StillWorking)]
        told.append(Told(frames(b"".join(wire)), spoken, turn.reply))
    return told


async def test_frames_are_the_same(both: Both) -> None:
    """Byte for byte but for ids and times, whose forms are the same too."""
    for emulated, real in zip(both.emulated, both.real, strict=True):
        masked = [without_chance(frame) for frame in real.frames]
        assert [without_chance(frame) for frame in emulated.frames] == masked
        assert all(b'"id":"#","timestamp":#}' in frame for frame in masked)
        assert all(b'"invocationId":"e-#"' in frame for frame in masked)


async def test_library_hears_the_same(both: Both) -> None:
    """Events and replies do not tell which of the two servers it was."""
    for emulated, real in zip(both.emulated, both.real, strict=True):
        assert real.events == emulated.events
        assert real.reply == emulated.reply


async def test_conversation_has_all_kinds(both: Both) -> None:
    """What was compared holds pieces, thoughts, calls, results, changes and silent turns."""
    wire = b"".join(frame for turn in both.real for frame in turn.frames)
    for kind in (b'"partial":true', b'"thought":true', b'"functionCall":', b'"functionResponse":'):
        assert kind in wire
    assert {turn.reply.silent for turn in both.real} == {True, False}
    assert len({turn.reply.timeline.summary() for turn in both.real}) > 3


async def test_answers_are_the_same(adk_server: AdkServer) -> None:
    """The stream's status, framing and type are the same."""
    adk_server.script({"hi": [{"parts": [{"text": "hello"}]}]})
    async with Emulator(speed=2000) as emulator:
        emulated = await head_of_answer(emulator.base_url, emulator.add_token())
    assert emulated == await head_of_answer(adk_server.base_url, "a-token")


async def head_of_answer(base_url: str, token: str) -> tuple[int, dict[str, str]]:
    """Return status and headers of a turn's answer, without the server's name and the date."""
    async with aiohttp.ClientSession(
        base_url, headers={"Authorization": f"Bearer {token}"}
    ) as http:
        sessions = "/api/tasks/me/with-session/nemo_agent"
        async with http.post(sessions, json={"task_name": "project", "language": "en"}) as made:
            session_id = (await made.json())["data"]["session_id"]
        body = {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": session_id,
            "new_message": {"parts": [{"text": "hi"}]},
        }
        async with http.post("/run_sse", json=body) as answer:
            await answer.read()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, {
                name: value
                for name, value in headers.items()
                if name not in {"date", "server", "x-emulator-speed"}
            }
