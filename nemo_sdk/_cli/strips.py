"""A timeline as a terminal shows it: a strip for each track, to scale."""

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from nemo_sdk.timeline import Segment, Timeline, Track

from .lines import printable

__all__ = ["strips_of"]

_STYLES = {
    "video": "#ffffff on #3563c9",
    "audio": "#ffffff on #1f7a55",
    "text": "#ffffff on #a3541a",
}
_OTHER = "#ffffff on #6a4fb0"
_LONGEST_LABEL = 12
_LONGEST_NAME = 200
_MOST_TRACKS = 20
_WIDEST = 100


def strips_of(timeline: Timeline, width: int) -> Text:
    """Return a timeline in a few coloured lines, which say the same without their colours.

    Args:
        timeline: The timeline.
        width: The columns that there are.
    """
    count = len(timeline.tracks)
    length = f", {timeline.duration:g} s" if timeline.duration else ""
    lines = [Text(f"Timeline ({count} track{'' if count == 1 else 's'}{length})")]
    shown = timeline.tracks[:_MOST_TRACKS]
    label = min(max((len(track.label) for track in shown), default=0), _LONGEST_LABEL) + 1
    room = max(min(width, _WIDEST) - label - len("|"), 1)
    for track in shown:
        lines.append(Text(set_cell_size(track.label, label - 1) + " "))
        lines[-1].append_text(_strip(track, timeline.duration, room))
    if timeline.duration:
        lines.append(Text(" " * label + _scale(timeline.duration, room)))
    if count > len(shown):
        lines.append(Text(f"and {count - len(shown)} more tracks"))
    return Text("\n").join(lines)


def _strip(track: Track, duration: float, room: int) -> Text:
    strip = Text()
    style = _STYLES.get(track.kind, _OTHER)
    for segment in track.segments:
        strip.append(" " * (_column(segment.start, duration, room) - strip.cell_len))
        columns = _column(segment.end, duration, room) - strip.cell_len
        strip.append(_block(segment, track.kind, columns), style)
    return strip.append("|" if track.segments else "(empty)", style if track.segments else "")


def _column(at: float, duration: float, room: int) -> int:
    return round(at / duration * room) if duration else 0


def _block(segment: Segment, kind: str, columns: int) -> str:
    """Return a segment in so many columns: a bar where it begins, and of its name what has room."""
    name = " ".join(printable(segment.name[:_LONGEST_NAME]).split()) or "unnamed"
    named = f'"{name}"' if kind == "text" else name
    volume = "" if segment.volume is None else f" {segment.volume:.0%}"
    return "|"[:columns] + _cut(named + volume, columns - 1)


def _cut(words: str, columns: int) -> str:
    if cell_len(words) > columns > 0:
        words = set_cell_size(words, columns - 1) + "…"
    return set_cell_size(words, max(columns, 0))


def _scale(duration: float, room: int) -> str:
    middle, end = f"{duration / 2:g} s", f"{duration:g} s"
    if room < len(f"0 s {middle} {end}") + 4:
        return f"{end:>{room}}"
    return f"{'0 s':<{room // 2}}{middle}".ljust(room - len(end) + 1) + end
