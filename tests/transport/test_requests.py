"""What each request looks like, to the letter: method, path, headers, body, and nothing else."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses
from aioresponses.core import RequestCall
from conftest import FAST
from yarl import URL

from nemo_sdk import APIError, Attribution, NemoClient, __version__
from nemo_sdk.emulator import Emulator

BASE = "https://mega-api-prod.nemovideo.ai"
ATTRIBUTION = Attribution("a-skill", "1.10", "cursor")
ATTRIBUTION_HEADERS = {
    "X-Skill-Source": "a-skill",
    "X-Skill-Version": "1.10",
    "X-Skill-Platform": "cursor",
}
AUTHORISED = {"Authorization": "Bearer nmv_usr_1", **ATTRIBUTION_HEADERS}
JSON = {**AUTHORISED, "Content-Type": "application/json"}
DRAFT = {"t": [{"tt": 0, "sg": [{"d": 10000, "theirs": {"x": [1, None, "雪"]}}]}], "new": 1.5}


@pytest.fixture
async def plain() -> Any:
    """A client of the real service's address, of which nothing goes out."""
    async with NemoClient("nmv_usr_1", attribution=ATTRIBUTION, timing=FAST) as client:
        yield client


def only_call(http: aioresponses) -> tuple[str, str, RequestCall]:
    (((method, url), calls),) = http.requests.items()
    (call,) = calls
    return method, str(url).removeprefix(BASE), call


def headers_of(call: RequestCall) -> dict[str, str]:
    """The headers that are ours: the session's own name is on every call."""
    headers = dict(call.kwargs["headers"])
    assert headers.pop("User-Agent") == f"nemo_sdk/{__version__}"
    return headers


def body_of(call: RequestCall) -> Any:
    data = call.kwargs["data"]
    return None if data is None else json.loads(data)


async def test_the_balance(http: aioresponses, plain: NemoClient) -> None:
    """The balance is a GET with the token and the attribution."""
    http.get(f"{BASE}/api/credits/balance/simple", payload={"available": 1})
    await plain.credits()
    method, path, call = only_call(http)
    assert (method, path) == ("GET", "/api/credits/balance/simple")
    assert (headers_of(call), call.kwargs["data"]) == (AUTHORISED, None)


async def test_an_anonymous_token(http: aioresponses) -> None:
    """A token is asked for with the client id, without a body and without a bearer token."""
    data = {"token": "nmv_usr_2"}
    http.post(f"{BASE}/api/auth/anonymous-token", payload={"code": 0, "data": data})
    http.get(f"{BASE}/api/credits/balance/simple", payload={"available": 1})
    async with NemoClient(client_id="me", attribution=ATTRIBUTION) as client:
        await client.credits()
    (asked,) = http.requests["POST", URL(f"{BASE}/api/auth/anonymous-token")]
    assert headers_of(asked) == {"X-Client-Id": "me", **ATTRIBUTION_HEADERS}
    assert asked.kwargs["data"] is None
    (read,) = http.requests["GET", URL(f"{BASE}/api/credits/balance/simple")]
    assert read.kwargs["headers"]["Authorization"] == "Bearer nmv_usr_2"


async def test_a_session(http: aioresponses, plain: NemoClient) -> None:
    """A session is made with the project's name and its language."""
    http.post(re.compile(".*"), payload={"task_id": 1, "session_id": 2})
    await plain.create_session()
    method, path, call = only_call(http)
    assert (method, path) == ("POST", "/api/tasks/me/with-session/nemo_agent")
    assert body_of(call) == {"task_name": "project", "language": "en"}
    assert headers_of(call) == JSON


async def test_a_sessions_options(http: aioresponses, plain: NemoClient) -> None:
    """Name and language are sent as they are given."""
    http.post(re.compile(".*"), payload={"task_id": 1, "session_id": 2})
    await plain.create_session(task_name="雪", language="zh")
    assert body_of(only_call(http)[2]) == {"task_name": "雪", "language": "zh"}


async def test_a_message(http: aioresponses, plain: NemoClient) -> None:
    """A message is snake_case throughout and asks for a stream."""
    http.post(f"{BASE}/run_sse", body=b'data: {"text":"hi"}\n\n', content_type="text/event-stream")
    http.get(re.compile(".*/latest"), payload={"data": {"session_id": "2"}, "code": 0}, repeat=True)
    await plain.session("2").ask("a cat \u2028 雪")
    (call,) = http.requests["POST", URL(f"{BASE}/run_sse")]
    assert body_of(call) == {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": "2",
        "new_message": {"parts": [{"text": "a cat \u2028 雪"}]},
    }
    stream = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
    assert headers_of(call) == {**JSON, **stream}
    assert call.kwargs["allow_redirects"] is False


async def test_a_state(http: aioresponses, plain: NemoClient) -> None:
    """The state is a GET under the session's id."""
    http.get(re.compile(".*"), payload={"code": 0, "data": {"session_id": "2", "state": None}})
    await plain.session("2").state()
    method, path, call = only_call(http)
    assert (method, path) == ("GET", "/api/state/nemo_agent/me/2/latest")
    assert headers_of(call) == AUTHORISED


async def test_addresses_to_upload(http: aioresponses, plain: NemoClient) -> None:
    """Addresses are sent as JSON, as they were given."""
    http.post(re.compile(".*"), payload={"code": 0, "data": {"files": []}})
    await plain.session("2").upload("https://host/a b.mp4?x=%20", "http://host/雪.png")
    method, path, call = only_call(http)
    assert (method, path) == ("POST", "/api/upload-video/nemo_agent/me/2")
    assert body_of(call) == {
        "urls": ["https://host/a b.mp4?x=%20", "http://host/雪.png"],
        "source_type": "url",
    }
    assert headers_of(call) == JSON


async def test_a_render(http: aioresponses, plain: NemoClient) -> None:
    """A render takes the draft untouched, an id of ours, and `sessionId` in camelCase."""
    state = {"session_id": "2", "state": {"draft": DRAFT}}
    http.get(re.compile(".*/latest"), payload={"code": 0, "data": state})
    http.post(f"{BASE}/api/render/proxy/lambda", payload={"id": "r", "status": "pending"})
    await plain.session("2").export(format="mov", quality="low")
    (call,) = http.requests["POST", URL(f"{BASE}/api/render/proxy/lambda")]
    body = body_of(call)
    assert re.fullmatch("render_[0-9a-f]{32}", body.pop("id"))
    assert body == {
        "sessionId": "2",
        "draft": DRAFT,
        "output": {"format": "mov", "quality": "low"},
    }
    assert list(body["draft"]) == list(DRAFT)
    assert headers_of(call) == JSON


async def test_a_renders_status(http: aioresponses, plain: NemoClient) -> None:
    """A render is looked at under its id."""
    http.get(re.compile(".*"), payload={"status": "pending"})
    await plain.render("r1").refresh()
    assert only_call(http)[:2] == ("GET", "/api/render/proxy/lambda/r1")
    assert headers_of(only_call(http)[2]) == AUTHORISED


async def test_a_cancelled_render(http: aioresponses, plain: NemoClient) -> None:
    """A render is cancelled by a POST without a body."""
    http.post(re.compile(".*"), payload={"code": 0, "data": None})
    await plain.render("r1").cancel()
    method, path, call = only_call(http)
    assert (method, path) == ("POST", "/api/render/proxy/lambda/r1/cancel")
    assert (headers_of(call), call.kwargs["data"]) == (AUTHORISED, None)


async def test_a_claim_link(http: aioresponses) -> None:
    """A link to the project is asked for with both ids, and leads to the web app."""
    data = {"claim_token": "clm_1/x", "expires_in": 60}
    http.post(re.compile(".*"), payload={"code": 0, "data": data})
    async with NemoClient("t", web_url="https://web.example") as client:
        url = await client.session("2", task_id="1").project_url()
    method, path, call = only_call(http)
    assert (method, path) == ("POST", "/api/auth/claim-token")
    assert body_of(call) == {"task_id": "1", "session_id": "2"}
    assert url == "https://web.example/workspace/claim?ct=clm_1%2Fx"


@pytest.mark.parametrize(
    ("session_id", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("a?b#c", "a%3Fb%23c"),
        ("a b", "a%20b"),
        ("%2e", "%252e"),
        ("雪", "%E9%9B%AA"),
        ("../x", "..%2Fx"),
        ("a\\b", "a%5Cb"),
        ("...", "..."),
        ("a;b&c=d", "a%3Bb%26c%3Dd"),
    ],
)
async def test_an_id_is_one_segment(
    http: aioresponses, plain: NemoClient, session_id: str, segment: str
) -> None:
    """Whatever an id holds, it stays one segment of the path."""
    http.get(re.compile(".*"), payload={"code": 0, "data": {"state": {}}}, repeat=True)
    http.get(
        URL(f"{BASE}/api/state/nemo_agent/me/{segment}/latest", encoded=True),
        payload={"code": 0, "data": {"state": {}}},
    )
    await plain.session(session_id).state()
    assert only_call(http)[1] == f"/api/state/nemo_agent/me/{segment}/latest"


@pytest.mark.parametrize("bad", ["", " ", ".", "..", "a\nb", "a\r", "\0", "\u2028", "x" * 257])
def test_an_id_that_is_none_is_refused(bad: str) -> None:
    """Dot segments, control characters and emptiness are refused before anything is sent."""
    client = NemoClient("t")
    for make, name in ((client.session, "session_id"), (client.render, "render_id")):
        with pytest.raises(ValueError, match=name):
            make(bad)


@pytest.mark.parametrize("bad", [None, b"1", 1.5, True, ["1"]])
def test_an_id_of_another_type_is_refused(bad: Any) -> None:
    """An id is a text or a whole number."""
    with pytest.raises(TypeError, match="session_id"):
        NemoClient("t").session(bad)
    assert NemoClient("t").session(42).id == "42"  # type: ignore[arg-type]


async def test_a_base_url_may_have_a_path(http: aioresponses) -> None:
    """A service behind a prefix is called below it."""
    http.get("https://host/prefix/api/credits/balance/simple", payload={"available": 1})
    async with NemoClient("t", base_url="https://host/prefix/") as client:
        await client.credits()


async def test_every_call_on_the_wire(emulator: Emulator, client: NemoClient) -> None:
    """Every call of a whole generation carries the attribution, and every one but one the token."""
    video = await client.generate("a cat")
    await video.read()
    for call in emulator.calls:
        names = {name.lower() for name in call.headers}
        attribution = {"x-skill-source", "x-skill-version", "x-skill-platform"}
        assert ("authorization" in names) is (call.endpoint not in {"anonymous_token", "film"})
        assert (attribution <= names) is (call.endpoint != "film")
        assert not names & {"cookie", "referer", "origin"}
        assert call.headers["User-Agent"] == f"nemo_sdk/{__version__}"
        assert "nmv_usr" not in call.path
        own = {"host", "user-agent", "accept", "accept-encoding", "content-type"}
        own |= {"content-length", "authorization", "cache-control", "x-client-id", "connection"}
        assert names <= own | attribution | {"range"}, call.endpoint


async def test_the_callers_own_session_is_used_as_it_is(emulator: Emulator) -> None:
    """Default headers of the caller's session go along; ours win, and its raising is not used."""
    token = emulator.add_token()
    headers = {"Authorization": "Bearer wrong", "X-Skill-Source": "wrong", "X-Trace": "1"}
    async with aiohttp.ClientSession(headers=headers, raise_for_status=True) as session:
        async with NemoClient(token, base_url=emulator.base_url, http=session) as client:
            await client.credits()
        assert not session.closed
    (call,) = emulator.calls
    assert call.headers["Authorization"] == f"Bearer {token}"
    assert call.headers["X-Skill-Source"] == "nemo_sdk"
    assert call.headers["X-Trace"] == "1"


@asynccontextmanager
async def counting(emulator: Emulator) -> AsyncIterator[tuple[NemoClient, list[object]]]:
    """A client, and a list that has an entry for each connection that it opens."""
    opened: list[object] = []

    async def note(_: object, __: object, ___: object) -> None:
        opened.append(None)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(note)
    token = emulator.add_token()
    async with (
        aiohttp.ClientSession(trace_configs=[trace]) as http,
        NemoClient(token, base_url=emulator.base_url, http=http, timing=FAST) as client,
    ):
        yield client, opened


async def test_only_the_message_needs_a_connection_of_its_own(emulator: Emulator) -> None:
    """Generations in a row share one connection for all calls but their messages."""
    async with counting(emulator) as (client, opened):
        await client.generate("a cat", language="en")
        await client.generate("a dog", language="en")
    assert len(opened) == 3


async def test_what_may_not_be_asked_for_again_has_a_connection_of_its_own(
    emulator: Emulator, clip: Path
) -> None:
    """On a used one, which the server may be closing, it would not be known whether it came."""
    async with counting(emulator) as (client, opened):
        session = await client.create_session()
        await client.credits()
        assert len(opened) == 1
        await session.upload(clip)
        assert len(opened) == 2
        with pytest.raises(APIError):
            await client.render("no-such-render").cancel()
        assert len(opened) == 3
