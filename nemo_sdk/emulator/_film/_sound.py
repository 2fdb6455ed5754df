"""The sound of a film: recordings and music, each at its time and volume, as one stream."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, repeat
from operator import add
from pathlib import Path

import av
from av import AudioFrame, AudioResampler
from av.error import FFmpegError

from ._music import MUSIC_RATE, loop
from ._plan import Plan, Sound

RATE = 48_000
LAYOUT = "stereo"
_BLOCK = 4_800
_BYTES = 4


def sound_of(
    plan: Plan, seconds: float, media: Mapping[str, Path], seed: int
) -> Iterator[AudioFrame] | None:
    """The film's sound in blocks, exactly `seconds` long; None for a silent film.

    A film has sound where its draft has an audio track or an uploaded clip brings its own.
    """
    clips = [
        Sound(s.start, s.duration, src=s.src, offset=s.offset, volume=s.volume)
        for s in plan.shots
        if s.src in media and _has_sound(media[s.src])
    ]
    sounds = [s for s in (*plan.sounds, *clips) if s.duration > 0]
    if not sounds:
        return None
    return _mixed([_blocks(s, media, seed) for s in sounds], round(seconds * RATE))


def _has_sound(path: Path) -> bool:
    try:
        with av.open(str(path)) as file:
            return bool(file.streams.audio)
    except (FFmpegError, OSError):
        return False


def _mixed(voices: list[Iterator[bytes]], total: int) -> Iterator[AudioFrame]:
    for start in range(0, total, _BLOCK):
        samples = min(_BLOCK, total - start)
        blocks = [next(voice, b"") for voice in voices]
        mixed = _sum([b for b in blocks if b.strip(b"\0")])
        yield _frame(mixed[: samples * _BYTES].ljust(samples * _BYTES, b"\0"), LAYOUT, RATE)


def _sum(blocks: list[bytes]) -> bytes:
    if len(blocks) < 2:
        return b"".join(blocks)
    size = max(map(len, blocks))
    total = [0] * (size // 2)
    for block in blocks:
        total = list(map(add, total, array("h", block.ljust(size, b"\0"))))
    try:
        return array("h", total).tobytes()
    except OverflowError:
        return array("h", [max(-32768, min(32767, s)) for s in total]).tobytes()


def _blocks(sound: Sound, media: Mapping[str, Path], seed: int) -> Iterator[bytes]:
    """The sound from the film's beginning on, cut in blocks; shorter only at its end."""
    pieces = chain(_silence(sound.start), _limited(_content(sound, media, seed), sound.duration))
    held = bytearray()
    for piece in pieces:
        held += piece
        while len(held) >= _BLOCK * _BYTES:
            yield bytes(held[: _BLOCK * _BYTES])
            del held[: _BLOCK * _BYTES]
    yield bytes(held)


def _silence(seconds: float) -> Iterator[bytes]:
    whole, rest = divmod(round(seconds * RATE), _BLOCK)
    yield from repeat(bytes(_BLOCK * _BYTES), whole)
    yield bytes(rest * _BYTES)


def _limited(pieces: Iterable[bytes], seconds: float) -> Iterator[bytes]:
    left = round(seconds * RATE) * _BYTES
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _content(sound: Sound, media: Mapping[str, Path], seed: int) -> Iterator[bytes]:
    if sound.volume == 0:
        return iter(())
    path = media.get(sound.src)
    if path is not None and _has_sound(path):
        return (_at_volume(piece, sound.volume) for piece in _recording(path, sound.offset))
    return _music(sound, seed)


def _at_volume(pcm: bytes, volume: float) -> bytes:
    if volume == 1:
        return pcm
    return array("h", [int(s * volume) for s in array("h", pcm)]).tobytes()


def _music(sound: Sound, seed: int) -> Iterator[bytes]:
    notes = _at_volume(loop(sound.name, seed, sound.duration).tobytes(), sound.volume)
    frames = [_frame(notes, "mono", MUSIC_RATE), None]
    return repeat(b"".join(_stereo(frames)))


def _recording(path: Path, offset: float) -> Iterator[bytes]:
    """The recording from `offset` seconds on; what cannot be read of it is left out."""
    skip = round(offset * RATE) * _BYTES
    with av.open(str(path)) as file, suppress(FFmpegError):
        for pcm in _stereo(chain(file.decode(audio=0), (None,))):
            yield pcm[skip:]
            skip = max(0, skip - len(pcm))


def _stereo(frames: Iterable[AudioFrame | None]) -> Iterator[bytes]:
    """The frames in the film's format; None at the end lets go of what is held back."""
    resampler, mono = None, False
    for frame in frames:
        if resampler is None and frame is not None:
            mono = frame.layout.nb_channels == 1
            layout = "mono" if mono else LAYOUT
            resampler = AudioResampler(format="s16", layout=layout, rate=RATE)
        for ready in resampler.resample(frame) if resampler else ():
            pcm = bytes(ready.planes[0])[: ready.samples * (2 if mono else _BYTES)]
            yield _doubled(pcm) if mono else pcm


def _doubled(pcm: bytes) -> bytes:
    """One channel on both sides at its full level; FFmpeg would make it quieter."""
    both = array("h", bytes(2 * len(pcm)))
    both[::2] = both[1::2] = array("h", pcm)
    return both.tobytes()


def _frame(pcm: bytes, layout: str, rate: int) -> AudioFrame:
    samples = len(pcm) // (2 if layout == "mono" else _BYTES)
    frame = AudioFrame(format="s16", layout=layout, samples=samples)
    frame.sample_rate = rate
    frame.planes[0].update(pcm)
    return frame
