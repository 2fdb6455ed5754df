"""A session of the caller's: what of it goes where, and on which connection."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator

import aiohttp
import pytest
from conftest import FAST
from wire import server

from nemo_sdk import NemoClient, NemoError, Video
from nemo_sdk.emulator import Emulator

TOKEN = "nmv_usr_0123456789abcdef"
SECRETS = (b"company-secret", b"cookie-secret", b"dXNlcjpwYXNz", TOKEN.encode())


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A session with credentials for some other service, and a header for every one."""
    async with aiohttp.ClientSession(
        headers={"Authorization": "Bearer company-secret", "X-Company": "c"},
        cookies={"sid": "cookie-secret"},
        cookie_jar=aiohttp.CookieJar(unsafe=True),
    ) as made:
        yield made


async def _fetched_from(host: str, client: NemoClient) -> bytes:
    render = client.render("r1")
    video = Video(
        render._transport,
        render._credential,
        url=f"{host}/film.mp4",
        duration=None,
        size=None,
        format="mp4",
        render_id="r1",
        session_id=None,
    )
    return await video.read()


async def test_a_films_host_learns_nothing(session: aiohttp.ClientSession) -> None:
    """No header, cookie or credential of the caller's session goes to the host of a film."""
    heads: list[bytes] = []

    async def film(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 4\r\n\r\nfilm")

    async with (
        server(film) as host,
        NemoClient(TOKEN, http=session, timing=FAST) as client,
    ):
        assert await _fetched_from(host, client) == b"film"
    (head,) = heads
    assert [secret for secret in SECRETS if secret in head] == []
    assert b"X-Company" not in head


@pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")
async def test_basic_credentials_of_a_session_are_no_hindrance(emulator: Emulator) -> None:
    """A session with `auth=` can be used: the service gets the token alone."""
    async with aiohttp.ClientSession(auth=aiohttp.BasicAuth("user", "pass")) as session:
        token = emulator.add_token()
        async with NemoClient(token, base_url=emulator.base_url, http=session) as client:
            await client.credits()
    (call,) = emulator.calls_of("balance")
    assert call.headers["Authorization"] == f"Bearer {token}"


async def test_the_service_gets_the_sessions_headers(
    emulator: Emulator, session: aiohttp.ClientSession
) -> None:
    """Headers that the caller's company asks for go to the service; another's token does not."""
    async with NemoClient(base_url=emulator.base_url, http=session, timing=FAST) as client:
        await client.credits()
    (asked,) = emulator.calls_of("anonymous_token")
    assert "Authorization" not in asked.headers
    assert asked.headers["X-Company"] == "c"


async def test_what_is_charged_has_a_connection_of_its_own(
    emulator: Emulator, session: aiohttp.ClientSession
) -> None:
    """A pooled connection is not taken for a message, nor is one left behind by it."""
    ports: dict[str, list[object]] = {}

    async def started(
        _: object, __: object, params: aiohttp.TraceConnectionCreateEndParams
    ) -> None:
        ports.setdefault("created", []).append(params)

    async def reused(_: object, __: object, params: object) -> None:
        ports.setdefault("reused", []).append(params)

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(started)
    trace.on_connection_reuseconn.append(reused)
    trace.freeze()
    session.trace_configs.append(trace)
    async with NemoClient(
        emulator.add_token(), base_url=emulator.base_url, http=session, timing=FAST
    ) as client:
        await client.credits()
        await client.credits()
        assert (len(ports["created"]), len(ports["reused"])) == (1, 1)
        await (await client.create_session()).ask("a cat")
        created = len(ports["created"])
        await client.credits()
    assert created == 2  # the message has one of its own
    assert len(ports["created"]) == 2


async def test_what_is_borrowed_is_given_back_without_a_word(
    emulator: Emulator, session: aiohttp.ClientSession
) -> None:
    """Sessions made of the caller's are not reported as left open."""
    client = NemoClient(emulator.add_token(), base_url=emulator.base_url, http=session)
    await client.credits()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del client
        gc.collect()
    assert not session.closed


def test_a_session_of_another_loop_is_refused(unused_tcp_port: int) -> None:
    """What belongs to a loop that is gone is told of in a sentence."""

    async def make() -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    async def use(session: aiohttp.ClientSession) -> None:
        address = f"http://127.0.0.1:{unused_tcp_port}"
        async with NemoClient("t", base_url=address, http=session) as client:
            await client.credits()

    loop = asyncio.new_event_loop()
    session = loop.run_until_complete(make())
    with pytest.raises(NemoError, match="another event loop"):
        asyncio.run(use(session))
    loop.run_until_complete(session.close())
    loop.close()
