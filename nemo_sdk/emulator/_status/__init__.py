"""The emulator's own page: what it holds and what happens, for people to look at."""

from ._page import StatusPage
from ._snapshot import Shown

__all__ = ["Shown", "StatusPage"]
