"""Everything that a draft can say, proved through the film that comes of it."""

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from nemo_sdk.emulator._agent._vocabulary import EFFECTS as CLAIMED
from nemo_sdk.emulator._film import EFFECTS, film_pixels
from nemo_sdk.emulator._film._picture import EFFECTS as DRAWN
from nemo_sdk.emulator._film._picture import black
from nemo_sdk.emulator._film._render import render_draft
from nemo_sdk.testing import FilmCheck, assert_film

GAP = {"d": 500, "m": {"gap": True}}

Film = Callable[..., FilmCheck]


@pytest.fixture(params=["card", "scene"])
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Film:
    """Renders tracks, and gives what can be asserted of the film."""

    def made(*tracks: tuple[int, list[dict[str, Any]]], **canvas: Any) -> FilmCheck:
        draft = {"canvas": canvas, "t": [{"tt": kind, "sg": segments} for kind, segments in tracks]}
        render_draft(draft, tmp_path / "f.mp4", size=(320, 180), fps=10, look=request.param)
        return assert_film(tmp_path / "f.mp4")

    return made


def shot(seconds: float = 1, *effects: str, **about: Any) -> dict[str, Any]:
    about = {"title": "a", "prompt": "a cat in the city", **about}
    return {"d": seconds * 1000, "m": about, "ef": [{"name": name} for name in effects]}


def test_clips_follow_one_another(film: Film) -> None:
    """Segments are seen in their order, for as long as they are."""
    check = film((0, [shot(1), shot(0.5, title="b"), shot(0.5)])).lasts(2).has_shots("a", "b", "a")
    assert "shot 2: “b” 1.00-1.50 s" in str(check)


def test_a_gap_is_black(film: Film) -> None:
    """Where a track is empty nothing is seen, and what follows comes at its time."""
    check = film((0, [shot(0.5), GAP, shot(1, title="b")])).lasts(2).has_shots("a", "b")
    check.is_black(at=0.7)
    with pytest.raises(AssertionError, match=r"is not black at 1\.2 s"):
        check.is_black(at=1.2)


def test_the_later_track_covers_the_earlier(film: Film) -> None:
    """Of two video tracks the later one is seen, and the earlier one in its gaps."""
    film((0, [shot(2)]), (0, [GAP, shot(1, title="b")])).has_shots("a", "b", "a").lasts(2)


def test_where_a_clip_begins_and_how_fast_it_runs(film: Film) -> None:
    """`in` and `speed` are what the frames say of themselves."""
    clips = [shot(1, **{"in": 2500}), shot(1, title="b", speed=0.5), shot(0.5, title="c", speed=4)]
    check = film((0, clips)).starts_from(2.5).runs_at(1)
    check.starts_from(0, shot="b").runs_at(0.5, shot="b").runs_at(4, shot=3)


def test_volumes_of_clips(film: Film) -> None:
    """A clip's own volume is in every frame; a muted one has none."""
    clips = [shot(0.5, volume=0.35), shot(0.5, title="b", muted=True), shot(0.5, title="c")]
    film((0, clips)).has_volume(0.35).has_volume(0, shot="b").has_volume(1, shot="c").is_silent()


def test_clips_fade(film: Film) -> None:
    """A clip comes out of black and goes into it, the picture and the volume."""
    check = film((0, [shot(1, fade_in=400, fade_out=300), shot(1, title="b")]))
    check.fades_in(0.4).fades_out(0.3).is_black(at=0)
    for fades in (check.fades_in, check.fades_out):
        with pytest.raises(AssertionError, match="“b” with fade_"):
            fades(shot="b")


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects(film: Film, effect: str) -> None:
    """Every effect that is claimed is drawn, also in another case; what is unknown is not there."""
    film((0, [shot(1, effect.upper(), "soft glow"), shot(1, title="b")])).has_effects(
        effect
    ).has_effects(shot="b")


def test_no_effect_is_claimed_that_is_not_drawn() -> None:
    """The table that the agent reads is the renderer's."""
    assert set(EFFECTS) == set(DRAWN) == {effect for _, effect in CLAIMED}


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects_are_seen(effect: str) -> None:
    """Each effect changes the picture."""
    before, picture = (black((64, 36)) for _ in range(2))
    for each in (before, picture):
        each.planes[0].paste(120, (0, 0, 32, 36))
        each.planes[2].paste(160, (0, 0, 32, 18))
    DRAWN[effect](picture)
    assert any(map(operator.ne, before.planes, picture.planes))


def test_invented_clips_are_turned_and_cropped(tmp_path: Path) -> None:
    """One on its side stands between black bars; of a cropped one a part fills the picture."""

    def first_frame(**about: Any) -> Any:
        draft = {"t": [{"tt": 0, "sg": [shot(0.2, **about)]}]}
        render_draft(draft, tmp_path / "f.mp4", size=(320, 180), fps=10, look="card")
        with av.open(str(tmp_path / "f.mp4")) as file:
            return next(file.decode(video=0)).to_ndarray(format="gray").astype(int)

    plain, turned, half = first_frame(), first_frame(rotate=90), first_frame(crop=[0, 0, 0.5, 1])
    assert plain[:90, 20:80].mean() > 40 > turned[:90, 20:80].mean()
    assert turned[:90, 140:180].mean() > 40
    assert half[60:90, 20:60].mean() < 20 < half[60:90, 140:180].mean()


def test_music_is_heard_at_its_time_and_volume(film: Film) -> None:
    """One note for each piece of music, as loud as its volume."""
    music = [{"d": 1000, "m": {"name": "Lo-fi", "volume": 0.35}}, GAP]
    music.append({"d": 500, "m": {"name": "Epic", "volume": 1}})
    more = [{"d": 2000, "m": {"name": "Piano", "volume": 0.1}}]
    check = film((0, [shot(2)]), (1, music), (1, more))
    check.plays("Lo-fi", volume=0.35).plays("Epic", volume=1).plays("Piano", volume=0.1, at=0.5)
    wrongs: tuple[dict[str, Any], ...] = (
        {"name": "Jazz"},
        {"name": "Lo-fi", "at": 1.75},
        {"name": "Epic", "volume": 0.5},
    )
    for wrong in wrongs:
        with pytest.raises(AssertionError, match=f"plays? “{wrong['name']}”"):
            check.plays(**wrong)


def test_music_ends_with_its_segment(film: Film) -> None:
    """After the last audio segment, in gaps and where it is muted, the film is silent."""
    music = [{"d": 500, "m": {"name": "Lo-fi"}}, GAP, {"d": 500, "m": {"name": "x", "muted": True}}]
    check = film((0, [shot(2)]), (1, music)).plays("Lo-fi")
    check.is_silent(at=0.75).is_silent(at=1.25).is_silent(at=1.75)
    with pytest.raises(AssertionError, match=r"is not silent at 0\.2 s"):
        check.is_silent(at=0.2)


def test_music_fades(film: Film) -> None:
    """A fade is heard: half of the volume in its middle."""
    music = [{"d": 2000, "m": {"name": "Lo-fi", "fade_in": 1000, "fade_out": 500}}]
    check = film((0, [shot(2)]), (1, music)).plays("Lo-fi", volume=0.5, at=0.5)
    check.plays("Lo-fi", volume=1, at=1.2).plays("Lo-fi", volume=0.5, at=1.75)


def test_titles_and_captions(film: Film) -> None:
    """Texts stand at their time and place, in their style."""
    titles = [GAP, {"d": 500, "m": {"text": "LIFTOFF", "position": "center"}}]
    captions = [{"d": 1500, "m": {"text": "three, two,  one", "style": "caption"}}]
    check = film((0, [shot(2)]), (7, titles), (7, captions))
    check.shows("LIFTOFF", at=0.7, position="center").shows("three, two, one", position="bottom")
    check.shows("two", at=1.2).has_no_title(at=1.7)
    assert "caption: “three, two, one” 0.00-1.50 s, bottom" in str(check)
    with pytest.raises(AssertionError, match=r"does not show “LIFTOFF” at 1\.2 s"):
        check.shows("LIFTOFF", at=1.2)


def test_more_titles_than_the_strip_has_bits(film: Film) -> None:
    """Of forty captions each is found at its own time alone."""
    captions = [{"d": 100, "m": {"text": f"caption {n}."}} for n in range(40)]
    check = film((0, [shot(4)]), (7, captions))
    for number in (0, 18, 36):
        check.shows(f"caption {number}.", at=number / 10 + 0.05)
    with pytest.raises(AssertionError):
        check.shows("caption 18.", at=0.05)


@pytest.mark.parametrize(
    ("canvas", "size"),
    [
        ({"ratio": "9:16"}, (180, 320)),
        ({"ratio": "1:1"}, (320, 320)),
        ({"ratio": "4:3"}, (320, 240)),
        ({"ratio": "16:9"}, (320, 180)),
        ({"ratio": "21:9"}, (320, 136)),
        ({"width": 1080, "height": 1350}, (256, 320)),
        ({"ratio": "original", "width": 720, "height": 1280}, (180, 320)),
        ({"ratio": "90:1"}, (320, 180)),
        ({}, (320, 180)),
    ],
)
def test_canvas(film: Film, canvas: dict[str, Any], size: tuple[int, int]) -> None:
    """The canvas decides the shape, the emulator's film size the pixels, and all can be read."""
    check = film((0, [shot(1)]), (7, [{"d": 900, "m": {"text": "Hi"}}]), **canvas)
    check.has_size(*size).has_shots("a").shows("Hi", at=0.5)
    shape = check.is_square if size[0] == size[1] else check.is_portrait
    (check.is_landscape if size[0] > size[1] else shape)()


def test_a_size_of_the_canvas_shape_is_taken_as_it_is() -> None:
    """Nothing is rounded where nothing has to be changed."""
    assert film_pixels({"canvas": {"ratio": "16:9"}}, (854, 480)) == (854, 480)
    assert film_pixels({"canvas": {"ratio": "9:16"}}, (1080, 1920)) == (1080, 1920)
    assert film_pixels({"canvas": {"ratio": "9:16"}}, (1920, 1080)) == (1080, 1920)
