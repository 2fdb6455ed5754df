"""From a wish to operations: wishes of several clauses, each of them a sentence of the table.

Nothing is understood by a word in it: a clause is a sentence from its first word to its last.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from attrs import define, field, frozen

from ._forms import forms_of
from ._index import index_of
from ._politeness import bare
from ._sentence import Clause
from ._sentences import Row
from ._slots import PATTERNS
from ._speech import is_han, spellings
from ._vocabulary import QUOTED

_LONGEST = 300
_MOST_CLAUSES = 8
_MOST_READINGS = 40
_RETRACTED = re.compile(
    r"\w[\s,.;!\u2026\u2014-]+(?:no(?:pe)?(?=[,.!]| wait| sorry| actually| the\b| make\b| not\b|$)"
    r"|wait\b|hold on|actually,? no|i meant?\b|scratch that|never ?mind|forget (?:it|that)"
    r"|on second thought|not really|just kidding|or (?:not|rather|maybe)\b)"
    r"|\w[\s\uff0c,。]*(?:不对|算了|还是(?:不|别)|不不|等等|说错)",
    re.IGNORECASE,
)
"""Where a wish takes back what it has said: nobody knows then which part of it holds."""
_VERBS = ("put ", "make ", "set ")
"""What a clause without a verb may have left out: "the boat first", "square, please"."""
_JOINTS = re.compile(
    r"\s*(?:(?:[,;.](?=\s)|(?<= ):|(?<=\s)&(?=\s)|[\uff0c\uff1b。、])\s*"
    r"(?:(?:and then|and|then|also|plus)\b)?"
    r"|\b(?:and then|and also|and|then|plus|but)\b|\bwith\b(?= (?:an?|the|some) )"
    r"|然后|并且|而且|同时|再|并|和)\s*",
    re.IGNORECASE,
)


@frozen
class Asked:
    """One operation that was asked for: a row of the table, and what was put into its gaps.

    `by_name` where a gap holds the name of a clip, which could be any words.
    """

    row: Row
    values: Mapping[str, Any]
    by_name: bool = False


def readings(text: str, table: tuple[Row, ...]) -> Iterator[list[Asked]]:
    """Yield the ways in which a whole wish can be understood, the likeliest first.

    Args:
        text: What was said; one of some hundred letters is not looked at, what it quotes left out.
        table: The operations that there are.
    """
    wish, quotes = _plain(text)
    if len(wish) > _LONGEST:
        return
    spelled_out = [*spellings(wish, _known(table))]
    if _RETRACTED.search(bare(spelled_out[-1])):
        return
    for spelled in spelled_out:
        reader = _Reader(quotes, table)
        yield from islice(reader.readings(spelled, (), _MOST_CLAUSES), _MOST_READINGS)


@define
class _Reader:
    """Reads one wish: what a clause, or the rest of the wish, can be is worked out once."""

    quotes: tuple[str, ...]
    table: tuple[Row, ...]
    _clauses: dict[tuple[str, tuple[str, ...]], list[Asked]] = field(factory=dict, init=False)
    _rests: dict[tuple[str, tuple[str, ...], int], list[list[Asked]]] = field(
        factory=dict, init=False
    )

    def readings(self, text: str, carried: tuple[str, ...], left: int) -> Iterator[list[Asked]]:
        """Yield the ways to understand a text, with the verbs that it may have left out."""
        if left == 0:
            return
        yield from ([step] for step in self._steps(bare(text), carried))
        for joint in _JOINTS.finditer(text):
            head = bare(text[: joint.start()])
            if steps := self._steps(head, carried):
                rests = self._rest(text[joint.end() :], _verbs(head) or carried, left - 1)
                yield from ([step, *rest] for step in steps for rest in rests)

    def _rest(self, text: str, carried: tuple[str, ...], left: int) -> list[list[Asked]]:
        key = (text, carried, left)
        if key not in self._rests:
            self._rests[key] = list(islice(self.readings(*key), _MOST_READINGS))
        return self._rests[key]

    def _steps(self, text: str, carried: tuple[str, ...]) -> list[Asked]:
        """Return what a clause can be, or else what it can be with the verb of the one before."""
        key = (text, carried)
        if text and key not in self._clauses:
            said = self._said(text)
            if all(asked.by_name for asked in said):
                verbs = (*carried, *_VERBS) if " " in text else carried
                said += [asked for verb in verbs for asked in self._said(verb + text)]
            self._clauses[key] = said
        return self._clauses.get(key, [])

    def _said(self, text: str) -> list[Asked]:
        return [asked for form in forms_of(text) for asked in self._asked(form)]

    def _asked(self, text: str) -> Iterator[Asked]:
        said = Clause(text, self.quotes)
        for row, one in index_of(self.table).likely(said):
            values = one.match(said)
            if values is not None:
                yield Asked(row, values, one.names_something(values))


@cache
def _known(table: tuple[Row, ...]) -> frozenset[str]:
    """Return the English words of a table, those of its gaps too."""
    said = [template for row in table for template in row.templates]
    said += [english for english, _ in PATTERNS.values()]
    return frozenset(re.findall("[a-z]{3,}", " ".join(said)))


def _verbs(text: str) -> tuple[str, ...]:
    """Return what a next clause may have left out: `make it` of `make it square and brighter`."""
    if is_han(text[:1]):
        return (text[:2], text[:1])
    words = text.split(" ")
    if len(words) < 2 or words[1] == ":":
        return ()
    return (f"{words[0]} {words[1]} ", f"{words[0]} ")


def _plain(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a wish with a mark for each thing in quotation marks, and those things."""
    quotes: list[str] = []

    def keep(found: "re.Match[str]") -> str:
        quotes.append((found[1] or found[2]).strip())
        return f" \u00ab{len(quotes) - 1}\u00bb "

    plain = QUOTED.sub(keep, text.replace("\u00ab", "“").replace("\u00bb", "”"))
    plain = re.sub("[:\uff1a](?=\\D|$)", " :", plain.replace("\u2019", "'"))
    return re.sub(r"\s+", " ", plain).strip(), tuple(quotes)
