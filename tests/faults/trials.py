"""One generation under faults, and what must be true of it whatever happened."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from nemo_sdk import (
    APIError,
    DownloadError,
    Generation,
    NemoClient,
    NemoError,
    OutcomeUnknownError,
    RateLimitError,
    RenderError,
    ServerError,
    Timing,
    TransportError,
    TurnError,
    Video,
)
from nemo_sdk.emulator import Emulator, Fault

PROMPT = "add a title to it and lo-fi music"
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
    b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)
ENDPOINTS = (
    "anonymous_token",
    "create_session",
    "upload",
    "run_sse",
    "state",
    "submit_render",
    "render_status",
    "film",
)
"""All that a generation with a file in it, and a film saved, make use of."""
SPEED = 5000.0
TIMING = Timing(
    connect=1,
    read=0.15,
    turn=3,
    quiet=0.9,
    still_working=0.05,
    rate_limit_wait=0.005,
    render_poll=0.005,
    render=1.5,
    call=1,
    recovery=(0.03,) * 5,
    backoff=0.002,
    backoff_max=0.01,
)
LONGEST = 15.0
"""Seconds after which a trial counts as hanging; none should take a third of it."""


@frozen
class Film:
    """What the trials' own renderer says of its film."""

    duration: float
    size: int


def render(draft: Mapping[str, Any], target: Path, **_: Any) -> Film:
    """Write a draft's tracks in place of a film."""
    content = json.dumps(draft["t"]).encode() * 8
    target.write_bytes(content)
    return Film(10.0, len(content))


@frozen
class Trial:
    """What shall go wrong in one generation."""

    label: str
    faults: tuple[Fault, ...] = ()
    files: bool = False


@frozen
class Result:
    """What became of one trial, and of going on with it when nothing goes wrong any more."""

    trial: Trial
    outcome: str
    afterwards: str
    fired: tuple[Fault, ...]
    charges: int
    problems: tuple[str, ...]


def new_emulator(seed: int) -> Emulator:
    """Return a service for many trials, one after another."""
    return Emulator(
        credits=1_000_000, speed=SPEED, seed=seed, anonymous_limit=False, renderer=render
    )


async def attempt(emulator: Emulator, trial: Trial, folder: Path) -> Result:
    """Run one generation under a trial's faults, go on with it without them, and judge both."""
    _forget(emulator)
    target = folder / "film.mp4"
    for fault in trial.faults:
        emulator.faults.add(fault)
    async with NemoClient(
        base_url=emulator.base_url, timing=TIMING, token_store=None, client_id="trial"
    ) as client:
        files = [folder.parent / "picture.png"] if trial.files else []
        generation = client.generate(PROMPT, files=files)
        first = await _outcome(generation, target)
        fired = tuple(emulator.faults.fired)
        problems = list(_problems(emulator, generation, first, fired, target))
        emulator.faults.clear()
        second = first
        if not isinstance(first, Video):
            second = await _outcome(client.resume(generation.checkpoint), target)
            problems += _problems_afterwards(emulator, generation, second)
    target.unlink(missing_ok=True)
    return Result(trial, _name(first), _name(second), fired, len(emulator.charges), tuple(problems))


async def _outcome(generation: Generation, target: Path) -> object:
    """Return the saved video, or the error in its place; a hang is a TimeoutError."""
    try:
        async with asyncio.timeout(LONGEST):
            video = await generation
            await video.save(target)
    except Exception as error:
        return error
    return video


def _problems(
    emulator: Emulator,
    generation: Generation,
    outcome: object,
    fired: tuple[Fault, ...],
    target: Path,
) -> Iterator[str]:
    """Tell what must not be, after a generation under faults."""
    yield from _second_ones(emulator)
    if isinstance(outcome, Video):
        made = emulator.renders[outcome.render_id].path
        if made is None or target.read_bytes() != made.read_bytes():
            yield "the saved film is another one"
        return
    if any(target.parent.iterdir()):
        yield "half a film was left"
    if not isinstance(outcome, NemoError):
        yield f"ended in {outcome!r}"
        return
    if not isinstance(outcome, DownloadError) and generation.error is not outcome:
        yield f"generation.error is {generation.error!r}"
    if not isinstance(outcome, DownloadError) and outcome.checkpoint != generation.checkpoint:
        yield f"{outcome!r} is not where the generation stands: {outcome.checkpoint}"
    broken = {fault.endpoint for fault in fired}
    if untrue := _untrue(outcome, len(emulator.charges), broken):
        yield f"{outcome!r} does not tell the truth: {untrue}"


def _second_ones(emulator: Emulator) -> Iterator[str]:
    if len(emulator.charges) > 1:
        yield f"charged {len(emulator.charges)} times"
    if sum(render.status != "failed" for render in emulator.renders.values()) > 1:
        yield "rendered again although a render was alive"


_BROKEN_BEFORE: dict[type[NemoError], set[str]] = {
    OutcomeUnknownError: {"run_sse", "state"},
    TurnError: {"run_sse"},
    DownloadError: {"film"},
    RenderError: {"state", "submit_render", "render_status"},
    NemoError: set(ENDPOINTS),
}
"""What must have been broken before an error is true; the first kind that fits counts."""


def _untrue(error: NemoError, charges: int, broken: set[str]) -> str:
    """Return why an error cannot be what happened, or nothing."""
    if charges != {"no": 0, "yes": 1}.get(error.charged, charges):
        return f"charged is {error.charged!r}, and there were {charges} charges"
    if isinstance(error, TransportError | ServerError | RateLimitError) and charges:
        return "it says that calling again is right, and that would be charged again"
    if isinstance(error, APIError) and error.path == "/run_sse" and charges:
        return "it says that the message was refused, and it was taken"
    needed = next(needed for kind, needed in _BROKEN_BEFORE.items() if isinstance(error, kind))
    return "" if needed & broken else f"only {broken or 'nothing'} was broken"


def _problems_afterwards(
    emulator: Emulator, generation: Generation, outcome: object
) -> Iterator[str]:
    """Tell what must not be, after going on from the checkpoint with nothing broken."""
    yield from _second_ones(emulator)
    never_taken = generation.checkpoint.stage == "message" and not emulator.charges
    if never_taken and isinstance(outcome, OutcomeUnknownError):
        return
    if not isinstance(outcome, Video):
        yield f"no film by going on from {generation.checkpoint.stage!r}: {outcome!r}"


def _forget(emulator: Emulator) -> None:
    emulator.faults.clear()
    emulator.calls.clear()
    emulator.charges.clear()
    emulator._service.renders.by_id.clear()


def _name(outcome: object) -> str:
    return type(outcome).__name__
