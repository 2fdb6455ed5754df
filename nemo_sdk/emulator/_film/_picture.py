"""Pictures as the encoder wants them, in three planes, and what can be done to them."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from attrs import frozen
from av import VideoFrame
from PIL import Image, ImageFilter

PIXELS = "yuv420p"
BLACK = (16, 128, 128)


class Picture(NamedTuple):
    """Brightness at full size, and two colour differences at half of it."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.luma.size

    def copy_from(self, other: "Picture", x: int = 0, y: int = 0) -> None:
        """Put another picture on this one, at an even place; what hangs over is cut."""
        for mine, theirs, scale in zip(self, other, (1, 2, 2), strict=True):
            mine.paste(theirs, (x // scale, y // scale))


@frozen(eq=False)
class Sprite:
    """A picture with holes, and how opaque each plane of it is."""

    picture: Picture
    opacity: tuple[Image.Image, Image.Image, Image.Image]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.size

    def paint(self, onto: Picture, x: float, y: float) -> None:
        """Put its middle on a place of a picture; what hangs over the edge is cut."""
        x, y = int(x - self.size[0] / 2) // 2, int(y - self.size[1] / 2) // 2
        layers = zip(onto, self.picture, self.opacity, (2, 1, 1), strict=True)
        for plane, mine, opacity, scale in layers:
            plane.paste(mine, (x * scale, y * scale), opacity)


def black(size: tuple[int, int]) -> Picture:
    """Return a black picture of an even size."""
    half = (size[0] // 2, size[1] // 2)
    planes = zip((size, half, half), BLACK, strict=True)
    return Picture(*(Image.new("L", *plane) for plane in planes))


def picture_of(frame: VideoFrame, size: tuple[int, int]) -> Picture:
    """Read a frame, scaled to an even size."""
    ranges = {"src_color_range": frame.color_range, "dst_color_range": 1}
    return on_frame(frame.reformat(*size, PIXELS, dst_colorspace="ITU709", **ranges))


def on_frame(frame: VideoFrame) -> Picture:
    """Return the memory of a yuv420p frame as a picture: what is painted on it is in the frame."""
    planes = [
        Image.frombuffer("L", (plane.width, plane.height), plane, "raw", "L", plane.line_size, 1)
        for plane in frame.planes
    ]
    for plane in planes:
        plane.readonly = 0  # or Pillow would paint on a copy
    return Picture(*planes)


def picture_from(image: Image.Image) -> Picture:
    """Read a Pillow picture, cut to an even size."""
    opaque = np.array(image.convert("RGB"))
    return picture_of(VideoFrame.from_ndarray(opaque, format="rgb24"), even(image.size))


def sprite_from(image: Image.Image) -> Sprite:
    """Read a Pillow picture with transparency (mode RGBA), padded to an even size."""
    padded = image.crop((0, 0, *even((image.width + 1, image.height + 1))))
    opacity = padded.getchannel("A")
    return Sprite(picture_from(padded), (opacity, opacity.reduce(2), opacity.reduce(2)))


def fade(picture: Picture, share: float) -> None:
    """Leave only a share of a picture: 1 is all of it, 0 is black."""
    if share < 1:
        for plane, dark in zip(picture, black(picture.size), strict=True):
            plane.paste(Image.blend(dark, plane, share))


def _tint(blue: int, red: int, picture: Picture) -> None:
    for plane, level in ((picture.blue, blue), (picture.red, red)):
        plane.paste(level, (0, 0, *plane.size))


def _bend(power: float, picture: Picture) -> None:
    shares = (min(1, max(0, (level - 16) / 219)) for level in range(256))
    picture.luma.paste(picture.luma.point([round(16 + 219 * share**power) for share in shares]))


def _blur(picture: Picture) -> None:
    for plane in picture:
        plane.paste(plane.filter(ImageFilter.BoxBlur(plane.width / 80)))


def _vignette(picture: Picture) -> None:
    picture.luma.paste(BLACK[0], (0, 0), _edges(picture.size))


@lru_cache(2)
def _edges(size: tuple[int, int]) -> Image.Image:
    """Return how much of each point lies in the dark."""
    across, down = (np.linspace(-1, 1, length) ** 2 for length in size)
    dark = np.clip(0.5 * (across + down[:, None]) - 0.2, 0, 1)
    return Image.fromarray((255 * dark).astype(np.uint8))


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
