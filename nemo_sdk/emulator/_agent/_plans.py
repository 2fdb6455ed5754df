"""What a message makes the agent do."""

from collections.abc import Iterable
from typing import Literal

from attrs import frozen

from nemo_sdk.emulator._steps import Step

PlanKind = Literal["generation", "edit", "answer"]


@frozen
class Plan:
    """The script of a turn, and what kind of work it is.

    The steps are taken from the session as it is when they are iterated over, once.
    """

    kind: PlanKind
    steps: Iterable[Step]
