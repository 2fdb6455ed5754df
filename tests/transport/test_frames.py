"""Tokens: in no variable of a frame that a traceback shows, and in no line of the log."""

import asyncio
import logging
import traceback
from collections.abc import Iterator

import pytest
from conftest import FAST, HASTY
from wire import Answer, bytes_of, server

from nemo_sdk import NemoClient, NemoError
from nemo_sdk.emulator import Emulator

TOKEN = "nmv_usr_0123456789abcdef"


def _shown(error: BaseException) -> Iterator[str]:
    """What a traceback with variables shows of an error, its causes, and its contexts."""
    left, seen = [error], set[int]()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if "/tests/" not in frame.f_code.co_filename:
                yield from (f"{name}={_repr(value)}" for name, value in frame.f_locals.items())
        left += [more for more in (one.__cause__, one.__context__) if more is not None]


def _repr(value: object) -> str:
    try:
        return repr(value)
    except AttributeError:  # it was not finished
        return ""


def _echo(status: bytes) -> Answer:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        token = head.partition(b"Bearer ")[2].partition(b"\r\n")[0]
        body = b'{"code": 9, "message": "what is ' + token + b'?"}'
        head = b"HTTP/1.1 %s\r\nX-Request-Id: \x1b[31m%s\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % (status, token, len(body)) + body)
        await writer.drain()

    return answer


ANSWERS: dict[str, Answer] = {
    "cut": bytes_of(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    "closed": bytes_of(b""),
    "no http": bytes_of(b"SSH-2.0\r\n\r\n"),
    "refused": _echo(b"400 Bad"),
    "rejected": _echo(b"401 No"),
    "failed": _echo(b"500 Oh"),
    "garbage": bytes_of(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_no_variable_of_a_frame_shows_the_token(answer: Answer) -> None:
    """Whatever fails, ours or aiohttp's: the frames hold no token that a repr would show."""
    async with (
        server(answer) as url,
        NemoClient(
            TOKEN, base_url=url, timing=FAST, max_retries=1, anonymous_fallback=False
        ) as client,
    ):
        for call in (
            client.credits,
            client.create_session,
            lambda: client.session("1").ask("a cat"),
        ):
            with pytest.raises(NemoError) as caught:
                await call()
            assert [shown for shown in _shown(caught.value) if TOKEN in shown] == []


async def test_no_variable_shows_the_token_where_no_answer_comes(emulator: Emulator) -> None:
    """Nor where a limit of time ends a call."""
    emulator.faults.stall("create_session", effect=False)
    token = emulator.add_token(TOKEN)
    async with NemoClient(token, base_url=emulator.base_url, timing=HASTY) as client:
        with pytest.raises(NemoError) as caught:
            await client.create_session()
    assert [shown for shown in _shown(caught.value) if TOKEN in shown] == []


async def test_no_variable_shows_the_token_where_nothing_listens(unused_tcp_port: int) -> None:
    """Nor where no connection can be made."""
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with NemoClient(TOKEN, base_url=address, timing=FAST, max_retries=1) as client:
        with pytest.raises(NemoError) as caught:
            await client.create_session()
    assert [shown for shown in _shown(caught.value) if TOKEN in shown] == []


def test_no_variable_shows_the_token_of_a_client_that_cannot_be_made() -> None:
    """Nor where another argument is wrong."""
    with pytest.raises(ValueError, match="max_connections") as caught:
        NemoClient(TOKEN, max_connections=-1)
    assert [shown for shown in _shown(caught.value) if TOKEN in shown] == []


async def test_what_the_server_sends_is_printable_and_without_tokens_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An id that steers terminals, and repeats the token, is neither in the log."""
    caplog.set_level(logging.DEBUG, "nemo_sdk")
    async with (
        server(_echo(b"500 Oh")) as url,
        NemoClient("se/cr+et~0123456789", base_url=url, timing=FAST, max_retries=0) as client,
    ):
        with pytest.raises(NemoError):
            await client.credits()
    assert "request " in caplog.text
    assert "se/cr" not in caplog.text
    assert [line for line in caplog.text.splitlines() if not line.isprintable()] == []
