"""Fonts for whatever script a text has, and a visible sign where no font has the letter."""

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

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
            yield ImageFont.truetype(str(path), size)
        except OSError:
            continue


def runs(text: str, size: int) -> list[tuple[Face | None, str]]:
    """The text in pieces that one font can draw; None where no font has the letters.

    One font that has them all is better than a mixture.
    """
    for face in faces(size):
        if all(_has(face, letter) for letter in text):
            return [(face, text)]
    grouped = groupby(text, lambda letter: _face_for(letter, size))
    return [(face, "".join(letters)) for face, letters in grouped]


def _face_for(letter: str, size: int) -> Face | None:
    return next((face for face in faces(size) if _has(face, letter)), None)


@lru_cache(maxsize=8192)
def _has(face: Face, letter: str) -> bool:
    if unicodedata.category(letter) in _INVISIBLE:
        return True
    try:
        drawn = face.getmask(letter)
        missing = face.getmask(_NO_LETTER)
    except (UnicodeError, OSError):
        return False
    # Fonts do not say what they have; they draw the same sign for all that they lack.
    return drawn.getbbox() is not None and (
        drawn.size != missing.size or bytes(drawn) != bytes(missing)
    )
