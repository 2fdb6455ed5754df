"""When a call is made again, and how often each is sent."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import aiohttp
import pytest
from aioresponses import aioresponses
from conftest import FAST
from yarl import URL

from nemo_sdk import (
    APIError,
    AuthenticationError,
    BadRequestError,
    InvalidResponseError,
    NemoClient,
    NemoError,
    RateLimitError,
    ServerError,
    Timing,
    TransportError,
)
from nemo_sdk._transport import retries
from nemo_sdk.emulator import Emulator

BASE = "https://mega-api-prod.nemovideo.ai"
CREDITS = f"{BASE}/api/credits/balance/simple"
SESSION = f"{BASE}/api/tasks/me/with-session/nemo_agent"
UNAUTHORISED = {"code": 1001, "message": "expired"}

Waits = list[float]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    """The seconds of each wait between two attempts, none of which is waited for."""
    asked: Waits = []

    async def note(seconds: float) -> None:
        if seconds:
            asked.append(seconds)

    monkeypatch.setattr(retries, "pause", note)
    return asked


async def sent(
    http: aioresponses,
    call: Callable[[NemoClient], Awaitable[Any]],
    error: type[NemoError] | None,
    **options: Any,
) -> int:
    """Make a call, expect its end, and return how many requests there were."""
    async with NemoClient(options.pop("token", "t"), **options) as client:
        if error is None:
            await call(client)
        else:
            with pytest.raises(error):
                await call(client)
    return sum(len(calls) for calls in http.requests.values())


def balance(client: NemoClient) -> Awaitable[Any]:
    return client.credits()


def new_session(client: NemoClient) -> Awaitable[Any]:
    return client.create_session()


@pytest.mark.parametrize("max_retries", [0, 1, 2, 5])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"status": 500}, ServerError),
        ({"status": 503, "body": "<html>"}, ServerError),
        ({"payload": {"code": 502}}, ServerError),
        ({"status": 408}, APIError),
        ({"status": 425}, APIError),
        ({"exception": ConnectionResetError()}, TransportError),
        ({"exception": TimeoutError()}, TransportError),
    ],
    ids=["500", "503", "code", "408", "425", "reset", "timeout"],
)
async def test_a_read_is_repeated(
    http: aioresponses, waits: Waits, answer: Any, error: type[NemoError], max_retries: int
) -> None:
    """A read is sent `max_retries` times more after a 5xx or a broken connection."""
    http.get(CREDITS, repeat=True, **answer)
    assert await sent(http, balance, error, max_retries=max_retries) == 1 + max_retries
    assert len(waits) == max_retries


async def test_a_read_succeeds_at_its_last_repeat(http: aioresponses, waits: Waits) -> None:
    """Different failures in a row count together, and then the answer counts."""
    http.get(CREDITS, status=500)
    http.get(CREDITS, exception=ConnectionResetError())
    http.get(CREDITS, payload={"available": 1})
    assert await sent(http, balance, None) == 3


async def test_waits_grow_and_are_jittered(http: aioresponses, waits: Waits) -> None:
    """Waits start near `Timing.backoff`, may double each time, and end at `Timing.backoff_max`."""
    http.get(CREDITS, status=500, repeat=True)
    await sent(http, balance, ServerError, max_retries=12, timing=Timing(backoff=1, backoff_max=8))
    for number, wait in enumerate(waits):
        assert 0.5 <= wait <= min(8.5, 0.5 + 2**number)
    assert len(set(waits)) > 6
    assert max(waits) > 2


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 502},
        {"exception": ConnectionResetError()},
        {"exception": TimeoutError()},
        {"payload": {"code": 500}},
    ],
    ids=["500", "502", "reset", "timeout", "code"],
)
async def test_a_post_is_not_repeated(http: aioresponses, waits: Waits, answer: Any) -> None:
    """A POST that may have arrived is sent once."""
    http.post(SESSION, repeat=True, **answer)
    assert await sent(http, new_session, NemoError) == 1
    assert waits == []


async def test_a_session_is_asked_for_again_where_the_connection_broke(
    http: aioresponses, waits: Waits
) -> None:
    """It costs nothing, and takes a used connection, which may be closed at that moment."""
    http.post(SESSION, exception=aiohttp.ServerDisconnectedError())
    http.post(SESSION, payload={"session_id": 1})
    assert await sent(http, new_session, None) == 2


async def test_a_session_is_asked_for_again_where_a_used_connection_was_dead(
    http: aioresponses, waits: Waits
) -> None:
    """Nobody tells of a connection that died as it lay idle: it is found by asking."""
    http.get(CREDITS, payload={"available": 5})
    http.post(SESSION, exception=TimeoutError())
    http.post(SESSION, payload={"session_id": 1})

    async def calls(client: NemoClient) -> None:
        await client.credits()
        await client.create_session()

    assert await sent(http, calls, None) == 3


async def test_what_may_have_had_an_effect_is_sent_once(http: aioresponses, waits: Waits) -> None:
    """Also where the connection broke."""
    http.post(re.compile(".*"), exception=aiohttp.ServerDisconnectedError(), repeat=True)
    assert await sent(http, lambda client: client.render("r").cancel(), TransportError) == 1


@pytest.mark.parametrize("call", [balance, new_session])
async def test_garbage_is_not_asked_for_again(http: aioresponses, waits: Waits, call: Any) -> None:
    """An answer that cannot be read would be as unreadable the second time."""
    http.get(CREDITS, body="<html>", repeat=True)
    http.post(SESSION, body="<html>", repeat=True)
    assert await sent(http, call, InvalidResponseError) == 1


@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 413, 415, 422])
async def test_a_no_is_a_no(http: aioresponses, waits: Waits, status: int) -> None:
    """A refusal is not argued with."""
    http.get(CREDITS, status=status, repeat=True)
    assert await sent(http, balance, APIError) == 1


async def test_a_call_that_never_left_is_repeated(emulator: Emulator) -> None:
    """A POST that found nobody at the address is tried again, and arrives once."""
    port = int(emulator.base_url.rpartition(":")[2])
    token = emulator.add_token()
    await emulator.aclose()
    late = Emulator(port=port)
    late.add_token(token)
    timing = Timing(backoff=0.3, backoff_max=0.5)
    async with NemoClient(token, base_url=f"http://127.0.0.1:{port}", timing=timing) as client:
        making = asyncio.create_task(client.create_session())
        await asyncio.sleep(0.05)
        async with late:
            await making
            assert len(late.calls) == 1


async def test_a_call_that_cannot_leave_ends(unused_port: int) -> None:
    """Where nobody ever listens, the error says so after the repeats."""
    url = f"http://127.0.0.1:{unused_port}"
    async with NemoClient("t", base_url=url, timing=FAST) as client:
        with pytest.raises(TransportError, match="cannot be reached") as caught:
            await client.create_session()
    assert not caught.value.sent


@pytest.fixture
def unused_port() -> int:
    """A port of this machine where nobody listens."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 30), ("0", None), ("7", 7), ("119.5", 119.5), ("120", 120), ("soon", 30)],
)
@pytest.mark.parametrize("call", [balance, new_session])
async def test_a_rate_limit_is_waited_for_once(
    http: aioresponses, waits: Waits, call: Any, header: str | None, seconds: float | None
) -> None:
    """After a 429 a call is sent once more, after what `Retry-After` says, else 30 seconds."""
    headers = {"Retry-After": header} if header else {}
    http.get(CREDITS, status=429, headers=headers)
    http.post(SESSION, status=429, headers=headers)
    http.get(CREDITS, payload={"available": 1})
    http.post(SESSION, payload={"session_id": 1})
    assert await sent(http, call, None) == 2
    assert waits == ([seconds] if seconds else [])


async def test_a_rate_limit_may_end_at_a_date(http: aioresponses, waits: Waits) -> None:
    """`Retry-After` as a date is waited for until then."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    http.get(CREDITS, payload={"code": "429"}, headers={"Retry-After": date})
    http.get(CREDITS, payload={"available": 1})
    assert await sent(http, balance, None) == 2
    assert waits == [pytest.approx(60, abs=30)]


@pytest.mark.parametrize("header", ["120.1", "604800", "9" * 400, "1e300"])
async def test_a_long_rate_limit_is_raised_at_once(
    http: aioresponses, waits: Waits, header: str
) -> None:
    """A wait over two minutes is the caller's to decide on."""
    http.get(CREDITS, status=429, headers={"Retry-After": header}, repeat=True)
    assert await sent(http, balance, RateLimitError) == 1
    assert waits == []


async def test_a_second_rate_limit_is_raised(http: aioresponses, waits: Waits) -> None:
    """A call answered 429 twice is not sent a third time."""
    http.get(CREDITS, status=429, headers={"Retry-After": "1"}, repeat=True)
    assert await sent(http, balance, RateLimitError, max_retries=5) == 2


async def test_a_rate_limit_and_a_failure_are_both_repeated(
    http: aioresponses, waits: Waits
) -> None:
    """A 429 among failures does not use up the repeats."""
    http.get(CREDITS, status=500)
    http.get(CREDITS, status=429)
    http.get(CREDITS, status=500)
    http.get(CREDITS, payload={"available": 1})
    assert await sent(http, balance, None, max_retries=1) == 4


async def test_a_rejected_token_is_replaced_once(http: aioresponses) -> None:
    """After a 1001 the call is sent once more with the function's next token."""
    http.get(CREDITS, payload=UNAUTHORISED)
    http.get(CREDITS, payload={"available": 1})
    tokens = iter(["a", "b"])

    async def token() -> str:
        return next(tokens)

    assert await sent(http, balance, None, token=token) == 2
    used = [call.kwargs["headers"]["Authorization"] for call in http.requests["GET", URL(CREDITS)]]
    assert used == ["Bearer a", "Bearer b"]


async def test_a_second_rejected_token_is_raised(http: aioresponses) -> None:
    """Where the second token is rejected too, the call is not sent a third time."""
    http.get(CREDITS, status=401, repeat=True)
    tokens = iter("abc")

    async def token() -> str:
        return next(tokens)

    assert await sent(http, balance, AuthenticationError, token=token) == 2


@pytest.mark.parametrize("answer", [{"status": 400}, {"status": 422}, {"payload": {"code": 400}}])
async def test_a_400_of_another_call_is_not_repeated(http: aioresponses, answer: Any) -> None:
    """Only the call for an anonymous token is repeated after a 400."""
    http.post(SESSION, repeat=True, **answer)
    assert await sent(http, new_session, BadRequestError) == 1


async def test_a_cancelled_wait_ends_at_once(http: aioresponses) -> None:
    """Whoever is cancelled while a 429 is waited for does not send the call again."""
    http.get(CREDITS, status=429, repeat=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await sent(http, balance, RateLimitError)
    assert sum(map(len, http.requests.values())) == 1
