"""A row of the table: the sentences that ask for an operation."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from attrs import field, frozen

from nemo_sdk.emulator._agent._scene import Done
from nemo_sdk.emulator._agent._sentence import Sentence


@frozen(slots=False, eq=False)
class Row:
    """One operation.

    Attributes:
        examples: What people may say, for the documentation.
        run: Called with the scene, what was put into the gaps, and `given`.
        templates: All sentences that ask for it; `_sentence` says how they are written.
        given: Arguments that no gap holds.
        rewinds: Whether it goes through the session's history instead of adding to it.
        remark: Whether it is the reason alone, where more is said: "it is too long, cut the boat".
    """

    examples: str
    run: Callable[..., Done]
    templates: tuple[str, ...]
    given: Mapping[str, Any] = field(factory=dict)
    rewinds: bool = False
    remark: bool = False

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the templates."""
        return tuple(map(Sentence, self.templates))


def row(examples: str, run: Callable[..., Done], *templates: str, **given: Any) -> Row:
    """Return a row; `given` are the arguments that no gap holds."""
    return Row(examples, run, templates, given)


def remark(examples: str, run: Callable[..., Done], *templates: str, **given: Any) -> Row:
    """Return a row that is done where nothing else is asked for."""
    return Row(examples, run, templates, given, remark=True)
