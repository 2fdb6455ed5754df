"""What can be a message: refused before anything is sent, since sending is charged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import Checkpoint, NemoClient, Upload
from nemo_sdk._protocol.message import check_text, decode_prompt, is_blank
from nemo_sdk.emulator import Emulator

BLANK = {
    "nothing": "",
    "white space": " \t\r\n\u00a0\u3000\u2028",
    "byte order mark": "\ufeff",
    "mark the wrong way round": "\ufffe",
    "marks without width": "\u200b\u200c\u200d\u200e\u2060\u00ad\u202e\u2066",
    "between white space": " \u200b \n\ufeff",
    "fillers": "\u3164\u115f\u1160\uffa0\u2800",
    "selectors alone": "\ufe0f\U000e0100\u034f",
    "an accent alone": "\u0301",
    "control characters": "\x00\x1b\x7f",
}
VISIBLE = [
    "a",
    "?",
    "\u96ea",
    "\U0001f431",
    "\u200f\u05d7",
    "\ufeffa cat",
    "\U0001f468\u200d\U0001f469",
    "\ue000",
]
HALVES = ["\ud83d", "a cat \ud83d", "\udc31 a cat", "caf\udce9", "\ud83d \udc31"]


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK)
def test_what_nobody_sees_is_empty(text: str) -> None:
    """A text without one visible character is no message."""
    assert is_blank(text)
    with pytest.raises(ValueError, match="The message is empty"):
        check_text(text)


@pytest.mark.parametrize("text", VISIBLE)
def test_what_can_be_seen_is_sent_as_it_is(text: str) -> None:
    """Any script, emoji, and marks beside letters are a message, unchanged."""
    assert check_text(text) == text


CALLS: dict[str, Callable[[NemoClient, str], Any]] = {
    "generate": lambda client, text: client.generate(text),
    "resume": lambda client, text: client.resume(Checkpoint(prompt=text)),
    "send": lambda client, text: client.session("1").send(text),
    "ask": lambda client, text: client.session("1").ask(text),
    "handle": lambda client, text: client.session("1").handle(text),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("text", [*HALVES, "\u200b", None, b"a cat"], ids=repr)
async def test_what_is_no_message_is_never_sent(
    emulator: Emulator, client: NemoClient, call: Callable[[NemoClient, str], Any], text: Any
) -> None:
    """Half a character, nothing to see, or no text at all: an error, and not one call."""
    with pytest.raises((ValueError, TypeError), match=r"half a character|empty|nothing|a text"):
        await call(client, text)
    assert emulator.calls == []


async def test_files_go_with_words_that_nobody_sees(client: NemoClient, clip: Path) -> None:
    """A caption that is but a mark is none: the file is uploaded, and nothing is charged."""
    session = await client.create_session()
    assert isinstance(await session.handle("\ufeff", files=[clip]), Upload)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a cat\r\nat night\n", "a cat\nat night\n"),
        ("\ufeff雪 cat".encode(), "雪 cat"),
        ("雪 cat".encode("utf-16"), "雪 cat"),
        ("\ufeff雪 cat".encode("utf-16-be"), "雪 cat"),
        ("\ufeff雪 cat".encode("utf-32-le"), "雪 cat"),
        ("\ufeff雪 cat".encode("utf-32-be"), "雪 cat"),
    ],
)
def test_a_prompt_file_is_read_by_its_mark(content: bytes, text: str) -> None:
    """UTF-8, or what the byte order mark says, which is not a part of the prompt."""
    assert decode_prompt(content) == text


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", "\u200b".encode()),
        *(
            "café".encode("latin-1"),
            "猫".encode("shift-jis"),
            b"\xff\xfea",
            b"a\x00 \x00c\x00",
            b"\xed\xa0\xbd",
        ),
        b"\xff\xfe\x3d\xd8",
    ],
)
def test_a_file_that_holds_no_prompt_is_refused(content: bytes) -> None:
    """What is empty or no text is told in a sentence, before anything is paid for."""
    with pytest.raises(ValueError, match=r"^The message .*\.$"):
        decode_prompt(content)
