"""Pictures as the encoder wants them: three planes, so that no frame is converted twice."""

from collections.abc import Callable

from attrs import frozen
from av import VideoFrame
from PIL import Image

PIXELS = "yuv420p"
COLOURS = "ITU709"
_IS_HOLE = [255] * 255 + [0]


@frozen(eq=False)
class Planes:
    """Brightness at full size, and two colour differences at half of it."""

    y: Image.Image
    u: Image.Image
    v: Image.Image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.size

    def copy(self) -> "Planes":
        """A picture that can be painted on without touching this one."""
        return self.each(Image.Image.copy)

    def each(self, change: Callable[[Image.Image], Image.Image]) -> "Planes":
        """The picture that comes of doing the same to every plane."""
        return Planes(change(self.y), change(self.u), change(self.v))

    def paste(self, other: "Planes", x: int, y: int) -> None:
        """Put another picture on this one; what hangs over the edge is cut."""
        self.y.paste(other.y, (x, y))
        self.u.paste(other.u, (x // 2, y // 2))
        self.v.paste(other.v, (x // 2, y // 2))

    def frame(self) -> VideoFrame:
        """The picture as a frame for the encoder."""
        frame = VideoFrame(*self.size, PIXELS)
        for target, plane in zip(frame.planes, (self.y, self.u, self.v), strict=True):
            # A row of the encoder's may be longer than ours: crop() pads it.
            rows = plane.crop((0, 0, target.line_size, target.height))
            target.update(rows.tobytes())
        return frame


@frozen(eq=False)
class Cel:
    """A picture with holes, as in hand-drawn film: planes, and how much of each is seen.

    `base` is what comes below them and has no holes: it is copied, which is far quicker.
    """

    planes: Planes
    mask: Image.Image
    half: Image.Image
    base: Planes | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height = self.mask.height + (self.base.size[1] if self.base else 0)
        return self.mask.width, height

    def paste(self, onto: Planes, x: int, y: int) -> None:
        """Put the cel on a picture; what hangs over the edge is cut."""
        (width, height), (wide, high) = onto.size, self.size
        if x >= width or y >= height or x + wide <= 0 or y + high <= 0:
            return
        if self.base is not None:
            onto.paste(self.base, x, y + self.mask.height)
        onto.y.paste(self.planes.y, (x, y), self.mask)
        onto.u.paste(self.planes.u, (x // 2, y // 2), self.half)
        onto.v.paste(self.planes.v, (x // 2, y // 2), self.half)

    def paste_light(self, onto: Planes, x: int, y: int) -> None:
        """Put only the cel's brightness on a picture: enough for small pale things."""
        onto.y.paste(self.planes.y, (x, y), self.mask)

    def faded(self, share: float) -> "Cel":
        """The same cel, seen through above its base: a share of 0 is gone, of 1 as it was."""
        if share >= 1:
            return self
        table = [round(level * share) for level in range(256)]
        return Cel(self.planes, self.mask.point(table), self.half.point(table), self.base)


def even(length: float) -> int:
    """The length in whole pixels that has a half: at least 2, never odd."""
    return max(2, int(length) // 2 * 2)


def planes_of_frame(frame: VideoFrame, size: tuple[int, int] | None = None) -> Planes:
    """Read a decoded frame, scaled to an even size where one is given."""
    width, height = size or (frame.width, frame.height)
    ready = frame.reformat(width, height, PIXELS, dst_colorspace=COLOURS)
    y, u, v = (
        Image.frombytes(
            "L", (p.width, p.height), bytes(p)[: p.line_size * p.height], "raw", "L", p.line_size
        )
        for p in ready.planes
    )
    return Planes(y, u, v)


def planes_of(image: Image.Image) -> Planes:
    """Read a Pillow picture, cut to an even size."""
    width, height = even(image.width), even(image.height)
    opaque = image.convert("RGB").crop((0, 0, width, height))
    frame: VideoFrame = VideoFrame.from_image(opaque)  # type: ignore[no-untyped-call] # PyAV's stub
    return planes_of_frame(frame)


def cel_of(image: Image.Image) -> Cel:
    """Read a Pillow picture with transparency (mode RGBA), padded to an even size."""
    width, height = even(image.width + 1), even(image.height + 1)
    padded = image.crop((0, 0, width, height))
    mask = padded.getchannel("A")
    holes = mask.point(_IS_HOLE).getbbox()
    end = even(holes[3] + 1) if holes else 2
    upper, lower = (0, 0, width, end), (0, end, width, height)
    base = planes_of(padded.crop(lower)) if end < height else None
    seen = mask.crop(upper)
    return Cel(planes_of(padded.crop(upper)), seen, seen.reduce(2), base)
