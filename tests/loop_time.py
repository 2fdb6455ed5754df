"""The time of the event loops in tests: what they wait counts, what their work takes does not.

On a busy machine work takes ten times as long, and a limit of a second would run out in it. Here
the client, the emulator and the test share a loop, whose clock stands still while it works: a
timer of 50 ms goes off before one of 60 ms, however slow the machine is.
"""

import asyncio
import re
import selectors
import time
from unittest.mock import patch

_ROUND = 1e-5
"""Seconds that a round of the loop counts at least: who goes round without waiting, in the hope of
something that a timer brings, does not go round for ever."""


class _Selector(selectors.DefaultSelector):
    """Where a loop waits, for a timer or for what arrives."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        began = time.monotonic()
        ready = super().select(timeout)
        passed = time.monotonic() - began
        self.waited += passed if timeout is None else max(_ROUND, min(passed, timeout))
        return ready


def _time(loop: asyncio.SelectorEventLoop) -> float:
    waited: float = loop._selector.waited  # type: ignore[attr-defined]
    return waited


_SLOW = re.compile(r"^Executing <.*> took \d+\.\d{3} seconds\r?\n", re.MULTILINE)


def without_slowness(errors: str) -> str:
    """Return a program's errors without asyncio's debug words on what took long in it."""
    return _SLOW.sub("", errors)


def count_only_waiting() -> None:
    """Give every loop that is made from now on such a clock."""
    patch("selectors.DefaultSelector", _Selector).start()
    patch("asyncio.SelectorEventLoop.time", _time).start()
