"""Timelines that people can read: a view of the service's draft.

The service keeps an edit in a draft with one-letter keys. `Timeline` makes of it tracks and
segments with names and seconds, and keeps the draft itself as it came.
"""

from typing import Any, Final, Self

import attrs

from ._timeline.diff import changes
from ._timeline.draft import Segment, Track, is_exportable, read_tracks
from ._timeline.svg import draw_html, draw_svg
from ._value import Value

__all__ = ["Segment", "Timeline", "Track"]

_MOST_TRACKS: Final = 20


@attrs.frozen
class Timeline(Value):
    """A readable view of a draft.

    It forgives whatever the draft lacks or has beside what the service documents: any JSON value
    can be read, and what cannot be understood is left out.

    Attributes:
        raw: The draft itself, the very object, to be sent back whole to the renderer.
        tracks: Its tracks, in the draft's order.
    """

    raw: Any = attrs.field(default=None, repr=False)
    tracks: tuple[Track, ...] = attrs.field(
        default=attrs.Factory(lambda self: read_tracks(self.raw), takes_self=True),
        init=False,
        eq=False,
    )

    @classmethod
    def from_draft(cls, draft: Any) -> Self:
        """Return the timeline of a draft, whatever JSON it is.

        Args:
            draft: The ``draft`` of a session's state; None where there is none yet.

        Returns:
            A timeline; one without tracks where the draft has none.
        """
        return cls(draft)

    @property
    def duration(self) -> float:
        """How long the film is: the end of the longest track, in seconds."""
        return max((track.duration for track in self.tracks), default=0.0)

    @property
    def exportable(self) -> bool:
        """Whether at least one track holds something: nothing else can be rendered."""
        return is_exportable(self.raw)

    def summary(self) -> str:
        """Return the timeline on one line, as people read it.

        Returns:
            For example ``Timeline (2 tracks): 1. Video: city (0-10s) 2. BGM: Lo-fi (0-10s, 35%)``.
            Long names, and more than twenty tracks or segments of a track, are cut short.
        """
        count = len(self.tracks)
        head = f"Timeline ({count} track{'' if count == 1 else 's'})"
        shown = [f"{track.index}. {track}" for track in self.tracks[:_MOST_TRACKS]]
        if count > len(shown):
            shown.append(f"and {count - len(shown)} more tracks")
        return f"{head}: {' '.join(shown)}" if shown else head

    def diff(self, other: "Timeline | None") -> tuple[str, ...]:
        """Return what changed since an earlier timeline: ``after.diff(before)``.

        Args:
            other: The earlier timeline; None stands for an empty one.

        Returns:
            A sentence for each segment that was added, removed, renamed, moved or retimed, or
            whose volume changed, such as ``Title added: "Paradise Found" (0-3s)``; one sentence
            where only something changed that tracks do not show; nothing where nothing did.
            Keys that the service touches by itself (ids, versions, times) are no change.
        """
        before = other if other is not None else Timeline()
        return changes(before.tracks, self.tracks, (before.raw, self.raw))

    def to_svg(self) -> str:
        """Return a picture of the tracks, to scale.

        Returns:
            A whole SVG document, safe to embed.
        """
        return draw_svg(self.tracks, self.duration)

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return draw_html(self.tracks, self.duration)
