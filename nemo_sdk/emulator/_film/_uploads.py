"""Clips and pictures, turned, cropped and fitted into the film's frame."""

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import av
from av import VideoFrame
from av.error import FFmpegError

from ._overlays import Room, Rows
from ._picture import PIXELS, Picture, black, even, on_frame, picture_of
from ._plan import Segment
from ._scene import Source

_Frames = Generator[tuple[float, VideoFrame, float], None, None]


class Clip(Source):
    """An upload, or StopIteration where it has no picture; the last one stays at its end."""

    step = 1

    def __init__(self, path: Path, shot: Segment, size: tuple[int, int], room: Room) -> None:
        super().__init__(shot, size, room)
        self._frames = _frames_of(path, shot.offset)
        self._next: tuple[float, VideoFrame, float] | None = next(self._frames)
        self._shown = _fitted(*self._next[1:], shot, size)

    def paint(self, onto: Picture, time: float, taken: Rows) -> None:
        """Paint what the clip shows at a time of its own, in seconds; times must not go back."""
        latest = None
        while self._next is not None and self._next[0] <= time + 1e-3:
            latest = self._next[1:]
            self._next = next(self._frames, None)
        if latest is not None:
            self._shown = _fitted(*latest, self.shot, self._size)
        onto.copy_from(self._shown)

    def close(self) -> None:
        """Close the file."""
        self._frames.close()


def turn(picture: Picture, shot: Segment) -> None:
    """Turn and crop the picture of an invented clip, as that of an upload is."""
    frame = VideoFrame(*picture.size, PIXELS)
    frame.color_range, frame.colorspace = 1, 1  # as all of the film's pictures
    on_frame(frame).copy_from(picture)
    picture.copy_from(_fitted(frame, 1.0, shot, picture.size))


def _frames_of(path: Path, offset: float) -> _Frames:
    """Give the pictures from a second on, their times and pixels' shapes; none if it is broken."""
    with suppress(FFmpegError, OSError, IndexError), av.open(str(path)) as file:
        stream = file.streams.video[0]
        stream.thread_type, aspect = "AUTO", float(stream.sample_aspect_ratio or 1)
        first = (stream.start_time or 0) * float(stream.time_base or 0)
        if offset > 0:
            with suppress(FFmpegError):
                file.seek(round((first + offset) * av.time_base))
        for number, frame in enumerate(file.decode(stream)):
            rate = float(stream.average_rate or 24)
            yield (number / rate if frame.pts is None else frame.time - first), frame, aspect


def _fitted(frame: VideoFrame, aspect: float, shot: Segment, size: tuple[int, int]) -> Picture:
    """Return a frame as a shot shows it: upright, turned as wished, cropped, in the film's size."""
    turns = (getattr(frame, "rotation", 0) - shot.rotate) // 90 % 4
    shape = (frame.width * aspect, float(frame.height))
    wide, high = shape if turns % 2 == 0 else shape[::-1]
    x, y, share_wide, share_high = shot.crop
    choose = max if shot.fit == "cover" else min
    scale = choose(size[0] / (wide * share_wide), size[1] / (high * share_high))
    whole = even((wide * scale + 1, high * scale + 1))
    scaled = picture_of(frame, whole if turns % 2 == 0 else (whole[1], whole[0]))
    upright = Picture(tuple(plane.rotate(90 * turns, expand=True) for plane in scaled.planes))
    part, framed = black(even((whole[0] * share_wide, whole[1] * share_high))), black(size)
    part.copy_from(upright, -(int(whole[0] * x) // 2 * 2), -(int(whole[1] * y) // 2 * 2))
    framed.put(part, size[0] / 2, size[1] / 2)
    return framed
