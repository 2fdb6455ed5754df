"""assert_film: what it takes, what it says, and films that others have encoded anew."""

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from nemo_sdk import NemoClient, Timing
from nemo_sdk.emulator import Emulator
from nemo_sdk.emulator._film._render import render_draft
from nemo_sdk.testing import FilmCheck, LocalEmulator, assert_film

DRAFT: dict[str, Any] = {
    "t": [
        {
            "tt": 0,
            "sg": [
                {"d": 1000, "m": {"title": "a", "in": 2000, "speed": 2, "volume": 0.5}},
                {"d": 1000, "m": {"title": "b"}, "ef": [{"name": "sepia"}]},
            ],
        },
        {"tt": 1, "sg": [{"d": 1000, "m": {"name": "Lo-fi", "volume": 0.35}}]},
        {"tt": 7, "sg": [{"d": 1000, "m": {"text": "LIFTOFF"}}]},
    ]
}
DESCRIBED = """\
The film: 2.00 s, 320x180, 12 frames a second
  shot 1: “a” 0.00-1.00 s, from 2 s, at 2.00x, volume 50%
  shot 2: “b” 1.00-2.00 s, from 0 s, at 1.00x, volume 100%, sepia
  title: “LIFTOFF” 0.00-1.00 s, top
  sound: “Lo-fi” 0.00-1.00 s, volume 35%"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of all kinds of things."""
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    render_draft(DRAFT, path, size=(320, 180), fps=12, look="card")
    return path


def encoded_anew(film: Path, target: Path, *, codec: str, comment: bool = True) -> Path:
    """The film in half its size and another encoder's hands."""
    with av.open(str(film)) as source, av.open(str(target), "w") as file:
        picture, sound = source.streams.video[0], source.streams.audio[0]
        file.metadata.update(source.metadata if comment else {})
        stream = file.add_stream(codec, rate=picture.average_rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.bit_rate = 400_000
        heard = file.add_stream("aac", rate=44_100)
        assert isinstance(heard, av.AudioStream)
        for frame in source.decode(picture, sound):
            if isinstance(frame, av.VideoFrame):
                small = frame.reformat(160, 90)
                small.pts, small.time_base = frame.pts, frame.time_base
                file.mux(stream.encode(small))
            elif isinstance(frame, av.AudioFrame):
                file.mux(heard.encode(frame))
        file.mux([*stream.encode(None), *heard.encode(None)])
    return target


def checked(check: FilmCheck) -> None:
    check.lasts(2).is_landscape().has_ratio("16:9").shows("LIFTOFF", at=0.5).plays("Lo-fi", 0.35)
    check.is_silent(at=1.5).has_shots("a", "b").starts_from(2).runs_at(2).has_volume(0.5)
    check.has_no_title(at=1.5).has_effects("sepia", shot="b").has_effects(shot=1).lasts(2.05)


def test_paths_and_bytes(film: Path) -> None:
    """A file is named as a path or a text, and its bytes are as good."""
    for source in (film, str(film), film.read_bytes()):
        checked(assert_film(source))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_half_the_size(film: Path, tmp_path: Path, codec: str) -> None:
    """What a film says comes through another encoder and half the size."""
    checked(assert_film(encoded_anew(film, tmp_path / "half.mp4", codec=codec)))


def test_without_its_comment(film: Path, tmp_path: Path) -> None:
    """Without notes the strips still tell the clips, and the words say what is missing."""
    bare = encoded_anew(film, tmp_path / "bare.mp4", codec="libx264", comment=False)
    check = assert_film(bare).has_shots("clip 1", "clip 2").starts_from(2).runs_at(2, shot=1)
    with pytest.raises(AssertionError, match="no notes, so there are no names: was it encoded"):
        check.shows("LIFTOFF")


def test_the_film_in_words(film: Path) -> None:
    """A failing check tells the whole film."""
    assert str(assert_film(film)) == DESCRIBED
    with pytest.raises(AssertionError) as failure:
        assert_film(film).lasts(3)
    assert str(failure.value) == f"The film lasts 2.00 s, not 3.\n{DESCRIBED}"


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (lambda f: f.has_size(180, 320), "is 320x180, not 180x320"),
        (lambda f: f.is_portrait(), "is not portrait"),
        (lambda f: f.is_square(), "is not square"),
        (lambda f: f.has_ratio("9:16"), "is not 9:16"),
        (lambda f: f.shows("LIFT-OFF"), "does not show “LIFT-OFF”."),
        (lambda f: f.shows("LIFTOFF", at=1.5), "does not show “LIFTOFF” at 1.5 s"),
        (lambda f: f.shows("LIFTOFF", position="bottom"), "“LIFTOFF” at the bottom"),
        (lambda f: f.shows("LIFTOFF", at=9), "“LIFTOFF” at 9 s: it goes from 0 to 2.00 s"),
        (lambda f: f.has_no_title(), "has a title."),
        (lambda f: f.plays("Jazz"), "does not play “Jazz”."),
        (lambda f: f.plays("Lo-fi", volume=0.5), "plays “Lo-fi” at 0.35, not 0.5"),
        (lambda f: f.plays("Lo-fi", at=1.5), "does not play “Lo-fi” at 1.5 s"),
        (lambda f: f.is_silent(), "is not silent."),
        (lambda f: f.is_silent(at=7), "is not that long: it goes from 0 to 2.00 s"),
        (lambda f: f.has_shots("b", "a"), "has the shots ['a', 'b'], not ['b', 'a']"),
        (lambda f: f.starts_from(0), "shows “a” from 2 s on, not from 0 s"),
        (lambda f: f.runs_at(2, shot="b"), "runs “b” at 1.00x, not at 2x"),
        (lambda f: f.has_volume(1), "has “a” at volume 0.5, not 1"),
        (lambda f: f.runs_at(1, shot="c"), "does not show the clip 'c'"),
        (lambda f: f.is_black(at=0), "is not black at 0 s"),
        (lambda f: f.fades_in(), "has “a” with fade_in 0 s"),
        (lambda f: f.has_effects("blur"), "has “a” with effects [], not ['blur']"),
        (lambda f: f.is_rotated(90), "has “a” with rotate 0, not 90"),
        (lambda f: f.is_cropped_to(0, 0, 0.5, 1), "not [0, 0, 0.5, 1]"),
    ],
)
def test_what_does_not_hold(
    film: Path, check: Callable[[FilmCheck], FilmCheck], sentence: str
) -> None:
    """Each check says what there is in place of what was expected."""
    with pytest.raises(AssertionError) as failure:
        check(assert_film(film))
    assert sentence in str(failure.value)


async def test_saved_and_unsaved_videos(
    nemo_client: NemoClient, nemo_emulator: LocalEmulator, tmp_path: Path
) -> None:
    """A video is looked into where it was saved, else where its emulator has it."""
    video = await nemo_client.generate("a two second film of a cat")
    assert_film(video).lasts(2).has_size(320, 180)
    assert_film(await video.read()).lasts(2)
    await video.save(tmp_path / "cat.mp4")
    nemo_emulator.__exit__(None, None, None)
    assert_film(video).lasts(2)
    (tmp_path / "cat.mp4").unlink()
    with pytest.raises(ValueError, match="save it first"):
        assert_film(video)


async def test_video_of_an_emulator_in_the_same_loop() -> None:
    """An `Emulator` of the test's own loop is asked for its film without a call."""
    options: dict[str, Any] = {"film_size": (160, 90), "fps": 12, "look": "card", "speed": 1000}
    async with Emulator(**options) as emulator:
        timing = Timing().scaled(0.01)
        async with NemoClient(
            base_url=emulator.base_url, timing=timing, token_store=None
        ) as client:
            video = await client.generate("a two second film of a cat")
            assert_film(video).lasts(2).is_landscape()


@pytest.mark.parametrize("content", [b"", b"no film was rendered: this is a test\n", b"\0" * 5000])
def test_no_film(content: bytes, tmp_path: Path) -> None:
    """What is no film is a ValueError that says how to get one; what is not there an OSError."""
    with pytest.raises(ValueError, match="Films are real where the extra `emulator`"):
        assert_film(content)
    with pytest.raises(FileNotFoundError):
        assert_film(tmp_path / "none.mp4")


async def _film_in_a_coroutine(clients: int) -> list[NemoClient]:
    with LocalEmulator(films=False) as emulator:
        made = [emulator.client() for _ in range(clients)]
        for client in made:
            await client.generate("a cat")
        assert len(emulator.charges) == clients
    return made


def test_an_emulator_within_a_coroutine() -> None:
    """A coroutine enters and leaves the emulator; its clients are closed all the same."""

    async def main() -> None:
        for client in await _film_in_a_coroutine(2):
            await asyncio.sleep(0)
            async with asyncio.timeout(5):
                while client._connections.is_open:
                    await asyncio.sleep(0.001)

    asyncio.run(main())


def test_a_coroutine_that_ends_with_its_emulator() -> None:
    """Where nothing follows, the end of the loop closes the clients."""
    for client in asyncio.run(_film_in_a_coroutine(1)):
        assert not client._connections.is_open


def test_left_in_another_coroutine_than_its_clients() -> None:
    """The loop of a client may stand still, or run elsewhere, while another one runs here."""
    loop = asyncio.new_event_loop()
    emulator = LocalEmulator(films=False)
    emulator.__enter__()
    client = emulator.client()
    loop.run_until_complete(client.credits())

    async def leave() -> None:
        emulator.__exit__(None, None, None)

    asyncio.run(leave())
    assert not client._connections.is_open
    loop.close()


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of a camera's: one second in grey."""
    path = tmp_path_factory.mktemp("foreign") / "camera.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for _ in range(10):
            grey = av.VideoFrame.from_ndarray(np.full((270, 320), 128, np.uint8), format="yuv420p")
            file.mux(stream.encode(grey))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    "check",
    [
        lambda film: film.has_shots(),
        lambda film: film.has_shots("a"),
        lambda film: film.has_no_title(),
        lambda film: film.has_no_title(at=0.5),
        lambda film: film.shows("a"),
        lambda film: film.starts_from(0),
        lambda film: film.has_effects(),
        lambda film: film.plays("Lo-fi"),
    ],
)
def test_nothing_is_said_of_what_another_camera_made(
    foreign: Path, check: Callable[[FilmCheck], object]
) -> None:
    """A film without strip and notes has a length and a shape; no check of the rest holds."""
    film = assert_film(foreign).lasts(1).has_ratio("16:9").is_silent()
    with pytest.raises(AssertionError, match="neither the strip nor the notes"):
        check(film)


def test_what_is_no_film(film: Path, tmp_path: Path) -> None:
    """A sound, a damaged file and nonsense are told apart from films."""
    sound = tmp_path / "song.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))
    with pytest.raises(ValueError, match="no pictures in it"):
        assert_film(sound)
    for content in (b"", b"nonsense", film.read_bytes()[:5000]):
        with pytest.raises(ValueError, match="no film that can be read"):
            assert_film(content)


@pytest.mark.parametrize("ratio", ["wide", "0:9", "16", "16:9:1", ""])
def test_no_ratio(film: Path, ratio: str) -> None:
    """What is no ratio is an error of the test's, and says so."""
    with pytest.raises(ValueError, match="two numbers such as"):
        assert_film(film).has_ratio(ratio)
