"""Films as files: what a player finds in them."""

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from nemo_sdk.emulator._film._render import FilmInfo, FilmStopped, render_draft
from nemo_sdk.testing import assert_film

SMALL = (192, 108)


def draft(
    prompt: str = "a cat walking through a snowy forest", seconds: float = 0.5, **tracks: Any
) -> dict[str, Any]:
    video = {"tt": 0, "sg": [{"d": seconds * 1000, "m": {"prompt": prompt}}]}
    more = {"music": 1, "titles": 7}
    return {"t": [video, *({"tt": more[name], "sg": sg} for name, sg in tracks.items())]}


def music(seconds: float = 0.5, **about: Any) -> list[dict[str, Any]]:
    return [{"d": seconds * 1000, "m": {"name": "Lo-fi", **about}}]


def frames(path: Path) -> list[Image.Image]:
    with av.open(str(path)) as file:
        return [frame.to_image() for frame in file.decode(video=0)]  # type: ignore[no-untyped-call]


def difference(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "films").mkdir()
    return tmp_path / "films" / "film.mp4"


def test_full_size(target: Path) -> None:
    """A film is 1080p H.264 with AAC sound, of exactly the length that the draft has."""
    info = render_draft(draft(seconds=1, music=music(1)), target)
    with av.open(str(target)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height) == (1920, 1080)
        assert video.average_rate == 24
        assert video.codec_context.pix_fmt == "yuv420p"
        assert file.duration == pytest.approx(1_000_000, abs=1000)
        times = [frame.time for frame in file.decode(video)]
    assert times == pytest.approx([n / 24 for n in range(24)], abs=1e-4)
    assert info == FilmInfo(1.0, target.stat().st_size, 1920, 1080, 24)


def test_starts_before_it_is_loaded(target: Path) -> None:
    """The index of an MP4 stands before its pictures."""
    render_draft(draft(), target, size=SMALL)
    content = target.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "avi", "webm"])
def test_containers(tmp_path: Path, container: str) -> None:
    """Every container holds the codecs that belong to it, at the right length."""
    target = tmp_path / f"film.{container}"
    render_draft(draft(seconds=2, music=music(2)), target, container=container, size=SMALL)
    codecs = ("vp9", "opus") if container == "webm" else ("h264", "aac")
    with av.open(str(target)) as file:
        names = file.streams.video[0].codec_context.name, file.streams.audio[0].codec_context.name
        assert names == codecs
        assert file.duration is not None
        assert file.duration / 1e6 == pytest.approx(2, abs=1 / 24)
        assert sum(1 for _ in file.decode(video=0)) == 48


@pytest.mark.parametrize("look", ["scene", "card"])
@pytest.mark.parametrize("quality", ["low", "high"])
@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "avi", "webm"])
def test_strips_and_notes_come_through(
    tmp_path: Path, container: str, quality: str, look: Any
) -> None:
    """Every frame says what it is, and the comment names what is in the film."""
    target = tmp_path / "film"
    film = draft(seconds=2, music=music(2, volume=0.5), titles=[{"d": 1000, "m": {"text": "Hi"}}])
    options: dict[str, Any] = {"container": container, "quality": quality, "look": look}
    render_draft(film, target, size=(320, 180), fps=12, **options)
    check = assert_film(target).lasts(2).shows("Hi", at=0.5).has_no_title(at=1.5)
    check.plays("Lo-fi", volume=0.5).has_shots("a cat walking through a snowy forest")
    assert "cannot be read" not in str(check)


@pytest.mark.parametrize(
    ("seconds", "fps", "count"), [(0.5, 24, 12), (0.5, 30, 15), (1.01, 10, 10)]
)
def test_frame_count(target: Path, seconds: float, fps: int, count: int) -> None:
    """There are as many frames as the length and the rate ask for."""
    info = render_draft(draft(seconds=seconds), target, size=SMALL, fps=fps)
    assert info.frames == len(frames(target)) == count
    assert info.duration == pytest.approx(count / fps)


def test_qualities_differ_in_bytes_alone(target: Path) -> None:
    """A better quality is a bigger file of the same resolution."""
    sizes = []
    for quality in ("low", "medium", "high"):
        info = render_draft(draft(), target, quality=quality, size=(640, 360))
        assert (info.width, info.height) == (640, 360)
        sizes.append(info.size)
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("size", [(213, 121), (16, 16), (90, 160), (64, 500)])
def test_any_size(target: Path, size: tuple[int, int]) -> None:
    """A size that the codec cannot have is made even; small and narrow films are films too."""
    info = render_draft(draft(titles=[{"d": 500, "m": {"text": "Hi"}}]), target, size=size)
    even = (size[0] // 2 * 2, size[1] // 2 * 2)
    assert (info.width, info.height) == frames(target)[0].size == even


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm"])
def test_same_film_twice(tmp_path: Path, container: str) -> None:
    """The same draft and seed give the same bytes."""
    films = [tmp_path / "one", tmp_path / "two"]
    for film in films:
        render_draft(draft(music=music()), film, container=container, size=SMALL, seed=3)
    assert films[0].read_bytes() == films[1].read_bytes()


def test_another_seed(target: Path) -> None:
    """Another seed gives other scenery for the same words."""
    render_draft(draft(), target, size=SMALL, seed=1)
    first = frames(target)[0]
    render_draft(draft(), target, size=SMALL, seed=2)
    assert difference(first, frames(target)[0]) > 3


def test_pictures_move(target: Path) -> None:
    """No frame is like the one before it: the clock and the strip go on."""
    render_draft(draft(), target, size=SMALL)
    steps = [difference(a, b) for a, b in pairwise(frames(target))]
    assert min(steps) > 0.1


def test_sound_follows_the_draft(target: Path) -> None:
    """A draft without an audio track gives a silent film without an audio stream."""
    render_draft(draft(), target, size=SMALL)
    with av.open(str(target)) as file:
        assert not file.streams.audio
    assert_film(target).is_silent()


def test_two_tracks_are_mixed(target: Path) -> None:
    """Two audio tracks are both heard, without harm where they are too loud together."""
    both = draft(seconds=1, music=music(1))
    both["t"] += [{"tt": 1, "sg": music(1, name=name)} for name in "abcdef"]
    render_draft(both, target, size=SMALL)
    check = assert_film(target).plays("Lo-fi")
    for name in "abcdef":
        check.plays(name)


@pytest.mark.parametrize(
    "garbage",
    [
        {},
        {"t": None},
        {"t": "tracks"},
        {"t": [None, 1, {"tt": 0}, {"tt": 0, "sg": None}, {"tt": 0, "sg": [None, {}]}]},
        {"t": [{"tt": "0", "sg": [{"d": "100", "m": None}]}]},
        {"t": [{"sg": [{"d": 100}]}]},
        {"t": [{"tt": float("nan"), "sg": [{"d": float("inf"), "m": {"title": 7}}]}]},
        {"t": [{"tt": 0, "sg": [{"d": -5, "m": {"prompt": "x", "in": "y", "src": 4}}]}]},
        {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"speed": 0, "crop": [1, 2], "rotate": 7}}]}]},
        {"t": [{"tt": 0, "sg": [{"d": 100, "m": {"gap": 1, "fit": 3}, "ef": [None, {}, "x"]}]}]},
        {"t": [{"tt": 0, "sg": [{"d": 10**400, "m": {}}, {"d": 100, "m": {"speed": -1}}]}]},
        {"t": [{"tt": 1, "sg": [{"d": 100, "m": {"volume": "loud"}}, {"d": 0}, {"d": None}]}]},
        {"t": [{"tt": 1, "sg": [{"d": 100, "m": {"fade_in": 900, "fade_out": "x"}}]}]},
        {"t": [{"tt": 7, "sg": [{"d": 100, "m": {"text": "\x00\ud800\n\u202e", "style": 1}}]}]},
        {"t": [{"tt": 99, "sg": [{"d": 100, "m": {"x": object()}}]}], "canvas": object()},
        {"t": [], "canvas": {"ratio": "0:0", "width": None, "height": "x"}},
    ],
)
def test_garbage(target: Path, garbage: dict[str, Any]) -> None:
    """Whatever a draft holds, a film comes of it, of one frame at least."""
    info = render_draft(garbage, target, size=SMALL)
    assert 1 <= info.frames == len(frames(target)) <= 3


def test_without_video_the_longest_track_counts(target: Path) -> None:
    """A draft of texts and music alone is as long as the longer of them."""
    tracks = [{"tt": 7, "sg": [{"d": 250, "m": {"text": "a"}}]}, {"tt": 1, "sg": music(0.5)}]
    assert render_draft({"t": tracks}, target, size=SMALL).frames == 12


def test_longest_video_track_counts(target: Path) -> None:
    """Music that goes on after the last picture does not make the film longer."""
    assert render_draft(draft(music=music(9)), target, size=SMALL).frames == 12


def test_progress_is_that_of_the_painting(target: Path) -> None:
    """After each frame the share of those that are painted is told."""
    told: list[float] = []
    render_draft(draft(), target, size=SMALL, fps=8, on_progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_stop(target: Path) -> None:
    """A film that is stopped leaves no file, nor half of one."""
    answers = iter([False] * 5 + [True])
    with pytest.raises(FilmStopped):
        render_draft(draft(music=music()), target, size=SMALL, should_stop=lambda: next(answers))
    assert list(target.parent.iterdir()) == []


def test_stop_at_once(target: Path) -> None:
    """A film can be stopped before its first frame."""
    with pytest.raises(FilmStopped, match="stopped before it was whole"):
        render_draft(draft(), target, size=SMALL, should_stop=lambda: True)
    assert list(target.parent.iterdir()) == []


def test_no_folder(target: Path) -> None:
    """A target in a folder that is not there is an OSError."""
    with pytest.raises(OSError, match="No such file"):
        render_draft(draft(), target / "deeper" / "film.mp4", size=SMALL)


def test_failure_leaves_the_old_film(target: Path) -> None:
    """Where a render fails, what stood at the target before stays as it was."""
    target.write_bytes(b"old")

    def broken() -> bool:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        render_draft(draft(), target, size=SMALL, should_stop=broken)
    assert [(p.name, p.read_bytes()) for p in target.parent.iterdir()] == [("film.mp4", b"old")]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"container": "flv"}, "'flv' is not known: take one of mp4, mov, mkv, avi, webm"),
        ({"quality": "best"}, "'best' is not known: take one of low, medium, high"),
        ({"size": (4, 4)}, "take 16 to 8192 pixels"),
        ({"fps": 0}, "1 to 240 frames"),
    ],
)
def test_wrong_arguments(target: Path, wrong: dict[str, Any], sentence: str) -> None:
    """An argument that no film can be made of is refused with what to do."""
    with pytest.raises(ValueError, match=sentence):
        render_draft(draft(), target, **wrong)
    assert not target.exists()


def test_bytes_are_a_film_too(target: Path) -> None:
    """What is in the file is all that a reader needs."""
    render_draft(draft(), target, size=SMALL)
    with av.open(io.BytesIO(target.read_bytes()), "r") as file:
        assert "nemo_film" in file.metadata["comment"]
