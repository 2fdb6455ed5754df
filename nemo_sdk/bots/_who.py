"""Who may: the films of all people are paid for by one token."""

from collections.abc import Awaitable, Callable, Collection

from attrs import frozen

__all__ = ["Allow", "AllowList", "Asked", "DailyLimit"]


@frozen
class Asked:
    """What somebody asks for, before anything of it is done."""

    person: str
    """Who asks, in the platform's terms."""
    room: str
    """The key of the room."""
    words: str
    """What was said."""
    today: int
    """What this person has been allowed before on this day (UTC)."""


Allow = Callable[[Asked], bool | str | Awaitable[bool | str]]
"""Says who may, sync or async: True, or a sentence for the person why not.

The sentence may be the name of one in the table of words; False is "not_allowed". It is asked
before each film and each message to the agent; exports, uploads and looks cost nothing.
"""


class DailyLimit:
    """Allows each person so much a day.

    Args:
        films: Films and messages to the agent, together.
    """

    def __init__(self, films: int = 10) -> None:
        self._films = films

    def __call__(self, asked: Asked) -> bool | str:
        """Return whether there is something left today."""
        return asked.today < self._films or "limit"


class AllowList:
    """Allows some people alone.

    Args:
        people: Who may, in the platform's terms.
        films: What each of them may a day, films and messages together; None for no limit.
    """

    def __init__(self, people: Collection[str], films: int | None = None) -> None:
        self._people = frozenset(people)
        self._films = films

    def __call__(self, asked: Asked) -> bool | str:
        """Return whether this is one of them, with something left today."""
        if asked.person not in self._people:
            return "not_allowed"
        return self._films is None or asked.today < self._films or "limit"
