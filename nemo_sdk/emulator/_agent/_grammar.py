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
from ._sentence import Clause
from ._slots import PATTERNS
from ._speech import is_han, spellings
from ._vocabulary import QUOTED

_LONGEST = 300
_MOST_CLAUSES = 8
_MOST_READINGS = 40
_BEFORE = re.compile(
    r"(?:(?:please|kindly|just to be clear|(?:can|could) (?:you|we|i)(?: just)?(?: have| get(?= me| us))?"
    r"|(?:would|will) you(?: just)?|(?:i|we)(?: really| just)? (?:want|need)(?: (?:you )?to)?(?: have)?"
    r"|(?:i'd|we'd|i would|we would)(?: really)? (?:like|love|prefer|rather)(?: (?:you )?to)?(?: have)?"
    r"|(?:i think|i guess|i was thinking|i was wondering if|it would be \w+ if|it'd be \w+ if)"
    r"|(?:how|what) about|why (?:not|don't (?:you|we))|(?:you|we) (?:could|should)|(?:i|we) want"
    r"|(?:no|nope|nah|wait|hold on|sorry)(?=,)|nah|oops|whoops"
    r"|(?:it's|this is|that's) for [\w ]{1,20}?(?=,)|(?:two|three|some) (?:things|changes)(?= ?:)"
    r"|i didn't (?:mean|want) (?:that|it)|that(?:'s| was) (?:wrong|not what i \w+)"
    r"|let's|let me|gimme|give me|maybe|actually|oh|well|alright|right|now|then|also|and|ok|okay|hey"
    r"|hi|hello|yo|so|but|next|finally|lastly|after that|go ahead and|one more thing|by the way"
    r"|(?:first|second|third)(?:ly)?(?=,| (?:cut|trim|remove|delete|drop|make|add|mute|move|put)\b)"
    r"|(?:(?:there's|there is|i made) a (?:typo|mistake)|i mis(?:spelled|typed) the \w+)(?: in it| in the \w+)?)[ ,:.]+"
    r"|请|帮我|麻烦|能不能|能否|可以|可不可以|我想要?|我要|先|再|然后|并且|并|把|将|给|那就|那|你)+",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"(?:[ ,]+(?:please|for me|for us|now|too|as well|then|instead|thanks|thank you|thanks a lot|ok|okay"
    r"|if possible|if you can|nothing else|that's all|that's it|fix it|fix that|asap|real quick|quickly"
    r"|man|mate|bro|dude|somehow|can you|could you|would you|will you|right|for now|and nothing else)"
    r"|吧|吗|一下|好吗|谢谢|可以吗|呗|嘛|啊|呀|哦|就行|就好|就够|就可以)+$",
    re.IGNORECASE,
)
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
_MARKS = " \t\n.!?,;:~。\uff0c\uff1f\uff01\uff1b\uff1a、"
_JOINTS = re.compile(
    r"\s*(?:(?:[,;.](?=\s)|(?<= ):|(?<=\s)&(?=\s)|[\uff0c\uff1b。、])\s*(?:(?:and then|and|then|also|plus)\b)?"
    r"|\b(?:and then|and also|and|then|plus|but)\b|\bwith\b(?= (?:an?|the|some) )"
    r"|然后|并且|而且|同时|再|并|和)\s*",
    re.IGNORECASE,
)


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
        text: What was said; one of some hundred letters is not looked at, what it quotes left out.
        table: Rows with `sentences`.
    """
    wish, quotes = _plain(text)
    if len(wish) > _LONGEST or _RETRACTED.search(wish):
        return
    for spelled in spellings(wish, _known(table)):
        reader = _Reader(quotes, table)
        yield from islice(reader.readings(spelled, (), _MOST_CLAUSES), _MOST_READINGS)


@define
class _Reader:
    """Reads one wish: what a clause, or the rest of the wish, can be is worked out once."""

    quotes: tuple[str, ...]
    table: tuple[Any, ...]
    _clauses: dict[tuple[str, tuple[str, ...]], list[Asked]] = field(factory=dict, init=False)
    _rests: dict[tuple[str, tuple[str, ...], int], list[list[Asked]]] = field(
        factory=dict, init=False
    )

    def readings(self, text: str, carried: tuple[str, ...], left: int) -> Iterator[list[Asked]]:
        """Yield the ways to understand a text, with the verbs that it may have left out."""
        if left == 0:
            return
        yield from ([step] for step in self._steps(_bare(text), carried))
        for joint in _JOINTS.finditer(text):
            head = _bare(text[: joint.start()])
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
            verbs = (*carried, *_VERBS) if " " in text else carried
            self._clauses[key] = self._said(text) or [
                asked for verb in verbs for asked in self._said(verb + text)
            ]
        return self._clauses.get(key, [])

    def _said(self, text: str) -> list[Asked]:
        return [asked for form in forms_of(text) for asked in self._asked(form)]

    def _asked(self, text: str) -> Iterator[Asked]:
        said = Clause(text, self.quotes)
        for row in self.table:
            for one in row.sentences:
                values = one.match(said)
                if values is not None:
                    yield Asked(row, values, one.names_something(values))


@cache
def _known(table: tuple[Any, ...]) -> frozenset[str]:
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


def _bare(text: str) -> str:
    """Return a clause without marks and politeness at its ends."""
    bare, before = text.strip(_MARKS), ""
    while bare != before:
        before = bare
        found = _BEFORE.match(bare)
        bare = _AFTER.sub("", bare[found.end() :] if found else bare).strip(_MARKS)
    return bare
