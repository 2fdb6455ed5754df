"""What a generation tells, and to whom."""

import time
from collections.abc import Callable

from nemo_sdk.events import Event
from nemo_sdk.models import Stage, Timing

from .mailbox import Flag, Mailbox
from .stages import Stages

__all__ = ["Broadcast"]


class Broadcast:
    """Tells all who listen what happens, and keeps how far that is.

    Args:
        timing: See `Stages`.
        stage: Where the generation goes on, for one that has begun before.

    Attributes:
        stages: How far it is.
    """

    def __init__(self, timing: Timing, stage: Stage) -> None:
        self.stages = Stages(timing, stage)
        self._started = 0.0
        self._boxes: list[Mailbox | Flag] = []
        self._is_over = False

    def begin(self) -> None:
        """Count the time from now on."""
        self._started = time.monotonic()

    def enter(self, stage: str) -> None:
        """Take note that a stage begins."""
        self.stages.enter(stage, time.monotonic() - self._started)

    def tell(self, event: Event) -> None:
        """Tell an event."""
        self.stages.take(event, time.monotonic() - self._started)
        for box in self._boxes:
            box.tell(event)

    def end(self) -> None:
        """Nothing more is told."""
        self._is_over = True
        for box in self._boxes:
            box.end()

    def subscribe(self, box: Mailbox | Flag) -> Callable[[], None]:
        """Tell a box all that happens from now on; return what ends that."""
        if self._is_over:
            box.end()
        self._boxes.append(box)

        def unsubscribe() -> None:
            self._boxes = [other for other in self._boxes if other is not box]

        return unsubscribe
