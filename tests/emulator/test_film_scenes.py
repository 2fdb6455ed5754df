"""Scenes: what the words of a prompt lead to, and that nothing else does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from nemo_sdk.emulator._film import _scene
from nemo_sdk.emulator._film._render import render_draft
from nemo_sdk.emulator._film._words import read_wishes

Paint = Callable[..., Any]


@pytest.fixture
def paint(tmp_path: Path) -> Paint:
    """Renders a prompt, and gives the first picture as rows of red, green and blue."""

    def painted(prompt: str, look: Any = "scene") -> Any:
        draft = {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"prompt": prompt}}]}]}
        render_draft(draft, tmp_path / "f.mp4", size=(320, 180), fps=10, look=look)
        with av.open(str(tmp_path / "f.mp4")) as file:
            return next(file.decode(video=0)).to_ndarray(format="rgb24").astype(int)

    return painted


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat walking through a snowy forest at night", "forest night snow"),
        ("一只猫在夜晚的雪地森林里行走", "forest night snow"),
        ("A PUPPY on the BEACH at SUNSET", "sea sunset "),
        ("a train in the mountains at dawn", "mountains sunset "),
        ("rain over the city", "city  rain"),
        ("ein Schloss im Wald", "forest  "),
        ("a coffee mug", "  "),
        ("concatenate", "  "),
    ],
)
def test_scenery(prompt: str, expected: str) -> None:
    """Place, hour and weather are those that a prompt names, and empty where it names none."""
    wishes = read_wishes(prompt)
    assert [wishes.place, wishes.hour, wishes.weather] == expected.split(" ")


@pytest.mark.parametrize(
    ("prompt", "things"),
    [
        ("a coffee mug", "☕"),
        ("a red car and a dragon", "🚗🐉"),
        ("un dragón y un cohete", "🐉🚀"),
        ("drache und rakete", "🐉🚀"),
        ("龙和火箭", "🐉🚀"),
        ("ドラゴン", "🐉"),
        ("дракон", "🐉"),
        ("🦄 on the moon", "🦄"),
        ("one thing", ""),
        ("a scary catalogue", ""),
    ],
)
def test_things(prompt: str, things: str) -> None:
    """Things are found by the names that emoji have in many languages."""
    assert "".join(read_wishes(prompt).things)[: len(things)] == things


@pytest.mark.parametrize(
    ("prompt", "coat"),
    [
        ("a cat", ""),
        ("a black cat", "black"),
        ("a white kitten", "white"),
        ("猫", ""),
        ("un gato", ""),
        ("a black dog", None),
        ("a catalogue", None),
    ],
)
def test_cat(prompt: str, coat: str | None) -> None:
    """A cat walks where there is one, in its colour."""
    assert read_wishes(prompt).coat == coat


@pytest.mark.parametrize(
    ("prompt", "known"),
    [
        ("a cat walking through a snowy forest", True),
        ("a black cat in the city at night", True),
        ("一只猫在雪林里行走", True),
        ("a fluffy cat in a forest", False),
        ("a coffee mug", False),
        ("lorem ipsum", False),
        ("", False),
    ],
)
def test_known(prompt: str, known: bool) -> None:
    """A prompt is told in words where there is a word in it that is not drawn."""
    assert read_wishes(prompt).known is known


@pytest.mark.parametrize(
    "prompt", ["ten seconds of Lisbon", "a new film on top of it", "it ends soon", "cool and free"]
)
def test_signs_that_are_words_are_no_things(prompt: str) -> None:
    """No keycap or square with letters stands in a film for a number or a word of a prompt."""
    assert read_wishes(prompt).things == []


def test_the_cat_is_seen(paint: Paint) -> None:
    """An orange cat, and no large words over it."""
    red, green, blue = np.moveaxis(paint("a cat walking through a snowy forest"), 2, 0)
    orange = (red > 190) & (green > 90) & (green < 190) & (blue < 120)
    assert orange.sum() > 300


@pytest.mark.parametrize("prompt", ["a coffee mug", "a dragon", "lorem ipsum"])
def test_words_are_set_in_large_type(
    paint: Paint, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where this machine has no pictures for them, words stand for themselves."""
    monkeypatch.setattr(_scene, "emoji_picture", lambda _: None)
    middle = paint(prompt)[90:140, 40:280].sum(axis=2)
    assert (middle < 150).sum() > 100
    assert (middle > 720).sum() > 100


def test_pictures_of_emoji(paint: Paint, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where this machine has a colour font, things are seen as its pictures."""
    green = Image.new("RGBA", (109, 109), (0, 200, 0, 255))
    monkeypatch.setattr(_scene, "emoji_picture", lambda _: green)
    red, level, blue = np.moveaxis(paint("a dragon"), 2, 0)
    assert ((level > 150) & (red < 90) & (blue < 90)).sum() > 2000


def test_hours_and_places_differ(paint: Paint) -> None:
    """Snow is brighter than the night, and the sea is bluer than the desert."""
    means = {
        prompt: paint(prompt)[:150].mean(axis=(0, 1))
        for prompt in ("cat snowy mountains", "cat city night", "cat sea", "cat desert")
    }
    snow, night, sea, desert = means.values()
    assert snow.sum() > 2 * night.sum()
    assert sea[2] - sea[0] > desert[2] - desert[0] + 20


def test_cards_have_a_colour_a_clip(tmp_path: Path) -> None:
    """Two clips are told from each other by the colours of card and slate."""
    clips = [{"d": 100, "m": {"prompt": "a"}}, {"d": 100, "m": {"prompt": "a"}}]
    render_draft(
        {"t": [{"tt": 0, "sg": clips}]}, tmp_path / "f.mp4", size=(320, 180), fps=10, look="card"
    )
    with av.open(str(tmp_path / "f.mp4")) as file:
        one, other = (f.to_ndarray(format="rgb24").astype(int) for f in file.decode(video=0))
    for row in (10, 165):
        assert abs(one[row, 2] - other[row, 2]).sum() > 60
