"""Files that another process has open: Windows refuses them, for a moment."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

__all__ = ["patiently"]

_PAUSES = (0.02, 0.05, 0.1)
"""Seconds between attempts."""

T = TypeVar("T")


def patiently(act: Callable[[], T]) -> T:
    """Do something with a file, and once more after a moment where another process has it open.

    Raises:
        OSError: It cannot be done.
    """
    for pause in _PAUSES:
        with suppress(PermissionError):
            return act()
        time.sleep(pause)
    return act()
