"""Fonts for whatever script a text has, and a visible sign where no font has the letter."""

import math
import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Face = ImageFont.FreeTypeFont | ImageFont.ImageFont

FONT_FILES = (
    "NotoSans-Regular.ttf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "Arial Unicode.ttf",
    "msyh.ttc",
    "YuGothM.ttc",
    "malgun.ttf",
    "segoeui.ttf",
    "seguisym.ttf",
    "NotoSansArabic-Regular.ttf",
    "NotoSansHebrew-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf",
    "NotoSansThai-Regular.ttf",
    "DejaVuSans.ttf",
    "FreeSans.ttf",
)
"""Fonts that are looked for on this machine, in the order in which they are asked for a letter."""

_NO_LETTER = "\U0010ffff"
_INVISIBLE = {"Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Zs", "Cs"}


def font_folders() -> list[Path]:
    """Where the three families of systems keep their fonts."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises without a home
    if sys.platform == "win32":
        return [Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    shared = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    return [*shared, home / ".local/share/fonts", home / ".fonts"]


@lru_cache(maxsize=1)
def font_paths() -> tuple[Path, ...]:
    """The fonts of `FONT_FILES` that are on this machine."""
    found = {
        name: Path(folder) / name
        for root in font_folders()
        for folder, _, names in os.walk(root)
        for name in names
        if name in FONT_FILES
    }
    return tuple(found[name] for name in FONT_FILES if name in found)


@lru_cache(maxsize=16)
def faces(size: int) -> tuple[Face, ...]:
    """The fonts at a size in pixels: the one that comes with Pillow first, then the machine's."""
    return (ImageFont.load_default(size), *_system_faces(size))


def _system_faces(size: int) -> Iterator[Face]:
    for path in font_paths():
        try:
            # truetype() would look elsewhere for a font that is damaged here.
            yield ImageFont.FreeTypeFont(str(path), size)
        except OSError:
            continue


def runs(text: str, size: int) -> list[tuple[Face | None, str]]:
    """The text in pieces that one font can draw; None where no font has the letters.

    The font that has most of the text goes first, so that words are not a mixture.
    """
    letters = set(text)
    order = sorted(faces(size), key=lambda face: -sum(_has(face, letter) for letter in letters))
    chosen = {letter: next((f for f in order if _has(f, letter)), None) for letter in letters}
    return [(face, "".join(run)) for face, run in groupby(text, chosen.__getitem__)]


@lru_cache(maxsize=8192)
def _has(face: Face, letter: str) -> bool:
    if unicodedata.category(letter) in _INVISIBLE:
        return True
    # Fonts do not say what they have; they draw the same sign for all that they lack.
    try:
        return _drawn(face, letter) not in (None, _drawn(face, _NO_LETTER))
    except (UnicodeError, OSError):
        return False


def _drawn(face: Face, letter: str) -> bytes | None:
    _, _, right, bottom = (math.ceil(edge) for edge in face.getbbox(letter))
    image = Image.new("L", (max(1, right), max(1, bottom)))
    ImageDraw.Draw(image).text((0, 0), letter, font=face, fill=255)
    return image.tobytes() if image.getbbox() else None
