"""The sound of a film: one note for each piece of music, and the uploads' own, as one stream."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from av import AudioFrame, AudioResampler
from av.error import FFmpegError

from ._plan import Plan, Segment

RATE = 48_000
LAYOUT = "mono"
LOUD = 0.25
"""How far a note swings at full volume, where 1 is as far as sound can."""

_BLOCK = RATE // 5
_SCALE = [220.0 * 2 ** (octave + step / 12) for octave in range(3) for step in (0, 2, 4, 7, 9)]

Samples = np.ndarray[Any, np.dtype[np.float32]]


def notes_of(plan: Plan) -> dict[str, float]:
    """Return the note, in hertz, of each piece of music by its name: no two of 15 have the same."""
    names = dict.fromkeys(sound.name for sound in plan.sounds if not sound.src)
    return {name: _SCALE[place * 7 % len(_SCALE)] for place, name in enumerate(names)}


def heard_in(plan: Plan, media: Mapping[str, Path]) -> tuple[Segment, ...]:
    """Return what is heard: music, recordings, uploaded clips with sound that are not covered."""
    clips = (shot for shot in plan.shots if shot.src in media and _has_sound(media[shot.src]))
    seen = (shot for shot in clips if plan.shot_at(shot.start + shot.duration / 2) is shot)
    return (*plan.sounds, *seen)


def sound_of(plan: Plan, seconds: float, media: Mapping[str, Path]) -> Iterator[AudioFrame] | None:
    """Return the film's sound in blocks, exactly `seconds` long; None for a film without any."""
    heard, notes = heard_in(plan, media), notes_of(plan)
    parts = [_blocks(segment, _content(segment, notes, media)) for segment in heard]
    return _mixed(parts, round(seconds * RATE)) if heard else None


def _mixed(parts: list[Iterator[Samples]], total: int) -> Iterator[AudioFrame]:
    for start in range(0, total, _BLOCK):
        block = np.clip(sum(map(next, parts)), -1, 1)[None, : total - start]
        frame = AudioFrame.from_ndarray(block.astype(np.float32), format="fltp", layout=LAYOUT)
        frame.sample_rate = RATE
        yield frame


def _blocks(segment: Segment, content: Iterator[Samples]) -> Iterator[Samples]:
    """Return a segment's sound at its place and volume, from the film's beginning, without end."""
    begin, end, held = round(segment.start * RATE), round(segment.end * RATE), np.zeros(0)
    times = np.arange(_BLOCK) / RATE
    while True:
        block, at = np.zeros(_BLOCK), round(times[0] * RATE)
        count = max(0, min(at + _BLOCK, end) - max(at, begin)) if segment.volume else 0
        while len(held) < count and (piece := next(content, None)) is not None:
            held = np.concatenate([held, piece])
        place = slice(max(0, begin - at), max(0, begin - at) + len(held[:count]))
        block[place] = held[:count] * segment.volume
        rise = (times - segment.start) / (segment.fade_in or 1e-9)
        fall = (segment.end - times) / (segment.fade_out or 1e-9)
        yield (block * np.clip(np.minimum(rise, fall), 0, 1)).astype(np.float32)
        held, times = held[count:], times + _BLOCK / RATE


def _content(
    segment: Segment, notes: Mapping[str, float], media: Mapping[str, Path]
) -> Iterator[Samples]:
    if segment.src in media:
        return _recording(media[segment.src], segment)
    return iter(()) if segment.src else _note(notes[segment.name])


def _note(hertz: float) -> Iterator[Samples]:
    """Return a steady, soft note without end: its level can be measured at any moment."""
    turns = np.arange(RATE) * (2 * np.pi * hertz / RATE)
    while True:
        yield (LOUD * (np.sin(turns) + 0.2 * np.sin(2 * turns))).astype(np.float32)
        turns += 2 * np.pi * hertz


def _recording(path: Path, segment: Segment) -> Iterator[Samples]:
    """Return a file's sound from where a segment begins; what cannot be read of it is left out.

    Read at another rate than it is played at, it goes faster or slower.
    """
    rate = max(1000, round(RATE / segment.speed))
    skip = round(segment.offset * rate)
    resampler = AudioResampler(format="flt", layout=LAYOUT, rate=rate)
    with suppress(FFmpegError, OSError, IndexError), av.open(str(path)) as file:
        for frame in chain(file.decode(audio=0), (None,)):
            for ready in resampler.resample(frame):
                yield ready.to_ndarray().astype(np.float32).reshape(-1)[skip:]
                skip = max(0, skip - ready.samples)


def _has_sound(path: Path) -> bool:
    with suppress(FFmpegError, OSError), av.open(str(path)) as file:
        return bool(file.streams.audio)
    return False
