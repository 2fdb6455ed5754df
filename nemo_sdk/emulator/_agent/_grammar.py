"""From a wish to operations: sentences with gaps, and wishes of several clauses.

A sentence of the table is words, `[what may be missing]`, `(one thing|another)` and `{gaps}`; "the"
may always be missing. A gap is named after what it holds, or `{name:kind}`. Nothing is understood
by a word in it: a clause has to be one of the sentences from its first word to its last.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from attrs import field, frozen

from ._slots import PATTERNS, PRECISE, UNHEARD, value_of

_LONGEST = 300
_OPTIONAL = {"the"}
_MOST_CLAUSES = 8
_MOST_READINGS = 40
_TOKENS = re.compile(r"\{[^}]*\}|[\[\]()|]|[^\s\[\](){}|]+")
_QUOTED = re.compile(
    r"[\"“”「『《\u2018]([^\"“”「」『』《》\u2018\u2019]{1,80})[\"”“」』》\u2019]"
    r"|(?<!\w)'([^']{1,80})'(?!\w)"
)
_HAN = re.compile("[\u4e00-\u9fff]")
_BEFORE = re.compile(
    r"(?:(?:please|can you|could you|would you|will you|i want you to|i want to"
    r"|i'd like (?:you )?to|i would like (?:you )?to|i'd like"
    r"|let's|now|then|also|and|ok|okay|hey|hi|so|but)[ ,]+"
    r"|请|帮我|麻烦|能不能|能否|可以|可不可以|我想|我要|再|然后|并且|并|把|将|给)+",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[ ,]+(?:please|for me|now|too|as well|then|instead|thanks|thank you)"
    r"|吧|吗|一下|好吗|谢谢|可以吗)+$",
    re.IGNORECASE,
)
_MARKS = " \t\n.!?,;:~。\uff0c\uff1f\uff01\uff1b\uff1a、"
_JOINTS = re.compile(
    r"\s*(?:(?:[,;.](?=\s)|[\uff0c\uff1b。、])\s*(?:(?:and then|and|then|also|plus)\b)?"
    r"|\b(?:and then|and also|and|then|plus)\b|然后|并且|而且|同时|再|并|和)\s*",
    re.IGNORECASE,
)


@frozen
class Sentence:
    """One way to ask for something: its pattern, and which gap holds what."""

    pattern: "re.Pattern[str]"
    kinds: Mapping[str, str]
    han: bool

    def match(self, clause: "Clause") -> dict[str, Any] | None:
        """Return the values of the gaps, None where the clause is another sentence."""
        said = clause.packed if self.han else " " + clause.text
        found = self.pattern.fullmatch(said)
        if found is None:
            return None
        given = {name: words for name, words in found.groupdict().items() if words is not None}
        return {
            name: value_of(self.kinds[name], words, clause.quotes) for name, words in given.items()
        }

    def names_something(self, values: Mapping[str, Any]) -> bool:
        """Whether a gap holds a name, which could be any words."""
        return any(
            not PRECISE[self.kinds[name]].fullmatch(str(value))
            for name, value in values.items()
            if self.kinds[name] in PRECISE
        )


def is_han(text: str) -> bool:
    """Whether there is a Chinese word in it."""
    return _HAN.search(text) is not None


@cache
def sentence(template: str) -> Sentence:
    """Return a sentence of the table, compiled once."""
    han = is_han(template)
    kinds: dict[str, str] = {}
    parts = [_part(token, kinds, han=han) for token in _TOKENS.findall(template)]
    return Sentence(re.compile("".join(parts), re.IGNORECASE), kinds, han)


def _part(token: str, kinds: dict[str, str], *, han: bool) -> str:
    brackets = {"[": "(?:", "(": "(?:", "]": ")?", ")": ")", "|": "|"}
    if token in brackets:
        return brackets[token]
    space = "" if han else " "
    if token in _OPTIONAL:
        return f"(?: {token})?"
    if not token.startswith("{"):
        return space + token
    name, _, kind = token[1:-1].partition(":")
    kind = kind or name
    pattern = PATTERNS[kind][han]
    if kind in UNHEARD:
        return f"{space}(?:{pattern})"
    kinds[name] = kind
    return f"{space}(?P<{name}>{pattern})"


@frozen
class Clause:
    """A piece of a wish, without the words of politeness round it."""

    text: str
    quotes: tuple[str, ...]
    packed: str = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "packed", re.sub(r"\s+", "", self.text))


@frozen
class Asked:
    """One operation that was asked for: a row of the table, and what was put into its gaps.

    `by_name` where a gap holds the name of a clip, which could be any words.
    """

    row: Any
    values: Mapping[str, Any]
    by_name: bool = False


def readings(text: str, table: tuple[Any, ...]) -> Iterator[list[Asked]]:
    """Yield the ways in which a whole wish can be understood, the likeliest first.

    Args:
        text: What was said; wishes of more than some hundred letters are not looked at.
        table: Rows with `sentences` and `han_sentences`.
    """
    if len(text) > _LONGEST:
        return
    wish, quotes = _plain(text)
    yield from _limited(_readings(wish, quotes, table, (), _MOST_CLAUSES))


def _limited(found: Iterator[list[Asked]]) -> Iterator[list[Asked]]:
    for _, reading in zip(range(_MOST_READINGS), found, strict=False):
        yield reading


def _readings(
    text: str,
    quotes: tuple[str, ...],
    table: tuple[Any, ...],
    carried: tuple[str, ...],
    left: int,
) -> Iterator[list[Asked]]:
    clause = Clause(_bare(text), quotes)
    if not clause.text or left == 0:
        return
    yield from ([step] for step in _steps(clause, table, carried))
    for joint in _JOINTS.finditer(text):
        head = Clause(_bare(text[: joint.start()]), quotes)
        steps = _steps(head, table, carried) if head.text else iter(())
        for step in steps:
            verbs = _verbs(head.text) or carried
            for rest in _readings(text[joint.end() :], quotes, table, verbs, left - 1):
                yield [step, *rest]


def _steps(clause: Clause, table: tuple[Any, ...], carried: tuple[str, ...]) -> Iterator[Asked]:
    """Yield what a clause can be, also with the verb of the clause before it."""
    for before in ("", *carried):
        said = Clause(before + clause.text, clause.quotes) if before else clause
        for row in table:
            for one in (*row.sentences, *(row.han_sentences if is_han(said.text) else ())):
                values = one.match(said)
                if values is not None:
                    yield Asked(row, values, one.names_something(values))


def _verbs(text: str) -> tuple[str, ...]:
    """Return what a next clause may have left out: `make it` of `make it square and brighter`."""
    if _HAN.match(text):
        return (text[:2], text[:1])
    words = text.split(" ")
    return (f"{words[0]} {words[1]} ", f"{words[0]} ") if len(words) > 1 else ()


def _plain(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a wish with a mark for each thing in quotation marks, and those things."""
    quotes: list[str] = []

    def keep(found: "re.Match[str]") -> str:
        quotes.append((found[1] or found[2]).strip())
        return f" \u00ab{len(quotes) - 1}\u00bb "

    plain = _QUOTED.sub(keep, text.replace("\u00ab", "“").replace("\u00bb", "”"))
    plain = re.sub("[:\uff1a](?=\\D|$)", " :", plain.replace("\u2019", "'"))
    return re.sub(r"\s+", " ", plain).strip(), tuple(quotes)


def _bare(text: str) -> str:
    """Return a clause without marks and politeness at its ends."""
    bare, before = text.strip(_MARKS), ""
    while bare != before:
        before = bare
        found = _BEFORE.match(bare)
        bare = _AFTER.sub("", bare[found.end() :] if found else bare).strip(_MARKS)
    return bare
