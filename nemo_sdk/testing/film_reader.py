"""A film of the emulator's, read: what every frame says of itself, what is heard, the notes."""

import io
import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import av
import numpy as np
from attrs import Factory, define, frozen
from av.error import FFmpegError

from nemo_sdk.emulator._film._sound import LOUD, RATE
from nemo_sdk.emulator._film._strip import Mark

from .strip_reader import may_show, read_strip

_WINDOW = 0.1


@frozen
class Frame:
    """One frame: its time in seconds, its strip, and how bright its picture is, 0 to 255."""

    time: float
    mark: Mark | None
    light: float


@frozen
class Shot:
    """A stretch of frames that show one clip, and what the film's notes say of the clip."""

    number: int
    frames: tuple[Frame, ...]
    about: dict[str, Any]

    @property
    def name(self) -> str:
        """The clip's name, as far as there are notes."""
        return str(self.about.get("name", f"clip {self.number}"))

    @property
    def start(self) -> float:
        """When it begins, in seconds."""
        return self.frames[0].time

    @property
    def offset(self) -> float:
        """What second of the clip comes first."""
        return _mark(self.frames[0]).source / 1000

    @property
    def speed(self) -> float:
        """How many seconds of the clip pass in one of the film."""
        first, last = self.frames[0], self.frames[-1]
        if first is last:
            return float(self.about.get("speed", 1.0))
        passed = (_mark(last).source - _mark(first).source) / 1000
        return passed / (last.time - first.time)

    @property
    def volume(self) -> float:
        """The clip's own volume where it is loudest."""
        return max(_mark(frame).volume for frame in self.frames) / 100


@define
class Film:
    """All that was read of a film."""

    format: str
    size: tuple[int, int]
    fps: float
    frames: list[Frame] = Factory(list)
    sound: Any = None
    notes: dict[str, list[dict[str, Any]]] | None = None

    @property
    def duration(self) -> float:
        """In seconds."""
        return self.frames[-1].time + 1 / self.fps if self.frames else 0.0

    @property
    def shots(self) -> list[Shot]:
        """The clips as they are seen, one after another."""
        readable = [frame for frame in self.frames if frame.mark]
        runs = groupby(readable, lambda frame: _mark(frame).clip)
        about = {shot["number"]: shot for shot in self.noted("shots")}
        return [Shot(n, tuple(frames), about.get(n, {})) for n, frames in runs if n]

    def noted(self, what: str) -> list[dict[str, Any]]:
        """Return what the notes say of `shots`, `titles` or `sounds`."""
        return (self.notes or {}).get(what, [])

    def frame_at(self, time: float) -> Frame | None:
        """Return the frame that is seen at a time in seconds; None after the end."""
        seen = [frame for frame in self.frames if frame.time <= time + 1e-3]
        return seen[-1] if seen and time < self.duration + 1e-3 else None

    def titles_at(self, frame: Frame) -> list[dict[str, Any]]:
        """Return the titles that a frame shows: by its strip, and by their times in the notes."""
        return [
            title
            for title in self.noted("titles")
            if frame.mark
            and may_show(frame.mark, title["number"])
            and -0.1 <= frame.time - title["start"] <= title["duration"] + 0.1
        ]

    def level(self, start: float, end: float) -> float:
        """Return how loud a stretch is, where 1 is the loudest square wave there can be."""
        heard = self._heard(start, end)
        return float(np.sqrt(np.mean(np.square(heard)))) if len(heard) else 0.0

    def note_level(self, hertz: float, time: float) -> float:
        """Return the volume at which a note is played at a time in seconds."""
        heard = self._heard(time - _WINDOW, time + _WINDOW)
        if not len(heard):
            return 0.0
        window = np.hanning(len(heard))
        turns = np.exp(-2j * np.pi * hertz / RATE * np.arange(len(heard)))
        return float(2 * abs(np.sum(heard * window * turns)) / np.sum(window) / LOUD)

    def _heard(self, start: float, end: float) -> Any:
        first, last = max(0, round(start * RATE)), max(0, round(end * RATE))
        return () if self.sound is None else self.sound[first:last]


def read_film(source: Path | bytes) -> Film:
    """Return what is in a film.

    Raises:
        ValueError: It is no film that can be read.
    """
    content = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    try:
        with av.open(content, "r") as file:
            if not file.streams.video:
                raise ValueError("This is no film: there are no pictures in it.")
            stream = file.streams.video[0]
            size, rate = (stream.width, stream.height), stream.average_rate
            film = Film(file.format.name, size, float(rate or 24))
            film.notes = _notes(file.metadata)
            heard = []
            for frame in file.decode(*file.streams.video[:1], *file.streams.audio[:1]):
                if isinstance(frame, av.VideoFrame):
                    film.frames.append(_frame(frame))
                elif isinstance(frame, av.AudioFrame):
                    heard.append(frame)
    except (FFmpegError, IndexError) as error:
        raise ValueError(
            "This is no film that can be read. Films are real where the extra `emulator` is "
            "installed, and an emulator of films=False or with a renderer of your own makes none."
        ) from error
    first = film.frames[0].time if film.frames else 0.0
    film.frames = [Frame(f.time - first, f.mark, f.light) for f in film.frames]
    film.sound = np.concatenate(list(_samples(heard, first))) if heard else None
    return film


def _frame(frame: av.VideoFrame) -> Frame:
    luma = frame.reformat(format="yuv420p").planes[0]
    rows = np.frombuffer(memoryview(luma), np.uint8).reshape(luma.height, -1)[:, : luma.width]
    # The median, and not of the edges: titles and slate are no part of the picture.
    middle = rows[: luma.height * 3 // 4 : 4, luma.width // 8 :: 4]
    return Frame(float(frame.time or 0), read_strip(rows), float(np.median(middle)))


def _samples(frames: list[av.AudioFrame], first: float) -> Iterator[Any]:
    """Return the sound from the first frame's time on, in one channel."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    early = round(((frames[0].time or 0.0) - first) * RATE)
    yield np.zeros(max(0, early), np.float32)
    skip = max(0, -early)
    for frame in (*frames, None):
        for ready in resampler.resample(frame):
            samples = ready.to_ndarray().reshape(-1)
            yield samples[skip:]
            skip = max(0, skip - len(samples))


def _notes(metadata: dict[str, str]) -> dict[str, list[dict[str, Any]]] | None:
    """Return the notes in a film's comment; None where it has another comment, or none."""
    comment = next((metadata[name] for name in metadata if name.lower() == "comment"), "")
    try:
        notes = json.loads(comment)
    except ValueError:
        return None
    found = notes.get("nemo_film") if isinstance(notes, dict) else None
    return found if isinstance(found, dict) else None


def _mark(frame: Frame) -> Mark:
    return frame.mark or Mark()
