"""The clocks of clients in tests."""

from attrs import evolve

from nemo_sdk import Timing

HASTY = Timing().scaled(0.01)
"""Short waits and short limits: for tests of what a limit ends."""
FAST = evolve(HASTY, connect=30, read=60, call=300, turn=900, quiet=600, render=900)
"""Short waits, and limits that end nothing but a hang: what is done in threads and in other
processes takes as long as it takes."""
