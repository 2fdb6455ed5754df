"""Texts in films: whole, shrunk to fit, and in scripts for which there is no font."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from nemo_sdk.emulator._film import _text
from nemo_sdk.emulator._film._overlays import Overlays
from nemo_sdk.emulator._film._picture import black
from nemo_sdk.emulator._film._plan import read_plan
from nemo_sdk.emulator._film._render import render_draft
from nemo_sdk.emulator._film._text import write

SIZE = (640, 360)
CACHES = (_text._found, _text.faces, _text.faces_with, _text.emoji_picture)


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without a single font of its own."""
    monkeypatch.setattr(_text, "FONT_FILES", ())
    monkeypatch.setattr(_text, "EMOJI_FILES", ())
    for cache in CACHES:
        cache.cache_clear()
    yield
    for cache in CACHES:
        cache.cache_clear()


def painted(*texts: str, **about: str) -> Image.Image:
    """What titles paint on a black picture, as a picture of its brightness."""
    tracks = [{"tt": 7, "sg": [{"d": 1000, "m": {"text": text, **about}}]} for text in texts]
    picture = black(SIZE)
    Overlays(SIZE, 24).paint_titles(picture, read_plan({"t": tracks}).titles)
    return picture.planes[0].point([0] * 60 + [255] * 196)


def words_in(text: str) -> str:
    return "".join(letters for word in _text._words(text) for _, letters in word)


def test_positions() -> None:
    """A title stands where its draft says, from the top to the bottom."""
    boxes = [painted("Hi", position=p).getbbox() for p in ("top", "center", "bottom")]
    tops = [box[1] for box in boxes if box]
    assert len(tops) == 3
    assert tops == sorted(set(tops))


def test_captions_are_smaller_and_below() -> None:
    """A caption is a small text at the bottom where the draft does not say where."""
    title, caption = painted("Hello").getbbox(), painted("Hello", style="caption").getbbox()
    assert title is not None
    assert caption is not None
    assert caption[1] > SIZE[1] / 2 > title[3]
    assert caption[3] - caption[1] < (title[3] - title[1]) * 0.7


@pytest.mark.parametrize("position", ["top", "bottom"])
def test_two_titles_do_not_cover_each_other(position: str) -> None:
    """Two text tracks at one time and place stand one below the other."""
    one, both = (painted(*texts, position=position).getbbox() for texts in (["Hi"], ["Hi", "Hi"]))
    assert one is not None
    assert both is not None
    assert both[3] - both[1] > 1.8 * (one[3] - one[1])
    assert both[1] >= 0


@pytest.mark.parametrize("look", ["scene", "card"])
@pytest.mark.parametrize("rotate", [0, 90])
def test_titles_and_the_words_of_a_prompt_do_not_cover_each_other(
    tmp_path: Path, look: Any, rotate: int
) -> None:
    """The words are left out as long as a title stands in their place."""
    pictures = []
    for prompt in ("lorem ipsum dolor", "sit amet"):
        shot = {"d": 200, "m": {"prompt": prompt}, "rotate": rotate}
        title = {"d": 100, "m": {"text": "Hello " * 30, "position": "center"}}
        plan = {"t": [{"tt": 0, "sg": [shot]}, {"tt": 7, "sg": [title]}]}
        render_draft(plan, tmp_path / "f.mp4", size=SIZE, fps=10, look=look, seed=1)
        with av.open(str(tmp_path / "f.mp4")) as film:
            frames = [frame.to_ndarray(format="gray")[:300] for frame in film.decode(video=0)]
        pictures.append(frames)
    titled, bare = (np.abs(one.astype(int) - two).max() for one, two in zip(*pictures, strict=True))
    assert titled < 60 < bare


@pytest.mark.parametrize(
    "text",
    ["LIFTOFF", "word " * 60, "x" * 100, "猫" * 90, "a\n\nb\tc", "Donaudampfschifffahrt " * 4],
)
@pytest.mark.parametrize("box", [(600, 100), (150, 60)])
def test_texts_are_whole(text: str, box: tuple[int, int]) -> None:
    """However long a text is, it is shrunk into its box, and all of it is there."""
    image = write(text, box, 80)
    assert image.getbbox() is not None
    assert image.width <= box[0] + 1
    assert image.height <= box[1] + 1


def test_no_word_is_cut() -> None:
    """Words go to the next row whole."""
    sentence = "the quick brown fox jumps over the lazy dog"
    words = _text._words(sentence)
    rows = _text._wrap(words, 200, 40)
    assert len(rows) > 2
    told = ["".join(letters for _, letters in row).strip() for row in rows]
    assert " ".join(told) == sentence


@pytest.mark.parametrize("text", ["一只猫在雪林里", "кот", "قطة", "แมว", "\U0001fae8"])
def test_missing_fonts(no_fonts: None, tmp_path: Path, text: str) -> None:
    """Where no font has the letters something else is seen, and two texts are not the same."""
    one, other = write(text, (600, 100), 40), write(text[::-1] + "x", (600, 100), 40)
    assert one.getbbox() is not None
    assert one.size != other.size or ImageChops.difference(one, other).getbbox()
    plan = {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"prompt": text}}]}]}
    assert render_draft(plan, tmp_path / "film.mp4", size=(192, 108)).frames == 2


def test_letters_without_a_font_are_numbers(no_fonts: None) -> None:
    """A letter that cannot be drawn is told by its number, an emoji by its name."""
    assert words_in("a 猫") == "a 732B"
    assert words_in("🚀 LIFTOFF") == "rocket LIFTOFF"


def test_fonts_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, no_fonts: None, tmp_path: Path
) -> None:
    """A damaged font file is passed over."""
    (tmp_path / "Damaged.ttf").write_bytes(b"no font")
    monkeypatch.setattr(_text, "FONT_FILES", (str(tmp_path / "Damaged.ttf"),))
    assert len(_text.faces(31)) == 1


def test_emoji_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """An emoji is drawn from the colour font where there is one, as often as it is written."""
    picture = Image.new("RGBA", (109, 109), (0, 0, 0, 0))
    ImageDraw.Draw(picture).ellipse((0, 0, 108, 108), fill=(200, 30, 30, 255))
    monkeypatch.setattr(_text, "emoji_picture", lambda _: picture)
    one, two = (write(f"Go {'🚀' * n}", (600, 100), 60) for n in (1, 2))
    red = [sum(n for n, colour in i.getcolors(99999) if colour[0] == 200) for i in (one, two)]  # type: ignore[index,misc,union-attr]
    assert two.width > one.width + 50
    assert red[1] == pytest.approx(2 * red[0], rel=0.05)


def test_write_nothing() -> None:
    """An empty text is an empty picture."""
    assert write(" \n ", (300, 100), 20).getchannel("A").getbbox() is None
