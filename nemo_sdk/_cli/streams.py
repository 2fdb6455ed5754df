"""Standard input and arguments as text, whatever the shell made of them."""

import codecs
import contextlib
import os
import sys

from nemo_sdk import decode_prompt

__all__ = ["read_lines_by_mark", "stand_broken_letters", "text_of"]

_MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(given: str) -> str:
    """Return a prompt or message: what was given, or for '-' what standard input holds.

    Raises:
        ValueError: It is no text, or an empty one.
    """
    return decode_prompt(sys.stdin.buffer.read()).strip() if given == "-" else _meant(given)


def read_lines_by_mark() -> None:
    """Have standard input read as UTF-8, or as UTF-16 where a byte order mark says so."""
    mark = sys.stdin.buffer.peek(2)[:2]  # type: ignore[union-attr] # what is piped in is buffered
    encoding = "utf-16" if mark in _MARKS_OF_UTF_16 else "utf-8-sig"
    stand_broken_letters(encoding)


def stand_broken_letters(encoding: str | None = None) -> None:
    """Have standard input give what is no text, too.

    In a message it is refused where the message is sent; a file may be named so.
    """
    sys.stdin.reconfigure(encoding=encoding, errors="surrogateescape")  # type: ignore[union-attr]


def _meant(argument: str) -> str:
    """Return what was typed: in UTF-8 whatever the locale says, or else as the locale has it."""
    raw = os.fsencode(argument)
    try:
        raw.decode()
    except UnicodeDecodeError:
        with contextlib.suppress(UnicodeEncodeError):  # bytes that no locale could read stay
            raw = argument.encode()
    return decode_prompt(raw)
