"""How long things may take."""

from typing import Any, Final, Self

import attrs
from attrs import field, frozen

from ._value import Value

__all__ = ["Timing"]

_WAITS: Final = (
    "still_working",
    "rate_limit_wait",
    "render_poll",
    "recovery",
    "backoff",
    "backoff_max",
)
"""The durations that are waits; the others are limits."""


def _positive(_: Any, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    seconds = value if attribute.name == "recovery" else (value,)
    if not seconds or not all(isinstance(one, int | float) and one > 0 for one in seconds):
        raise ValueError(f"Timing.{attribute.name} must be a number of seconds above 0.")


def _times(duration: Any, factor: float) -> Any:
    several = isinstance(duration, tuple)
    return tuple(one * factor for one in duration) if several else duration * factor


@frozen
class Timing(Value):
    """Every duration that the client keeps to, in seconds.

    The service's documents give `turn`, `quiet`, `rate_limit_wait`, `render_poll` and `recovery`;
    the others are this library's choice. `math.inf` is no limit.

    Raises:
        ValueError: A duration is not above 0.
    """

    connect: float = field(default=30, validator=_positive)
    """To make a connection."""
    read: float = field(default=60, validator=_positive)
    """Between two pieces of a plain answer, a download, or an upload that the service takes."""
    call: float = field(default=300, validator=_positive)
    """The whole of a plain call: its token, its repeats and their waits; for an upload from when
    its body has left."""
    turn: float = field(default=900, validator=_positive)
    """The longest that a turn may take in all."""
    quiet: float = field(default=600, validator=_positive)
    """The longest that a turn may go on with nothing but heartbeats."""
    still_working: float = field(default=120, validator=_positive)
    """Between two `StillWorking` events of a long turn."""
    rate_limit_wait: float = field(default=30, validator=_positive)
    """Before a call answered 429 without `Retry-After` is repeated."""
    render_poll: float = field(default=30, validator=_positive)
    """Between two looks at a render."""
    render: float = field(default=900, validator=_positive)
    """The longest that a render may take."""
    recovery: tuple[float, ...] = field(
        default=(30, 60, 60, 60, 60), converter=tuple[float, ...], validator=_positive
    )
    """Before each look at the state of a session whose answer was lost."""
    backoff: float = field(default=0.5, validator=_positive)
    """Before the first repeat of a read; doubled and jittered for each further one."""
    backoff_max: float = field(default=8, validator=_positive)
    """The most between two repeats of a read."""

    def scaled(self, factor: float, *, limits: bool = True) -> Self:
        """Return the same clock run faster (a factor below 1) or slower.

        Args:
            factor: What each duration is multiplied by, above 0. `Timing().scaled(0.01)` goes
                with an emulator at its default speed.
            limits: Whether the limits change too; False for a service whose answers come sooner
                while its work, such as painting a film, takes the time that it takes.

        Returns:
            A new value.

        Raises:
            ValueError: The factor is not above 0.
        """
        if not factor > 0:
            raise ValueError("The factor must be above 0: 0.01 makes the clock 100 times faster.")
        names = attrs.fields_dict(type(self)) if limits else _WAITS
        return attrs.evolve(self, **{name: _times(getattr(self, name), factor) for name in names})
