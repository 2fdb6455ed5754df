"""Lines for a terminal: no word is broken, and a command or an address stays in one piece."""

import os
import re
import unicodedata
from contextlib import suppress
from datetime import datetime

from rich.cells import cell_len
from rich.console import Console

__all__ = ["Lines", "moment", "one_line", "printable", "width_of"]

# What is copied from a terminal must not have an end of line in it: commands, addresses, files.
_COPIED = r"'?nemo-sdk [\w-]+(?: [\w-]*\d\S*)?\S*|\S*/\S+|\S+\.[A-Za-z]\w{1,4}(?!\S)"
# Chinese and Japanese have no spaces: a line may end after each character and its punctuation.
_WIDE = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_OPENING = "\u201c\u300c\u300e\u300a\u3010\uff08"
_CLOSING = (
    r",.!?:;)\u2026\u201d\u3001\u3002\u300b\u300d\u300f\u3011\uff01\uff09\uff0c\uff1a\uff1b\uff1f"
)
_WORD = re.compile(rf"{_COPIED}|[{_OPENING}]*(?:[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}{_OPENING}]+)|\S")


class Lines:
    """Breaks text between words, piece by piece as it comes."""

    def __init__(self) -> None:
        self.column = 0
        """Where the next piece begins."""

    def broken(self, text: str, width: int) -> str:
        """Return a piece of text with an end of line where the next word has no room.

        Args:
            text: The piece; no word goes on from one to the next.
            width: The columns that there are. What is longer than a line is left whole.
        """
        first, *others = text.split("\n")
        lines = [self._line(first, width)]
        for line in others:
            self.column = 0
            lines.append(self._line(line, width))
        return "\n".join(lines)

    def _line(self, line: str, width: int) -> str:
        told, end = "", 0
        for found in _WORD.finditer(line):
            told += self._word(line[end : found.start()], found[0], width)
            end = found.end()
        self.column += cell_len(line[end:])
        return told + line[end:]

    def _word(self, space: str, word: str, width: int) -> str:
        """Return a word with the space before it, or with an end of line in its place."""
        if self.column and self.column + cell_len(space + word) > width:
            self.column, space = 0, "\n"
        self.column += cell_len(space + word)
        return space + word


def one_line(words: str, longest: int = 60) -> str:
    """Return the beginning of a text on one line."""
    return " ".join(words[:longest].split())


def moment(told: str) -> str:
    """Return a moment as people write it, on their own clock."""
    try:
        return f"{datetime.fromisoformat(told).astimezone():%Y-%m-%d %H:%M}"
    except (OSError, OverflowError, ValueError):
        return told


def printable(words: str) -> str:
    """Leave out control characters: the service's words must not steer the terminal."""
    return "".join(
        one for one in words if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Zl", "Zp"}
    )


def width_of(console: Console) -> int:
    """Return the columns that there are: a terminal that can do little still has its width."""
    if console.is_dumb_terminal:
        with suppress(OSError, ValueError):
            return os.get_terminal_size(console.file.fileno()).columns or console.width
    return console.width
