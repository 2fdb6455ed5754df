"""Music made on the spot: a few bars of chords, bass and melody that follow from a name."""

import math
import random
from array import array
from functools import lru_cache
from itertools import chain
from operator import add

from ._chance import chance

MUSIC_RATE = 16_000
"""Soft sounds have nothing above 8 kHz, and a third of the samples is a third of the work."""

_PROGRESSIONS = (
    (0, 9, 5, 7),
    (0, 7, 9, 5),
    (9, 5, 0, 7),
    (0, 4, 5, 7),
    (2, 7, 0, 9),
    (9, 7, 5, 7),
)
_MINOR = {2, 4, 9}
_MELODY = (0, 2, 4, 7, 9, 12, 14, 16)
_PEAK = 20_000
_TABLE = [math.sin(2 * math.pi * i / 1024) for i in range(1024)]


@lru_cache(maxsize=8)
def loop(name: str, seed: int, seconds: float) -> "array[int]":
    """Four bars that can be repeated, or as many as `seconds` needs: mono, 16 bits."""
    rng = chance(seed, "music", name)
    beat = MUSIC_RATE * 60 // rng.randint(72, 104)
    bars = max(1, min(4, math.ceil(seconds * MUSIC_RATE / (4 * beat))))
    tune = _Tune(bars * 4 * beat, root=rng.randint(45, 52))
    for bar, chord in enumerate(rng.choice(_PROGRESSIONS)[:bars]):
        _play_bar(tune, rng, bar * 4 * beat, beat, chord)
    return tune.levelled()


def _play_bar(tune: "_Tune", rng: random.Random, start: int, beat: int, chord: int) -> None:
    third = 3 if chord in _MINOR else 4
    for step in (0, third, 7):
        tune.add(start, tune.root + 12 + chord % 12 + step, 4 * beat, "pad")
    for half in (0, 3, 4, 6):
        tune.add(start + half * beat // 2, tune.root - 12 + chord % 12, beat, "bass")
    for eighth in range(8):
        if rng.random() < 0.7:
            pitch = tune.root + 24 + rng.choice(_MELODY)
            tune.add(start + eighth * beat // 2, pitch, beat, "pluck")


class _Tune:
    """Notes added up; one that runs over the end goes on at the beginning."""

    def __init__(self, length: int, root: int) -> None:
        self.root = root
        self._samples = array("i", bytes(4 * length))
        self._notes: dict[tuple[int, int, str], array[int]] = {}

    def add(self, start: int, pitch: int, length: int, voice: str) -> None:
        key = (pitch, length, voice)
        if key not in self._notes:
            self._notes[key] = _note(440 * 2 ** ((pitch - 69) / 12), length, voice)
        note = self._notes[key]
        fits = min(len(note), len(self._samples) - start)
        self._mix(start, note[:fits])
        self._mix(0, note[fits:])

    def _mix(self, start: int, note: "array[int]") -> None:
        end = start + len(note)
        self._samples[start:end] = array("i", map(add, self._samples[start:end], note))

    def levelled(self) -> "array[int]":
        """The tune as loud as any other, whatever notes it has."""
        gain = _PEAK / (max(map(abs, self._samples)) or 1)
        return array("h", [int(s * gain) for s in self._samples])


def _note(frequency: float, length: int, voice: str) -> "array[int]":
    step = frequency * 1024 / MUSIC_RATE
    table = [_TABLE[i] + 0.3 * _TABLE[2 * i % 1024] for i in range(1024)]
    tone = [table[int(i * step) & 1023] for i in range(length)]
    return array("i", [int(t * e) for t, e in zip(tone, _envelope(length, voice), strict=True)])


@lru_cache(maxsize=16)
def _envelope(length: int, voice: str) -> list[float]:
    if voice == "pad":
        rise = length // 6
        fall = length - rise
        return [1500 * i / rise for i in range(rise)] + [
            1500 * (fall - i) / fall for i in range(fall)
        ]
    loudness, fade = (4500.0, 3.0) if voice == "bass" else (3000.0, 6.0)
    attack = [loudness * i / 200 for i in range(200)]
    factor = math.exp(-fade / length)
    decay: list[float] = []
    for _ in range(length - 200):
        decay.append(loudness * (1 - len(decay) / length))
        loudness *= factor
    return list(chain(attack, decay))
