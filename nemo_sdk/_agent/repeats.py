"""What a stream tells twice: first in pieces while it comes, then whole."""

import json
from collections import Counter

from nemo_sdk._text import readable
from nemo_sdk.events import ToolCall

__all__ = ["EarlyCalls", "Pieces"]


class Pieces:
    """The pieces of a text that came before the whole of it.

    The whole may come in many events: what it still has to repeat is read on from a place in the
    text, and not copied for each.
    """

    def __init__(self) -> None:
        self._half = ""
        self._new: list[str] = []
        self._told = ""
        self._at = 0
        self._end = 0

    def __bool__(self) -> bool:
        return bool(self._new) or self._at < self._end

    def add(self, piece: str) -> str:
        """Take a piece, and return what of it can be told.

        Half a character at its end waits for its other half.
        """
        text, self._half = self._half + piece, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        text = readable(text)
        if text:
            self._new.append(text)
        return text

    def repeated(self, whole: str) -> int:
        """Return how many characters of a whole text the pieces have told."""
        self._half = ""
        if self._new:
            self._told = self._told[self._at :] + "".join(self._new)
            self._at, self._end = 0, len(self._told.rstrip())
            self._new.clear()
        if self._told.startswith(whole, self._at):  # the whole comes in several events, or in one
            self._at += len(whole)
            return len(whole)
        told, self._told, self._at, self._end = self._told[self._at :], "", 0, 0
        if whole.startswith(told):
            return len(told)
        return len(whole) if told.split() == whole.split() or told.endswith(whole) else 0


class EarlyCalls:
    """The tool calls that came while their event was not complete yet."""

    def __init__(self) -> None:
        self._left: Counter[tuple[str, str, str]] = Counter()

    def add(self, call: ToolCall) -> None:
        """Take a call that will be repeated."""
        self._left[_key(call)] += 1

    def repeated(self, call: ToolCall) -> bool:
        """Whether a call repeats an early one, each of which is repeated once."""
        if not self._left:
            return False
        key = _key(call)
        found = self._left[key] > 0
        if found:
            self._left[key] -= 1
        else:
            del self._left[key]
        return found


def _key(call: ToolCall) -> tuple[str, str, str]:
    return call.id, call.name, json.dumps(call.args, sort_keys=True, default=repr)
