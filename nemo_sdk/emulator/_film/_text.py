"""Texts as pictures with transparency: wrapped, with a shadow, never blank."""

import re
import unicodedata

from PIL import Image, ImageDraw, ImageFilter

from ._fonts import Face, faces, runs

_LONGEST = 400
_WORDS = re.compile(
    r"\s+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\uffef]+|."
)


def write(text: str, size: int, width: int, lines: int, *, centred: bool = False) -> Image.Image:
    """Draw a text in white with a soft shadow, at most `width` wide, in at most `lines` lines."""
    rows = wrap(text, size, width, lines)
    height = round(size * 1.35)
    margin = max(2, size // 4)
    widest = max((round(length(row, size)) for row in rows), default=0)
    letters = Image.new("L", (widest + 2 * margin, height * len(rows) + 2 * margin))
    for number, row in enumerate(rows):
        shift = (widest - length(row, size)) / 2 if centred else 0
        _draw_row(letters, row, (margin + shift, margin + number * height), size)
    return _with_shadow(letters, size)


def wrap(text: str, size: int, width: int, lines: int) -> list[str]:
    """Cut a text in rows no wider than `width` pixels; the last ends in dots if there is more."""
    clean = " ".join("".join(map(_printable, text[:_LONGEST])).split())
    rows = [""]
    for word in _WORDS.findall(clean):
        for piece in _pieces(word, size, width):
            if length(rows[-1] + piece, size) <= width:
                rows[-1] += piece
            else:
                rows.append(piece.lstrip())
    rows = [row.rstrip() for row in rows]
    if len(rows) <= lines and len(text) <= _LONGEST:
        return rows
    return [*rows[: lines - 1], _shortened(rows[min(lines, len(rows)) - 1], size, width)]


def length(row: str, size: int) -> float:
    """How wide a row is, in pixels."""
    return sum(_run_length(face, run, size) for face, run in runs(row, size))


def _printable(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return " "
    return "" if category in {"Cf", "Cs"} else letter


def _pieces(word: str, size: int, width: int) -> list[str]:
    if length(word, size) <= width:
        return [word]
    # A word wider than the frame is cut wherever it has to be.
    step = max(1, int(len(word) * width / length(word, size)))
    return [word[i : i + step] for i in range(0, len(word), step)]


def _shortened(row: str, size: int, width: int) -> str:
    while row and length(row + "...", size) > width:
        row = row[:-1]
    return row.rstrip() + "..."


def _run_length(face: Face | None, run: str, size: int) -> float:
    return face.getlength(run) if face else size * len(run)


def _draw_row(letters: Image.Image, row: str, at: tuple[float, float], size: int) -> None:
    x, y = at
    pen = ImageDraw.Draw(letters)
    for face, run in runs(row, size):
        if face:
            pen.text((x, y + size), run, font=face, fill=255, anchor="ls")
        else:
            _draw_signs(pen, run, (x, y), size)
        x += _run_length(face, run, size)


def _draw_signs(pen: ImageDraw.ImageDraw, run: str, at: tuple[float, float], size: int) -> None:
    """For each letter that no font has, a box with its number in Unicode."""
    gap = size // 12
    for number, letter in enumerate(run):
        x, y = at[0] + number * size, at[1] + size * 0.12
        box = (x + gap, y, x + size - gap, y + size)
        pen.rounded_rectangle(box, radius=size // 8, outline=200, width=max(1, size // 20))
        code = f"{ord(letter):04X}"
        for half, digits in enumerate((code[:-2], code[-2:])):
            where = (x + size / 2, y + size * (0.31 + 0.4 * half))
            pen.text(where, digits, font=faces(max(6, size // 3))[0], fill=255, anchor="mm")


def _with_shadow(letters: Image.Image, size: int) -> Image.Image:
    blurred = letters.filter(ImageFilter.GaussianBlur(max(1, size / 10)))
    shadow = blurred.point([min(200, level * 2) for level in range(256)])
    written = Image.new("RGBA", letters.size, (0, 0, 0, 0))
    written.putalpha(shadow)
    white = Image.new("RGBA", letters.size, "white")
    white.putalpha(letters)
    written.alpha_composite(white)
    return written
