"""What stands over the pictures: the prompt, the titles, and the emulator's mark."""

from functools import lru_cache

from PIL import Image, ImageDraw

from ._plan import Plan, Shot, Title
from ._planes import Cel, Planes, cel_of
from ._text import write

MARK = "Made by the emulator"
_FADE = 0.4


class Overlays:
    """Paints the texts of a plan on pictures of one size."""

    def __init__(self, plan: Plan, size: tuple[int, int]) -> None:
        self._plan = plan
        self._width, self._height = size
        self._unit = min(size[0] * 9 / 16, size[1]) / 1080
        self._mark = self._written(MARK, 26, 1).faded(0.75)
        self._caption = lru_cache(maxsize=2)(self._captioned)
        self._title = lru_cache(maxsize=8)(self._titled)

    def paint(self, picture: Planes, time: float) -> None:
        """Paint all that stands at a time in seconds."""
        margin = self._pixels(36)
        corner = self._width - margin - self._mark.size[0], margin // 2
        self._mark.paste(picture, *corner)
        shot = self._plan.shot_at(time)
        if shot is not None and shot.prompt.strip() and not shot.src:
            self._paint_caption(picture, shot)
        self._paint_titles(picture, time)

    def _paint_caption(self, picture: Planes, shot: Shot) -> None:
        cel = self._caption(shot.prompt)
        cel.paste(picture, self._pixels(60), self._height - self._pixels(48) - cel.size[1])

    def _paint_titles(self, picture: Planes, time: float) -> None:
        below = {"top": 90, "center": 430, "bottom": 700, "": 190}
        tops = {place: self._pixels(top) for place, top in below.items()}
        for title in self._plan.titles:
            if title.start <= time < title.start + title.duration and title.text.strip():
                place = title.position if title.position in tops else ""
                cel = self._title(title.text)
                shown = cel.faded(_presence(title, time))
                shown.paste(picture, (self._width - cel.size[0]) // 2, tops[place])
                tops[place] += cel.size[1]

    def _captioned(self, prompt: str) -> Cel:
        """The prompt on a dark, rounded plate that is seen through."""
        text = write(prompt, self._pixels(38), round(self._width * 0.72), 3)
        pad = self._pixels(12)
        plate = Image.new("RGBA", (text.width + 2 * pad, text.height + pad), (0, 0, 0, 0))
        box = (0, 0, plate.width - 1, plate.height - 1)
        ImageDraw.Draw(plate).rounded_rectangle(box, pad * 2, fill=(8, 10, 20, 120))
        plate.alpha_composite(text, (pad, pad // 2))
        return cel_of(plate)

    def _titled(self, text: str) -> Cel:
        return cel_of(write(text, self._pixels(110), round(self._width * 0.84), 2, centred=True))

    def _written(self, text: str, height: int, lines: int) -> Cel:
        return cel_of(write(text, self._pixels(height), round(self._width * 0.9), lines))

    def _pixels(self, units: float) -> int:
        return max(8, round(units * self._unit))


def _presence(title: Title, time: float) -> float:
    """Titles come and go softly; short ones are fully there for half of their time."""
    fade = min(_FADE, title.duration / 4)
    inside = min(time - title.start, title.start + title.duration - time)
    return min(1.0, max(0.0, inside / fade)) if fade else 1.0
