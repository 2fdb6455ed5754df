"""Closing the client: whatever is under way ends, at once, and does not open the client again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest
from scripted import NEW, PNG, QUICK, text
from waiting import until
from wire import server

from nemo_sdk import Checkpoint, Generation, NemoClient, NemoError, Video
from nemo_sdk.emulator import Emulator

BUSY = {"status": 429, "headers": {"Retry-After": "60"}, "body": b'{"code":429}', "effect": False}


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[NemoClient]:
    """A client with a token, that is closed again after the test."""
    made = NemoClient(emulator.add_token(), base_url=emulator.base_url, timing=QUICK)
    yield made
    await made.aclose()


async def ends(client: NemoClient, emulator: Emulator, task: "asyncio.Task[Any]") -> int:
    """Close the client; return how many calls arrived after that, when the task has ended."""
    await client.aclose()
    before = len(emulator.calls)
    with pytest.raises(NemoError):
        async with asyncio.timeout(0.5):
            await task
    await asyncio.sleep(0.05)
    assert not client._connections.is_open
    return len(emulator.calls) - before


async def test_a_message_that_waits_for_its_rate_is_not_sent(
    emulator: Emulator, client: NemoClient
) -> None:
    """A wait of a minute after a 429 ends with the client, and nothing is charged."""
    session = await client.create_session()
    emulator.faults.answer("run_sse", **BUSY)
    asking = asyncio.create_task(session.ask("make it"))
    await until(lambda: emulator.calls_of("run_sse"))
    await asyncio.sleep(0.05)
    assert await ends(client, emulator, asking) == 0
    assert emulator.charges == []


async def test_many_begin_no_more(emulator: Emulator, client: NemoClient) -> None:
    """Those that run are cancelled, and the rest of the prompts is not begun."""
    for _ in range(6):
        emulator.script(text("One."), 300.0, text("Two."), draft=NEW, charge="generation")

    async def make() -> None:
        async for _ in client.generate_many(list("abcdef"), concurrency=2, language="en"):
            pass

    making = asyncio.create_task(make())
    await until(lambda: len(emulator.charges) == 2)
    assert await ends(client, emulator, making) == 0
    assert len(emulator.charges) == 2


async def test_a_generation_that_was_just_begun_is_none(
    emulator: Emulator, client: NemoClient
) -> None:
    """Closing comes before the first step of its task."""

    async def wait() -> Video:
        return await client.generate("a cat", language="en")

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert await ends(client, emulator, waiting) == 0
    assert emulator.calls == []


async def test_a_film_is_saved_no_further(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """A download is not gone on with, and leaves nothing."""
    video = await client.generate("a cat", language="en")
    emulator.faults.stall("film", after=10)
    saving = asyncio.create_task(video.save(tmp_path / "film" / "cat.mp4"))
    await until(lambda: emulator.calls_of("film"))
    await asyncio.sleep(0.05)
    assert await ends(client, emulator, saving) == 0
    assert list((tmp_path / "film").iterdir()) == []


async def _watched(client: NemoClient) -> Awaitable[Any]:
    session = await client.create_session()
    await session.ask("a cat")
    render = await session.export()
    return render.wait(poll_interval=60)


async def _read(client: NemoClient) -> Awaitable[Any]:
    return client.credits()


@pytest.mark.parametrize(
    ("begin", "endpoint"), [(_watched, "render_status"), (_read, "balance")], ids=["render", "read"]
)
async def test_nothing_is_asked_again(
    emulator: Emulator, client: NemoClient, begin: Any, endpoint: str
) -> None:
    """A render that is waited for, and a read that hangs, end; neither is repeated."""
    waiting = await begin(client)
    emulator.faults.stall(endpoint, times=None)
    task = asyncio.create_task(waiting)
    await asyncio.sleep(0.1)
    assert await ends(client, emulator, task) == 0


async def test_no_other_thread_closes_it(client: NemoClient) -> None:
    """A client that is in use in one loop is closed there; until then it goes on."""
    await client.credits()
    with pytest.raises(NemoError, match="another event loop"):
        await asyncio.to_thread(asyncio.run, client.aclose())
    await client.credits()


async def test_a_closed_client_stays_closed(emulator: Emulator, client: NemoClient) -> None:
    """Every call says so; entering the client opens it anew."""
    session = await client.create_session()
    await client.aclose()
    calls = (client.credits, client.create_session, session.state, session.export)
    for call in (*calls, lambda: session.ask("x"), lambda: _awaited(client.generate("a cat"))):
        with pytest.raises(NemoError, match="client was closed"):
            await call()
    assert len(emulator.calls) == 1
    assert not client._connections.is_open
    async with client:
        assert (await client.credits()).available


@pytest.mark.parametrize("rounds", range(1, 5))
async def test_what_was_under_way_is_not_gone_on_with_in_a_client_opened_anew(
    emulator: Emulator, client: NemoClient, tmp_path: Path, rounds: int
) -> None:
    """An upload that was in a thread at closing is of the client that was closed."""
    (tmp_path / "cat.png").write_bytes(PNG)
    uploading = asyncio.create_task(client.session("1").upload(tmp_path / "cat.png"))
    for _ in range(rounds):
        await asyncio.sleep(0)
    await client.aclose()
    async with client:
        with pytest.raises(NemoError, match="client was closed"):
            await uploading
        await client.credits()
    assert emulator.calls_of("upload") == []


async def _upload(client: NemoClient) -> Any:
    await client.session("1").upload(("long.wav", b"RIFF0000WAVEfmt " + bytes(30_000_000)))


async def _ask(client: NemoClient) -> Any:
    await client.session("1").ask("long " * 6_000_000)


@pytest.mark.parametrize("begin", [_upload, _ask], ids=["upload", "message"])
async def test_what_the_service_takes_no_more_of_keeps_nobody_waiting(begin: Any) -> None:
    """A server that stops reading is given up at once, whatever waits to be sent."""
    taken = asyncio.Event()

    async def stop_reading(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined] # it is a whole one
        taken.set()
        await asyncio.sleep(0.5)
        writer.transport.abort()

    async with server(_only_posts(stop_reading)) as url:
        client = NemoClient("token", base_url=url, timing=QUICK)
        task = asyncio.create_task(begin(client))
        await taken.wait()
        await asyncio.sleep(0.05)
        async with asyncio.timeout(0.3):
            await client.aclose()
            with pytest.raises(NemoError, match="client was closed"):
                await task
        await asyncio.sleep(0.5)


def _only_posts(then: Any) -> Any:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        if head.startswith(b"POST"):
            await then(head, writer)
        else:
            body = b'{"code":0,"data":{"session_id":"1","state":{}}}'
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return answer


async def test_who_waits_for_a_connection_hears_of_the_closing(emulator: Emulator) -> None:
    """With a limit of connections, a waiting call gets the same error, and no cancellation."""
    client = NemoClient(emulator.add_token(), base_url=emulator.base_url, max_connections=1)
    emulator.faults.stall("create_session", times=None)
    calls = [asyncio.create_task(client.create_session()) for _ in range(2)]
    await until(lambda: emulator.calls_of("create_session"))
    await client.aclose()
    for ended in await asyncio.gather(*calls, return_exceptions=True):
        assert isinstance(ended, NemoError)
        assert "client was closed" in str(ended)


async def test_calls_on_a_session_of_the_callers_end_too(emulator: Emulator) -> None:
    """The aiohttp session stays open; what this client had under way in it ends."""
    async with aiohttp.ClientSession() as http:
        client = NemoClient(emulator.add_token(), base_url=emulator.base_url, http=http)
        emulator.faults.stall("create_session")
        call = asyncio.create_task(client.create_session())
        await until(lambda: emulator.calls_of("create_session"))
        await client.aclose()
        with pytest.raises(NemoError, match="client was closed"):
            async with asyncio.timeout(0.5):
                await call
        assert not http.closed


@pytest.mark.parametrize("rounds", range(1, 7))
async def test_words_with_files_go_no_further(
    emulator: Emulator, client: NemoClient, rounds: int
) -> None:
    """Wherever `handle` is when the client closes, its message is not sent any more."""
    session = await client.create_session()
    handling = asyncio.create_task(session.handle("make it", files=[PNG]))
    for _ in range(rounds):
        await asyncio.sleep(0)
    assert await ends(client, emulator, handling) == 0
    assert emulator.charges == []


async def test_no_generation_gets_ahead_of_the_closing(
    emulator: Emulator, client: NemoClient
) -> None:
    """One that cleans up slowly gives the others no time to send their messages."""
    at_the_message = 0

    async def keep(checkpoint: Checkpoint) -> None:
        nonlocal at_the_message
        if checkpoint.stage == "message":
            at_the_message += 1
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                await asyncio.sleep(0.1)
                raise

    generations = [client.generate("a cat", language="en", on_checkpoint=keep) for _ in range(3)]
    waiting = asyncio.gather(*map(_awaited, generations), return_exceptions=True)
    await until(lambda: at_the_message == 3)
    await client.aclose()
    assert all(isinstance(ended, NemoError) for ended in await waiting)
    assert emulator.calls_of("run_sse") == []


async def _awaited(generation: Generation) -> Video:
    return await generation


async def test_many_that_were_about_to_begin_do_not(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """Closing comes while the folder for the films is made."""

    async def make() -> None:
        async for _ in client.generate_many(["a", "b"], language="en", save_to=tmp_path / "new"):
            pass

    making = asyncio.create_task(make())
    await asyncio.sleep(0)
    assert await ends(client, emulator, making) == 0
    assert emulator.charges == []


@pytest.mark.parametrize("rounds", range(1, 9))
@pytest.mark.parametrize("what", ["upload", "save", "read"])
async def test_a_transfer_that_has_just_begun_goes_no_further(
    emulator: Emulator, client: NemoClient, tmp_path: Path, what: str, rounds: int
) -> None:
    """Files are looked at and made beside the event loop; the closing finds them there."""
    session = await client.create_session()
    video = await client.generate("a cat", language="en")
    work: dict[str, Callable[[], Any]] = {
        "upload": lambda: session.upload(PNG),
        "save": lambda: video.save(tmp_path / "cat.mp4"),
        "read": video.read,
    }
    task = asyncio.create_task(work[what]())
    for _ in range(rounds):
        await asyncio.sleep(0)
    assert await ends(client, emulator, task) == 0


async def test_a_token_is_waited_for_no_longer(emulator: Emulator) -> None:
    """A token function that hangs ends with the client, and so does a call that waits for it."""

    async def never() -> str:
        await asyncio.sleep(60)
        return "token"

    client = NemoClient(never, base_url=emulator.base_url, timing=QUICK)
    asking = asyncio.create_task(client.credits())
    await asyncio.sleep(0.02)
    assert await ends(client, emulator, asking) == 0


async def test_a_checkpoint_may_close_the_client(emulator: Emulator, client: NemoClient) -> None:
    """The generation that closes its own client ends, and the client is closed."""

    async def close(_: Checkpoint) -> None:
        await client.aclose()

    with pytest.raises(NemoError):
        await client.generate("a cat", language="en", on_checkpoint=close)
    assert not client._connections.is_open
    assert emulator.charges == []


async def test_what_was_ended_by_closing_has_an_error_of_ours(
    emulator: Emulator, client: NemoClient
) -> None:
    """`generation.error` of many can be shown to people."""
    emulator.script(text("One."), 300.0, text("Two."), draft=NEW, charge="generation")
    ended: list[Generation] = []

    async def make() -> None:
        async for generation in client.generate_many(["a"], language="en"):
            ended.append(generation)  # noqa: PERF401 - the error comes after it

    making = asyncio.create_task(make())
    await until(lambda: emulator.charges)
    await client.aclose()
    await asyncio.gather(making, return_exceptions=True)
    assert [type(one.error) for one in ended] == [NemoError]


async def _used(emulator: Emulator) -> NemoClient:
    client = NemoClient(emulator.add_token(), base_url=emulator.base_url, timing=QUICK)
    await client.credits()
    await client.create_session()
    return client


async def test_a_cancelled_scope_of_anyio_leaves_nothing_open(emulator: Emulator) -> None:
    """There every wait is cancelled, those of the closing too."""
    for _ in range(20):
        client, generation = await _used(emulator), None
        with anyio.CancelScope() as scope:
            async with client:
                generation = asyncio.create_task(client.generate("a cat", language="en"))
                await asyncio.sleep(0)
                scope.cancel()
        assert not client._connections.is_open
        assert generation is not None
        await asyncio.wait([generation])


@pytest.mark.parametrize("rounds", range(6))
async def test_one_cancellation_of_closing_leaves_nothing_open(
    emulator: Emulator, rounds: int
) -> None:
    """Whenever it comes, the connections are closed when the closing is over."""
    client = await _used(emulator)
    sessions = client._connections._open
    assert sessions is not None
    generation = asyncio.create_task(client.generate("a cat", language="en"))
    await until(lambda: client._generations)
    closing = asyncio.create_task(client.aclose())
    for _ in range(rounds):
        await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing, generation])
    if rounds:  # else it never began
        assert sessions.pooled.closed
        assert sessions.fresh.closed
    await client.aclose()
