"""Pictures as the encoder wants them, in three planes, and what can be done to them."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np
from attrs import frozen
from av import VideoFrame
from av.video.plane import VideoPlane
from PIL import Image, ImageFilter

PIXELS = "yuv420p"
BLACK = (16, 128, 128)
_LEVELS = np.arange(256)

Plane = np.ndarray[Any, np.dtype[np.uint8]]
_Wide = np.ndarray[Any, np.dtype[np.uint16]]


class Picture(NamedTuple):
    """Brightness at full size, and two colour differences at half of it."""

    luma: Plane
    blue: Plane
    red: Plane

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.luma.shape[1], self.luma.shape[0]

    def copy_from(self, other: "Picture", x: int = 0, y: int = 0) -> None:
        """Put another picture on this one, at an even place; what hangs over is cut."""
        for mine, theirs, scale in zip(self, other, (1, 2, 2), strict=True):
            into, of = _overlap(mine.shape, theirs.shape, x // scale, y // scale)
            mine[into] = theirs[of]


@frozen(eq=False)
class Sprite:
    """A picture with holes: its planes times its opacity, and how much of the ground is left."""

    size: tuple[int, int]
    weighted: tuple[_Wide, _Wide, _Wide]
    left: tuple[_Wide, _Wide, _Wide]

    def paint(self, onto: Picture, x: float, y: float) -> None:
        """Put its middle on a place of a picture; what hangs over the edge is cut."""
        x, y = int(x - self.size[0] / 2) // 2, int(y - self.size[1] / 2) // 2
        layers = zip(onto, self.weighted, self.left, (2, 1, 1), strict=True)
        for plane, weighted, left, scale in layers:
            into, of = _overlap(plane.shape, left.shape, x * scale, y * scale)
            _mix(plane[into], left[of], weighted[of])


def black(size: tuple[int, int]) -> Picture:
    """Return a black picture of an even size."""
    shapes = (size[::-1], (size[1] // 2, size[0] // 2), (size[1] // 2, size[0] // 2))
    planes = zip(shapes, BLACK, strict=True)
    return Picture(*(np.full(shape, level, np.uint8) for shape, level in planes))


def picture_of(frame: VideoFrame, size: tuple[int, int]) -> Picture:
    """Read a frame, scaled to an even size."""
    ranges = {"src_color_range": frame.color_range, "dst_color_range": 1}
    return on_frame(frame.reformat(*size, PIXELS, dst_colorspace="ITU709", **ranges))


def on_frame(frame: VideoFrame) -> Picture:
    """Return the memory of a yuv420p frame as a picture: what is painted on it is in the frame."""
    return Picture(*map(_memory_of, frame.planes))


def _memory_of(plane: VideoPlane) -> Plane:
    lines = np.frombuffer(plane, np.uint8, plane.line_size * plane.height)
    return lines.reshape(plane.height, -1)[:, : plane.width]


def picture_from(image: Image.Image) -> Picture:
    """Read a Pillow picture, cut to an even size."""
    opaque = np.array(image.convert("RGB"))
    return picture_of(VideoFrame.from_ndarray(opaque, format="rgb24"), even(image.size))


def sprite_from(image: Image.Image) -> Sprite:
    """Read a Pillow picture with transparency (mode RGBA), padded to an even size."""
    padded = image.crop((0, 0, *even((image.width + 1, image.height + 1))))
    alpha = np.array(padded.getchannel("A")).astype(np.uint16)
    alpha += alpha >> 7
    high, wide = alpha.shape
    half = alpha.reshape(high // 2, 2, wide // 2, 2).mean((1, 3)).astype(np.uint16)
    y, u, v = picture_from(padded)
    left = 256 - half
    return Sprite(padded.size, (y * alpha, u * half, v * half), (256 - alpha, left, left))


def _mix(plane: Plane, left: _Wide, added: _Wide) -> None:
    """Leave of each point so many of 256 parts, and add something, which is 256 times as large."""
    mixed = np.multiply(plane, left, dtype=np.uint16)
    mixed += added
    plane[:] = mixed >> 8


def fade(picture: Picture, share: float) -> None:
    """Leave only a share of a picture: 1 is all of it, 0 is black."""
    if share < 1:
        for plane, black in zip(picture, BLACK, strict=True):
            plane[:] = np.round((_LEVELS - black) * share + black).astype(np.uint8)[plane]


def _tint(blue: int, red: int, picture: Picture) -> None:
    picture.blue[:] = blue
    picture.red[:] = red


def _bend(power: float, picture: Picture) -> None:
    share = np.clip((_LEVELS - 16) / 219, 0, 1)
    picture.luma[:] = np.round(16 + 219 * share**power).astype(np.uint8)[picture.luma]


def _blur(picture: Picture) -> None:
    for plane in picture:
        soft = Image.fromarray(plane).filter(ImageFilter.BoxBlur(plane.shape[1] / 80))
        plane[:] = np.asarray(soft)


def _vignette(picture: Picture) -> None:
    _mix(picture.luma, *_dark_edges(picture.size))


@lru_cache(2)
def _dark_edges(size: tuple[int, int]) -> tuple[_Wide, _Wide]:
    """Return how much is left of each point, and the black that comes in its place."""
    across, down = (np.linspace(-1, 1, length) ** 2 for length in size)
    left = (256 * np.clip(1.2 - 0.5 * (across + down[:, None]), 0, 1)).astype(np.uint16)
    return left, BLACK[0] * (256 - left)


EFFECTS: Mapping[str, Callable[[Picture], None]] = {
    "black and white": partial(_tint, 128, 128),
    "sepia": partial(_tint, 112, 146),
    "blur": _blur,
    "vignette": _vignette,
    "brighter": partial(_bend, 0.6),
    "darker": partial(_bend, 1.8),
}
"""What is done to a picture by each of `_plan.EFFECTS`."""


def even(size: tuple[float, float]) -> tuple[int, int]:
    """Return the size in whole pixels that has a half: at least 2, never odd."""
    return max(2, int(size[0]) // 2 * 2), max(2, int(size[1]) // 2 * 2)


def _overlap(ground: tuple[int, ...], cover: tuple[int, ...], x: int, y: int) -> Any:
    """Where on the ground something comes to lie, and which part of it that is."""
    top, left = max(0, y), max(0, x)
    bottom = max(top, min(ground[0], y + cover[0]))
    right = max(left, min(ground[1], x + cover[1]))
    place = slice(top, bottom), slice(left, right)
    return place, (slice(top - y, bottom - y), slice(left - x, right - x))
