"""Text from elsewhere, made fit to be shown, printed and written."""

import re
import unicodedata
from functools import cache

__all__ = ["one_line", "printable", "readable"]

_UNSEEN = {"Cc", "Cf", "Zl", "Zp"}
"""Control characters, marks that turn the direction of text, and separators of lines."""


def readable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which no terminal and no file takes."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def printable(text: str) -> str:
    """Return a text as one line without anything that steers a terminal."""
    if text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in _UNSEEN else one
        for one in readable(text)
    )


def one_line(text: str, most: int) -> str:
    """Return at most so many characters of a text, on one line, without what cannot be shown."""
    # Bounded before it is cleaned: it can be a megabyte.
    line = " ".join(_unshowable().sub(" ", text[: 4 * most]).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


@cache
def _unshowable() -> re.Pattern[str]:
    # Control characters, line separators, text direction overrides, halves of surrogate pairs
    # and non-characters: none of them can be shown, and some make an SVG unreadable.
    return re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
