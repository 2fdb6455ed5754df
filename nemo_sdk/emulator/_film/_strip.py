"""The strip: 2 x 48 blocks along a film's long edge that say what each frame is.

It lies along the bottom of a film, along the left edge of one that is higher than wide. A block
is black or white and large enough to come through encoders and through being made half as large.
"""

from binascii import crc_hqx
from typing import Any

from attrs import astuple, define
from PIL import Image

ROWS, COLUMNS = 2, 48
SHARE = 80
"""A row is as deep as so many parts of the long edge."""
WIDTHS = (20, 10, 25, 7, 18)
"""How many bits each value of a mark has, of which the checksum follows."""
CHECKSUM = 16
_LEVELS = (16, 235)


@define
class Mark:
    """What the strip says: which frame it is and of which clip (0 for none).

    `source` is the clip's own time in milliseconds, `volume` its own in percent, as faded as it
    is; `titles` has a bit for each title that stands, the 19th the first one's again.
    """

    frame: int = 0
    clip: int = 0
    source: int = 0
    volume: int = 0
    titles: int = 0


def depth(size: tuple[int, int]) -> int:
    """Return how many pixels of its edge a film's strip takes; 0 where the film is too small."""
    return round(ROWS * max(size) / SHARE) if max(size) >= 2 * COLUMNS else 0


def draw(luma: Image.Image, mark: Mark) -> None:
    """Draw the strip on a frame's brightness."""
    if deep := depth(luma.size):
        levels = bytes(_LEVELS[bit == "1"] for bit in _bits(mark))
        blocks = Image.frombytes("L", (COLUMNS, ROWS), levels)
        strip = blocks.resize((max(luma.size), deep), Image.Resampling.NEAREST)
        if luma.height > luma.width:
            strip = strip.transpose(Image.Transpose.ROTATE_270)
        luma.paste(strip, (0, luma.height - strip.height))


def along_edge(luma: Any) -> Any:
    """Return the plane, turned so that its long edge with the strip lies below."""
    return luma if luma.shape[1] >= luma.shape[0] else luma.T[::-1]


def _bits(mark: Mark) -> str:
    values = zip(astuple(mark), WIDTHS, strict=True)
    told = "".join(f"{min(value, (1 << width) - 1):0{width}b}" for value, width in values)
    return told + f"{checksum(told):0{CHECKSUM}b}"


def checksum(bits: str) -> int:
    """Return the checksum of a mark's bits."""
    return crc_hqx(int(bits, 2).to_bytes(len(bits) // 8, "big"), 0xFFFF)
