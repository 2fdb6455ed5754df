"""Questions that the agent asks when a test orders it to."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field

from nemo_sdk.emulator._steps import Step, Thought, ToolCall, Wait

ASK = "ask_question"


@define
class Controls:
    """What a test can order of the agent: `emulator.agent`."""

    _order: Callable[[tuple[Step, ...]], None] = field(repr=False)

    def asks(self, question: str, options: Sequence[str] = ()) -> None:
        """Let the next turn end in a question to the user, which costs nothing.

        The turn is a tool call `ask_question` and no text. The message after it is taken as the
        answer: “9:16” after “a cat” makes a film of a cat that is 9:16.

        Args:
            question: What is asked.
            options: The answers to choose from.
        """
        args: dict[str, Any] = {
            "question": question,
            **({"options": [*options]} if options else {}),
        }
        call = ToolCall(ASK, args, f"adk-{uuid.uuid4()}", long_running=True)
        self._order((Thought("I need to know more before I begin."), Wait(5), call))
