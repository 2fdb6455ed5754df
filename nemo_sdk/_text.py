"""Text from elsewhere, made fit to be shown, printed and written."""

import unicodedata

__all__ = ["printable", "readable"]

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
