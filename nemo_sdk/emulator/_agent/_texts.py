"""Titles and captions: what they read, where they stand, and when."""

import re
from typing import Any

from nemo_sdk.emulator._drafts import TEXT

from ._scene import DeclinedError, Done, Scene, Segment, about, laid, placed_of
from ._slots import Spot
from ._vocabulary import QUOTED

_TITLE_MS = 3000


def add_text(
    scene: Scene,
    text: str,
    style: str = "title",
    details: Spot | None = None,
    clip: str | None = None,
) -> Done:
    """Put a text over the film, in place of one of its kind that stands there."""
    spot = details or Spot()
    start, end = _when(scene, style, spot, clip or spot.clip)
    position = spot.position or ("center" if style == "title" else "bottom")
    facts = {"text": text.strip(), "position": position, "style": style}
    _lay(scene, start, scene.desk.segment(end - start, **facts))
    span = {"start": start / 1000, "end": end / 1000}
    en = f"I added the {style} “{text}” from {start / 1000:g} to {end / 1000:g} seconds."
    return Done(f"add_{style}", {**facts, **span}, en, f"已添加{_ZH[style]}“{text}”。")


def change_text(scene: Scene, text: str, style: str = "title", old: str | None = None) -> Done:
    """Let a text read otherwise; one is added where there is none."""
    found = [one for one in scene.texts() if old is not None or _style(one) == style]
    if old is not None:
        found = [one for one in found if about(one)["text"].lower() == old.lower()]
        if not found:
            raise DeclinedError(f"No {style} reads “{old}”.", f"没有{_ZH[style]}“{old}”。")
    if not found:
        return add_text(scene, text, style)
    about(found[0])["text"] = text.strip()
    return Done(
        f"change_{style}",
        {"text": text},
        f"The {style} reads “{text}” now.",
        f"{_ZH[style]}已改为“{text}”。",
    )


def move_text(scene: Scene, place: str, style: str = "title") -> Done:
    """Put texts at another place of the picture."""
    for one in _of_style(scene, style):
        about(one)["position"] = place
    where = {"top": "上方", "center": "中间", "bottom": "下方"}[place]
    return Done(
        f"move_{style}",
        {"position": place},
        f"The {style} is at the {place} now.",
        f"{_ZH[style]}已移到{where}。",
    )


def last_text(scene: Scene, seconds: float | None = None, style: str = "title") -> Done:
    """Let a text stand for so long, or for the whole film."""
    one = _of_style(scene, style)[0]
    start = _start_of(scene, one) if seconds is not None else 0
    lasts = scene.length if seconds is None else round(seconds * 1000)
    _place(scene, one, start, min(lasts, scene.length - start))
    return Done(
        f"time_{style}",
        {"duration": one["d"] / 1000},
        f"The {style} stands for {one['d'] / 1000:g} seconds.",
        f"{_ZH[style]}现在显示{one['d'] / 1000:g}秒。",
    )


def start_text(scene: Scene, moment: float, style: str = "title") -> Done:
    """Let a text begin at a moment."""
    one, start = _of_style(scene, style)[0], round(moment * 1000)
    if start >= scene.length:
        raise DeclinedError("The film is over by then.", "那时影片已经结束。")
    _place(scene, one, start, min(one["d"], scene.length - start))
    return Done(
        f"time_{style}",
        {"start": moment},
        f"The {style} begins at {moment:g} seconds.",
        f"{_ZH[style]}从{moment:g}秒开始。",
    )


def title_in(text: str) -> str | None:
    """Return the title that a prompt asks for; an empty one where it wants none."""
    if re.search(
        r"\b(?:no|without)\s+(?:a\s+|any\s+)?(?:titles?|text|words)\b|不要标题|无字幕",
        text,
        re.IGNORECASE,
    ):
        return ""
    if not re.search(
        r"\b(?:titled?|caption|heading|text|subtitle)s?\b|标题|字幕|文字", text, re.IGNORECASE
    ):
        return None
    quoted = QUOTED.search(text)
    if quoted:
        return (quoted[1] or quoted[2]).strip()
    named = _NAMED.search(text)
    return named[1].strip() if named else None


def _when(scene: Scene, style: str, spot: Spot, clip: str | None) -> tuple[int, int]:
    """Return start and end in milliseconds: of a clip, of what was said, or by its kind."""
    if clip is not None:
        chosen = scene.find(clip)[0]
        start = sum(one["d"] for one in scene.clips[: _index(scene, chosen)])
        return start, start + (round(spot.seconds * 1000) if spot.seconds else chosen["d"])
    anywhere = spot.start is None and not spot.at_end and style == "caption"
    lasts = round(spot.seconds * 1000) if spot.seconds else scene.length if anywhere else _TITLE_MS
    start = max(scene.length - lasts, 0) if spot.at_end else round((spot.start or 0.0) * 1000)
    end = min(round(spot.end * 1000) if spot.end else start + lasts, scene.length)
    if start >= end:
        raise DeclinedError(
            f"The film is {scene.length / 1000:g} seconds long.",
            f"影片只有{scene.length / 1000:g}秒。",
        )
    return start, end


def _lay(scene: Scene, start: int, text: Segment) -> None:
    """Put a text on the first track where its time is free, or on one of its own."""
    end = start + text["d"]
    for track in _tracks(scene):
        placed = list(placed_of(track["sg"]))
        over = [one for at, one in placed if at < end and at + one["d"] > start]
        if all(_style(one) == _style(text) for one in over):
            kept = [(at, one) for at, one in placed if all(one is not each for each in over)]
            track["sg"] = laid(scene.desk, [*kept, (start, text)])
            return
    scene.draft["t"].append(scene.desk.track(TEXT, *laid(scene.desk, [(start, text)])))


def _start_of(scene: Scene, text: Segment) -> int:
    places = (each for track in _tracks(scene) for each in placed_of(track["sg"]))
    return next(at for at, one in places if one is text)


def _place(scene: Scene, text: Segment, start: int, lasts: int) -> None:
    """Give a text its time; others of its track stay where they are."""
    for track in _tracks(scene):
        placed = list(placed_of(track["sg"]))
        if any(one is text for _, one in placed):
            others = [(at, one) for at, one in placed if one is not text]
            track["sg"] = laid(scene.desk, others)
    scene.draft["t"] = [track for track in scene.draft["t"] if track["sg"]]
    text["d"] = lasts
    _lay(scene, start, text)


def _tracks(scene: Scene) -> list[dict[str, Any]]:
    return [track for track in scene.draft["t"] if track["tt"] == TEXT]


def _of_style(scene: Scene, style: str) -> list[Segment]:
    found = [one for one in scene.texts() if _style(one) == style]
    if not found:
        raise DeclinedError(f"The film has no {style}.", f"影片没有{_ZH[style]}。")
    return found


def _style(text: Segment) -> str:
    return str(about(text).get("style", "title"))


def _index(scene: Scene, clip: Segment) -> int:
    return next(at for at, one in enumerate(scene.clips) if one is clip)


_ZH = {"title": "标题", "caption": "字幕"}
_NAMED = re.compile(
    r"(?:titled?|caption|called|saying|标题(?:为|是|叫)?)[:\uff1a ]+([^,.;!?。\uff0c\uff1b]{2,60})",
    re.IGNORECASE,
)
