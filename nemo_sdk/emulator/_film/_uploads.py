"""Uploaded clips and pictures, fitted into the film's frame with bars."""

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import av
from av import VideoFrame
from av.error import FFmpegError
from PIL import Image, ImageOps

from ._plan import Shot
from ._planes import Planes, even, planes_of, planes_of_frame

_ZOOM = 0.08
_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def open_upload(path: Path, shot: Shot, size: tuple[int, int]) -> "Clip | Still | None":
    """The upload as something to show; None for a file without anything to see."""
    picture, animated = _read_picture(path)
    if picture is not None and not animated:
        return Still(picture, shot.duration, size)
    with suppress(FFmpegError, OSError, IndexError, StopIteration):
        return Clip(path, shot.offset, size)
    return Still(picture, shot.duration, size) if picture is not None else None


def _read_picture(path: Path) -> tuple[Image.Image | None, bool]:
    """The picture, upright, if the file is one; and whether there are more of them in it."""
    try:
        with Image.open(path) as picture:
            animated = bool(getattr(picture, "is_animated", False))
            return ImageOps.exif_transpose(picture).convert("RGBA"), animated
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None, False


class Still:
    """A picture (RGBA) that the camera slowly comes nearer to."""

    def __init__(self, picture: Image.Image, duration: float, size: tuple[int, int]) -> None:
        backed = Image.new("RGBA", picture.size, "black")
        backed.alpha_composite(picture)
        self._size = size
        self._duration = max(duration, 0.1)
        self._planes = planes_of(backed.resize(_fitting(picture.size, size)))
        self._black = _black(size)

    def picture(self, time: float) -> Planes:
        """The picture at a time in seconds, a little nearer than a moment before."""
        share = _ZOOM * min(1.0, time / self._duration)

        def nearer(plane: Image.Image) -> Image.Image:
            dx, dy = plane.width * share / 2, plane.height * share / 2
            box = (dx, dy, plane.width - dx, plane.height - dy)
            return plane.resize(plane.size, Image.Resampling.BILINEAR, box)

        return _framed(self._planes.each(nearer), self._black)

    def close(self) -> None:
        """There is nothing to let go of."""


class Clip:
    """An uploaded film, from a given second on; its last picture stays when it is over.

    Raises an error of PyAV, or StopIteration, where no picture can be read.
    """

    def __init__(self, path: Path, offset: float, size: tuple[int, int]) -> None:
        self._offset = offset
        self._black = _black(size)
        self._file = av.open(str(path))
        try:
            self._frames = self._decoded()
            self._next: tuple[float, VideoFrame] | None = next(self._frames)
            self._shown = self._fitted(self._next[1])
        except BaseException:
            self._file.close()
            raise

    def picture(self, time: float) -> Planes:
        """The picture at a time in seconds after the shot's start."""
        latest = None
        while self._next is not None and self._next[0] <= time + self._offset + 1e-4:
            latest = self._next[1]
            self._next = next(self._frames, None)
        if latest is not None:
            self._shown = self._fitted(latest)
        return self._shown.copy()

    def close(self) -> None:
        """Close the file."""
        self._frames.close()
        self._file.close()

    def _decoded(self) -> Generator[tuple[float, VideoFrame], None, None]:
        stream = self._file.streams.video[0]
        stream.thread_type = "AUTO"
        first = (stream.start_time or 0) * float(stream.time_base or 0)
        if self._offset > 0:
            with suppress(FFmpegError):
                self._file.seek(round((first + self._offset) * av.time_base))
        with suppress(FFmpegError):
            for number, frame in enumerate(self._file.decode(stream)):
                rate = float(stream.average_rate or 24)
                yield (number / rate if frame.pts is None else frame.time - first), frame

    def _fitted(self, frame: VideoFrame) -> Planes:
        turn = _TURNS.get(getattr(frame, "rotation", 0) % 360)
        aspect = self._file.streams.video[0].sample_aspect_ratio or 1
        shape = (float(frame.width * aspect), float(frame.height))
        if turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270):
            height, width = _fitting((shape[1], shape[0]), self._black.size)
        else:
            width, height = _fitting(shape, self._black.size)
        planes = planes_of_frame(frame, (width, height))
        return _framed(planes.each(lambda p: p.transpose(turn)) if turn else planes, self._black)


def _fitting(shape: tuple[float, float], size: tuple[int, int]) -> tuple[int, int]:
    scale = min(size[0] / shape[0], size[1] / shape[1])
    return even(shape[0] * scale), even(shape[1] * scale)


def _black(size: tuple[int, int]) -> Planes:
    return planes_of(Image.new("RGB", size))


def _framed(picture: Planes, black: Planes) -> Planes:
    framed = black.copy()
    dx, dy = black.size[0] - picture.size[0], black.size[1] - picture.size[1]
    framed.paste(picture, dx // 4 * 2, dy // 4 * 2)
    return framed
