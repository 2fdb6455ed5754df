"""The clocks of clients in tests."""

from attrs import evolve

from nemo_sdk import Timing

FAST = Timing().scaled(0.01)
PATIENT = evolve(FAST, connect=30, read=60, turn=900, quiet=600, render=900)
"""Short waits, and limits that end nothing but a hang: for clients and films in other processes
and threads, whose work takes as long as it takes."""
