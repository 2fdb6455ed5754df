"""What the agent claims is in the film: one wish for each operation, rendered and looked into."""

import copy
import random
import re
import struct
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from nemo_sdk.emulator._agent import _wishes
from nemo_sdk.emulator._agent._grammar import readings
from nemo_sdk.emulator._agent._scene import DeclinedError, Scene
from nemo_sdk.emulator._agent._sentences import TABLE
from nemo_sdk.emulator._drafts import Desk
from nemo_sdk.emulator._film._render import render_draft
from nemo_sdk.testing import FilmCheck, assert_film

from .films import session_of, shown
from .test_wishes import WISHES, say

SIZE = (320, 180)
FPS = 8
SEGMENT = re.compile(
    r"(?P<name>.+?) (?P<seconds>[\d.]+)"
    r"(?P<details>(?: (?:[a-z]+=\S+|x[\d.]+|\d+%|muted|top|center|bottom|caption))*)"
    r"(?P<effects>(?: \+[a-z ]+?)*)"
)
CHOSEN = """
cut it to ten seconds and add lo-fi music
make it 6 seconds long
cut the first 2 seconds
cut off the last second
cut out the part from 3 to 5 seconds
remove everything after 8 seconds
delete everything before 0:04
keep only the last 5 seconds
only use the part between 0:02 and 0:06
split it at 5 seconds
swap the first and the last clip
put the boat first
move the beach to the end
move clip 3 before clip 2
reverse the order of the clips
put them in the order boat, city, beach
use only the beach
duplicate the last clip
loop it twice
remove the second clip
remove the music
make it twice as fast
speed up the city clip by 1.5
slow down the last clip
half speed
make it a bit faster
mute the music
make the music louder
turn the music down
turn the music down to 20%
half the music volume
use song.mp3 as the music
start the music at 5 seconds
add a title 'Winter' at the start
caption the second clip "Downtown"
change the title to "Holiday, and more"
move the title to the top
show the title for 5 seconds
fade in
add a two second fade out
fade the music out
fade between the clips
fade in and out
make it 9:16
make it 9:16 without cropping
crop it to the center
crop the first clip to the left half
crop 10% off each side
rotate it by 90 degrees
rotate the second clip to the left
turn it upside down
make it longer
make it 5 seconds longer
make it shorter
make it a bit shorter
make it black and white
it is too bright
add photo.jpg at the end
insert my photo at the beginning
长一点
put boat.mp4 after beach.mp4
mute the original audio
fade out the last clip
慢一点
fade the music in and out
make it twice as long
increase the brightness
blur it
add a vignette
make the second clip sepia
make a slideshow of this
insert my photo between the beach and the city
make the second clip 50% faster
cut off the left half of the picture
remove the music but keep the title
make the title appear at 2 seconds
write 'THE END' over the last two seconds
trim the beach to 2 seconds and mute it
keep the second clip, delete the rest
I hate the music, take it away
stop the music at 8 seconds
replace Lo-fi with rock
lower the music by 10%
""".strip().splitlines()
"""At least one wish of the list for each operation."""
IN_TURN = [
    (["make it 5 seconds", "undo"], {}),
    (["make it 5 seconds", "mute it", "undo everything"], {}),
    (["rotate it", "undo", "redo"], {"video": "cat 10 rotate=90"}),
    (["fade in and out", "remove the fades"], {}),
    (["crop it to the center", "undo the crop"], {}),
    (["apply sepia", "blur it", "remove all effects"], {}),
    (["fill the frame"], {}),
]
"""Wishes about the film of a cat, one after another, and what is then different."""
CASES = [
    *(
        (case["film"], [case["wish"]], case["then"])
        for case in WISHES
        if case["wish"] in CHOSEN and isinstance(case["then"], dict)
    ),
    *(("cat", wishes, then) for wishes, then in IN_TURN),
]
PLAIN = {"shape": "16:9 1920x1080", "video": "-", "audio": "-", "text": "-"}


@frozen
class Piece:
    """A segment of a line such as `Lo-fi 10 35%`, and when it stands in the film."""

    name: str
    start: float
    seconds: float
    details: tuple[str, ...]
    effects: tuple[str, ...]

    @property
    def middle(self) -> float:
        return self.start + self.seconds / 2

    def number(self, key: str, otherwise: float) -> float:
        found = (one.removeprefix(key) for one in self.details if one.startswith(key))
        return float(next(found, otherwise))

    @property
    def volume(self) -> float:
        loud = (float(one[:-1]) / 100 for one in self.details if one.endswith("%"))
        return 0.0 if "muted" in self.details else next(loud, 1.0)


def pieces(line: str) -> Iterator[Piece]:
    """Yield the segments of all tracks of a line; what a gap is, nothing is told of."""
    for track in line.split(" / "):
        start = 0.0
        for written in track.split(" | ") if track != "-" else ():
            found = SEGMENT.fullmatch(written)
            assert found, written
            seconds, effects = float(found["seconds"]), found["effects"].split(" +")[1:]
            if found["name"] != "gap":
                details = tuple(found["details"].split())
                yield Piece(found["name"], start, seconds, details, tuple(effects))
            start += seconds


def test_every_operation_is_there() -> None:
    """None of the table's operations is left out."""
    tried = {row.run for film, wishes, _ in CASES for row in granted(film, wishes)}
    assert {row.run.__name__ for row in TABLE if row.run not in tried} == set()


def granted(film: str, wishes: list[str]) -> Iterator[Any]:
    """Yield the rows of the table that wishes are granted by."""
    session = session_of(film)
    for wish in wishes:
        for reading in readings(wish, TABLE):
            fresh = Desk(random.Random(1)).of_uploads(session.uploads)
            draft = copy.deepcopy(session.draft or fresh)
            scene = Scene(draft, Desk(random.Random(1)), session.uploads, session.history.copy())
            with suppress(DeclinedError):
                _wishes.granted(reading, scene, fresh=True)
                yield from (asked.row for asked in reading)
                break
        say(session, wish)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The only upload that is needed as a file: what is heard has to come from somewhere."""
    song = tmp_path_factory.mktemp("media") / "song.wav"
    with wave.open(str(song), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(struct.pack("<40h", *[9000] * 20, *[-9000] * 20) * 6000)
    return {"song.mp3": song}


@pytest.mark.parametrize(("film", "wishes", "then"), CASES, ids=[one[1][-1] for one in CASES])
def test_what_is_done_is_in_the_film(
    film: str, wishes: list[str], then: dict[str, str], tmp_path: Path, media: dict[str, Path]
) -> None:
    """The film has what the wish was written down to give, and the rest as it was."""
    session = session_of(film)
    expected = {**(shown(session.draft) if session.draft else PLAIN), **then}
    for wish in wishes:
        say(session, wish)
    assert session.draft is not None
    target = tmp_path / "film.mp4"
    render_draft(session.draft, target, size=SIZE, fps=FPS, look="card", media=media)
    check(assert_film(target), expected)


def check(film: FilmCheck, expected: dict[str, str]) -> None:
    """Assert that a film is what the lines of a draft say."""
    film.has_ratio(expected["shape"].split()[0])
    clips = list(pieces(expected["video"]))
    film.has_shots(*(clip.name for clip in clips))
    length = sum(clip.seconds for clip in clips)
    film.lasts(length, within=0.15)
    for place, clip in enumerate(clips, 1):
        check_clip(film, place, clip)
    for sound in pieces(expected["audio"]):
        if sound.volume:
            loud = None if sound.name == "song.mp3" else sound.volume
            film.plays(sound.name, loud, at=min(sound.middle, length - 0.2))
    if not any(sound.volume for sound in pieces(expected["audio"])):
        film.is_silent()
    for text in pieces(expected["text"]):
        usual = "bottom" if "caption" in text.details else "center"
        chosen = [one for one in text.details if one in {"top", "center", "bottom"}]
        film.shows(text.name, text.middle, position=(chosen or [usual])[0])
    if expected["text"] == "-":
        film.has_no_title()


def check_clip(film: FilmCheck, place: int, clip: Piece) -> None:
    """Assert how one clip is shown."""
    film.starts_from(clip.number("in=", 0), place).runs_at(clip.number("x", 1), place)
    film.has_volume(clip.volume, place).has_effects(*clip.effects, shot=place)
    film.is_rotated(int(clip.number("rotate=", 0)), place)
    crop = next((one[5:] for one in clip.details if one.startswith("crop=")), "0,0,1,1")
    x, y, wide, high = map(float, crop.split(","))
    film.is_cropped_to(x, y, wide, high, place)
    film.fades_in(clip.number("fadein=", 0), place)
    film.fades_out(clip.number("fadeout=", 0), place)
