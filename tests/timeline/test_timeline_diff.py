"""What changed between two drafts, in sentences."""

import random
from typing import Any

import pytest

from nemo_sdk.timeline import Timeline


def clip(name: str, milliseconds: int, /, key: str = "", **about: Any) -> dict[str, Any]:
    segment: dict[str, Any] = {"d": milliseconds, "m": {"title": name, **about}}
    return segment | ({"id": key} if key else {})


def video(*segments: Any) -> dict[str, Any]:
    return {"tt": 0, "sg": list(segments)}


def music(*segments: Any) -> dict[str, Any]:
    return {"tt": 1, "sg": list(segments)}


def title(*segments: Any) -> dict[str, Any]:
    return {"tt": 7, "sg": list(segments)}


def diff(before: list[Any], after: list[Any], **more: Any) -> tuple[str, ...]:
    return Timeline({"t": after, **more}).diff(Timeline({"t": before}))


CITY = video(clip("city", 10_000))
LOFI = music(clip("Lo-fi", 10_000, volume=0.35))
A, B, C, D = (clip(name, 2000) for name in "ABCD")

CASES: list[tuple[str, list[Any], list[Any], tuple[str, ...]]] = [
    ("nothing", [CITY, LOFI], [CITY, LOFI], ()),
    (
        "title added",
        [CITY],
        [CITY, title(clip("Paradise Found", 3000))],
        ('Title added: "Paradise Found" (0-3s)',),
    ),
    (
        "title behind a gap",
        [CITY],
        [CITY, title({"d": 6000, "m": {"gap": True}}, clip("Late", 2000))],
        ('Title added: "Late" (6-8s)',),
    ),
    (
        "gap before a clip",
        [LOFI],
        [music({"d": 2000, "m": {"gap": True}}, clip("Lo-fi", 10_000, volume=0.35))],
        ("BGM moved: Lo-fi (was 0-10s, now 2-12s)",),
    ),
    ("music added", [CITY], [CITY, LOFI], ("BGM added: Lo-fi (0-10s, 35%)",)),
    ("music removed", [CITY, LOFI], [CITY], ("BGM removed: Lo-fi (0-10s, 35%)",)),
    ("track emptied", [CITY, LOFI], [CITY, music()], ("BGM removed: Lo-fi (0-10s, 35%)",)),
    (
        "trim",
        [CITY],
        [video(clip("city", 6000))],
        ("Video shortened: city (was 0-10s, now 0-6s)",),
    ),
    (
        "stretch",
        [CITY],
        [video(clip("city", 12_500))],
        ("Video lengthened: city (was 0-10s, now 0-12.5s)",),
    ),
    (
        "renamed",
        [title(clip("A", 3000))],
        [title(clip("B", 3000))],
        ('Title renamed: "A" is now "B" (0-3s)',),
    ),
    (
        "renamed and retimed",
        [title(clip("A", 3000, key="x"))],
        [title(clip("B", 5000, key="x"))],
        ('Title renamed: "A" (0-3s) is now "B" (0-5s)',),
    ),
    (
        "replaced",
        [music(clip("Lo-fi", 10_000, src="1.mp3"))],
        [music(clip("Jazz", 8000, src="2.mp3"))],
        ("BGM replaced: Lo-fi (0-10s) is now Jazz (0-8s)",),
    ),
    (
        "volume",
        [LOFI],
        [music(clip("Lo-fi", 10_000, volume=0.5))],
        ("BGM volume changed: Lo-fi (35% to 50%)",),
    ),
    (
        "volume set",
        [CITY],
        [video(clip("city", 10_000, volume=0))],
        ("Video volume changed: city (now 0%)",),
    ),
    (
        "volume unset",
        [LOFI],
        [music(clip("Lo-fi", 10_000))],
        ("BGM volume changed: Lo-fi (no longer set)",),
    ),
    (
        "trim and volume",
        [LOFI],
        [music(clip("Lo-fi", 6000, volume=0.5))],
        (
            "BGM shortened: Lo-fi (was 0-10s, now 0-6s)",
            "BGM volume changed: Lo-fi (35% to 50%)",
        ),
    ),
    (
        "one moved to the front",
        [video(A, B, C)],
        [video(C, A, B)],
        ("Video moved: C (was 4-6s, now 0-2s)", "Video: 2 segments start later"),
    ),
    (
        "what follows a trim",
        [video(A, B)],
        [video(clip("A", 500), B)],
        ("Video shortened: A (was 0-2s, now 0-0.5s)", "Video moved: B (was 2-4s, now 0.5-2.5s)"),
    ),
    (
        "one taken out of the middle",
        [video(A, B, C, D)],
        [video(A, C, D)],
        ("Video: 2 segments start earlier", "Video removed: B (2-4s)"),
    ),
    (
        "split",
        [CITY],
        [video(clip("city", 4000), clip("city", 6000))],
        ("Video shortened: city (was 0-10s, now 0-4s)", "Video added: city (4-10s)"),
    ),
    (
        "the right one of two namesakes goes",
        [video(clip("x", 3000), clip("x", 7000))],
        [video(clip("x", 7000))],
        ("Video moved: x (was 3-10s, now 0-7s)", "Video removed: x (0-3s)"),
    ),
    (
        "moved between tracks",
        [video(A, B), video(C)],
        [video(A), video(C, B)],
        ("Video moved to another track: B (2-4s)",),
    ),
    (
        "a track before it removed",
        [music(A), music(B, C)],
        [music(B, C)],
        ("BGM removed: A (0-2s)",),
    ),
    ("empty track added", [CITY], [CITY, music()], ("BGM track added: empty",)),
    ("empty track filled", [CITY, music()], [CITY, LOFI], ("BGM added: Lo-fi (0-10s, 35%)",)),
    (
        "other settings",
        [CITY],
        [video(clip("city", 10_000, filter="mono"))],
        ("Video changed in other ways: city (0-10s)",),
    ),
    ("ids made anew", [video(clip("A", 1, key="1"))], [video(clip("A", 1, key="2"))], ()),
    (
        "ids over names",
        [video(clip("A", 2000, key="1"), clip("B", 2000, key="2"))],
        [video(clip("B", 2000, key="1"), clip("A", 2000, key="2"))],
        ("Video renamed: A is now B (0-2s)", "Video renamed: B is now A (2-4s)"),
    ),
    (
        "unknown track type",
        [],
        [{"tt": 3, "sg": [A]}],
        ("Track type 3 added: A (0-2s)",),
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "told"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_diff(before: list[Any], after: list[Any], told: tuple[str, ...]) -> None:
    """Each kind of edit is told in its own words, and nothing else is."""
    assert diff(before, after) == told


def test_first_timeline_is_all_added() -> None:
    """Compared with nothing, everything was added."""
    assert Timeline({"t": [CITY]}).diff(None) == ("Video added: city (0-10s)",)


def test_settings_of_the_project() -> None:
    """A change that no track shows is told; what the service touches by itself is not."""
    assert diff([CITY], [CITY], ratio="9:16") == ("Other settings of the project changed",)
    assert diff([CITY], [CITY], updated_at=5, version="7") == ()


def test_many_changes_are_bounded() -> None:
    """A hundred changes make fifty sentences and a count."""
    told = diff([], [video(*[clip(f"c{n}", 1000) for n in range(100)])])
    assert len(told) == 51
    assert told[-1] == "and 50 more changes"


def test_one_of_twenty_thousand_moved() -> None:
    """In a large draft the one clip that moved is told, not all that it passed."""
    clips = [clip(f"c{n}", 1000, key=str(n)) for n in range(20_000)]
    assert diff([video(*clips)], [video(*clips[1:], clips[0])]) == (
        "Video moved: c0 (was 0-1s, now 19999-20000s)",
        "Video: 19999 segments start earlier",
    )


def test_shuffled_draft_is_told_within_bounds() -> None:
    """Twenty thousand shuffled clips make a bounded answer."""
    clips = [clip(f"c{n}", 1000, key=str(n)) for n in range(20_000)]
    shuffled = random.Random(7).sample(clips, len(clips))
    assert len(diff([video(*clips)], [video(*shuffled)])) == 51
