"""Tokens: in no error, whatever of them the service repeats."""

import asyncio
import json
from typing import Any

import pytest
from conftest import FAST
from wire import Answer, everything_in, server

import nemo_sdk
from nemo_sdk import APIError, NemoClient, NemoError
from nemo_sdk._protocol import endpoints
from nemo_sdk._transport.connector import Departure
from nemo_sdk.emulator import Emulator

TOKEN = "nmv_usr_0123456789abcdef"
PLAIN_TOKEN = "se/cr+et~0123456789"


def _echo(raw: bytes) -> Answer:
    """Answer with the given bytes and, in them, the request's own bearer token."""

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        token = head.partition(b"Bearer ")[2].partition(b"\r\n")[0]
        body = raw.replace(b"TOKEN", token)
        body = body.replace(b"JSON", json.dumps(token.decode()).replace("/", "\\/").encode())
        start = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        status = b"200 OK" if b"code" in raw[:9] or raw[:1] == b"<" else b"500 Oh"
        writer.write(start % (status, len(body)) + body)
        await writer.drain()

    return answer


ECHOES = {
    "words": b'{"message": "invalid token TOKEN"}',
    "escaped": b'{"message": JSON}',
    "debug page": b"<html>Authorization: Bearer TOKEN</html>",
    "text": b"Bearer TOKEN is not known",
    "deep": b'{"code": 9, "data": {"headers": [["Authorization", "Bearer TOKEN"]]}}',
    "key": b'{"code": 9, "data": {"TOKEN": 1}}',
    "long": b'{"code": 9, "data": "' + b"x" * 5000 + b'TOKEN"}',
    "cut": b'{"code": 9, "data": "' + b"x" * 4065 + b'TOKEN", "more": 1}',
    "cut words": b'{"message": "' + b"x" * 490 + b'TOKEN"}',
    "escaped and long": b'{"code": 9, "a": JSON, "data": "' + b"x" * 5000 + b'"}',
    "insufficient": b'{"code": 2001, "message": "TOKEN"}',
    "unauthorised": b'{"code": 1001, "message": "TOKEN"}',
}


@pytest.mark.parametrize("token", [TOKEN, PLAIN_TOKEN])
@pytest.mark.parametrize("raw", ECHOES.values(), ids=ECHOES)
async def test_a_token_that_the_service_echoes_is_in_no_error(token: str, raw: bytes) -> None:
    """Whatever of the token the service repeats, no error says, holds or pickles it."""
    async with server(_echo(raw)) as url:
        client = NemoClient(
            token, base_url=url, timing=FAST, max_retries=0, anonymous_fallback=False
        )
        async with client:
            with pytest.raises(NemoError) as caught:
                await client.credits()
            call = endpoints.run_sse("1", "x")
            with pytest.raises(NemoError) as of_the_stream:
                await client._transport.stream(call, client._account.current, Departure())
    for error in (caught.value, of_the_stream.value):
        shown = everything_in(error)
        for length in range(10, len(token) + 1):
            assert token[:length] not in shown
        assert token.replace("/", "\\/") not in shown


@pytest.mark.parametrize(
    "frame",
    [
        {"errorCode": "X", "errorMessage": f"bad {PLAIN_TOKEN}"},
        {"error": f"Traceback: Bearer {PLAIN_TOKEN}"},
        {"code": 4001, "message": PLAIN_TOKEN, "data": {"h": PLAIN_TOKEN}},
        f'data: {{"error": "Traceback "Bearer {PLAIN_TOKEN}""}}\n\n'.encode(),
    ],
    ids=["code", "error", "envelope", "crash"],
)
async def test_a_token_in_a_stream_is_in_no_error(emulator: Emulator, frame: Any) -> None:
    """The agent's failure does not repeat the token either."""
    emulator.add_token(PLAIN_TOKEN)
    emulator.script(frame)
    async with NemoClient(PLAIN_TOKEN, base_url=emulator.base_url, timing=FAST) as client:
        session = await client.create_session()
        with pytest.raises(NemoError) as caught:
            await session.ask("a cat")
    assert PLAIN_TOKEN not in everything_in(caught.value)


async def test_a_token_in_a_renders_failure_is_in_no_error(emulator: Emulator) -> None:
    """What the service says of a failed render does not repeat the token either."""
    emulator.add_token(PLAIN_TOKEN)
    emulator.fail_renders(2, f"403 for {PLAIN_TOKEN}")
    async with NemoClient(PLAIN_TOKEN, base_url=emulator.base_url, timing=FAST) as client:
        with pytest.raises(nemo_sdk.RenderFailedError) as caught:
            await client.generate("a cat")
    assert PLAIN_TOKEN not in everything_in(caught.value)


async def test_a_new_token_in_a_refusal_is_in_no_error(emulator: Emulator) -> None:
    """An answer that refuses a token and tells one all the same is not shown with it."""
    body = json.dumps({"code": 9, "message": "no", "data": {"token": TOKEN}}).encode()
    emulator.faults.answer("anonymous_token", body=body)
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        with pytest.raises(APIError) as caught:
            await client.credits()
    assert TOKEN not in everything_in(caught.value)
