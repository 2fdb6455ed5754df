"""Scenes: what the words of a prompt lead to."""

import random
from itertools import pairwise

import pytest
from PIL import ImageChops

from nemo_sdk.emulator._film import _words
from nemo_sdk.emulator._film._scene import Scene
from nemo_sdk.emulator._film._words import Wishes, read_wishes

SIZE = (160, 90)


def wishes(prompt: str, seed: int = 0) -> Wishes:
    return read_wishes(prompt, random.Random(seed))


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a cat walking through a snowy forest at night", "cat forest night snow"),
        ("一只猫在夜晚的雪地森林里行走", "cat forest night snow"),
        ("A PUPPY on the beach at SUNSET", "dog sea sunset "),
        ("火车穿过日落的山脉", "train mountains sunset "),
        ("rainy Tokyo street, a robot, neon", "robot city neon rain"),
        ("astronaut, daylight", "astronaut space day "),
        ("a whale in the ocean at noon", "whale underwater day "),
        ("campfire in the desert at dawn, a fox", "fox desert dawn sparks"),
    ],
)
def test_words(prompt: str, expected: str) -> None:
    """Subject, land, hour and weather are read from English and Chinese words."""
    found = wishes(prompt)
    assert [found.subject, found.land, found.hour, found.weather] == expected.split(" ")


@pytest.mark.parametrize("prompt", ["a scary catalogue", "training carefully", "concatenate"])
def test_words_inside_words(prompt: str) -> None:
    """A word that is only a part of another one is not meant."""
    assert {wishes(prompt, seed).weather for seed in range(5)} == {""}
    assert {wishes(prompt, seed).subject for seed in range(20)}.isdisjoint({"cat", "train"})


def test_fire_is_no_train() -> None:
    """A Chinese word that holds another one is read as itself."""
    assert wishes("火箭").subject == "rocket"
    assert wishes("火箭").weather == ""


def test_chance_decides_on_the_rest() -> None:
    """A prompt without a known word still gives many different scenes."""
    assert len({wishes("lorem ipsum", seed) for seed in range(20)}) > 8


def test_megabytes_of_prompt() -> None:
    """Only the beginning of an endless prompt is read."""
    assert wishes("x " * 1_000_000 + "cat").subject != "cat"


@pytest.mark.parametrize("land", list(_words._LANDS))
@pytest.mark.parametrize("hour", ["noon", "night", "neon sunset"])
def test_every_land(land: str, hour: str) -> None:
    """Every land is painted at every hour, and moves."""
    scene = Scene(f"{land} at {hour}", 0, SIZE)
    shown = [scene.picture(time) for time in (0.0, 1.0, 2.0)]
    scene.close()
    assert all(ImageChops.difference(a.y, b.y).getbbox() for a, b in pairwise(shown))


@pytest.mark.parametrize("subject", list(_words._SUBJECTS))
def test_every_subject(subject: str) -> None:
    """Every subject is painted, and is not the same as another's picture."""
    wanted = Scene(f"{subject} in a field at noon", 0, SIZE).picture(1.0)
    assert wanted.size == SIZE
    assert wanted.y.getextrema()[0] != wanted.y.getextrema()[1]


@pytest.mark.parametrize("weather", ["snow", "rain", "sakura", "autumn", "fire", "magic"])
@pytest.mark.parametrize("place", ["a dog on a beach", "flowers in the city at night"])
def test_every_weather(weather: str, place: str) -> None:
    """Every weather falls on every place, and changes the picture."""
    picture = Scene(f"{place}, {weather}", 0, SIZE).picture(1.0)
    other = Scene(place, 0, SIZE).picture(1.0)
    assert ImageChops.difference(picture.y, other.y).getbbox()


def test_pictures_are_free_to_be_painted_on() -> None:
    """What is done to one picture is not seen in the next."""
    scene = Scene("a cat", 0, SIZE)
    before = scene.picture(1.0).y.tobytes()
    scene.picture(1.0).y.paste(0, (0, 0, *SIZE))
    assert scene.picture(1.0).y.tobytes() == before
