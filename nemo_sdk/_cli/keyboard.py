"""The lines of a conversation, typed or piped in."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import Any

from .running import polite_kills
from .streams import read_lines_by_mark, stand_broken_letters
from .terminal import terminal

__all__ = ["is_typed", "lines"]


def is_typed() -> bool:
    """Whether somebody types the lines, who can go on after an error."""
    return sys.stdin.isatty()


def lines() -> Iterator[str]:
    """Give line by line what is typed or piped in, without what is blank."""
    prompts = is_typed() and sys.stdout.isatty() and not terminal.as_json
    if is_typed():
        stand_broken_letters()
    else:
        read_lines_by_mark()
    read = _Prompt().read if prompts else sys.stdin.readline
    for line in iter(lambda: _read(read), ""):
        if words := line.strip():
            yield words


class _Prompt:
    """A prompt where Ctrl-C drops the line, and ends the conversation when it comes twice."""

    def __init__(self) -> None:
        self._stopping = False
        with contextlib.suppress(ImportError):  # input() uses it, for arrow keys and a history
            import readline  # noqa: PLC0415 - Windows has none

            # A paste of several lines is one message, not as many that are charged.
            readline.parse_and_bind("set enable-bracketed-paste on")

    def read(self) -> str:
        """Return a line with its end; "" where there is no more."""
        try:
            line = input("> ")
        except EOFError:
            terminal.write("")  # the prompt's line ends here, as nobody pressed Enter
            return ""
        except KeyboardInterrupt:
            terminal.write("")
            if self._stopping:
                raise
            self._stopping = True
            terminal.note("Ctrl-C once more, or Ctrl-D, ends the conversation.")
            return "\n"
        self._stopping = False
        return f"{line}\n"


def _read(read: Any) -> Any:
    """Read a line, where a polite kill ends that as it ends a turn."""
    with contextlib.suppress(ValueError):  # not in another thread than the main one
        for kill in polite_kills():
            signal.signal(kill, _cancel)
    return read()


def _cancel(*_: object) -> None:
    raise asyncio.CancelledError
