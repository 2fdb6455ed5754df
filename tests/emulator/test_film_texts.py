"""Texts in films: where and when they stand, and scripts without a font."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from nemo_sdk.emulator._film import _fonts, render_draft
from nemo_sdk.emulator._film._overlays import MARK, Overlays
from nemo_sdk.emulator._film._plan import read_plan
from nemo_sdk.emulator._film._planes import planes_of
from nemo_sdk.emulator._film._text import length, wrap, write

SIZE = (640, 360)


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without a single font of its own."""
    caches = (_fonts.font_paths, _fonts.faces)
    monkeypatch.setattr(_fonts, "font_folders", list)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def overlay(track: list[dict[str, object]], time: float, kind: int = 7) -> Image.Image:
    """What is painted over a grey picture."""
    plan = read_plan({"t": [{"tt": 0, "sg": [{"d": 9000}]}, {"tt": kind, "sg": track}]})
    grey = planes_of(Image.new("RGB", SIZE, (128, 128, 128)))
    blank = grey.y.copy()
    Overlays(plan, SIZE).paint(grey, time)
    return ImageChops.difference(grey.y, blank).crop((0, 30, *SIZE))


def titles(*texts: str, **about: str) -> list[dict[str, object]]:
    return [{"d": 2000, "m": {"text": text, **about}} for text in texts]


def test_title_stands_for_its_time() -> None:
    """A title is seen in its own segment and not before or after it."""
    track: list[dict[str, object]] = [{"d": 2000}, *titles("Urban Dreams")]
    shown = [bool(overlay(track, time).getbbox()) for time in (1.0, 3.0, 5.0)]
    assert shown == [False, True, False]


def test_title_comes_and_goes_softly() -> None:
    """A title is fainter when it comes than in the middle of its time."""
    faint, full = (overlay(titles("Hi"), time).getextrema()[1] for time in (0.1, 1.0))
    assert 0 < float(faint) < float(full)  # type: ignore[arg-type]


def test_title_positions() -> None:
    """A title stands where its draft says, from the top to the bottom."""
    boxes = [overlay(titles("Hi", position=p), 1).getbbox() for p in ("top", "center", "bottom")]
    tops = [box[1] for box in boxes if box]
    assert len(tops) == 3
    assert tops == sorted(set(tops))


def test_two_titles_do_not_cover_each_other() -> None:
    """Two text tracks at one time stand one below the other."""
    plan = {"t": [{"tt": 0, "sg": [{"d": 9000}]}, *({"tt": 7, "sg": titles("Hi")} for _ in "12")]}
    picture = planes_of(Image.new("RGB", SIZE))
    Overlays(read_plan(plan), SIZE).paint(picture, 1)
    one = overlay(titles("Hi"), 1).getbbox()
    both = picture.y.point([0] * 100 + [255] * 156).crop((0, 30, *SIZE)).getbbox()
    assert one is not None
    assert both is not None
    assert both[3] - both[1] > 1.4 * (one[3] - one[1])


def test_prompt_and_mark() -> None:
    """The prompt stands below, the emulator's mark in the upper right corner."""
    plan = read_plan({"t": [{"tt": 0, "sg": [{"d": 1000, "m": {"prompt": "a cat"}}]}]})
    picture = planes_of(Image.new("RGB", SIZE))
    Overlays(plan, SIZE).paint(picture, 0)
    bright = picture.y.point([0] * 140 + [255] * 116)
    corner = bright.crop((400, 0, 640, 30)).getbbox()
    caption = bright.crop((0, 300, 320, 360)).getbbox()
    assert corner is not None
    assert caption is not None
    assert MARK == "Made by the emulator"


@pytest.mark.parametrize("text", ["一只猫在雪林里", "кот", "قطة", "แมว", "😀", "\U0001fae8"])
def test_missing_fonts(no_fonts: None, tmp_path: Path, text: str) -> None:
    """Where no font has the letters, each of them is a box with its number."""
    assert write(text, 40, 600, 2).getchannel("A").getbbox() is not None
    assert [face for face, _ in _fonts.runs(text, 40)] == [None]
    plan = {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"prompt": text}}]}]}
    assert render_draft(plan, tmp_path / "film.mp4", size=(192, 108)).frames == 2


def test_missing_letters_differ(no_fonts: None) -> None:
    """Two letters that no font has do not look the same."""
    cat, dog = (write(text, 60, 600, 1) for text in "猫狗")
    assert cat.size == dog.size
    assert (
        ImageChops.difference(cat, dog).getchannel("R").getbbox() or cat.tobytes() != dog.tobytes()
    )


def test_fonts_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, no_fonts: None, tmp_path: Path
) -> None:
    """A damaged font file is passed over."""
    (tmp_path / "DejaVuSans.ttf").write_bytes(b"no font")
    monkeypatch.setattr(_fonts, "font_folders", lambda: [tmp_path])
    assert _fonts.font_paths() == (tmp_path / "DejaVuSans.ttf",)
    assert len(_fonts.faces(31)) == 1


def test_known_letters_are_text(no_fonts: None) -> None:
    """Letters that the font has are drawn with it, in one run."""
    ((face, run),) = _fonts.runs("a cat", 40)
    assert (face is not None, run) == (True, "a cat")


@pytest.mark.parametrize("text", ["a cat " * 60, "x" * 500, "猫" * 300, "a\n\nb\tc"])
def test_wrap(text: str) -> None:
    """No row is wider than it may be, and no more rows are made than asked for."""
    rows = wrap(text, 20, 300, 3)
    assert len(rows) <= 3
    assert all(length(row, 20) <= 300 for row in rows)


def test_wrap_shows_that_there_is_more() -> None:
    """A text that is cut ends in dots; one that fits is whole."""
    assert wrap("one two three", 20, 600, 1) == ["one two three"]
    assert wrap("word " * 50, 20, 300, 2)[-1].endswith("...")


def test_write_nothing() -> None:
    """An empty text is an empty picture."""
    assert write(" \n ", 20, 300, 2).getchannel("A").getbbox() is None
