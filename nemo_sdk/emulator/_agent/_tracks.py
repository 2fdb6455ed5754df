"""Music, titles and captions as a whole: taken out, or left as they are."""

import re
from collections.abc import Iterator

from nemo_sdk.emulator._drafts import AUDIO, TEXT, track_length

from ._scene import DeclinedError, Done, Scene, Segment, about, is_gap

_KINDS = (
    (r"music|soundtrack|song|bgm|tune|melody|audio track|音乐|配乐|歌", AUDIO, None),
    (r"titles?|headings?|headlines?|标题", TEXT, "title"),
    (r"captions?|subtitles?|字幕", TEXT, "caption"),
    (r"texts?|words|文字", TEXT, None),
)


def remove_tracks(scene: Scene, tracks: str) -> Done:
    """Take out music, titles or captions."""
    for kind, style in _named(scene, tracks):
        for track in scene.draft["t"]:
            if track["tt"] == kind:
                kept = [one for one in track["sg"] if not _is_of(one, style)]
                track["sg"] = kept if any(not is_gap(one) for one in kept) else []
    scene.draft["t"] = [track for track in scene.draft["t"] if track_length(track)]
    return Done("remove_track", {"tracks": tracks}, f"I removed {tracks}.", "已删除该轨道。")


def leave_tracks(scene: Scene, tracks: str) -> Done:
    """Leave music, titles or captions as they are."""
    list(_named(scene, tracks))
    return Done("keep_track", {"tracks": tracks}, f"I left {tracks} alone.", "已保留该轨道。")


def _named(scene: Scene, tracks: str) -> Iterator[tuple[int, str | None]]:
    """Yield kind and style of what words name; all of it is there, or the wish is declined."""
    for pattern, kind, style in _KINDS:
        if not re.search(pattern, tracks, re.IGNORECASE):
            continue
        segments = [one for track in scene.draft["t"] if track["tt"] == kind for one in track["sg"]]
        if not any(_is_of(one, style) for one in segments):
            name = pattern.partition("|")[0].rstrip("s?")
            raise DeclinedError(f"There is no {name} in the film.", "影片里没有这条轨道。")
        yield kind, style


def _is_of(segment: Segment, style: str | None) -> bool:
    return not is_gap(segment) and style in (None, about(segment).get("style", "title"))
