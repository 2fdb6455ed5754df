"""How long a turn may be quiet, and how long it may take."""

import asyncio

from nemo_sdk.events import Event, StillWorking
from nemo_sdk.exceptions import TransportError, TurnTimeoutError
from nemo_sdk.models import Checkpoint, Timing

__all__ = ["Watch"]

_MOMENT = 1e-3
"""Seconds."""
_DEAD = 0.5
"""The share of `Timing.quiet` without even a heartbeat that makes a connection a lost one."""


class Watch:
    """The three clocks of a turn: how long it is quiet, how long in all, and when to say so.

    Attributes:
        wakes_at: When to look at the clocks: at the next alarm, or before.
        heard_news: Whether anything came but heartbeats.
        is_over: Whether nothing is waited for any more.
    """

    def __init__(self, timing: Timing, checkpoint: Checkpoint) -> None:
        self._now = asyncio.get_running_loop().time
        self._timing = timing
        self._checkpoint = checkpoint
        self._started = self._last_bytes = self._last_news = self._now()
        self._next_word = self._started + timing.still_working
        self.wakes_at = self._next_alarm()
        self.heard_news = False
        self.is_over = False

    def heard(self, *, news: bool) -> None:
        """Take note of bytes, and whether they were more than a heartbeat."""
        self._last_bytes = self._now()
        if news:
            self._last_news = self._last_bytes
            self.heard_news = True

    def alarm(self, *, failed: bool) -> list[Event]:
        """Return what there is to say, or raise where the wait is over.

        Args:
            failed: Whether the agent has failed: then the stream is only read to its end.

        Raises:
            TransportError: Not a byte came for too long: the connection is dead.
            TurnTimeoutError: The service is alive, and too slow.
        """
        self.is_over = failed and self._is_due(min(self._end(), self._end_of_quiet()))
        if self.is_over or not self._is_due(self._next_alarm()):
            self.wakes_at = self._next_alarm()
            return []
        now = self._now()
        if self._is_due(self._end()):
            raise self._too_slow(f"The turn was not over after {self._timing.turn:g} seconds.")
        if self._is_due(self._end_of_quiet()):
            if now - self._last_bytes >= self._timing.quiet * _DEAD:
                raise TransportError("The connection was dead: not a byte came.")
            raise self._too_slow(f"Nothing but heartbeats for {self._timing.quiet:g} seconds.")
        self._next_word = now + self._timing.still_working
        self.wakes_at = self._next_alarm()
        return [StillWorking(now - self._started)]

    def _end(self) -> float:
        return self._started + self._timing.turn

    def _end_of_quiet(self) -> float:
        return self._last_news + self._timing.quiet

    def _next_alarm(self) -> float:
        return min(self._next_word, self._end_of_quiet(), self._end())

    def _is_due(self, when: float) -> bool:
        """Whether a time has come: a loop's timers go off a moment early."""
        return self._now() + _MOMENT >= when

    def _too_slow(self, words: str) -> TurnTimeoutError:
        return TurnTimeoutError(words, checkpoint=self._checkpoint)
