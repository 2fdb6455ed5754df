"""A timeline as a picture: an SVG strip of its tracks, and a table for notebooks."""

from collections.abc import Iterator
from typing import Final

from .draft import Segment, Track, called, describe, percent, seconds, showable

_WIDTH: Final = 720
_LEFT: Final = 96
_ROW: Final = 30
_BAR: Final = 24
_AXIS: Final = 22
_MOST_TRACKS: Final = 20
_MOST_SEGMENTS: Final = 200
_COLORS: Final = {"video": "#2f6fb0", "audio": "#2e7d4f", "text": "#9a5b13"}
_OTHER_COLOR: Final = "#6b5b95"

# The standard library's escape() costs an import of all the names of HTML.
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
)


def draw_svg(tracks: tuple[Track, ...], duration: float) -> str:
    """Return an SVG picture of the tracks, one row each, to scale.

    Args:
        tracks: What to draw; more than twenty tracks, or two hundred segments of a track, are cut.
        duration: The length of the whole strip, in seconds.
    """
    rows = tracks[:_MOST_TRACKS]
    height = len(rows) * _ROW + _AXIS
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label="Timeline" '
        'font-family="sans-serif" font-size="12">'
    )
    parts = [head]
    scale = (_WIDTH - _LEFT - 1) / duration if duration > 0 else 0.0
    for number, track in enumerate(rows):
        parts += _row(track, number * _ROW, scale)
    parts += _axis(len(rows) * _ROW, duration)
    return "".join([*parts, "</svg>"])


def draw_html(tracks: tuple[Track, ...], duration: float) -> str:
    """Return the picture with a table of the segments under it, for a notebook."""
    head = "".join(f"<th>{name}</th>" for name in ("Track", "Segment", "Time", "Volume"))
    rows = "".join(line for track in tracks[:_MOST_TRACKS] for line in _table_rows(track))
    picture = draw_svg(tracks, duration)
    return f"<div>{picture}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _row(track: Track, top: int, scale: float) -> Iterator[str]:
    label = escape(showable(track.label))
    yield f'<text x="0" y="{top + 17}" fill="currentColor">{track.index}. {label}</text>'
    color = _COLORS.get(track.kind, _OTHER_COLOR)
    for segment in track.segments[:_MOST_SEGMENTS]:
        yield _bar(segment, track.kind, top, scale, color)


def _bar(segment: Segment, kind: str, top: int, scale: float, color: str) -> str:
    left, width = _LEFT + segment.start * scale, max(segment.duration * scale - 1, 1)
    # A nested picture cuts a name that is longer than its bar.
    return (
        f'<svg x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}">'
        f"<title>{escape(describe(segment, kind))}</title>"
        f'<rect width="100%" height="100%" rx="3" fill="{color}"/>'
        f'<text x="6" y="16" fill="#ffffff">{escape(called(segment, kind))}</text></svg>'
    )


def _axis(top: int, duration: float) -> Iterator[str]:
    for place, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        left = _LEFT + place * (_WIDTH - _LEFT - 1)
        yield (
            f'<text x="{left:.1f}" y="{top + 14}" text-anchor="{anchor}" '
            f'fill="currentColor" font-size="10">{seconds(duration * place)}s</text>'
        )


def _table_rows(track: Track) -> Iterator[str]:
    label = f"{track.index}. {track.label}"
    if not track.segments:
        yield _table_row(label, "empty", "", "")
    for segment in track.segments[:_MOST_SEGMENTS]:
        volume = "" if segment.volume is None else percent(segment.volume)
        yield _table_row(label, called(segment, track.kind), segment.span, volume)


def _table_row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def escape(text: str) -> str:
    """Return the text as it stands in HTML and SVG."""
    return text.translate(_ESCAPES)
