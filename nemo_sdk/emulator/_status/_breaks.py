"""What the page can have go wrong with the next call."""

from collections.abc import Mapping
from typing import Any

from nemo_sdk.emulator._envelopes import Envelopes, RefusedError
from nemo_sdk.emulator._faults import Fault

_LATE_SECONDS = 60.0
_REFUSALS = {
    "1001": "Token invalid or expired",
    "1002": "Session not found",
    "2001": "Insufficient credits",
    "402": "Export is not available on the free plan",
    "429": "Too many requests",
}
BREAKS = {
    "refuse": "drop it, unanswered",
    "cut": "cut the answer",
    "stall": "answer, then silence",
    "delay": f"answer {_LATE_SECONDS:g} s late",
    "500": "500, an error page",
    **{code: f"{code}, {words.lower()}" for code, words in _REFUSALS.items()},
}
"""The kinds, and what the page calls them."""


def break_of(wish: Any, envelopes: Envelopes) -> Fault:
    """Return the fault that a page asks for.

    Args:
        wish: `endpoint`, `kind` (one of `BREAKS`), and for a cut `seconds`, from JSON.
        envelopes: How a refusal is written.

    Raises:
        ValueError: There is no such endpoint or kind, or a number is out of its range.
        TypeError: It is nothing of the kind.
    """
    if not isinstance(wish, Mapping):
        raise TypeError('Send {"endpoint": "run_sse", "kind": "cut", "seconds": 40}.')
    endpoint, kind = str(wish.get("endpoint")), str(wish.get("kind"))
    if kind not in BREAKS:
        raise ValueError(f"There is no kind {kind!r}: choose from {', '.join(BREAKS)}.")
    if kind in _REFUSALS:
        return _refusal(endpoint, int(kind), envelopes)
    match kind:
        case "500":
            page = b"<html>Internal Server Error</html>"
            headers = {"Content-Type": "text/html"}
            return Fault(endpoint, "answer", status=500, headers=headers, body=page)
        case "delay":
            return Fault(endpoint, "delay", seconds=_LATE_SECONDS)
        case "cut" | "stall":
            return Fault(endpoint, kind, seconds=float(wish.get("seconds") or 0))
        case _:
            return Fault(endpoint, "refuse")


def _refusal(endpoint: str, code: int, envelopes: Envelopes) -> Fault:
    headers = {"Retry-After": "30"} if code == 429 else {}
    answer = envelopes.refusal(RefusedError(code, _REFUSALS[str(code)], headers=headers))
    body = answer.body if isinstance(answer.body, bytes) else b""
    return Fault(endpoint, "answer", status=answer.status, headers=answer.headers, body=body)
