"""Make the pictures of the README anew: `.run/venv/bin/python docs/pictures/make.py` in a clone.

`films.jpg` has a frame each of four films that the emulator made; `terminal.svg` is what
`nemo-sdk generate` shows while it works, and at its end.
"""

import asyncio
import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from xml.sax.saxutils import escape

import av
import pyte
from PIL import Image

from nemo_sdk.emulator import Emulator

HERE = Path(__file__).parent
FILMS = (
    "a cat walking through a snowy forest",
    "a ship at sea at night",
    "a rocket over the desert at sunset",
    "a train in the mountains in the rain",
)
COLUMNS, ROWS = 80, 8
LETTER, LINE, EDGE = 8.43, 20, 16
COLOURS = {
    "default": "#d7dae0",
    "black": "#5c6370",
    "red": "#e06c75",
    "green": "#98c379",
    "brown": "#e5c07b",
    "blue": "#61afef",
    "magenta": "#c678dd",
    "cyan": "#56b6c2",
    "white": "#d7dae0",
}


async def films(target: Path) -> None:
    """Paint a moment of each film, side by side."""
    width, height, gap = 300, 169, 10
    strip = Image.new("RGB", (len(FILMS) * (width + gap) - gap, height), "white")
    emulator = Emulator(seed=1, film_size=(640, 360), credits=1000)
    async with emulator, emulator.client() as client:
        for number, prompt in enumerate(FILMS):
            video = await client.generate(prompt)
            frame = middle_of(await video.read()).resize((width, height))
            strip.paste(frame, (number * (width + gap), 0))
    strip.save(target, quality=82, optimize=True)


def middle_of(film: bytes) -> Image.Image:
    """Return the frame in the middle of a film."""
    with av.open(io.BytesIO(film)) as container:
        frames = [*container.decode(video=0)]
    return frames[len(frames) // 2].to_image()


def terminal(target: Path) -> None:
    """Draw a terminal in which a film is made: in the middle of it, and when it is done."""
    with tempfile.TemporaryDirectory() as folder:
        screens = screens_of(("generate", FILMS[0], "-o", "cat.mp4", "--emulator"), Path(folder))
    with_bar = [
        screen for screen in screens if any("━" in text for row in screen for text, _ in row)
    ]
    middle = with_bar[len(with_bar) * 2 // 3]
    target.write_text(drawn([middle, screens[-1]]), "utf-8")


Row = list[tuple[str, str]]


def screens_of(arguments: tuple[str, ...], folder: Path) -> list[list[Row]]:
    """Return what a terminal shows after each piece that the command writes."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(screen)
    shown = f'$ nemo-sdk generate "{FILMS[0]}" -o cat.mp4 --emulator\r\n'
    stream.feed(shown.encode())
    screens: list[list[Row]] = []
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(folder)}
    command = [sys.executable, "-m", "nemo_sdk", *arguments]
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, cwd=folder, env=environ
    )
    os.close(slave)
    try:
        while piece := os.read(master, 65536):
            stream.feed(piece.replace(str(folder).encode(), b"/home/you"))
            screens.append(rows_of(screen))
    except OSError:  # the other side has gone: the command has ended
        pass
    process.wait()
    return screens


def rows_of(screen: pyte.Screen) -> list[Row]:
    """Return each row that is not empty as texts with their colours."""
    rows: list[Row] = []
    for line in range(ROWS):
        row: Row = []
        for column in range(COLUMNS):
            letter = screen.buffer[line][column]
            colour = COLOURS.get(letter.fg) or f"#{letter.fg}"
            if row and row[-1][1] == colour:
                row[-1] = (row[-1][0] + letter.data, colour)
            else:
                row.append((letter.data, colour))
        if any(text.strip() for text, _ in row):
            rows.append(row)
    return rows


def drawn(screens: list[list[Row]]) -> str:
    """Return screens below each other as a picture in SVG."""
    width = round(COLUMNS * LETTER + 2 * EDGE)
    boxes, top = [], 0
    for screen in screens:
        height = len(screen) * LINE + 2 * EDGE
        boxes.append(f'<rect y="{top}" width="{width}" height="{height}" rx="8" fill="#282c34"/>')
        for number, row in enumerate(screen):
            y = top + EDGE + number * LINE + 14
            spans = "".join(
                f'<tspan fill="{colour}">{escape(text)}</tspan>' for text, colour in row
            )
            length = round(COLUMNS * LETTER)
            boxes.append(f'<text x="{EDGE}" y="{y}" textLength="{length}">{spans}</text>')
        top += height + 10
    style = "text { font: 14px ui-monospace, 'DejaVu Sans Mono', monospace; white-space: pre }"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top - 10}" width="{width}">'
    )
    return "\n".join([head, f"<style>{style}</style>", *boxes, "</svg>\n"])


if __name__ == "__main__":
    asyncio.run(films(HERE / "films.jpg"))
    terminal(HERE / "terminal.svg")
