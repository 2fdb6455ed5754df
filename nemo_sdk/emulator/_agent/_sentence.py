"""Sentences with gaps, as the table has them.

A sentence is words, `[what may be missing]`, `(one thing|another)` and `{gaps}`; "the" may always
be missing. A gap is named after what it holds, or `{name:kind}`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from ._slots import CHECKED, PATTERNS, PRECISE, UNHEARD, value_of
from ._speech import is_han

_OPTIONAL = {"the"}
_TOKENS = re.compile(r"\{[^}]*\}|[\[\]()|]|[^\s\[\](){}|]+")
_PLAIN = re.compile(r"[\w'-]+")


@frozen
class Clause:
    """A piece of a wish, without the words of politeness round it."""

    text: str
    quotes: tuple[str, ...]
    words: frozenset[str] = field(init=False)
    packed: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "words", frozenset(self.text.lower().split(" ")))
        object.__setattr__(self, "packed", re.sub(r"\s+", "", self.text))


@frozen(slots=False)
class Sentence:
    """One way to ask for something, compiled when something is said that it could be."""

    template: str

    def match(self, clause: Clause) -> dict[str, Any] | None:
        """Return the values of the gaps, None where the clause is another sentence.

        A gap without a value, as "0 seconds" is, makes it another one too.
        """
        if not self._is_likely(clause):
            return None
        found = self._pattern.fullmatch(clause.packed if self.han else " " + clause.text)
        if found is None:
            return None
        given = {name: words for name, words in found.groupdict().items() if words is not None}
        if not all(self._is_right(name, words) for name, words in given.items()):
            return None
        values = {
            name: value_of(self._kinds[name], words, clause.quotes) for name, words in given.items()
        }
        return None if None in values.values() else values

    def names_something(self, values: Mapping[str, Any]) -> bool:
        """Whether a gap holds a name, which could be any words."""
        return any(
            not PRECISE[self._kinds[name]].fullmatch(str(value))
            for name, value in values.items()
            if self._kinds[name] in PRECISE
        )

    def _is_likely(self, clause: Clause) -> bool:
        """Whether one of each of the words is there without which it cannot be this sentence."""
        if self.han:
            return all(any(word in clause.packed for word in words) for words in self.needed)
        return all(words & clause.words for words in self.needed)

    def _is_right(self, name: str, words: str) -> bool:
        check = CHECKED.get(self._kinds[name])
        return check is None or check.fullmatch(words) is not None

    @cached_property
    def han(self) -> bool:
        """Whether it is Chinese."""
        return is_han(self.template)

    @cached_property
    def needed(self) -> list[frozenset[str]]:
        """Sets of words: without one of each, nothing is this sentence."""
        return list(_needed(_TOKENS.findall(self.template)))

    @cached_property
    def _kinds(self) -> dict[str, str]:
        gaps = (token[1:-1].partition(":") for token in _TOKENS.findall(self.template))
        return {name: kind or name for name, _, kind in gaps}

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        tokens = _TOKENS.findall(self.template)
        return re.compile("".join(_part(token, han=self.han) for token in tokens), re.IGNORECASE)


def _part(token: str, *, han: bool) -> str:
    brackets = {"[": "(?:", "(": "(?:", "]": ")?", ")": ")", "|": "|"}
    if token in brackets:
        return brackets[token]
    space = "" if han else " "
    if token in _OPTIONAL:
        return f"(?: {token})?"
    if not token.startswith("{"):
        return space + token
    name, _, kind = token[1:-1].partition(":")
    pattern = PATTERNS[kind or name][han]
    return f"{space}(?:{pattern})" if (kind or name) in UNHEARD else f"{space}(?P<{name}>{pattern})"


def _needed(parts: list[str]) -> Iterator[frozenset[str]]:
    """Yield sets of words, one of each of which is in everything that the parts can be."""
    depth, choices, first = 0, set[str](), True
    for part in parts:
        if part in {"[", "("}:
            depth, choices, first = depth + 1, {""} if part == "[" or depth else set(), True
        elif part in {"]", ")"}:
            depth -= 1
            if depth == 0 and "" not in choices:
                yield frozenset(choices)
        elif part == "|":
            first = True
        elif depth == 0 and _is_plain(part):
            yield frozenset({part})
        elif depth and first:
            first = False
            choices.add(part if _is_plain(part) else "")


def _is_plain(part: str) -> bool:
    return part not in _OPTIONAL and _PLAIN.fullmatch(part) is not None
