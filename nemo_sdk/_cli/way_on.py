"""How to go on after a command was stopped or has failed."""

from collections.abc import Mapping

from attrs import field, frozen

__all__ = ["NOWHERE", "WayOn"]


@frozen
class WayOn:
    """One way on: a sentence for people, and what a script goes on with."""

    words: str = ""
    facts: Mapping[str, str] = field(factory=dict)


NOWHERE = WayOn()
"""Nothing was begun that could be gone on with."""
