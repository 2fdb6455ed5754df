"""Texts as pictures with transparency: whole, wrapped and shrunk to fit, in any script."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import groupby
from typing import Any

import emoji
from PIL import Image, ImageDraw, ImageFont

FONT_FILES = (
    *("NotoSans-Regular.ttf", "NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf"),
    *("SourceHanSansSC-Regular.otf", "wqy-microhei.ttc", "wqy-zenhei.ttc", "PingFang.ttc"),
    *("DroidSansFallbackFull.ttf", "Hiragino Sans GB.ttc", "AppleSDGothicNeo.ttc"),
    *("Arial Unicode.ttf", "msyh.ttc", "YuGothM.ttc", "malgun.ttf", "segoeui.ttf", "seguisym.ttf"),
    *("NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf"),
    *("NotoSansDevanagari-Regular.ttf", "DejaVuSans.ttf", "FreeSans.ttf"),
)
"""Fonts that are looked for on this machine, in the order in which they are asked for a letter."""

EMOJI_FILES = ("NotoColorEmoji.ttf", "Apple Color Emoji.ttc", "seguiemj.ttf")
_EMOJI_SIZES = (109, 160, 96, 64)
_PROBE = 32
_NO_LETTER = "\U0010ffff"
_INVISIBLE = {"Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Zs", "Cs"}
_SMALLEST = 3
_LINE = 1.3
_WIDE = 1.15
_WORDS = re.compile(
    r"\s+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\uffef]+|."
)

_Face = ImageFont.FreeTypeFont | ImageFont.ImageFont
_Run = tuple[int | str, str]
"""Letters, and how they are drawn: the place of their font, or an emoji."""
_Row = list[_Run]


@lru_cache(maxsize=64)
def faces(size: int) -> tuple[_Face, ...]:
    """Return the fonts at a size in pixels: first Pillow's own, then the machine's."""
    own = ImageFont.load_default(size)
    return (own, *(face.font_variant(size=size) for face in _found(FONT_FILES, _PROBE)))


@lru_cache(maxsize=8)
def _found(names: tuple[str, ...], size: int) -> tuple[ImageFont.FreeTypeFont, ...]:
    """Return the fonts that are on this machine and have a size; damaged ones are passed over."""
    found = []
    for name in names:
        with suppress(OSError):
            found.append(ImageFont.truetype(name, size))
    return tuple(found)


@lru_cache(maxsize=4096)
def faces_with(letter: str) -> tuple[int, ...]:
    """Which of `faces` have a letter, by their places there."""
    unseen = unicodedata.category(letter) in _INVISIBLE
    return tuple(n for n, face in enumerate(faces(_PROBE)) if unseen or _has(face, letter))


@lru_cache(maxsize=256)
def emoji_picture(sign: str) -> Image.Image | None:
    """Return an emoji in colour (RGBA, cut to its edges); None where there is no font for it."""
    for face in (face for size in _EMOJI_SIZES for face in _found(EMOJI_FILES, size)):
        image = Image.new("RGBA", (2 * int(face.size), 2 * int(face.size)))
        ImageDraw.Draw(image).text((8, 8), sign, font=face, embedded_color=True)
        box = image.getbbox()
        # A font without the picture draws nothing, or a box in one colour.
        if box and len(image.getcolors(1 << 20) or ()) > 8:
            return image.crop(box)
    return None


def _has(face: _Face, letter: str) -> bool:
    # Fonts do not say what they have; they draw the same sign for all that they lack.
    with suppress(UnicodeError, OSError):
        masks: list[Any] = [face.getmask(each) for each in (letter, _NO_LETTER)]
        drawn, lacking = masks
        return drawn.getbbox() is not None and list(drawn) != list(lacking)
    return False


def write(text: str, box: tuple[int, int], largest: int, *, edge: bool = True) -> Image.Image:
    """Draw a text in white, as large as fits in a box: no word is cut, and none is left out.

    A letter that no font has is its number in Unicode; an emoji is its picture, or its name.
    """
    words = _words(text)
    size = max(largest, _SMALLEST)
    while True:
        margin = max(2, size // 8) if edge else 0
        wide, high = box[0] - 2 * margin, box[1] - 2 * margin
        rows = _wrap(words, wide, size)
        widths = [_width(row, size) for row in rows]
        if size <= _SMALLEST or (max(widths) <= wide and len(rows) * size * _LINE <= high):
            break
        size = max(_SMALLEST, min(size - 1, int(size * 0.94)))
    wide = round(max(widths)) + 2 * margin
    image = Image.new("RGBA", (max(1, wide), round(len(rows) * size * _LINE) + 2 * margin))
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        top = margin + number * size * _LINE
        _draw(image, row, (wide - width) / 2, top, size, margin // 2)
    return image


def _wrap(words: list[_Row], wide: float, size: int) -> list[_Row]:
    rows: list[_Row] = [[]]
    for word in words:
        if rows[-1] and _width(rows[-1] + word, size) > wide:
            rows.append([])
        if rows[-1] or word[0][1].strip():
            rows[-1] = _joined(rows[-1] + word)
    return rows


def _joined(row: _Row) -> _Row:
    """Return the row with what one font draws in one run, so that letters keep their distances."""
    runs = groupby(row, lambda run: run[0])
    return [(kind, "".join(letters for _, letters in group)) for kind, group in runs]


def _width(row: _Row, size: int) -> float:
    return sum(
        faces(size)[kind].getlength(letters)
        if isinstance(kind, int)
        else _WIDE * size * letters.count(kind)
        for kind, letters in row
    )


def _words(text: str) -> list[_Row]:
    readable = _readable(text)
    having = Counter(face for letter in readable for face in faces_with(letter))
    # The font that has most of the text, so that words are no mixture.
    best = max(having, key=lambda face: (having[face], -face), default=0)
    return [_joined(list(_runs(word, best))) for word in _WORDS.findall(readable)]


def _readable(text: str) -> str:
    """Return the text without what cannot be written: control signs, and emoji that no font has."""
    signs = (_printable(token.chars) for token in emoji.analyze(text, non_emoji=True))
    return " ".join("".join(signs).split()) or " "


def _printable(sign: str) -> str:
    if emoji.is_emoji(sign):
        name = emoji.demojize(sign, delimiters=("", "")).replace("_", " ")
        return sign if emoji_picture(sign) or faces_with(sign[0]) else name
    if (category := unicodedata.category(sign)) in {"Cc", "Cf", "Cs", "Cn"}:
        return " " if category == "Cc" else ""
    return sign if faces_with(sign) else f" {ord(sign):04X} "


def _runs(word: str, best: int) -> Iterator[_Run]:
    for token in emoji.analyze(word, non_emoji=True):
        having = faces_with(token.chars[0])
        if not isinstance(token.value, str) and emoji_picture(token.chars):
            yield token.chars, token.chars
        else:
            yield best if best in having else next(iter(having), 0), token.chars


def _draw(image: Image.Image, row: _Row, x: float, y: float, size: int, edge: int) -> None:
    pen = ImageDraw.Draw(image)
    for kind, letters in row:
        if isinstance(kind, int):
            at, face, dark = (x, y + size), faces(size)[kind], (10, 12, 20)
            pen.text(at, letters, "white", face, "ls", stroke_width=edge, stroke_fill=dark)
        elif picture := emoji_picture(kind):
            small = picture.copy()
            small.thumbnail((round(size * 1.1), round(size * 1.1)))
            for number in range(letters.count(kind)):
                at = (round(x + number * _WIDE * size), round(y + size * 0.1))
                image.alpha_composite(small, at)
        x += _width([(kind, letters)], size)
