"""Faults: what a client sees, and what the service has done meanwhile."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any
from unittest.mock import AsyncMock, Mock

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from waiting import until

from nemo_sdk.emulator import ENDPOINTS, Clock, Fault
from nemo_sdk.emulator._answers import Answer
from nemo_sdk.emulator._delivery import deliver

from .conftest import Api, Emulators, events, message

BALANCE = "/api/credits/balance/simple"


async def raw(api: Api, path: str, body: bytes = b"") -> AsyncGenerator[bytes, None]:
    """Speaks HTTP by hand, so that nothing is hidden: yields what arrives, until the end."""
    host, port = api.emulator.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    token = api.http.headers["Authorization"]
    writer.write(
        f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    try:
        while piece := await reader.read(65536):
            yield piece
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def arrived(api: Api, path: str, body: bytes = b"") -> tuple[bytes, type[Exception] | None]:
    """Returns all bytes of an answer, and the error that ended them."""
    received = b""
    try:
        async for piece in raw(api, path, body):
            received += piece
    except ConnectionError as error:
        return received, type(error)
    return received, None


async def test_refused_calls_never_reach_the_service(api: Api) -> None:
    """A refused connection has no answer and no effect; the call is recorded all the same."""
    session = await api.session()
    fault = api.emulator.faults.refuse("run_sse")
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.turn(session, "a cat")
    assert api.emulator.charges == []
    assert len(api.emulator.calls_of("run_sse")) == 1
    assert api.emulator.faults.fired == [fault]
    assert await api.turn(session, "a cat")


async def test_a_delay_holds_the_answer_back(emulators: Emulators) -> None:
    """The work is done at once, its answer comes after the clock's seconds."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    api.emulator.faults.delay("create_session", 60)
    calling = asyncio.create_task(api.session())
    await until(lambda: api.emulator.sessions)
    await clock.advance(59)
    await asyncio.sleep(0.02)
    assert not calling.done()
    await clock.advance(1)
    await calling


async def test_a_delay_without_effect_comes_before_the_work(emulators: Emulators) -> None:
    """With effect=False nothing has been done while it waits."""
    clock = Clock(manual=True)
    api = await emulators(clock=clock)
    api.emulator.faults.delay("create_session", 60, effect=False)
    calling = asyncio.create_task(api.session())
    await until(lambda: api.emulator.calls_of("create_session"))
    assert api.emulator.sessions == {}
    await clock.advance(60)
    await calling
    assert len(api.emulator.sessions) == 1


@pytest.mark.parametrize("after", [0, 1, 20, 10_000])
async def test_a_stream_is_cut_after_so_many_bytes(api: Api, after: int) -> None:
    """A cut stream has its first bytes, then a FIN, and no end of its chunks."""
    session = await api.session()
    await api.turn(session, "hello")
    api.emulator.faults.cut("run_sse", after=after)
    body = json.dumps(message(session, "hello")).encode()
    received, error = await arrived(api, "/run_sse", body)
    assert error is None
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n0\r\n\r\n" not in received
    chunks = unchunked(received.partition(b"\r\n\r\n")[2])
    assert len(chunks) == after or after == 10_000
    assert len(api.emulator.calls_of("run_sse")) == 2


async def test_a_cut_stream_is_a_broken_one_to_a_client(api: Api) -> None:
    """A client tells a cut from an end, and the work goes on."""
    session = await api.session()
    api.emulator.faults.cut("run_sse", after=100)
    with pytest.raises(aiohttp.ClientPayloadError):
        await api.turn(session, "a cat")
    account = api.emulator.sessions[session].account
    await until(lambda: account.frozen == 0)
    assert len((await api.draft(session))["t"]) == 3
    assert len(api.emulator.charges) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
async def test_a_stream_is_cut_between_events(api: Api, count: int) -> None:
    """`after_event` lets whole events through, also out of one piece with several."""
    api.emulator.script({"a": 1}, b'data: {"a":2}\n\ndata: {"a":3}\n\ndata: {"a":4}\n\n')
    session = await api.session()
    api.emulator.faults.cut("run_sse", after_event=count)
    received, error = await until_broken(api, session)
    assert error is aiohttp.ClientPayloadError
    assert [event["a"] for event in events(received)] == list(range(1, count + 1))
    assert received == b"" or received.endswith(b"\n\n")


async def test_a_reset_is_a_reset(api: Api) -> None:
    """The connection ends with RST, after the headers and the bytes that were let through."""
    api.emulator.faults.reset("balance", after=5)
    received, error = await arrived(api, BALANCE)
    assert error is ConnectionResetError
    assert received.endswith(b'\r\n\r\n{"cod')


async def test_minus_one_loses_the_headers_too(api: Api) -> None:
    """With after=-1 the work is done and no byte of the answer comes."""
    api.emulator.faults.cut("create_session", after=-1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await api.session()
    assert len(api.emulator.sessions) == 1


@pytest.mark.parametrize("kind", ["cut", "reset"])
async def test_without_effect_nothing_was_done(api: Api, kind: str) -> None:
    """A break with effect=False comes before the service did anything, and has no answer."""
    api.emulator.faults.add(Fault("create_session", kind, effect=False))  # type: ignore[arg-type]
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.session()
    assert api.emulator.sessions == {}


@pytest.mark.parametrize(("after", "effect"), [(7, True), (-1, True), (0, False)])
async def test_a_stalled_answer_stays_open(api: Api, after: int, effect: bool) -> None:
    """After its bytes nothing more comes, and the connection does not end."""
    api.emulator.faults.stall("balance", after=after, effect=effect)
    received = b""
    stream = raw(api, BALANCE)
    async with contextlib.aclosing(stream):
        while piece := await next_piece(stream):
            received += piece
    assert api.emulator.faults.fired
    assert received.partition(b"\r\n\r\n")[2] == (b'{"code"' if after > 0 else b"")


async def test_an_answer_in_place_of_the_real_one(api: Api) -> None:
    """Status, headers and body are the fault's; the work was done."""
    api.emulator.faults.answer(
        "create_session", status=502, headers={"X-From": "proxy"}, body=b"<html>"
    )
    async with api.http.post("/api/tasks/me/with-session/nemo_agent", json={}) as response:
        assert (response.status, response.headers["X-From"]) == (502, "proxy")
        assert await response.read() == b"<html>"
    assert len(api.emulator.sessions) == 1


async def test_an_answer_without_effect(api: Api) -> None:
    """With effect=False the answer comes in place of the work."""
    session = await api.session()
    api.emulator.faults.answer("run_sse", status=429, headers={"Retry-After": "1"}, effect=False)
    async with api.send(session, "a cat") as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1")
    assert api.emulator.charges == []


REFUSALS: list[dict[str, Any]] = [
    {"status": 402},
    {"status": 429, "body": b"<h1>slow down</h1>"},
    {"status": 200, "body": b'{"code":"2001","message":"no credits"}'},
    {"status": 200, "body": b'{"success":false,"error":"no","code":1002}'},
]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_refusal_takes_no_effect(api: Api, refusal: dict[str, Any]) -> None:
    """What says no has done nothing, unless the test wants it to have."""
    session = await api.session()
    api.emulator.faults.answer("run_sse", **refusal)
    api.emulator.faults.answer("run_sse", at=2, effect=True, **refusal)
    for charges in (0, 1):
        async with api.send(session, "a cat") as response:
            assert response.status == refusal["status"]
        assert len(api.emulator.charges) == charges


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 502},
        {"status": 408},
        {"body": b'{"code":0}'},
        {"body": b'{"code":500}'},
        {"body": b"[1]"},
    ],
)
async def test_another_answer_takes_effect(api: Api, answer: dict[str, Any]) -> None:
    """A lost or broken answer is one of work that was done."""
    session = await api.session()
    api.emulator.faults.answer("run_sse", **answer)
    async with api.send(session, "a cat"):
        pass
    assert len(api.emulator.charges) == 1


async def test_an_answer_may_lose_a_started_turn(api: Api) -> None:
    """A 502 on a message that was taken: charged once, and the film is in the state."""
    session = await api.session()
    api.emulator.faults.answer("run_sse", status=502)
    async with api.send(session, "a cat") as response:
        assert response.status == 502
    account = api.emulator.sessions[session].account
    await until(lambda: account.frozen == 0)
    assert len((await api.draft(session))["t"]) == 3


async def test_a_slow_link_brings_the_same_bytes(api: Api) -> None:
    """A paced stream comes byte by byte, and is the same in the end."""
    session = await api.session()
    script: tuple[Any, ...] = ({"text": "猫" * 20}, b"data: x\n\n")
    api.emulator.script(*script)
    whole = await api.turn(session, "hello")
    api.emulator.script(*script)
    api.emulator.faults.pace("run_sse")
    async with api.send(session, "hello") as response:
        pieces = [piece async for piece, _ in response.content.iter_chunks()]
    assert b"".join(pieces) == whole
    assert {len(piece) for piece in pieces} <= {0, 1}


async def test_the_film_host_has_faults_too(api: Api) -> None:
    """A film is cut after its first bytes, then comes whole."""
    url = await api.film()
    api.emulator.faults.cut("film", after=1000)
    api.emulator.faults.pace("film", after=500, seconds=10, at=2)
    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(url) as response:
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
        async with stranger.get(url) as response:
            assert len(await response.read()) == api.emulator.renders["render_1"].size


CALLS = {
    "anonymous_token": ("POST", "/api/auth/anonymous-token"),
    "claim_token": ("POST", "/api/auth/claim-token"),
    "create_session": ("POST", "/api/tasks/me/with-session/nemo_agent"),
    "run_sse": ("POST", "/run_sse"),
    "upload": ("POST", "/api/upload-video/nemo_agent/me/1"),
    "balance": ("GET", BALANCE),
    "state": ("GET", "/api/state/nemo_agent/me/1/latest"),
    "submit_render": ("POST", "/api/render/proxy/lambda"),
    "render_status": ("GET", "/api/render/proxy/lambda/r"),
    "cancel_render": ("POST", "/api/render/proxy/lambda/r/cancel"),
    "download": ("GET", "/api/render/proxy/r/download"),
}


@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("kind", ["refuse", "cut", "reset", "stall", "answer", "delay", "pace"])
async def test_every_fault_at_every_endpoint(
    api: Api, kind: Any, effect: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Each endpoint can be broken in each way, and answers again afterwards without complaint."""
    for endpoint, (method, path) in CALLS.items():
        api.emulator.faults.add(Fault(endpoint, kind, effect=effect, after=3, status=503))
        calling = asyncio.create_task(api.call(method, path, json={}))
        await until(lambda: api.emulator.faults.fired)
        if kind == "stall":
            calling.cancel()
        with contextlib.suppress(aiohttp.ClientError, asyncio.CancelledError, ValueError):
            await calling
        assert [fault.endpoint for fault in api.emulator.faults.fired] == [endpoint]
        api.emulator.faults.clear()
        async with api.http.request(method, path, json={}) as response:
            assert await response.json()
    assert caplog.records == []


async def test_who_leaves_before_the_answer_is_no_error_of_the_servers() -> None:
    """A connection that closes just when its answer is there is nothing to complain of."""
    left = Mock(write_headers=AsyncMock(side_effect=aiohttp.ClientConnectionResetError("closing")))
    request = make_mocked_request("GET", BALANCE, writer=left)
    await deliver(request, Answer(b"{}"), None, Clock())
    left.write_headers.assert_awaited_once()


async def test_at_and_times_choose_the_calls(api: Api) -> None:
    """A fault happens from its `at`-th call on, `times` times, counted from when it was added."""
    await api.call("GET", BALANCE)
    api.emulator.faults.answer("balance", at=2, times=2, status=503, body=b"{}")
    statuses = [(await api.call("GET", BALANCE))[0] for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]


async def test_a_fault_for_always_and_its_end(api: Api) -> None:
    """times=None happens on every call, until the faults are cleared."""
    api.emulator.faults.answer("balance", times=None, status=503, body=b"{}")
    assert [(await api.call("GET", BALANCE))[0] for _ in range(3)] == [503] * 3
    assert len(api.emulator.faults.fired) == 3
    api.emulator.faults.clear()
    assert api.emulator.faults.fired == []
    assert (await api.call("GET", BALANCE))[0] == 200


async def test_the_oldest_fault_comes_first(api: Api) -> None:
    """Of two faults on one call the first added happens; both have counted the call."""
    api.emulator.faults.answer("balance", status=500, body=b"{}")
    api.emulator.faults.answer("balance", status=501, times=2, body=b"{}")
    assert [(await api.call("GET", BALANCE))[0] for _ in range(3)] == [500, 501, 200]


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "nowhere"},
        {"kind": "explode"},
        {"at": 0},
        {"times": 0},
        {"after": -2},
        {"after_event": -1},
        {"seconds": -1},
        {"status": 99},
    ],
)
def test_faults_are_checked(wrong: dict[str, Any]) -> None:
    """A fault that could never happen is refused when it is made."""
    options: dict[str, Any] = {"endpoint": "run_sse", "kind": "cut"}
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Fault(**options | wrong)


def test_a_wrong_name_lists_the_right_ones(api: Api) -> None:
    """Endpoints are named, wherever one is asked for."""
    for ask in (api.emulator.calls_of, api.emulator.faults.cut):
        with pytest.raises(
            ValueError, match=r"There is no endpoint 'stream': choose from .*run_sse"
        ):
            ask("stream")
    assert set(ENDPOINTS) == {*CALLS, "film", "unknown"}


async def next_piece(stream: AsyncGenerator[bytes, None]) -> bytes:
    """Returns what comes next, nothing where it takes too long; an end is an error."""
    try:
        return await asyncio.wait_for(anext(stream), 0.1)
    except TimeoutError:
        return b""


async def until_broken(api: Api, session: str) -> tuple[bytes, type[Exception] | None]:
    """Sends a message; returns what a client reads of the stream, and what ended it."""
    received = b""
    async with api.send(session, "hello") as response:
        try:
            async for piece in response.content.iter_any():
                received += piece
        except aiohttp.ClientError as error:
            return received, type(error)
    return received, None


def unchunked(body: bytes) -> bytes:
    """Returns what chunks carry, the last of which may be missing."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        content += body[: int(size, 16)]
        body = body[int(size, 16) + 2 :]
    return content
