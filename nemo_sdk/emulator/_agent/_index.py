"""The sentences of a table by a word that each cannot do without: a clause is few of them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache

from ._sentence import Clause, Sentence
from ._sentences import Row
from ._speech import is_han

__all__ = ["Index", "index_of"]


class Index:
    """Finds the sentences that a clause can be.

    Args:
        table: The operations that there are.
    """

    def __init__(self, table: tuple[Row, ...]) -> None:
        self._sentences = [(row, one) for row in table for one in row.sentences]
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self._without: list[int] = []
        self._han: list[int] = []  # its words do not stand apart
        common = Counter(
            word for _, one in self._sentences for words in one.needed for word in words
        )
        for number, (_, one) in enumerate(self._sentences):
            if one.han:
                self._han.append(number)
            elif one.needed:
                rarest = min(one.needed, key=lambda words: sum(common[word] for word in words))
                for word in rarest:
                    self._by_word[word].append(number)
            else:
                self._without.append(number)

    def likely(self, clause: Clause) -> Iterator[tuple[Row, Sentence]]:
        """Yield the sentences that a clause can be, with their rows, in the table's order."""
        found = {*self._without, *(self._han if is_han(clause.text) else ())}
        for word in clause.words:
            found.update(self._by_word.get(word, ()))
        return (self._sentences[number] for number in sorted(found))


@cache
def index_of(table: tuple[Row, ...]) -> Index:
    """Return a table's index, made once."""
    return Index(table)
