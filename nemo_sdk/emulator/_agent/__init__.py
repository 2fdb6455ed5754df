"""The agent of the service: from what people say to the steps of a turn. It does no I/O."""

from ._planner import Agent
from ._plans import Plan, PlanKind
from ._questions import ASK, Controls

__all__ = ["ASK", "Agent", "Controls", "Plan", "PlanKind"]
