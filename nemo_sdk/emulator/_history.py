"""The drafts that a session has had: what can be undone, and done again."""

from typing import Self

from attrs import define, field

from ._drafts import Draft


@define
class History:
    """The drafts before the present one, and those that were undone."""

    past: list[Draft] = field(factory=list)
    undone: list[Draft] = field(factory=list)

    def copy(self) -> Self:
        """Return a history to try something on."""
        return type(self)([*self.past], [*self.undone])

    def keep(self, draft: Draft) -> None:
        """Remember a draft that is about to be replaced."""
        self.past.append(draft)
        self.undone.clear()

    def back(self, present: Draft) -> Draft | None:
        """Return the draft before the present one, None where there is none."""
        return self._swap(present, self.past, self.undone)

    def forth(self, present: Draft) -> Draft | None:
        """Return the draft that was undone last, None where there is none."""
        return self._swap(present, self.undone, self.past)

    def _swap(self, present: Draft, origin: list[Draft], other: list[Draft]) -> Draft | None:
        if not origin:
            return None
        other.append(present)
        return origin.pop()
