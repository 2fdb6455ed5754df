"""How far a generation is, as one number and one line."""

import math

from nemo_sdk._tools import AT_WORK
from nemo_sdk.events import (
    Event,
    RenderProgress,
    StateChanged,
    StillWorking,
    TextDelta,
    ToolCall,
    UploadProgress,
)
from nemo_sdk.models import Progress, Timing

__all__ = ["Stages"]

_SHARES = {
    "session": (0.0, 0.02),
    "upload": (0.02, 0.10),
    "message": (0.10, 0.70),
    "render": (0.70, 0.99),
    "done": (1.0, 1.0),
}
_WORDS = {
    "session": "Opening a session",
    "upload": "Uploading the files",
    "message": AT_WORK,
    "render": "Rendering",
    "done": "The video is ready",
}
_FROM_THE_START = {"session", "upload"}
"""Stages that a generation does not go on from, but begins anew."""
_TOLD_STAGES = {
    "clip": "The raw clip is ready; music, title and effects come next",
    "timeline": "The timeline has its music, title and effects",
}


class Stages:
    """Follows a generation's events.

    Args:
        timing: How long a turn may take: the bar moves by it, since the agent does not say.
        stage: Where the generation goes on, for one that has begun before.
    """

    def __init__(self, timing: Timing, stage: str = "session") -> None:
        self._usual_turn = timing.turn / 6
        self._tool = ""
        self._least = 0.0
        self._elapsed = 0.0
        self.enter("session" if stage in _FROM_THE_START else stage, 0.0)

    @property
    def now(self) -> Progress:
        """How far it was when the last event came."""
        start, end = _SHARES[self._stage]
        within = self._within
        if self._stage == "message":
            within = 1 - math.exp(-(self._elapsed - self._entered) / self._usual_turn)
        self._least = max(self._least, start + (end - start) * within)
        return Progress(self._stage, self._least, self._message, self._elapsed, self._tool)

    def enter(self, stage: str, elapsed: float) -> None:
        """Take note that a stage begins."""
        self._stage, self._message = stage, _WORDS[stage]
        self._within = 0.0
        self._entered = self._elapsed = elapsed

    def take(self, event: Event, elapsed: float) -> None:
        """Something happened."""
        self._elapsed = elapsed
        match event:
            case TextDelta():
                pass
            case UploadProgress(sent, total, filename):
                self._within = sent / total if total else 0.0
                self._message = f"Uploading {filename} ({self._within:.0%})"
            case RenderProgress(status, fraction):
                self._within = fraction
                told = f"{fraction:.0%}" if fraction else status
                self._message = f"Rendering ({told})"
            case StillWorking():
                self._message = str(event)
            case ToolCall(name) if name:
                self._message, self._tool = event.doing, name
            case StateChanged(_, told) if told in _TOLD_STAGES:
                self._message = _TOLD_STAGES[told]
            case _:
                pass
