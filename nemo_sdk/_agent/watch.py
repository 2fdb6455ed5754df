"""How long a turn may be quiet, and how long it may take."""

import asyncio

from nemo_sdk.events import StillWorking
from nemo_sdk.exceptions import TransportError, TurnTimeoutError
from nemo_sdk.models import Checkpoint, Timing

__all__ = ["Watch"]

_MOMENT = 1e-3
"""Seconds."""
_DEAD = 0.5
"""The share of `Timing.quiet` without even a heartbeat that makes a connection a lost one."""


class Watch:
    """The three clocks of a turn: how long it is quiet, how long in all, and when to say so."""

    def __init__(self, timing: Timing, checkpoint: Checkpoint) -> None:
        self._now = asyncio.get_running_loop().time
        self._timing = timing
        self._checkpoint = checkpoint
        self._started = self._last_bytes = self._last_news = self._now()
        self._next_word = self._started + timing.still_working

    def heard(self, *, news: bool) -> None:
        """Take note of bytes, and whether they were more than a heartbeat."""
        self._last_bytes = self._now()
        if news:
            self._last_news = self._last_bytes

    @property
    def patience(self) -> float:
        """How many seconds to wait for the next piece."""
        return max(0.0, self._next_alarm() - self._now())

    def is_over(self) -> bool:
        """Whether the alarm is the last one."""
        alarm = self._next_alarm()
        return self._is_due(alarm) and alarm != self._next_word

    def alarm(self) -> StillWorking:
        """Return what there is to say, or raise where the wait is over.

        Raises:
            TransportError: Not a byte came for too long: the connection is dead.
            TurnTimeoutError: The service is alive, and too slow.
        """
        now = self._now()
        if self._is_due(self._started + self._timing.turn):
            raise self._too_slow(f"The turn was not over after {self._timing.turn:g} seconds.")
        if self._is_due(self._last_news + self._timing.quiet):
            if now - self._last_bytes >= self._timing.quiet * _DEAD:
                raise TransportError("The connection was dead: not a byte came.")
            raise self._too_slow(f"Nothing but heartbeats for {self._timing.quiet:g} seconds.")
        self._next_word = now + self._timing.still_working
        return StillWorking(now - self._started)

    def _next_alarm(self) -> float:
        return min(
            self._next_word,
            self._last_news + self._timing.quiet,
            self._started + self._timing.turn,
        )

    def _is_due(self, when: float) -> bool:
        """Whether a time has come: a loop's timers go off a moment early."""
        return self._now() + _MOMENT >= when

    def _too_slow(self, words: str) -> TurnTimeoutError:
        return TurnTimeoutError(words, checkpoint=self._checkpoint)
