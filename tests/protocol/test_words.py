"""The words of refusals, and text that no terminal takes."""

import sys
from inspect import signature
from typing import Any

import pytest
from aiohttp import ClientSession
from conftest import FAST
from wire import bytes_of, server

from nemo_sdk import InvalidResponseError, NemoClient, NemoError, Upload
from nemo_sdk._protocol.converter import UnreadableError, structure
from nemo_sdk._protocol.endpoints import RenderStatus, SessionIds, decode_render
from nemo_sdk._protocol.envelope import Answer, failure
from nemo_sdk._protocol.words import words_in
from nemo_sdk._text import printable, readable
from nemo_sdk.emulator import Emulator
from nemo_sdk.exceptions import ExportBlockedError, InsufficientCreditsError


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"error": {"message": "x"}}, "x"),
        ({"error": {"error": {"detail": "x"}}}, "x"),
        ({"error": ["a", {"message": "b"}]}, "a; b"),
        ({"errors": [{"message": "a"}, {"msg": "b"}]}, "a; b"),
        ({"errors": ["a", "b"]}, "a; b"),
        (
            {"errors": {"prompt": ["is too long"], "n": "is none"}},
            "prompt: is too long; n: is none",
        ),
        ({"detail": {"prompt": ["is too long"]}}, "prompt: is too long"),
        ({"failReason": "x"}, "x"),
        ({"fail_reason": {"reason": "x"}}, "x"),
        ({"code": 5000, "data": {"failReason": "x"}}, "x"),
        ({"title": "Bad", "detail": "x"}, "x"),
        ({"title": "Bad", "status": 400}, "Bad"),
        ({"error_description": "x"}, "x"),
        (["a", "b"], "a; b"),
        ("x", "x"),
        ({"message": 5, "error": None}, ""),
        ({"message": "half \ud83d"}, "half \ufffd"),
        ({"message": ["x"] * 1000}, "x; x; x; x; x"),
    ],
    ids=str,
)
def test_the_words_are_found_wherever_they_stand(said: Any, words: str) -> None:
    """Texts, objects, lists, and the names that services have for a reason."""
    assert words_in(said) == words


@pytest.mark.parametrize("error", ["no memory", {"message": "no memory"}, ["no memory"]])
@pytest.mark.parametrize("key", ["error", "errors", "failReason", "errorMessage", "message"])
def test_the_reason_of_a_render_is_found(key: str, error: Any) -> None:
    """A render that failed says why, however the service has written it."""
    assert decode_render({"status": "failed", key: error}).error == "no memory"


@pytest.mark.parametrize("path", ["/api/render/proxy/lambda", "/api/render/proxy/lambda/r1"])
@pytest.mark.parametrize(
    ("status", "body"), [(402, {}), (403, {}), (200, {"code": 402}), (200, {"code": "403"})]
)
def test_an_export_is_refused_by_the_plan(path: str, status: int, body: dict[str, Any]) -> None:
    """402 and 403 of a render are the plan's, as a status and as a code."""
    error = failure(Answer(status, {}, b""), body, method="POST", path=path)
    assert type(error) is ExportBlockedError


def test_402_elsewhere_is_of_credits() -> None:
    """On any other call 402 is what 2001 is; and 2001 of an export is that, too."""
    for path, code in (("/run_sse", 402), ("/api/render/proxy/lambda", 2001)):
        error = failure(Answer(402, {}, b""), {"code": code}, method="POST", path=path)
        assert type(error) is InsufficientCreditsError


HALF = "\ud83d"


@pytest.mark.parametrize("bad", [HALF, f"4{HALF}2", "4\n2", "\x1b[31m42", "4" * 257])
def test_an_id_that_leads_nowhere_is_refused(bad: str) -> None:
    """What cannot stand in an address counts as missing."""
    with pytest.raises(UnreadableError, match="session_id"):
        structure({"session_id": bad}, SessionIds)
    assert structure({"session_id": "42", "task_id": bad}, SessionIds).task_id is None
    assert structure({"id": bad, "status": "pending"}, RenderStatus).id is None


def test_half_characters_in_names_are_replaced() -> None:
    """What the service calls things can be printed."""
    upload = structure({"files": [{"filename": f"a{HALF}.mp4"}]}, Upload)
    assert upload.files[0].filename == "a\ufffd.mp4"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\ud83d\ude00", "\U0001f600"),
        ("a\ud83d", "a\ufffd"),
        ("a\udc00b", "a\ufffdb"),
    ],
)
def test_readable_text_can_be_written(text: str, shown: str) -> None:
    """Pairs are joined, halves replaced."""
    assert readable(text) == shown
    readable(text).encode()


def test_printable_text_steers_no_terminal() -> None:
    """Escapes, line breaks, and marks that turn the direction of text are replaced."""
    assert printable("a\x1b[31m\r\nb\u202ec\u2028\ud83d").isprintable()
    assert printable("猫 é") == "猫 é"


@pytest.mark.parametrize("status", [b"200", b"500"])
async def test_an_error_with_half_a_character_can_be_printed(
    status: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """`print(error)` works, whatever the service has said."""
    body = b'{"code": 77, "message": "broken \\ud83d"}'
    answer = b"HTTP/1.1 %s X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
    async with (
        server(bytes_of(answer)) as url,
        NemoClient("t" * 20, base_url=url, timing=FAST, max_retries=0) as client,
    ):
        with pytest.raises(NemoError) as caught:
            await client.credits()
    sys.stdout.write(str(caught.value))
    assert "broken \ufffd" in capsys.readouterr().out


async def test_half_characters_in_a_turn_can_be_printed(
    emulator: Emulator, client: NemoClient
) -> None:
    """Names of tools, texts, names in the draft: nothing fails after the charge."""
    half = b'{"content":{"parts":[{"text":"hm \\ud83d"},{"functionCall":{"name":"cut\\ud83d"}}]}}'
    draft = {"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"title": f"cat {HALF}"}}]}]}
    emulator.script(b"data: " + half + b"\n\n", draft=draft)
    session = await client.create_session()
    reply = await session.ask("a cat")
    names = [call.name for call in reply.tool_calls]
    told = [reply.text, reply.raw_text, *names, reply.timeline.summary(), *reply.changes]
    "".join([*told, reply.timeline.tracks[0].segments[0].name]).encode()


COUNTED = "too many headers" if "max_headers" in signature(ClientSession).parameters else ""
"""aiohttp counts headers since 3.13.4; before it, however many there are, they are read."""
HEADS = {
    "64 KiB": (b"X: " + b"x" * 60_000 + b"\r\n", ""),
    "too long": (b"X: " + b"x" * 200_000 + b"\r\n", "a line of the answer's head is too long"),
    "too many": (b"".join(b"X%d: y\r\n" % n for n in range(400)), COUNTED),
    "unknown coding": (b"Content-Encoding: br\r\n", "packed in a way that cannot be undone"),
}


@pytest.mark.parametrize("what", HEADS)
async def test_a_head_that_is_too_much_is_told_in_words(what: str) -> None:
    """Long headers are fine; what is beyond reading is named."""
    head, words = HEADS[what]
    body = b'{"available": 5}'
    answer = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)
    async with (
        server(bytes_of(answer)) as url,
        NemoClient("t" * 20, base_url=url, timing=FAST, max_retries=0) as client,
    ):
        if not words:
            assert (await client.credits()).available == 5
            return
        with pytest.raises(InvalidResponseError, match=words):
            await client.credits()
