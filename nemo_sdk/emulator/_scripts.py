"""What a test writes down for a turn, as the steps of one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ._dialects import frame
from ._steps import Raw, Step, Wait

Event = Mapping[str, Any] | bytes | float
"""An event of the stream, its bytes as they are, or a wait in seconds of the service."""


def scripted(
    events: Iterable[Event | Sequence[Event]], draft: Mapping[str, Any] | None
) -> tuple[Step, ...]:
    """Return the steps of a turn.

    Args:
        events: Events, or lists of them.
        draft: The session's draft at the end; None leaves it.

    Raises:
        TypeError: An event is none.
    """
    steps = [_step(event) for event in _flat(events)]
    return (*steps, *([] if draft is None else [Raw(b"", {"draft": dict(draft)})]))


def _flat(events: Iterable[Event | Sequence[Event]]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Sequence) and not isinstance(event, bytes | str):
            yield from event
        else:
            yield event


def _step(event: object) -> Step:
    if isinstance(event, bytes):
        return Raw(event)
    if isinstance(event, Mapping):
        actions = event.get("actions") or {}
        return Raw(frame(event), actions.get("stateDelta") or actions.get("state_delta") or {})
    if isinstance(event, int | float):
        return Wait(event)
    advice = f": wire.text({event!r}) is an event" if isinstance(event, str) else ""
    raise TypeError(f"A script has no place for {type(event).__name__}{advice}.")
