"""What can go wrong: every single fault, every place of the stream, and chance combinations."""

import gzip
import random
from collections.abc import Iterator

from attrs import evolve

from nemo_sdk.emulator import Fault
from nemo_sdk.emulator._faults import FaultKind

from .trials import ENDPOINTS, SPEED, Trial

_BREAKS: tuple[FaultKind, ...] = ("cut", "reset", "stall")
SLOW = 0.4
"""Seconds that an answer is held back where the client shall not wait for it."""
DRIP = 0.05
"""Seconds between two bytes of an answer that is never still, and never there."""

ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "500 JSON": (500, "application/json", b'{"detail":"Internal Server Error"}'),
    "502 HTML": (502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>"),
    "503 empty": (503, "text/plain", b""),
    "200 HTML": (200, "text/html", b"<html>Please log in to the wireless network</html>"),
    "200 empty": (200, "application/json", b""),
    "200 garbage": (200, "application/octet-stream", b"\x00\xff\xfe garbage \x80" * 40),
    "200 cut JSON": (200, "application/json", b'{"code":0,"data":{"session_id":"12'),
    "200 list": (200, "application/json", b"[]"),
}
REFUSALS: dict[str, tuple[int, str, bytes]] = {
    "1001": (401, "application/json", b'{"code":1001,"message":"token expired"}'),
    "1002": (200, "application/json", b'{"code":1002,"message":"session not found"}'),
    "2001": (200, "application/json", b'{"code":2001,"message":"out of credits"}'),
    "429": (429, "application/json", b'{"code":429,"message":"slow down"}'),
    "400": (400, "application/json", b'{"detail":"bad request"}'),
    "redirect": (307, "text/html", b"<html>moved</html>"),
}


PART = {"Content-Type": "video/mp4", "Content-Range": "bytes 0-99/102412"}
CODED = {"Content-Type": "video/mp4", "Content-Encoding": "gzip"}
HOSTILE = {
    "Content-Type": "video/mp4",
    "Content-Range": f"bytes 0-{'9' * 5000}/{'9' * 5000}",
    "Last-Modified": "Mon, 01 Jan 99999999999 00:00:00 GMT",
    "Repr-Digest": "sha-256=::",
}
FILMS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "a part": (206, PART, b"x" * 100),
    "a part, called whole": (200, PART, b"x" * 100),
    "a coded body": (200, CODED, gzip.compress(b"a film, or none" * 1000)),
    "an unknown coding": (200, {**CODED, "Content-Encoding": "zstd"}, b"(\xb5/\xfd" * 100),
    "hostile headers": (200, HOSTILE, b"x" * 100),
    "an error as a film": (200, {"Content-Type": "video/mp4"}, b'{"error":"it is gone"}'),
}
"""What a film's host may answer that is no whole film."""


def single_faults() -> Iterator[Trial]:
    """Yield every kind of fault at every endpoint, once and for good."""
    for endpoint in ENDPOINTS:
        for times in (1, None):
            for name, fault in _kinds(endpoint, times):
                label = f"{endpoint}: {name}, {'once' if times else 'always'}"
                yield Trial(label, (fault,), files=endpoint == "upload")


def _kinds(endpoint: str, times: int | None) -> Iterator[tuple[str, Fault]]:
    yield "refuse", Fault(endpoint, "refuse", times=times)
    for effect in (True, False):
        done = "done" if effect else "not done"
        yield f"delay, {done}", _delay(endpoint, times, 0.02, effect=effect)
        yield f"long delay, {done}", _delay(endpoint, times, SLOW, effect=effect)
        for name, answer in ANSWERS.items():
            yield f"{name}, {done}", _answer(endpoint, times, answer, effect=effect)
    for kind in _BREAKS:
        yield f"{kind}, not done", Fault(endpoint, kind, times=times, effect=False)
        for after in (-1, 0, 1, 60):
            yield f"{kind} after {after}", Fault(endpoint, kind, times=times, after=after)
    if endpoint != "film":
        drip = Fault(endpoint, "pace", times=times, after=1, seconds=DRIP * SPEED)
        yield "drip", drip
    else:
        for name, (status, headers, body) in FILMS.items():
            yield (
                name,
                Fault(endpoint, "answer", times=times, status=status, headers=headers, body=body),
            )
    for name, answer in REFUSALS.items():
        yield f"{name}, not done", _answer(endpoint, times, answer, effect=False)


def _delay(endpoint: str, times: int | None, seconds: float, *, effect: bool) -> Fault:
    return Fault(endpoint, "delay", times=times, seconds=seconds * SPEED, effect=effect)


def _answer(
    endpoint: str, times: int | None, answer: tuple[int, str, bytes], *, effect: bool
) -> Fault:
    status, content_type, body = answer
    headers = {"Content-Type": content_type}
    if status == 307:
        headers["Location"] = "/elsewhere"
    return Fault(
        endpoint, "answer", times=times, status=status, headers=headers, body=body, effect=effect
    )


def places_in_the_stream(events: int, size: int, step: int) -> Iterator[Trial]:
    """Yield a break at every event boundary, and one at every `step` bytes.

    Args:
        events: How many events a stream has.
        size: How many bytes a stream has.
        step: Bytes between two breaks.
    """
    for kind in _BREAKS:
        for event in range(events + 1):
            fault = Fault("run_sse", kind, after_event=event)
            yield Trial(f"run_sse: {kind} after event {event}", (fault,))
    for after in range(1, size, step):
        kind = _BREAKS[after // step % 2]
        fault = Fault("run_sse", kind, after=after)
        yield Trial(f"run_sse: {kind} after byte {after}", (fault,))
    for piece in (1, 7, 64):
        fault = Fault("run_sse", "pace", after=piece)
        yield Trial(f"run_sse: {piece} bytes at a time", (fault,))


def chance_combinations(runs: int, seed: int) -> Iterator[Trial]:
    """Yield combinations of two to four faults at any calls of any endpoints."""
    for number in range(runs):
        chance = random.Random(f"{seed}:{number}")
        faults = tuple(_any_fault(chance) for _ in range(chance.randint(2, 4)))
        yield Trial(f"combination {seed}:{number}", faults, files=chance.random() < 0.2)


def _any_fault(chance: random.Random) -> Fault:
    endpoint = chance.choice((*ENDPOINTS, "run_sse", "state"))
    times = chance.choice((1, 1, 1, 2, 3, None))
    _, fault = chance.choice(list(_kinds(endpoint, times)))
    fault = evolve(fault, at=chance.choice((1, 1, 1, 2, 3)))
    if fault.kind in _BREAKS and fault.effect:
        fault = evolve(fault, after=chance.choice((-1, 0, 1, 60, chance.randint(0, 12_000))))
    return fault


def kinds_of(fault: Fault) -> str:
    """Return what a fault is counted as."""
    if fault.kind == "answer":
        return f"answer-{fault.status}"
    return fault.kind
