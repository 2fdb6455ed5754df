"""Pictures as the encoder wants them, in three planes, and what can be done to them."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import numpy as np
from attrs import frozen
from av import VideoFrame
from av.video.plane import VideoPlane
from PIL import Image, ImageFilter

PIXELS = "yuv420p"
BLACK = (16, 128, 128)


@frozen(eq=False)
class Picture:
    """Brightness at full size, two colour differences at half of it, and how opaque they are."""

    planes: tuple[Image.Image, ...]
    opacity: tuple[Image.Image | None, ...] = (None, None, None)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.planes[0].size

    def copy_from(self, other: "Picture", x: int = 0, y: int = 0) -> None:
        """Put another picture on this one, at an even place; what hangs over is cut."""
        layers = zip(self.planes, other.planes, other.opacity, (1, 2, 2), strict=True)
        for mine, theirs, opacity, scale in layers:
            mine.paste(theirs, (x // scale, y // scale), opacity)

    def put(self, other: "Picture", x: float, y: float) -> None:
        """Put the middle of another picture on a place of this one."""
        left, top = x - other.size[0] / 2, y - other.size[1] / 2
        self.copy_from(other, int(left) // 2 * 2, int(top) // 2 * 2)


def black(size: tuple[int, int]) -> Picture:
    """Return a black picture of an even size."""
    half = (size[0] // 2, size[1] // 2)
    return Picture(tuple(map(Image.new, "LLL", (size, half, half), BLACK)))


def picture_of(frame: VideoFrame, size: tuple[int, int]) -> Picture:
    """Read a frame, scaled to an even size."""
    ranges = {"src_color_range": frame.color_range, "dst_color_range": 1}
    return on_frame(frame.reformat(*size, PIXELS, dst_colorspace="ITU709", **ranges))


def on_frame(frame: VideoFrame) -> Picture:
    """Return the memory of a yuv420p frame as a picture: what is painted on it is in the frame."""
    return Picture(tuple(map(_on_plane, frame.planes)))


def _on_plane(plane: VideoPlane) -> Image.Image:
    size, memory = (plane.width, plane.height), np.asarray(memoryview(plane))
    image = Image.frombuffer("L", size, memory, "raw", "L", plane.line_size, 1)
    image.readonly = 0  # or Pillow would paint on a copy
    return image


def picture_from(image: Image.Image) -> Picture:
    """Read a Pillow picture, cut to an even size."""
    opaque = np.array(image.convert("RGB"))
    return picture_of(VideoFrame.from_ndarray(opaque, format="rgb24"), even(image.size))


def sprite_from(image: Image.Image) -> Picture:
    """Read a Pillow picture with transparency (mode RGBA), padded to an even size."""
    padded = image.crop((0, 0, *even((image.width + 1, image.height + 1))))
    opacity = padded.getchannel("A")
    half = opacity.reduce(2)
    return Picture(picture_from(padded).planes, (opacity, half, half))


def fade(picture: Picture, share: float) -> None:
    """Leave only a share of a picture: 1 is all of it, 0 is black."""
    if share < 1:
        for plane, dark in zip(picture.planes, black(picture.size).planes, strict=True):
            plane.paste(Image.blend(dark, plane, share))


def _tint(blue: int, red: int, picture: Picture) -> None:
    for plane, level in zip(picture.planes[1:], (blue, red), strict=True):
        plane.paste(level, (0, 0, *plane.size))


def _bend(power: float, picture: Picture) -> None:
    shares = (min(1, max(0, (level - 16) / 219)) for level in range(256))
    bent = picture.planes[0].point([round(16 + 219 * share**power) for share in shares])
    picture.planes[0].paste(bent)


def _blur(picture: Picture) -> None:
    for plane in picture.planes:
        plane.paste(plane.filter(ImageFilter.BoxBlur(plane.width / 80)))


def _vignette(picture: Picture) -> None:
    picture.planes[0].paste(BLACK[0], (0, 0), _edges(picture.size))


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
