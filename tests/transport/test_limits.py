"""Every call ends: `Timing.call` is the whole of it, however slowly something still comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import attrs
import pytest
from scripted import PNG, QUICK

from nemo_sdk import (
    DownloadError,
    NemoClient,
    NemoError,
    OutcomeUnknownError,
    RequestTimeoutError,
    Session,
    Video,
)
from nemo_sdk._transport.closing import Gate

SOON = attrs.evolve(QUICK, call=0.3, turn=0.6, quiet=5, read=5, recovery=(0.01,) * 2)


class Answer(Protocol):
    """Writes the answer to a request whose head it is given."""

    async def __call__(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None: ...


def dripping(start: bytes, drop: bytes) -> Answer:
    """An answer that begins, and of which a little more comes every 20 ms, without end."""

    async def answer(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.02)

    return answer


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"
DRIPS = {
    "body": dripping(JSON, b" "),
    "headers": dripping(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"),
    "status": dripping(b"HTTP/1.1 200 ", b"O"),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
}
CALLS: dict[str, Callable[[NemoClient], Awaitable[Any]]] = {
    "credits": lambda client: client.credits(),
    "session": lambda client: client.create_session(),
    "state": lambda client: client.session("1").state(),
    "upload": lambda client: client.session("1").upload(PNG),
    "link": lambda client: client.session("1", task_id="1").project_url(),
    "render": lambda client: client.render("1").refresh(),
}


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """A server that answers every request alike, until it is left."""
    answering: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(await reader.readuntil(b"\r\n\r\n"), reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.add(asyncio.create_task(serve(reader, writer)))

    async with await asyncio.start_server(take, "127.0.0.1") as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)


@asynccontextmanager
async def client_of(answer: Answer, token: Any = "t", **timing: Any) -> AsyncIterator[NemoClient]:
    """A client of such a server."""
    timing_ = attrs.evolve(SOON, **timing)
    async with server(answer) as url, NemoClient(token, base_url=url, timing=timing_) as client:
        yield client


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
async def test_what_drips_holds_no_call(
    call: Callable[[NemoClient], Awaitable[Any]], drip: Answer
) -> None:
    """It ends with an error that names the call and how long was waited."""
    async with client_of(drip) as client, asyncio.timeout(5):
        with pytest.raises(RequestTimeoutError, match=r"/api/.* after 0\.3 seconds"):
            await call(client)


async def test_an_anonymous_token_that_drips_holds_no_call() -> None:
    """The token that a call waits for belongs to it."""
    async with client_of(DRIPS["body"], token=None) as client, asyncio.timeout(5):
        with pytest.raises(RequestTimeoutError) as raised:
            await client.credits()
        assert not raised.value.sent


async def test_a_token_function_that_hangs_holds_no_message() -> None:
    """Nothing was sent, and the error says so: it is no lost answer."""

    async def never() -> str:
        await asyncio.sleep(60)
        return "t"

    async with client_of(DRIPS["body"], never) as client:
        session = just_made(client)
        with pytest.raises(RequestTimeoutError, match="The token") as raised:
            await session.ask("a cat")
    assert not raised.value.sent


def just_made(client: NemoClient) -> Session:
    """A session before whose first message nothing is read."""
    session = client.session("1")
    session._fresh = True
    return session


async def test_repeats_and_their_waits_are_within_the_limit() -> None:
    """A service that fails and fails is asked again until the time is over."""
    failing = dripping(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", b"")
    async with client_of(failing, backoff=9, backoff_max=9) as client, asyncio.timeout(4):
        with pytest.raises(RequestTimeoutError, match="not over after"):
            await client.credits()


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
async def test_a_lost_answer_is_looked_for_no_longer_than_a_turn_takes(drip: Answer) -> None:
    """A state that drips does not hold a charged message for ever."""

    async def answer(
        head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not head.startswith(b"POST"):
            await drip(head, reader, writer)

    async with client_of(answer) as client, asyncio.timeout(5):
        session = just_made(client)
        with pytest.raises(OutcomeUnknownError):
            await session.ask("a cat")


async def test_the_headers_of_a_film_hold_nothing() -> None:
    """Its address is given up for the service's own download, and that in turn."""
    async with (
        server(DRIPS["headers"]) as url,
        NemoClient("t", base_url=url, timing=SOON) as client,
    ):
        made = Video(
            client._transport,
            client._account.current,
            url=f"{url}/film.mp4",
            duration=None,
            size=None,
            format="mp4",
            render_id="1",
            session_id=None,
        )
        async with asyncio.timeout(10):
            with pytest.raises(DownloadError, match="not over after"):
                await made.read()


async def test_an_upload_is_timed_from_when_its_body_has_left() -> None:
    """A slow link takes as long as it takes; the answer does not."""

    async def slow(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3 * SOON.call)
        while await reader.read(2**20):
            pass

    now = asyncio.get_running_loop().time
    async with client_of(slow) as client, asyncio.timeout(10):
        began = now()
        with pytest.raises(RequestTimeoutError, match="not over after"):
            await client.session("1").upload(("long.wav", b"RIFF0000WAVEfmt " + bytes(30_000_000)))
    assert now() - began >= 4 * SOON.call


async def test_one_timer_serves_all_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls come and go without a timer of their own."""
    loop = asyncio.get_running_loop()
    set_at: list[float] = []
    call_at = loop.call_at

    def counted(when: float, *args: Any, **kwargs: Any) -> asyncio.TimerHandle:
        set_at.append(when)
        return call_at(when, *args, **kwargs)

    monkeypatch.setattr(loop, "call_at", counted)
    gate = Gate()
    for _ in range(100):
        with gate.while_open(300):
            pass
    assert len(set_at) == 1
    gate.close()


async def test_limits_end_in_their_order_and_alone() -> None:
    """Each scope ends at its own time; one inside another ends alone where its time is shorter."""
    gate = Gate()

    async def held(limit: float, what: str) -> None:
        with gate.while_open(limit, what):
            await asyncio.sleep(5)

    async def both() -> None:
        with gate.while_open(0.05, "outer"):
            with pytest.raises(RequestTimeoutError, match="inner"):
                await held(0.01, "inner")
            await asyncio.sleep(5)

    with pytest.raises(RequestTimeoutError, match="outer"):
        await both()


async def test_a_cancellation_stays_one_in_a_scope_that_ends() -> None:
    """Who is cancelled in the moment of a closing hears of the cancellation."""
    gate = Gate()

    async def wait() -> None:
        with gate.while_open():
            await asyncio.sleep(5)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    gate.close()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    with pytest.raises(NemoError, match="was closed"):
        gate.check()
