"""What people read of a draft."""

import json
import math
import pickle
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemo_sdk.timeline import Segment, Timeline


def clip(name: str, milliseconds: Any, **about: Any) -> dict[str, Any]:
    return {"d": milliseconds, "m": {"title": name, **about}}


def track(kind: Any, *segments: Any) -> dict[str, Any]:
    return {"tt": kind, "sg": list(segments)}


def timeline(*tracks: Any) -> Timeline:
    return Timeline.from_draft({"t": list(tracks)})


CITY = timeline(
    track(0, clip("city timelapse", 10_000)),
    track(1, {"d": 10_000, "m": {"name": "Lo-fi", "volume": 0.35}}),
    track(7, {"d": 3_000, "m": {"text": "Urban Dreams"}}),
)


def test_summary_is_what_the_contract_shows() -> None:
    """A film with music and a title reads as in the service's own example."""
    assert CITY.summary() == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) "
        '2. BGM: Lo-fi (0-10s, 35%) 3. Title: "Urban Dreams" (0-3s)'
    )
    assert str(CITY) == CITY.summary()


def test_segments_follow_one_another_in_seconds() -> None:
    """A segment starts where the one before it ends, in seconds to the millisecond."""
    film = timeline(track(0, clip("a", 2500), clip("b", 1041), clip("c", 10_000)))
    assert [(s.start, s.end, s.duration) for s in film.tracks[0].segments] == [
        (0.0, 2.5, 2.5),
        (2.5, 3.541, 1.041),
        (3.541, 13.541, 10.0),
    ]
    assert film.duration == 13.541
    assert "a (0-2.5s), b (2.5-3.541s), c (3.541-13.541s)" in film.summary()


def test_gaps_are_no_segments() -> None:
    """Where nothing is seen nothing is told of, and what follows keeps its time."""
    gap = {"d": 6000, "m": {"gap": True}}
    film = timeline(
        track(0, clip("a", 3000), gap, clip("b", 1000)), track(7, gap, clip("Late", 2000))
    )
    assert film.summary() == (
        'Timeline (2 tracks): 1. Video: a (0-3s), b (9-10s) 2. Title: "Late" (6-8s)'
    )
    assert film.to_svg().count("<rect") == 3


def test_the_draft_stays_the_very_object() -> None:
    """The raw draft is handed back as it came, untouched."""
    draft = {"t": [track(0, clip("a", "2500"))], "canvas": {"w": 1}}
    copy = json.dumps(draft)
    film = Timeline.from_draft(draft)
    assert film.summary()
    assert film.diff(None)
    assert film.to_svg()
    assert film.raw is draft
    assert json.dumps(draft) == copy


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ({"title": "T", "name": "N", "text": "X"}, "T"),
        ({"title": "", "name": "N", "text": "X"}, "N"),
        ({"title": None, "text": "X"}, "X"),
        ({"title": ["a"], "name": 7}, "7"),
        ({"title": "  \n"}, ""),
        ({}, ""),
        (None, ""),
        ("title", ""),
    ],
)
def test_name_is_title_then_name_then_text(about: Any, name: str) -> None:
    """A segment is called by the first of its title, name and text that says something."""
    assert timeline(track(0, {"d": 1000, "m": about})).tracks[0].segments[0].name == name


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (2500, 2.5),
        ("2500", 2.5),
        (2500.5, 2.5005),
        (" 40 ", 0.04),
        (-5, 0),
        (None, 0),
        (True, 0),
        ("soon", 0),
        (math.nan, 0),
        (math.inf, 0),
        (10**400, 0),
        (1e300, 0),
        ("9" * 1_000_000, 0),
        ([1000], 0),
    ],
)
def test_duration_forgives(value: Any, seconds: float) -> None:
    """A duration that is no sensible number of milliseconds counts as none."""
    assert timeline(track(0, clip("a", value))).duration == seconds


@pytest.mark.parametrize(
    ("value", "volume"),
    [(0.35, 0.35), ("0.5", 0.5), (0, 0.0), (1, 1.0), (True, None), (-1, None), (math.nan, None)],
)
def test_volume_forgives(value: Any, volume: float | None) -> None:
    """A volume that is no number from nothing upwards is unknown."""
    film = timeline(track(1, clip("a", 1000, volume=value)))
    assert film.tracks[0].segments[0].volume == volume


@pytest.mark.parametrize(
    ("value", "kind", "label"),
    [
        (0, "video", "Video"),
        ("1", "audio", "BGM"),
        (7.0, "text", "Title"),
        (3, "3", "Track type 3"),
        ("12", "12", "Track type 12"),
        (None, "unknown", "Track"),
        (True, "unknown", "Track"),
        ("sticker", "unknown", "Track"),
        (1.5, "unknown", "Track"),
        (10**400, "unknown", "Track"),
    ],
)
def test_track_types(value: Any, kind: str, label: str) -> None:
    """Listed track types have names; others are shown by their number."""
    shown = timeline(track(value, clip("a", 1000))).tracks[0]
    assert (shown.kind, shown.label) == (kind, label)


@pytest.mark.parametrize(
    ("film", "words"),
    [
        (timeline(), "Timeline (0 tracks)"),
        (timeline(track(0)), "Timeline (1 track): 1. Video: empty"),
        (
            timeline(None, "x", track(0, clip("", 1000))),
            "Timeline (1 track): 1. Video: unnamed (0-1s)",
        ),
        (timeline(track(0, clip("a", 0))), "Timeline (1 track): 1. Video: a (0s)"),
        (timeline(track(0, clip("a\n b", 500))), "Timeline (1 track): 1. Video: a b (0-0.5s)"),
    ],
)
def test_summary_of_odd_drafts(film: Timeline, words: str) -> None:
    """Empty tracks, nameless segments and line breaks have words too."""
    assert film.summary() == words


@pytest.mark.parametrize(
    "draft", [None, True, 3, "x", [], {}, {"t": None}, {"t": {}}, {"t": [None, 3, [], {"sg": 1}]}]
)
def test_anything_is_a_timeline(draft: Any) -> None:
    """Whatever a draft is, it reads as a timeline without segments."""
    film = Timeline.from_draft(draft)
    assert sum(len(t.segments) for t in film.tracks) == 0
    assert not film.exportable
    assert film.diff(Timeline.from_draft(draft)) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["t", "tt", "sg", "d", "m", "title", "volume", "id"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(JSON, JSON)
def test_no_json_raises(one: Any, other: Any) -> None:
    """Any two JSON values can be read, compared, told and drawn."""
    before, after = Timeline.from_draft(one), Timeline.from_draft(other)
    assert all(isinstance(sentence, str) for sentence in after.diff(before))
    assert after.summary().startswith("Timeline (")
    ET.fromstring(after.to_svg())


def test_nested_draft_is_no_error() -> None:
    """A draft nested as deep as the interpreter allows is still compared."""
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    film = Timeline.from_draft({"t": [track(0, {"d": 1, "m": {"title": "a", "x": deep}})]})
    assert isinstance(film.diff(timeline(track(0, clip("a", 1)))), tuple)


@pytest.mark.parametrize(
    ("draft", "exportable"),
    [
        ({"t": [track(0, clip("a", 1))]}, True),
        ({"t": [track(0), track(7, clip("a", 1))]}, True),
        ({"t": [track(0)]}, False),
        ({"t": [{"tt": 0}]}, False),
        ({"t": [{"sg": None}]}, False),
    ],
)
def test_exportable(draft: Any, exportable: bool) -> None:
    """A draft can be exported once a track holds something."""
    assert Timeline.from_draft(draft).exportable is exportable


def test_words_are_bounded() -> None:
    """A megabyte of name and ten thousand segments make a short summary; the draft keeps all."""
    name = "very " * 200_000
    film = timeline(*[track(0, *[clip(name, 1000)] * 500) for _ in range(30)])
    assert len(film.summary()) < 40_000
    assert "and 480 more" in film.summary()
    assert film.summary().endswith("and 10 more tracks")
    assert len(film.to_svg()) < 2_000_000
    assert film.tracks[0].segments[0].name == name


def test_values_are_frozen_equal_and_pickle() -> None:
    """Timelines are values: equal drafts are equal timelines, and they can be pickled."""
    again = pickle.loads(pickle.dumps(CITY))
    assert again == CITY
    assert again.tracks == CITY.tracks
    with pytest.raises(AttributeError):
        CITY.raw = None  # type: ignore[misc]
    assert CITY.tracks[2].segments == (Segment("Urban Dreams", 0.0, 3.0),)


HOSTILE = '<script>alert("x")</script> & \x00\x0b\ud800\ufffe\u202e]]>'


def test_svg_is_well_formed_and_escaped() -> None:
    """Whatever a name holds, the picture is well-formed and shows it as text."""
    film = timeline(track(0, clip(HOSTILE, 1000)), track("<b>", clip("a", 1)))
    root = ET.fromstring(film.to_svg().encode())
    assert root.tag.endswith("svg")
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    assert any("<script>" in (text.text or "") for text in root.iter())


def test_svg_is_to_scale() -> None:
    """A segment's bar is as wide as its share of the film."""
    film = timeline(track(0, clip("a", 3000), clip("b", 1000)))
    bars = [
        (float(bar.get("x", 0)), float(bar.get("width", 0)))
        for bar in ET.fromstring(film.to_svg())
        if bar.tag.endswith("}svg")
    ]
    assert bars[0][1] == pytest.approx(3 * bars[1][1], rel=0.02)
    assert bars[1][0] > bars[0][0] + bars[0][1]


def test_notebook_shows_table_and_picture() -> None:
    """A notebook shows each segment in a table, with the picture above it."""
    html = CITY._repr_html_()
    assert "<svg" in html
    for cell in ("2. BGM", "Lo-fi", "0-10s", "35%", "&quot;Urban Dreams&quot;"):
        assert f"<td>{cell}</td>" in html
    assert "<script>" not in timeline(track(0, clip(HOSTILE, 1000)))._repr_html_()
