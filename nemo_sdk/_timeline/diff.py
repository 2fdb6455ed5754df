"""What changed between two drafts, in sentences for people.

Segments are matched by the service's ids where both drafts have them, then by name, then by
place, so that a trim is told as a trim and a new text as a new text.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final

from .draft import (
    TOUCHED,
    Segment,
    Track,
    called,
    describe,
    label_of,
    percent,
    seconds,
    without_keys,
)

_MOST_SENTENCES: Final = 50

_VOLATILE: Final = TOUCHED | {"id"}
_TOLD: Final = frozenset({"d", "title", "name", "text", "volume"})


class _Place:
    """A segment, where it stands, and the one of the other draft that it is."""

    __slots__ = ("kind", "lane", "match", "order", "segment")

    def __init__(self, segment: Segment, kind: str, lane: int, order: int) -> None:
        self.segment = segment
        self.kind = kind
        self.lane = lane
        self.order = order
        self.match: _Place | None = None


def changes(
    before: tuple[Track, ...], after: tuple[Track, ...], drafts: tuple[Any, Any]
) -> tuple[str, ...]:
    """Sentences on what was added, removed or changed, at most fifty-one of them.

    Args:
        before: The tracks as they were.
        after: The tracks as they are.
        drafts: The drafts that they were read from, for what tracks do not show.
    """
    old, new = _places(before), _places(after)
    _match(old, new)
    sentences = [*_told(old, new), *_empty_tracks(before, after)]
    if not sentences and _differ(*map(_lasting_or_none, drafts)):
        return ("Other settings of the project changed",)
    hidden = len(sentences) - _MOST_SENTENCES
    if hidden > 0:
        sentences[_MOST_SENTENCES:] = [f"and {hidden} more changes"]
    return tuple(sentences)


def _places(tracks: tuple[Track, ...]) -> list[_Place]:
    lanes: Counter[str] = Counter()
    places: list[_Place] = []
    for track in tracks:
        lane = lanes[track.kind]
        lanes[track.kind] += 1
        for segment in track.segments:
            places.append(_Place(segment, track.kind, lane, len(places)))
    return places


def _match(old: list[_Place], new: list[_Place]) -> None:
    _pair(old, new, _identity)
    _pair(old, new, lambda place: (*_track(place), place.segment.name, place.segment.duration))
    _pair(old, new, lambda place: (*_track(place), place.segment.name))
    _pair(old, new, lambda place: (place.kind, place.segment.name))
    _align_lanes(new)
    gaps = _gaps(old) | _gaps(new, of_match=True)
    _pair(old, new, lambda place: gaps.get(id(place)))


def _track(place: _Place) -> tuple[str, int]:
    return place.kind, place.lane


def _identity(place: _Place) -> Hashable:
    return (place.kind, place.segment.id) if place.segment.id else None


def _align_lanes(new: list[_Place]) -> None:
    """Give the new tracks the numbers of the old ones that they continue: one may have gone."""
    shared = Counter((_track(place), place.match.lane) for place in new if place.match)
    aligned: dict[tuple[str, int], int] = {}
    taken: set[tuple[str, int]] = set()
    for (track, lane), _ in shared.most_common():
        if track not in aligned and (track[0], lane) not in taken:
            aligned[track] = lane
            taken.add((track[0], lane))
    for place in new:
        track = _track(place)
        place.lane = aligned.get(track, place.lane if track not in taken else -1 - place.lane)


def _pair(old: list[_Place], new: list[_Place], key: Callable[[_Place], Hashable]) -> None:
    waiting: defaultdict[Hashable, list[_Place]] = defaultdict(list)
    for place in reversed(old):
        if place.match is None:
            waiting[key(place)].append(place)
    for place in new:
        name = key(place)
        if place.match is None and name is not None and waiting[name]:
            place.match = waiting[name].pop()
            place.match.match = place


def _gaps(places: list[_Place], *, of_match: bool = False) -> dict[int, Hashable]:
    """For each unmatched place its track and the matched neighbour before it."""
    gaps: dict[int, Hashable] = {}
    neighbours: dict[tuple[str, int], int] = {}
    for place in places:
        track = _track(place)
        if place.match is None:
            gaps[id(place)] = (*track, neighbours.get(track))
        else:
            neighbours[track] = id(place.match if of_match else place)
    return gaps


def _told(old: list[_Place], new: list[_Place]) -> Iterator[str]:
    moved = _moved(new)
    for place in new:
        if place.match is None:
            yield f"{label_of(place.kind)} added: {describe(place.segment, place.kind)}"
        else:
            yield from _differences(place, place.match, moved=id(place) in moved)
    yield from _shifted([place for place in new if id(place) not in moved])
    for place in old:
        if place.match is None:
            yield f"{label_of(place.kind)} removed: {describe(place.segment, place.kind)}"


def _differences(new: _Place, old: _Place, *, moved: bool) -> Iterator[str]:
    label, name = label_of(new.kind), called(new.segment, new.kind)
    was, now = old.segment, new.segment
    spans = f"(was {was.span}, now {now.span})"
    told = True
    if was.name != now.name:
        yield _renamed(new, old)
    elif seconds(was.duration) != seconds(now.duration):
        change = "shortened" if now.duration < was.duration else "lengthened"
        yield f"{label} {change}: {name} {spans}"
    elif moved and new.lane != old.lane:
        yield f"{label} moved to another track: {name} ({now.span})"
    elif moved:
        yield f"{label} moved: {name} {spans}"
    else:
        told = False
    volumes = _volumes(was.volume, now.volume)
    if volumes:
        yield f"{label} volume changed: {name} ({volumes})"
    elif not told and _differ(_other_settings(was), _other_settings(now)):
        yield f"{label} changed in other ways: {describe(now, new.kind)}"


def _renamed(new: _Place, old: _Place) -> str:
    was, now, kind = old.segment, new.segment, new.kind
    same = was.id == now.id if was.id else not _differ(_other_settings(was), _other_settings(now))
    change = f"{label_of(kind)} {'renamed' if same else 'replaced'}"
    if was.span == now.span:
        return f"{change}: {called(was, kind)} is now {called(now, kind)} ({now.span})"
    return f"{change}: {called(was, kind)} ({was.span}) is now {called(now, kind)} ({now.span})"


def _volumes(was: float | None, now: float | None) -> str:
    if now is None:
        return "" if was is None else "no longer set"
    if was is None:
        return f"now {percent(now)}"
    return "" if percent(was) == percent(now) else f"{percent(was)} to {percent(now)}"


def _moved(places: list[_Place]) -> set[int]:
    """Return the fewest matched places whose moving explains the new order, by their identity."""
    moved = set()
    by_track: defaultdict[tuple[str, int], list[_Place]] = defaultdict(list)
    for place in places:
        if place.match is None:
            continue
        if place.match.lane == place.lane:
            by_track[_track(place)].append(place)
        else:
            moved.add(id(place))
    for track in by_track.values():
        moved |= {id(place) for place in track} - _kept_in_order(track)
    return moved


def _kept_in_order(places: list[_Place]) -> set[int]:
    """Return the longest run of places that stand in the order they had (patience sorting)."""
    tops: list[int] = []
    heads: list[_Place] = []
    before: dict[int, _Place | None] = {}
    for place in places:
        order = place.match.order if place.match else 0
        pile = bisect_left(tops, order)
        before[id(place)] = heads[pile - 1] if pile else None
        tops[pile : pile + 1] = [order]
        heads[pile : pile + 1] = [place]
    kept = set()
    last = heads[-1] if heads else None
    while last is not None:
        kept.add(id(last))
        last = before[id(last)]
    return kept


def _shifted(places: Iterable[_Place]) -> Iterator[str]:
    """Segments that only start at another time because something before them changed."""
    by_track: defaultdict[tuple[str, int], list[tuple[_Place, _Place]]] = defaultdict(list)
    for new in places:
        if new.match and _only_shifted(new, new.match):
            by_track[_track(new)].append((new, new.match))
    for (kind, _), pairs in by_track.items():
        if len(pairs) == 1:
            [(new, old)] = pairs
            spans = f"(was {old.segment.span}, now {new.segment.span})"
            yield f"{label_of(kind)} moved: {called(new.segment, kind)} {spans}"
        else:
            yield f"{label_of(kind)}: {len(pairs)} segments start {_direction(pairs)}"


def _only_shifted(new: _Place, old: _Place) -> bool:
    was, now = old.segment, new.segment
    return (
        was.name == now.name
        and seconds(was.duration) == seconds(now.duration)
        and seconds(was.start) != seconds(now.start)
    )


def _direction(pairs: list[tuple[_Place, _Place]]) -> str:
    earlier = {new.segment.start < old.segment.start for new, old in pairs}
    return "at other times" if len(earlier) > 1 else "earlier" if True in earlier else "later"


def _empty_tracks(before: tuple[Track, ...], after: tuple[Track, ...]) -> Iterator[str]:
    """Tracks that came or went without a segment that would tell of them."""
    was, now = _track_counts(before), _track_counts(after)
    for kind, empty in sorted(was.keys() | now.keys()):
        change = now[kind, empty] - was[kind, empty]
        others = now[kind, not empty] - was[kind, not empty]
        if empty and change and change * others >= 0:
            yield f"{label_of(kind)} track {'added' if change > 0 else 'removed'}: empty"


def _track_counts(tracks: tuple[Track, ...]) -> Counter[tuple[str, bool]]:
    return Counter((track.kind, not track.segments) for track in tracks)


def _other_settings(segment: Segment) -> Any:
    raw = segment.raw if isinstance(segment.raw, dict) else {}
    about = raw.get("m")
    return [
        _lasting_or_none({key: value for key, value in part.items() if key not in _TOLD})
        for part in (raw | {"m": None}, about if isinstance(about, dict) else {})
    ]


def _differ(one: Any, other: Any) -> bool:
    try:
        return bool(one != other)
    except RecursionError:
        return True


def _lasting_or_none(value: Any) -> Any:
    try:
        return without_keys(value, _VOLATILE)
    except RecursionError:
        return None
