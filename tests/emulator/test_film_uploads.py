"""Uploaded clips, pictures and recordings in films."""

import struct
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from nemo_sdk.emulator._film._render import render_draft
from nemo_sdk.testing import assert_film

SIZE = (192, 108)
RED, GREEN, BLUE = (220, 20, 20), (20, 200, 20), (20, 20, 220)


def clip(path: Path, size: tuple[int, int], *colours: tuple[int, int, int]) -> Path:
    """A film that shows each colour for one second."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(10 * len(colours)):
            image = Image.new("RGB", size, colours[number // 10])
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, 10)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def tone(path: Path, *levels: int) -> Path:
    """A recording with a square wave of each level for half a second."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        for level in levels:
            file.writeframes(struct.pack("<40h", *[level] * 20, *[-level] * 20) * 100)
    return path


def film(
    target: Path, media: dict[str, Path], *tracks: tuple[int, dict[str, Any]]
) -> list[Image.Image]:
    """Render tracks of one segment of two seconds each, and read the pictures."""
    draft = {"t": [{"tt": kind, "sg": [{"d": 2000, "m": about}]} for kind, about in tracks]}
    render_draft(draft, target, media=media, size=SIZE, fps=5)
    with av.open(str(target)) as file:
        return [frame.to_image() for frame in file.decode(video=0)]  # type: ignore[no-untyped-call]


def heard(path: Path) -> list[float]:
    """The loudness of each half second, in samples."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
    with av.open(str(path)) as file:
        pcm = b"".join(
            bytes(ready.planes[0])[: ready.samples * 2]
            for frame in file.decode(audio=0)
            for ready in resampler.resample(frame)
        )
    samples = memoryview(pcm[: len(pcm) // 2 * 2]).cast("h")
    # The edges of a half second are left out: a codec smears them.
    return [sum(map(abs, samples[n + 500 : n + 3500])) / 3000 for n in range(0, 15000, 4000)]


def near(colour: Any, expected: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(colour, expected, strict=True))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "film.mp4"


def test_clip_plays(tmp_path: Path, target: Path) -> None:
    """An uploaded clip is shown from its beginning, at its own speed."""
    media = {"c": clip(tmp_path / "c.mp4", (192, 108), RED, GREEN)}
    shown = film(target, media, (0, {"src": "c"}))
    middles = [picture.getpixel((96, 54)) for picture in shown]
    assert all(near(m, RED) for m in middles[:5])
    assert all(near(m, GREEN) for m in middles[5:])


def test_clip_is_trimmed(tmp_path: Path, target: Path) -> None:
    """`in` says where in the clip a segment begins; its last picture stays when it is over."""
    media = {"c": clip(tmp_path / "c.mp4", (192, 108), RED, GREEN, BLUE)}
    shown = film(target, media, (0, {"src": "c", "in": 2000}))
    assert all(near(picture.getpixel((96, 54)), BLUE) for picture in shown)


def test_clip_has_bars(tmp_path: Path, target: Path) -> None:
    """A clip of another shape is fitted in, with black at its sides."""
    media = {"c": clip(tmp_path / "c.mp4", (90, 160), RED)}
    picture = film(target, media, (0, {"src": "c"}))[0]
    assert near(picture.getpixel((96, 54)), RED)
    assert near(picture.getpixel((20, 54)), (0, 0, 0))


def test_later_track_covers(tmp_path: Path, target: Path) -> None:
    """Of two video tracks the later one is seen."""
    one, two = (clip(tmp_path / f"{c[0]}.mp4", (192, 108), c) for c in (RED, BLUE))
    picture = film(target, {"1": one, "2": two}, (0, {"src": "1"}), (0, {"src": "2"}))[0]
    assert near(picture.getpixel((96, 54)), BLUE)


@pytest.mark.parametrize("name", ["p.png", "p.jpg", "p.webp", "p.gif"])
def test_picture(tmp_path: Path, target: Path, name: str) -> None:
    """An uploaded picture is shown for as long as its segment."""
    picture = Image.new("RGB", (192, 108), GREEN)
    picture.paste(RED, (60, 30, 132, 78))
    picture.save(tmp_path / name)
    shown = film(target, {"p": tmp_path / name}, (0, {"src": "p"}))
    for frame in (shown[0], shown[-1]):
        assert near(frame.getpixel((10, 54)), GREEN)
        assert near(frame.getpixel((96, 54)), RED)


def test_photo_of_a_phone(tmp_path: Path, target: Path) -> None:
    """A photo that is marked as turned is shown upright."""
    photo = Image.new("RGB", (192, 108), BLUE)
    photo.paste(RED, (0, 0, 96, 108))
    marks = photo.getexif()
    marks[0x112] = 6
    photo.save(tmp_path / "p.jpg", exif=marks)
    picture = film(target, {"p": tmp_path / "p.jpg"}, (0, {"src": "p"}))[0]
    assert near(picture.getpixel((96, 20)), RED)
    assert near(picture.getpixel((30, 54)), (0, 0, 0))


def test_animated_picture_plays(tmp_path: Path, target: Path) -> None:
    """An animated GIF moves."""
    pictures = [Image.new("RGB", (192, 108), colour) for colour in (RED, BLUE)]
    pictures[0].save(tmp_path / "p.gif", save_all=True, append_images=pictures[1:], duration=1000)
    shown = film(target, {"p": tmp_path / "p.gif"}, (0, {"src": "p"}))
    assert near(shown[0].getpixel((96, 54)), RED)
    assert near(shown[-1].getpixel((96, 54)), BLUE)


@pytest.mark.parametrize("content", [b"", b"no film at all", b"\x89PNG\r\n\x1a\n cut", b"GIF89a"])
def test_broken_upload(tmp_path: Path, target: Path, content: bytes) -> None:
    """In place of an upload that cannot be read, the segment's words are shown."""
    (tmp_path / "c").write_bytes(content)
    shown = film(target, {"c": tmp_path / "c"}, (0, {"src": "c", "title": "the sea at noon"}))
    assert shown[0].convert("L").getextrema()[1] > 100  # type: ignore[operator]


def test_missing_upload(tmp_path: Path, target: Path) -> None:
    """An upload that is not among the media, or not on the disk, is no failure."""
    media = {"gone": tmp_path / "gone.mp4"}
    assert len(film(target, media, (0, {"src": "gone"}), (1, {"src": "nowhere"}))) == 10


def test_recording_at_its_volume(tmp_path: Path, target: Path) -> None:
    """An uploaded recording is heard at its volume, and silent after its end."""
    media = {"a": tone(tmp_path / "a.wav", 16000, 8000)}
    film(target, media, (0, {"prompt": "x"}), (1, {"src": "a", "volume": 0.5}))
    first, second, third, fourth = heard(target)
    assert (first, second) == pytest.approx((8000, 4000), rel=0.1)
    assert third == fourth == pytest.approx(0, abs=20)


def test_recording_is_trimmed(tmp_path: Path, target: Path) -> None:
    """`in` says where in the recording a segment begins."""
    media = {"a": tone(tmp_path / "a.wav", 16000, 2000, 9000)}
    film(target, media, (0, {"prompt": "x"}), (1, {"src": "a", "in": 500}))
    assert heard(target)[:2] == pytest.approx([2000, 9000], rel=0.12)


def test_loud_recordings_together(tmp_path: Path, target: Path) -> None:
    """Recordings that are too loud together are as loud as sound can be, and no louder."""
    media = {"a": tone(tmp_path / "a.wav", 30000)}
    film(target, media, (0, {}), (1, {"src": "a"}), (1, {"src": "a"}))
    assert heard(target)[0] > 28000


def test_clip_brings_its_sound(tmp_path: Path, target: Path) -> None:
    """A clip's own sound is heard, where the draft has no audio track too."""
    source = tmp_path / "c.mp4"
    media = {"a": tone(tmp_path / "a.wav", 16000, 16000, 16000, 16000)}
    film(source, media, (0, {"prompt": "x"}), (1, {"src": "a"}))
    film(target, {"c": source}, (0, {"src": "c", "volume": 0.25}))
    assert heard(target)[1] == pytest.approx(4000, rel=0.15)


def test_turned_clip(tmp_path: Path, target: Path) -> None:
    """A clip of a phone held upright, marked as turned clockwise, is shown upright."""
    source = tmp_path / "c.mp4"
    with av.open(str(source), "w") as file:
        stream = file.add_stream("libx264", rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = 192, 108
        stream.pix_fmt = "yuv420p"
        image = Image.new("RGB", (192, 108), BLUE)
        image.paste(RED, (0, 0, 96, 108))
        frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
        file.mux([*stream.encode(frame), *stream.encode(None)])
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    clockwise = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    head, track, rest = source.read_bytes().split(upright)
    source.write_bytes(head + upright + track + clockwise + rest)
    picture = film(target, {"c": source}, (0, {"src": "c"}))[0]
    assert near(picture.getpixel((96, 20)), RED)
    assert near(picture.getpixel((96, 80)), BLUE)
    assert near(picture.getpixel((30, 54)), (0, 0, 0))


def quarters(path: Path) -> Path:
    """A clip of one second with a colour in each quarter: red, green, then blue and white."""
    picture = Image.new("RGB", (192, 108), RED)
    picture.paste(GREEN, (96, 0, 192, 54))
    picture.paste(BLUE, (0, 54, 96, 108))
    picture.paste((235, 235, 235), (96, 54, 192, 108))
    picture.save(path)
    return path


@pytest.mark.parametrize(
    ("about", "place", "colour"),
    [
        ({}, (20, 20), RED),
        ({"rotate": 180}, (20, 20), (235, 235, 235)),
        ({"rotate": 90}, (80, 20), BLUE),
        ({"rotate": 270}, (80, 20), GREEN),
        ({"rotate": 90}, (20, 54), (0, 0, 0)),
        ({"rotate": 90, "fit": "cover"}, (20, 20), BLUE),
        ({"crop": [0.5, 0, 0.5, 0.5]}, (20, 20), GREEN),
        ({"crop": [0.5, 0, 0.5, 0.5]}, (180, 80), GREEN),
        ({"crop": [0, 0.5, 0.4, 0.4]}, (96, 54), BLUE),
        ({"crop": [0, 0, 0.5, 1], "fit": "contain"}, (20, 54), (0, 0, 0)),
        ({"crop": [0, 0, 0.5, 1], "fit": "cover"}, (20, 20), RED),
        ({"crop": [0.9, 0.9, 0.5, 0.5]}, (20, 20), RED),
    ],
)
def test_turned_cropped_fitted(
    tmp_path: Path, target: Path, about: dict[str, Any], place: tuple[int, int], colour: Any
) -> None:
    """`rotate` turns clockwise, `crop` takes a part, `fit` leaves bars or fills the film."""
    media = {"p": quarters(tmp_path / "p.png")}
    picture = film(target, media, (0, {"src": "p", **about}))[0]
    assert near(picture.getpixel(place), colour)
    x, y, wide, high = about.get("crop", (0, 0, 1, 1))
    if x + wide <= 1:
        assert_film(target).is_cropped_to(x, y, wide, high).is_rotated(about.get("rotate", 0))


def test_speed(tmp_path: Path, target: Path) -> None:
    """At twice the speed two seconds show four of the clip, in pictures and in sound."""
    media = {
        "c": clip(tmp_path / "c.mp4", (192, 108), RED, GREEN, BLUE, RED),
        "a": tone(tmp_path / "a.wav", 16000, 16000, 0, 0, 8000, 8000, 0, 0),
    }
    shown = film(target, media, (0, {"src": "c", "speed": 2}), (1, {"src": "a", "speed": 2}))
    for time, colour in ((0.2, RED), (0.8, GREEN), (1.4, BLUE), (1.8, RED)):
        assert near(shown[int(time * 5)].getpixel((96, 54)), colour)
    assert heard(target) == pytest.approx([16000, 0, 8000, 0], abs=900)
    assert_film(target).runs_at(2)


def test_muted_clip(tmp_path: Path, target: Path) -> None:
    """A muted clip is seen and not heard; a quieter one is as loud as its volume."""
    source = tmp_path / "c.mp4"
    film(source, {}, (0, {"prompt": "x"}), (1, {"name": "Lo-fi"}))
    film(target, {"c": source}, (0, {"src": "c", "title": "c", "muted": True}))
    assert_film(target).is_silent().has_volume(0).has_shots("c")
    film(target, {"c": source}, (0, {"src": "c", "title": "c", "volume": 0.5}))
    assert_film(target).plays("c", volume=0.5)


def test_clip_of_wide_pixels(tmp_path: Path, target: Path) -> None:
    """A clip whose pixels are twice as wide as high is shown as it was meant."""
    source = tmp_path / "c.mp4"
    with av.open(str(source), "w") as file:
        stream = file.add_stream("libx264", rate=1)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 96, 108, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(2, 1)
        image = Image.new("RGB", (96, 108), GREEN)
        frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
        file.mux([*stream.encode(frame), *stream.encode(None)])
    picture = film(target, {"c": source}, (0, {"src": "c"}))[0]
    assert near(picture.getpixel((10, 54)), GREEN)
