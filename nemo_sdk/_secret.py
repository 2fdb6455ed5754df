"""Text that is not shown by accident."""

from typing import Any

__all__ = ["Secret", "hidden"]


class Secret(str):
    """A text whose repr does not show it: tracebacks that print variables print that.

    To whoever sends, compares or keeps it, it is an ordinary text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'[token]'"


def hidden(value: str) -> str:
    """Return a text as a secret, and whatever else came in its place as it is."""
    other: Any = value
    return Secret(value) if isinstance(other, str) else other
