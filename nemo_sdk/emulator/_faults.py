"""Faults: what goes wrong on purpose, at which call of which endpoint."""

import json
from collections.abc import Mapping
from typing import Any, Literal, get_args

from attrs import Factory, define, field, frozen, validators

from ._answers import ENDPOINTS
from ._choices import one_of

_REFUSALS = {"400", "401", "402", "403", "404", "429"} | {
    *("1001", "1002", "1010", "1011", "2001", "4001", "4002"),
}
_TIMED_OUT = 408
FaultKind = Literal["refuse", "delay", "cut", "reset", "stall", "answer", "pace"]


@frozen
class Fault:
    """One thing that goes wrong.

    Attributes:
        endpoint: The endpoint's name, one of `nemo_sdk.emulator.ENDPOINTS`, such as
            `"run_sse"` or `"film"`.
        kind: `"refuse"`: the connection is dropped before any effect and any byte.
            `"delay"`: the answer is held back for `seconds`.
            `"cut"`: the connection is closed (FIN) after a part of the body.
            `"reset"`: the same, with a RST.
            `"stall"`: after a part of the body nothing more comes.
            `"answer"`: the given status, headers and body in place of the real answer.
            `"pace"`: the body comes in pieces of `after` bytes (at least 1), with
            `seconds` between two of them.
        at: The first call that it happens to, counted from when the fault was added;
            1 is the next one.
        times: How many calls in a row it happens to; None for all from `at` on.
        after: Bytes of the body that still come; -1 for not even the headers.
        after_event: In place of `after`, for streams: whole events that still come,
            heartbeats among them.
        seconds: For `"delay"` and `"pace"`, in seconds of the emulator's clock. For `"cut"`,
            `"reset"` and `"stall"`, where it is not 0 and in place of `after`: the instant,
            counted from the beginning of the answer.
        status: For `"answer"`: the HTTP status.
        headers: For `"answer"`: its headers.
        body: For `"answer"`: its body.
        effect: Whether the work was done, so that only the answer is lost. With False
            nothing is done, and of the answer nothing comes. Of a `"delay"`: whether the
            work comes before the waiting. True for want of a word, but False for an
            `"answer"` that refuses: one of 400 to 499 (408 says nothing of the work), or
            one with a code that refuses.

    Raises:
        ValueError: There is no such endpoint or kind, or a number is out of its range.
    """

    endpoint: str = field(validator=one_of(*ENDPOINTS))
    kind: FaultKind = field(validator=one_of(*get_args(FaultKind)))
    at: int = field(default=1, validator=validators.ge(1))
    times: int | None = 1
    after: int = field(default=0, validator=validators.ge(-1))
    after_event: int | None = field(default=None, validator=validators.optional(validators.ge(0)))
    seconds: float = field(default=0.0, validator=validators.ge(0))
    status: int = field(default=200, validator=[validators.ge(200), validators.le(599)])
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""
    effect: bool = Factory(lambda fault: not _refuses(fault), takes_self=True)

    def __attrs_post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError("times must be 1 or more, or None for always")


def _refuses(fault: Fault) -> bool:
    """Whether an answer says that nothing was done; one that is lost or not known does not."""
    if fault.kind != "answer":
        return False
    try:
        said = json.loads(fault.body)
    except ValueError:
        said = None
    code = str(said.get("code")) if isinstance(said, dict) else ""
    return code in _REFUSALS or (400 <= fault.status < 500 and fault.status != _TIMED_OUT)


@define
class _Watch:
    fault: Fault
    calls: int = 0

    def count(self) -> bool:
        """Count one call, and tell whether the fault happens to it."""
        self.calls += 1
        nth = self.calls - self.fault.at
        return nth >= 0 and (self.fault.times is None or nth < self.fault.times)

    @property
    def is_over(self) -> bool:
        """Whether it will not happen again."""
        last = self.fault.at - 1 + (self.fault.times or 0)
        return self.fault.times is not None and self.calls >= last


@define
class Faults:
    """The faults of one emulator: `emulator.faults`.

    Attributes:
        fired: The faults that have happened, in their order.
    """

    fired: list[Fault] = Factory(list)
    _watches: list[_Watch] = field(factory=list, init=False)

    def add(self, fault: Fault) -> Fault:
        """Add a fault, whose calls are counted from now on, and return it."""
        self._watches.append(_Watch(fault))
        return fault

    @property
    def waiting(self) -> list[Fault]:
        """Those that are yet to happen, or to happen again."""
        return [watch.fault for watch in self._watches if not watch.is_over]

    def disarm(self) -> None:
        """Take away those that are yet to happen; what has happened stays in `fired`."""
        self._watches.clear()

    def clear(self) -> None:
        """Take all faults away, those of the past in `fired` too."""
        self._watches.clear()
        self.fired.clear()

    def refuse(self, endpoint: str, **options: Any) -> Fault:
        """Add a connection dropped before anything was done; options as `Fault` has them."""
        return self.add(Fault(endpoint, "refuse", **options))

    def delay(self, endpoint: str, seconds: float, **options: Any) -> Fault:
        """Add an answer held back, in seconds of the emulator's clock."""
        return self.add(Fault(endpoint, "delay", seconds=seconds, **options))

    def cut(self, endpoint: str, **options: Any) -> Fault:
        """Add a connection closed in the middle of an answer."""
        return self.add(Fault(endpoint, "cut", **options))

    def reset(self, endpoint: str, **options: Any) -> Fault:
        """Add a connection reset in the middle of an answer."""
        return self.add(Fault(endpoint, "reset", **options))

    def stall(self, endpoint: str, **options: Any) -> Fault:
        """Add an answer that stops coming, on a connection that stays open."""
        return self.add(Fault(endpoint, "stall", **options))

    def answer(self, endpoint: str, **options: Any) -> Fault:
        """Add an answer in place of the real one."""
        return self.add(Fault(endpoint, "answer", **options))

    def pace(self, endpoint: str, **options: Any) -> Fault:
        """Add a slow link: pieces of `after` bytes, `seconds` apart."""
        return self.add(Fault(endpoint, "pace", **options))

    def next_for(self, endpoint: str) -> Fault | None:
        """Count a call of an endpoint; return what happens to it, the oldest fault first."""
        watches = [watch for watch in self._watches if watch.fault.endpoint == endpoint]
        firing = [watch.fault for watch in watches if watch.count()]
        if not firing:
            return None
        self.fired.append(firing[0])
        return firing[0]
