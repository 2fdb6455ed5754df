"""Drafts in short: the films that wishes are said about, and how a draft reads in one line."""

import copy
import random
from typing import Any

from nemo_sdk.emulator._accounts import Account
from nemo_sdk.emulator._drafts import AUDIO, TEXT, VIDEO, Desk
from nemo_sdk.emulator._sessions import Session

FILES: dict[str, dict[str, Any]] = {
    "beach.mp4": {"file_type": "video", "duration": 4.0, "width": 1920, "height": 1080},
    "city.mp4": {"file_type": "video", "duration": 6.0, "width": 1280, "height": 720},
    "boat.mp4": {"file_type": "video", "duration": 2.0, "width": 1920, "height": 1080},
    "song.mp3": {"file_type": "audio", "duration": 30.0},
    "photo.jpg": {"file_type": "image", "width": 1600, "height": 900},
}


def session_of(film: str) -> Session:
    """Return a session with a film: `trip`, `cat`, or one without: `files`, `song`, or `none`."""
    session = Session("1", "2", Account("user", 0))
    desk = Desk(random.Random(0))
    names = {"trip": [*FILES], "files": ["beach.mp4", "city.mp4"], "song": ["song.mp3"]}
    for name in names.get(film, ()):
        session.uploads[name] = {"filename": name, "cdn_url": f"u/{name}", **FILES[name]}
    if film == "trip":
        clips = {name: session.uploads[name] for name in ("beach.mp4", "city.mp4", "boat.mp4")}
        draft = desk.of_uploads(clips)
        draft["t"] += _over(desk, 12_000, "Lo-fi", "Summer")
        session.change({"draft": draft})
    if film == "cat":
        draft = desk.new()
        clip = desk.segment(10_000, title="cat", prompt="a cat", **{"in": 0})
        draft["t"] = [desk.track(VIDEO, clip), *_over(desk, 10_000, "Acoustic Morning", "Cat")]
        session.change({"draft": draft})
    return session


def shown(draft: Any) -> dict[str, str]:
    """Return a draft in short: the shape, and a line for the tracks of each kind."""
    canvas = draft["canvas"]
    lines = {"shape": f"{canvas['ratio']} {canvas['width']}x{canvas['height']}"}
    for name, kind in {"video": VIDEO, "audio": AUDIO, "text": TEXT}.items():
        tracks = [track["sg"] for track in draft["t"] if track["tt"] == kind]
        lines[name] = " / ".join(" | ".join(map(_segment, segments)) for segments in tracks) or "-"
    return lines


def _over(desk: Desk, length: int, music: str, title: str) -> list[dict[str, Any]]:
    text = desk.segment(3000, text=title, position="center", style="title")
    return [
        desk.track(AUDIO, desk.segment(length, name=music, volume=0.35)),
        desk.track(TEXT, text),
    ]


def _segment(segment: dict[str, Any]) -> str:
    facts = copy.copy(segment["m"])
    seconds = f"{segment['d'] / 1000:g}"
    if facts.get("gap"):
        return f"gap {seconds}"
    name = facts.get("title") or facts.get("name") or facts.get("text")
    return " ".join([str(name), seconds, *_details(facts), *_effects(segment)])


def _effects(segment: dict[str, Any]) -> list[str]:
    return [f"+{effect['name']}" for effect in segment.get("ef", ())]


def _details(facts: dict[str, Any]) -> list[str]:
    usual = "center" if facts.get("style") == "title" else "bottom"
    crop = ",".join(f"{share:g}" for share in facts.get("crop", ()))
    told = {
        f"in={facts.get('in', 0) / 1000:g}": facts.get("in"),
        f"x{facts.get('speed', 1):g}": facts.get("speed", 1) != 1,
        f"{facts.get('volume', 1):.0%}": facts.get("volume", 1) != 1,
        "muted": facts.get("muted"),
        f"rotate={facts.get('rotate')}": facts.get("rotate"),
        f"crop={crop}": crop,
        f"fit={facts.get('fit')}": facts.get("fit"),
        f"fadein={facts.get('fade_in', 0) / 1000:g}": facts.get("fade_in"),
        f"fadeout={facts.get('fade_out', 0) / 1000:g}": facts.get("fade_out"),
        str(facts.get("position")): facts.get("position", usual) != usual,
        "caption": facts.get("style") == "caption",
    }
    return [word for word, holds in told.items() if holds]
