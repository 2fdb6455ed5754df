"""Films as files: what a player finds in them."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from nemo_sdk.emulator._film import FilmInfo, FilmStopped, render_draft

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


def loudness(path: Path) -> float:
    """The mean of all samples' sizes; 1 is as loud as it gets."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
    with av.open(str(path)) as file:
        pcm = b"".join(
            bytes(ready.planes[0])[: ready.samples * 2]
            for frame in file.decode(audio=0)
            for ready in resampler.resample(frame)
        )
    samples = memoryview(pcm).cast("h")
    return sum(map(abs, samples)) / len(samples) / 32768


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


def test_odd_size(target: Path) -> None:
    """A size that the codec cannot have is made even."""
    info = render_draft(draft(), target, size=(213, 121))
    assert (info.width, info.height) == frames(target)[0].size == (212, 120)


def test_portrait(target: Path) -> None:
    """A film may be higher than wide."""
    render_draft(draft(titles=[{"d": 500, "m": {"text": "Hi"}}]), target, size=(108, 192))
    assert frames(target)[0].size == (108, 192)


@pytest.mark.parametrize("container", ["mp4", "mkv", "webm"])
def test_same_film_twice(tmp_path: Path, container: str) -> None:
    """The same draft and seed give the same bytes."""
    films = [tmp_path / "one", tmp_path / "two"]
    for film in films:
        render_draft(draft(music=music()), film, container=container, size=SMALL, seed=3)
    assert films[0].read_bytes() == films[1].read_bytes()


def test_another_seed(target: Path) -> None:
    """Another seed gives other pictures for the same words."""
    render_draft(draft(), target, size=SMALL, seed=1)
    first = frames(target)[0]
    render_draft(draft(), target, size=SMALL, seed=2)
    assert difference(first, frames(target)[0]) > 3


def test_pictures_move(target: Path) -> None:
    """No picture is like the one before it."""
    render_draft(draft(), target, size=SMALL)
    shown = frames(target)
    steps = [difference(a, b) for a, b in pairwise(shown)]
    assert min(steps) > 0.3


def test_prompts_decide_on_colours(target: Path) -> None:
    """Snow is brighter than a city at night, and the sea is bluer than the desert."""
    means = {}
    for prompt in ("snowy mountains at noon", "city at night", "the sea at noon", "desert at noon"):
        render_draft(draft(prompt, 0.1), target, size=SMALL)
        means[prompt.split()[0]] = ImageStat.Stat(frames(target)[0]).mean
    (snow, night, sea, desert) = means.values()
    assert sum(snow) > 2 * sum(night)
    assert sea[2] - sea[0] > desert[2] - desert[0] + 30


def test_sound_follows_the_draft(target: Path) -> None:
    """A draft without an audio track gives a silent film without an audio stream."""
    render_draft(draft(), target, size=SMALL)
    with av.open(str(target)) as file:
        assert not file.streams.audio


def test_volume(target: Path) -> None:
    """Music is as loud as its volume says, and a volume of 0 is silence."""
    heard = {}
    for volume in (0, 0.35, 1):
        render_draft(draft(seconds=2, music=music(2, volume=volume)), target, size=SMALL)
        heard[volume] = loudness(target)
    assert heard[0] == 0
    assert heard[0.35] > 0.01
    assert heard[0.35] == pytest.approx(heard[1] * 0.35, rel=0.05)


def test_music_ends_with_its_segment(target: Path) -> None:
    """After the last audio segment the film is silent."""
    render_draft(draft(seconds=2, music=music(0.5)), target, size=SMALL)
    short = loudness(target)
    render_draft(draft(seconds=2, music=music(2)), target, size=SMALL)
    assert 0.01 < short < loudness(target) * 0.6


def test_two_tracks_are_mixed(target: Path) -> None:
    """Two audio tracks are both heard, without harm where they are too loud together."""
    both = draft(seconds=1, music=music(1))
    both["t"] += [{"tt": 1, "sg": music(1)}, {"tt": 1, "sg": music(1, name="Epic")}]
    render_draft(both, target, size=SMALL)
    loud = loudness(target)
    render_draft(draft(seconds=1, music=music(1)), target, size=SMALL)
    assert loud > loudness(target) * 1.3


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
        {"t": [{"tt": 1, "sg": [{"d": 100, "m": {"volume": "loud"}}, {"d": 0}, {"d": None}]}]},
        {"t": [{"tt": 7, "sg": [{"d": 100, "m": {"text": "\x00\ud800\n\u202e"}}]}]},
        {"t": [{"tt": 99, "sg": [{"d": 100, "m": {"x": object()}}]}], "canvas": object()},
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
        ({"container": "flv"}, "'flv': take one of mp4, mov, mkv, avi, webm"),
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
