"""How far a generation is, as one number and one line."""

import math

from nemo_sdk._tools import AT_WORK
from nemo_sdk.events import (
    Event,
    RenderProgress,
    StateChanged,
    StillWorking,
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
        self._entered = 0.0
        self._tool = ""
        first = "session" if stage in _FROM_THE_START else stage
        self.now = Progress(first, _SHARES[first][0], _WORDS[first], 0.0)

    def enter(self, stage: str, elapsed: float) -> None:
        """Take note that a stage begins."""
        self._entered = elapsed
        self._set(stage, 0.0, _WORDS[stage], elapsed)

    def take(self, event: Event, elapsed: float) -> None:
        """Something happened."""
        stage, message, within = self.now.stage, self.now.message, 0.0
        match event:
            case UploadProgress(sent, total, filename):
                within = sent / total if total else 0.0
                message = f"Uploading {filename} ({within:.0%})"
            case RenderProgress(status, fraction):
                within = fraction
                message = f"Rendering ({fraction:.0%})" if fraction else f"Rendering ({status})"
            case StillWorking():
                message = str(event)
            case ToolCall(name) if name:
                message, self._tool = event.doing, name
            case StateChanged(_, told) if told in _TOLD_STAGES:
                message = _TOLD_STAGES[told]
            case _:
                pass
        if stage == "message":
            within = 1 - math.exp(-(elapsed - self._entered) / self._usual_turn)
        self._set(stage, within, message, elapsed)

    def _set(self, stage: str, within: float, message: str, elapsed: float) -> None:
        start, end = _SHARES[stage]
        fraction = max(self.now.fraction, start + (end - start) * within)
        self.now = Progress(stage, fraction, message, elapsed, self._tool)
