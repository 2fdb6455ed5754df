"""The status page over HTTP: what it shows, what it keeps to itself, and what it costs."""

import asyncio
import json
import re
from typing import Any

import aiohttp
import pytest
from waiting import until

from nemo_sdk.emulator import Clock, Emulator
from nemo_sdk.emulator._journal import Journal
from nemo_sdk.emulator._status._strips import strips

from .conftest import Api, Emulators, message, small_draft

SCRIPTS = ["page", "elements", "sessions", "calls", "breaks"]
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
        *((f"/status/{name}.js", "text/javascript") for name in SCRIPTS),
    ],
)
async def test_the_page_needs_nothing_from_elsewhere(api: Api, path: str, kind: str) -> None:
    """Its files name no other host, and the browser is told to load from none."""
    async with api.http.get(path) as response:
        text = await response.text()
        assert (response.status, response.content_type) == (200, kind)
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert not re.search(r"https?:|(?:src|href)=\"//|@import|url\(", text)


@pytest.mark.parametrize("name", SCRIPTS)
async def test_the_page_never_makes_markup_of_texts(api: Api, name: str) -> None:
    """Its scripts write text nodes alone."""
    async with api.http.get(f"/status/{name}.js") as response:
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
    await until(lambda: api.emulator.charges)
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


async def test_a_refusal_looks_like_one(emulators: Emulators) -> None:
    """Also under HTTP 200: its code and words stand beside the call, and in the session's card."""
    api = await emulators(signed_in=False, credits=10)
    await api.sign_in()
    session = await api.session()
    status, _ = await api.call("POST", "/run_sse", json=message(session, "a cat"))
    shown = await now(api)
    (card,), (call, *others) = shown["sessions"], shown["calls"]
    assert (status, call["status"], call["session_id"]) == (200, 200, session)
    assert call["refusal"].startswith("2001: ")
    assert [one["refusal"] for one in others] == ["", ""]
    (told,) = (line for line in card["talk"] if line["kind"] == "refusal")
    assert told["text"] == f"run_sse: {call['refusal']}"


@pytest.mark.parametrize("shapes", ["A", "B", "C"])
async def test_refusals_are_known_in_every_wrapping(emulators: Emulators, shapes: Any) -> None:
    """An answer that was asked for is none, one that was refused is."""
    api = await emulators(shapes=shapes)
    for path in ("credits/balance/simple", "state/nemo_agent/me/123/latest"):
        await api.call("GET", f"/api/{path}")
    shown = await now(api)
    refused, *others = (call["refusal"] for call in shown["calls"])
    assert refused.split(":")[0] in {"1002", "404"} and not any(others)


async def test_a_call_opens(api: Api) -> None:
    """To what was sent, what came back, and what that means; tokens are left out."""
    data = await api.sign_in()
    session = await api.session()
    await api.turn(session, NASTY)
    await api.film()
    calls = (await now(api))["calls"]
    opened = {one["endpoint"]: await whole(api, one["number"]) for one in calls}
    turn, balance = opened["run_sse"], opened["create_session"]
    assert json.loads(turn["sent"]["body"])["new_message"]["parts"] == [{"text": NASTY}]
    assert turn["sent"]["headers"]["Authorization"] == "***"
    assert turn["answer"]["body"].startswith("data: {") and turn["envelope"] is None
    assert balance["envelope"]["ok"] and "session_id" in balance["envelope"]["data"]
    everything = json.dumps(opened)
    assert data["token"] not in everything and "Signature" not in everything
    assert (await api.call("GET", "/status/calls/999999999"))[0] == 404


async def whole(api: Api, number: int) -> Any:
    """Returns all that is shown of one call."""
    return await api.data("GET", f"/status/calls/{number}")


@pytest.mark.parametrize(
    ("search", "found"),
    [("", 40), ("zebra", 1), ("ZEBRA film", 1), ("zebra fox", 0), ("user-1", 40), ("fox", 39)],
)
async def test_sessions_are_found(api: Api, search: str, found: int) -> None:
    """By what they are and by what was said in them; it is told how many there are."""
    first = await api.session()
    await api.turn(first, "a 1 second film of a zebra")
    for _ in range(39):
        api.emulator.script({"content": {"parts": [{"text": "A fox."}]}}, charge="answer")
        await api.turn(await api.session(), "what is it?")
    shown = await api.data("GET", "/status/now", params={"search": search})
    assert (shown["session_count"], shown["found_count"]) == (40, found)
    assert len(shown["sessions"]) == min(found, 30)
    by_id = await api.data("GET", "/status/now", params={"search": first})
    assert [one["id"] for one in by_id["sessions"]] == [first]


async def test_a_long_talk_is_told_whole(api: Api) -> None:
    """A card has its last lines, and their number; the rest is asked for."""
    session = await api.session()
    for number in range(12):
        api.emulator.script({"content": {"parts": [{"text": f"No {number}."}]}}, charge="answer")
        await api.turn(session, f"Is it {number}?")
    (card,) = (await now(api))["sessions"]
    told = await api.data("GET", f"/status/talks/{session}")
    assert len(card["talk"]) == 20 and card["talk_count"] == len(told) == 24
    assert next(line["text"] for line in told if line["kind"] == "message") == "Is it 0?"
    assert await api.data("GET", "/status/talks/1") == []


async def test_lines_name_their_session(api: Api) -> None:
    """A call's as well, where it names one in its path or its body."""
    session = await api.session()
    await api.turn(session, "a cat")
    await api.state(session)
    calls = [line for line in api.emulator._page.journal.lines if line.kind == "call"]
    assert [line.session_id for line in calls] == ["", session, session]


ARMED: list[tuple[str, Any]] = [
    ("500", 500),
    ("429", 429),
    ("1001", 401),
    ("1002", 200),
    ("2001", 200),
    ("402", 402),
    ("refuse", None),
    ("cut", None),
]


@pytest.mark.parametrize(("kind", "status"), ARMED)
async def test_the_page_breaks_the_next_call(api: Api, kind: str, status: int | None) -> None:
    """One call goes wrong as it was asked for, the next one is right again."""
    wish = {"endpoint": "create_session", "kind": kind}
    assert await api.call("POST", "/status/breaks", json=wish) == (200, {"waiting": 1})
    beginning = api.http.post("/api/tasks/me/with-session/nemo_agent", json={})
    if status is None:
        with pytest.raises(aiohttp.ClientError):
            await (await beginning).read()
    else:
        async with beginning as response:
            assert response.status == status
            body = await response.text()
        assert kind == "500" or str(json.loads(body)["code"]) == kind
    assert await api.session()
    assert (await now(api))["waiting"] == []


async def test_what_is_to_break_is_taken_back(api: Api) -> None:
    """Before it has happened."""
    await api.call("POST", "/status/breaks", json={"endpoint": "balance", "kind": "500"})
    assert (await now(api))["waiting"] == ["answer of balance"]
    assert await api.call("DELETE", "/status/breaks") == (200, {"waiting": 0})
    assert (await api.call("GET", "/api/credits/balance/simple"))[0] == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"endpoint": "balance", "kind": "500"}', "text/plain", 415),
        (b'{"endpoint": "balance", "kind": "500"}', "application/json", 403),
        (b'{"endpoint": "moon", "kind": "500"}', "application/json", 400),
        (b'{"endpoint": "balance", "kind": "fire"}', "application/json", 400),
        (b'{"endpoint": "run_sse", "kind": "cut", "seconds": -1}', "application/json", 400),
        (b'{"endpoint": "run_sse", "kind": "cut", "seconds": "x"}', "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{", "application/json", 400),
    ],
)
async def test_nothing_else_breaks_calls(api: Api, body: bytes, kind: str, status: int) -> None:
    """Neither what makes no sense nor a page of another site."""
    headers = {"Content-Type": kind}
    if status == 403:
        headers["Origin"] = "https://evil.example"
    assert (await api.call("POST", "/status/breaks", data=body, headers=headers))[0] == status
    assert (await now(api))["waiting"] == []


async def test_a_cut_turn_is_shown_to_be_charged_once(emulators: Emulators) -> None:
    """It is cut at the instant that was chosen, and the page tells what that has cost."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    session = await api.session()
    wish = {"endpoint": "run_sse", "kind": "cut", "seconds": 60}
    await api.call("POST", "/status/breaks", json=wish)
    turn = asyncio.create_task(api.turn(session, "a cat"))
    await until(lambda: api.emulator.charges)
    await clock.advance(59)
    assert not turn.done()
    await clock.advance(1)
    with pytest.raises(aiohttp.ClientError):
        await turn
    (cut,) = (await now(api))["cuts"]
    assert (cut["session_id"], cut["text"], cut["fault"]["seconds"]) == (session, "a cat", 60)
    assert (cut["sent"], cut["charged"], cut["credits"]) == (1, 1, 100)
    assert (await now(api))["sessions"][0]["working"] is True
    await clock.advance(400)
    assert (await now(api))["sessions"][0]["working"] is False
