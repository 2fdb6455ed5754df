"""The status page over HTTP: what it shows, what it keeps to itself, and what it costs."""

import asyncio
import json
import re
from typing import Any

import aiohttp
import pytest

from nemo_sdk.emulator import Clock, Emulator
from nemo_sdk.emulator._journal import Journal
from nemo_sdk.emulator._status._strips import strips

from .conftest import Api, Emulators, small_draft, wait_until

NASTY = "<script>alert(1)</script>\"'&"


async def now(api: Api) -> Any:
    """Returns what the page shows."""
    status, shown = await api.call("GET", "/status/now")
    assert status == 200
    return shown


async def told(response: aiohttp.ClientResponse) -> Any:
    """Returns the next event of the page's stream."""
    async with asyncio.timeout(5):
        while not (line := await response.content.readline()).startswith(b"data: "):
            assert line
    return json.loads(line.removeprefix(b"data: "))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/status/page.css", "text/css"),
        ("/status/page.js", "text/javascript"),
    ],
)
async def test_the_page_needs_nothing_from_elsewhere(api: Api, path: str, kind: str) -> None:
    """Its three files name no other host, and the browser is told to load from none."""
    async with api.http.get(path) as response:
        text = await response.text()
        assert (response.status, response.content_type) == (200, kind)
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert not re.search(r"https?:|(?:src|href)=\"//|@import|url\(", text)


async def test_the_page_never_makes_markup_of_texts(api: Api) -> None:
    """Its script writes text nodes alone."""
    async with api.http.get("/status/page.js") as response:
        script = await response.text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


async def test_looking_on_is_no_call(api: Api) -> None:
    """The page, its data and its films are asked for without leaving a trace in `calls`."""
    await api.film()
    before = len(api.emulator.calls)
    for path in ("/", "/status/page.js", "/status/now", "/status/films/0", "/openapi.json"):
        async with api.http.get(path, headers={"Authorization": ""}) as response:
            assert response.status == 200
    assert len(api.emulator.calls) == before


async def test_what_was_done_is_shown(api: Api) -> None:
    """Sessions with their strips, films, charges, calls with their answers, and credits."""
    session = await api.session()
    await api.turn(session, f"{NASTY} 4 seconds")
    await api.submit(session, draft=await api.draft(session))
    await api.rendered()
    shown = await now(api)
    (card,) = shown["sessions"]
    assert card["id"] == session
    assert [track["kind"] for track in card["tracks"]] == ["video", "audio", "text"]
    assert card["tracks"][0]["segments"][0]["length"] == 4
    assert card["films"][0]["status"] == "completed"
    assert shown["charged"] == 100
    assert shown["charges"][0]["text"] == f"{NASTY} 4 seconds"
    assert shown["users"] == [
        {"user_id": "user-1", "available": 9900, "frozen": 0, "total": 9900},
    ]
    assert shown["call_counts"]["run_sse"] == 1
    assert {call["status"] for call in shown["calls"]} == {200}


async def test_no_token_is_shown(api: Api) -> None:
    """Neither a token nor a film's signature is among what the page is given."""
    data = await api.sign_in()
    await api.film()
    shown = json.dumps(await now(api))
    assert data["user_id"] in shown
    assert data["token"] not in shown
    assert "Signature" not in shown


async def test_the_film_plays_by_ranges(api: Api) -> None:
    """A film of the page is served whole and in parts, however old its own link."""
    await api.film()
    async with api.http.get("/status/films/0") as response:
        whole = await response.read()
        assert len(whole) == api.emulator.renders["render_1"].size
    async with api.http.get("/status/films/0", headers={"Range": "bytes=2-5"}) as response:
        assert (response.status, await response.read()) == (206, whole[2:6])
    for number in ("1", "999999999"):
        assert (await api.call("GET", f"/status/films/{number}"))[0] == 404


async def test_the_stream_tells_what_happens(api: Api) -> None:
    """It begins with everything, then each change comes by itself, and no line comes twice."""
    async with api.http.get("/status/events") as response:
        assert response.content_type == "text/event-stream"
        first = await told(response)
        assert (first["sessions"], first["lines"]) == ([], [])
        session = await api.session()
        stream = asyncio.create_task(api.turn(session, "a cat"))
        lines: list[Any] = []
        while not any(line["kind"] == "text" for line in lines):
            lines += (await told(response))["lines"]
        await stream
    numbers = [line["number"] for line in lines]
    assert numbers == sorted(set(numbers))
    assert {"call", "message", "charge", "tool", "text"} <= {line["kind"] for line in lines}


async def test_a_page_left_open_does_not_hold_up_the_end(emulators: Emulators) -> None:
    """An emulator closes while pages listen, and while they do nothing costs them a poll."""
    api = await emulators()
    async with api.http.get("/status/events") as response:
        await told(response)
        async with asyncio.timeout(3):
            await api.emulator.aclose()


async def test_work_under_way_is_shown_as_such(emulators: Emulators) -> None:
    """A session works from the message to the end of its turn, its credits frozen."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    session = await api.session()
    stream = asyncio.create_task(api.turn(session, "a cat"))
    await wait_until(lambda: api.emulator.charges)
    shown = await now(api)
    assert shown["sessions"][0]["working"] is True
    assert shown["users"][0]["frozen"] == 100
    await clock.advance(400)
    await stream
    assert (await now(api))["sessions"][0]["working"] is False


@pytest.mark.parametrize(
    "draft",
    [
        None,
        "x",
        {"t": 1},
        {"t": [1, {"tt": "7", "sg": [1, {"d": "x", "m": 3}, {"d": True}, {"d": -5}]}]},
        {"t": [{"tt": [], "sg": {"d": 1}}]},
        {"t": [{"sg": [{"d": 1e400, "m": {"volume": "loud", "title": ["x"]}}]}]},
    ],
)
def test_any_draft_has_strips(draft: Any) -> None:
    """Programs send drafts of their own: what makes no sense is drawn as nothing."""
    found = strips(draft)
    lengths = [segment["length"] for track in found for segment in track["segments"]]
    assert all(length == 0 for length in lengths)
    json.dumps(found, allow_nan=False)


def test_strips_follow_one_another() -> None:
    """A segment begins where the one before it ended, and tells its name and volume."""
    metadata = {"name": "Lo-fi", "volume": 0.35}
    (track,) = strips({"t": [{"tt": 1, "sg": [{"d": 1500, "m": metadata}, {"d": 500}]}]})
    assert track == {
        "kind": "audio",
        "segments": [
            {"name": "Lo-fi", "volume": 0.35, "start": 0.0, "length": 1.5},
            {"name": "", "start": 1.5, "length": 0.5},
        ],
    }


def test_unknown_tracks_are_shown_by_their_number() -> None:
    """A type that nobody knows is no reason to hide a track."""
    assert strips({"t": [{"tt": 42, "sg": []}]}) == [{"kind": "track 42", "segments": []}]


async def test_the_journal_wakes_everybody() -> None:
    """Two who wait for news both get them; who is behind does not wait at all."""
    journal = Journal(Clock())
    waiting = [asyncio.create_task(journal.after(0)) for _ in range(2)]
    await asyncio.sleep(0)
    journal.note("call", "x" * 10_000)
    async with asyncio.timeout(1):
        await asyncio.gather(*waiting, journal.after(-1))
    assert len(journal.lines[0].text) < 400


async def test_a_submitted_draft_cannot_break_the_page(api: Api) -> None:
    """A scripted draft of nonsense is shown as no timeline."""
    api.emulator.script({"actions": {"stateDelta": {"draft": {"t": [None, 7, {"sg": "x"}]}}}})
    session = await api.session()
    await api.turn(session, "a cat")
    await api.submit(session, draft=small_draft(NASTY))
    assert (await now(api))["sessions"][0]["tracks"] == [{"kind": "track", "segments": []}]


def test_an_emulator_describes_itself_without_its_page() -> None:
    """The page is no part of what an emulator shows of itself in a debugger."""
    assert "StatusPage" not in repr(Emulator())
