"""Prompts and messages as shells and files give them: read rightly, or refused for nothing."""

from typing import Any

import pytest
from pseudo_terminal import nemo

from nemo_sdk.emulator import Emulator

ASCII: dict[str, Any] = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""A locale of few letters, as in cron jobs and small containers."""
BROKEN = "a caf\u00e9".encode("latin-1")


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


def said(service: Emulator) -> list[str]:
    return [call.body["new_message"]["parts"][0]["text"] for call in service.calls_of("run_sse")]


@pytest.mark.parametrize("environment", [{}, ASCII], ids=["utf-8", "ascii"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_standard_input_is_read_by_its_mark(
    nearby: Emulator, encoding: str, environment: dict[str, Any]
) -> None:
    """`edit new - < message.txt` sends what the file holds, whatever the locale."""
    typed = "\u96ea and a caf\u00e9\r\n".encode(encoding)
    assert (await nemo("edit", "new", "-", typed=typed, **environment)).code == 0
    assert said(nearby) == ["\u96ea and a caf\u00e9"]


async def test_an_argument_is_utf_8_whatever_the_locale(nearby: Emulator) -> None:
    """A cron job without a locale sends the words that stand in it."""
    assert (await nemo("edit", "new", "\u96ea caf\u00e9".encode(), **ASCII)).code == 0
    assert said(nearby) == ["\u96ea caf\u00e9"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_a_conversation_is_read_by_its_mark(nearby: Emulator, encoding: str) -> None:
    """Lines from a file or a pipe are read like standard input."""
    typed = "make a film of \u96ea\r\nstatus\r\n".encode(encoding)
    assert (await nemo("chat", typed=typed)).code == 0
    assert said(nearby) == ["make a film of \u96ea"]


@pytest.mark.parametrize("typed", [BROKEN, b"\xff\xfea", b"a\x00 \x00", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("command", [("generate",), ("edit", "new")])
async def test_input_that_is_no_text_is_refused_first(
    nearby: Emulator, command: tuple[str, ...], typed: bytes
) -> None:
    """What cannot be read, or is empty, is one sentence, and not one call."""
    code, _, err = await nemo(*command, "-", typed=typed)
    assert (code, nearby.calls) == (1, [])
    assert err.startswith("error: The message ")


@pytest.mark.parametrize("environment", [{}, ASCII], ids=["utf-8", "ascii"])
@pytest.mark.parametrize("words", [BROKEN, "\u200b".encode(), b" "])
async def test_an_argument_that_is_no_text_is_refused_first(
    nearby: Emulator, words: bytes, environment: dict[str, Any]
) -> None:
    """Bytes that no encoding explains are not sent as something else."""
    code, _, err = await nemo("generate", words, **environment)
    assert (code, nearby.calls) == (1, [])
    assert err.startswith("error: The message ")


async def test_a_line_that_is_no_text_is_never_a_message(nearby: Emulator) -> None:
    """In a conversation too, nothing is charged for it."""
    assert (await nemo("chat", typed=BROKEN + b"\n")).code == 1
    assert said(nearby) == []
