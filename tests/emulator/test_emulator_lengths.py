"""How long people ask a film to be."""

import pytest

from nemo_sdk.emulator._agent._lengths import seconds_in


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("a two second film", 2),
        ("a ten-second film", 10),
        ("a thirty-five second film", 35),
        ("forty five seconds of rain", 45),
        ("one second of rain", 1),
        ("a 7.5 second film", 7.5),
        ("15 secs, please", 15),
        ("12s of surf", 12),
        ("a 30s video of a cat", 30),
        ("half a minute", 30),
        ("half of a minute of waves", 30),
        ("two and a half seconds", 2.5),
        ("two seconds and a half", 2.5),
        ("in the end a second and a half of black", 1.5),
        ("trim it to 0.2 seconds", 1),
    ],
)
def test_english_lengths(text: str, seconds: float) -> None:
    """Digits, words, halves and short forms are understood; a film is a second at least."""
    assert seconds_in(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("十秒的视频", 10),
        ("二十五秒", 25),
        ("五秒钟", 5),
        ("两秒半", 2.5),
        ("半分钟的雨景", 30),
        ("一只猫 8秒", 8),
        ("一百秒", 60),
        ("一分半", 60),
        ("一个半小时的电影", 60),
    ],
)
def test_chinese_lengths(text: str, seconds: float) -> None:
    """Chinese numerals are understood, with and without measure words."""
    assert seconds_in(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "a minute and a half",
        "one and a half minutes",
        "3 minutes",
        "a hundred seconds",
        "an hour",
        "an hour of rain",
        "a two-hour film",
        "an hour-long walk",
    ],
)
def test_no_film_is_longer_than_a_minute(text: str) -> None:
    """What is longer is cut to 60 seconds."""
    assert seconds_in(text) == 60


@pytest.mark.parametrize(
    "text",
    ["two clips of five seconds", "two five-second clips", "5 shots, 2 seconds each"],
)
def test_clips_are_summed(text: str) -> None:
    """So many clips of a length are one film of them all."""
    assert seconds_in(text) == 10


def test_hours_that_a_film_is_about_are_not_its_length() -> None:
    """A length in seconds wins over hours, and hours alone are mostly a subject."""
    assert seconds_in("24 hours in Tokyo in 8 seconds") == 8
    assert seconds_in("24 hours in Tokyo") is None
    assert seconds_in("rush hour in the city") is None


@pytest.mark.parametrize(
    "text",
    [
        "a cat",
        "a film of 5",
        "a film of 5 cats",
        "a second cat walks in",
        "24 frames per second",
        "60 frames a second",
        "a street in the 80s",
        "an 80s film with neon",
        "50s style diner",
        "the last minute",
        "500 milliseconds",
        "",
    ],
)
def test_other_words_are_no_length(text: str) -> None:
    """Counts, ordinals, rates and decades ask for no length."""
    assert seconds_in(text) is None
