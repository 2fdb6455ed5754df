"""Drafts: the timeline as the service writes it. Every change makes a new one."""

import copy
import math
import random
from collections.abc import Mapping
from typing import Any

from attrs import define

Draft = dict[str, Any]

VIDEO, AUDIO, TEXT = 0, 1, 7
_PICTURE_MS = 4000
_DEFAULT_MS = 10_000


@define
class Desk:
    """Where a session's drafts are made: its ids and its canvas."""

    rng: random.Random
    size: tuple[int, int] = (1920, 1080)
    fps: int = 24

    def new(self, shape: str | None = None) -> Draft:
        """Return an empty draft, of the emulator's own shape or of another one."""
        plain = canvas(self.size, self.fps)
        return {
            "id": self.id("draft"),
            "v": 3,
            "t": [],
            "canvas": shaped(plain, shape) if shape else plain,
            "ext": {"src": "nemo_agent", "flags": [1, None, {"k": True}], "rev": 0},
        }

    def segment(self, milliseconds: int, **metadata: Any) -> dict[str, Any]:
        """Return a segment of some length."""
        return {"id": self.id("sg"), "d": milliseconds, "m": metadata, "ef": []}

    def track(self, kind: int, *segments: dict[str, Any]) -> dict[str, Any]:
        """Return a track of a type."""
        return {"id": self.id("t"), "tt": kind, "sg": list(segments), "lk": False}

    def id(self, prefix: str) -> str:
        """Return a new id."""
        return f"{prefix}_{self.rng.getrandbits(40):010x}"

    def of_uploads(self, uploads: Mapping[str, Mapping[str, Any]]) -> Draft:
        """Return a draft of all uploaded files, in the order of their upload.

        It has the shape of the first picture whose shape is known.
        """
        draft = self.new(_own_shape(uploads))
        for media_id, file in uploads.items():
            self.append_upload(draft, media_id, file)
        return draft

    def append_upload(self, draft: Draft, media_id: str, file: Mapping[str, Any]) -> None:
        """Put an uploaded file at the end of the track that it belongs to."""
        seconds = file.get("duration")
        known = _DEFAULT_MS if file["file_type"] != "image" else _PICTURE_MS
        milliseconds = round(seconds * 1000) if seconds else known
        names: dict[str, Any] = {"src": media_id, "in": 0, "url": file["cdn_url"]}
        if file["file_type"] == "audio":
            segment = self.segment(milliseconds, name=file["filename"], volume=1.0, **names)
            self.track_of(draft, AUDIO)["sg"].append(segment)
        else:
            segment = self.segment(milliseconds, title=file["filename"], **names)
            self.track_of(draft, VIDEO)["sg"].append(segment)

    def track_of(self, draft: Draft, kind: int) -> dict[str, Any]:
        """Return the first track of a type, a new one where there is none."""
        for track in draft["t"]:
            if track["tt"] == kind:
                found: dict[str, Any] = track
                return found
        made = self.track(kind)
        draft["t"].append(made)
        return made


def canvas(size: tuple[int, int], fps: int) -> dict[str, Any]:
    """Return a canvas as the service describes it: its size in pixels, its pictures a second."""
    return {"ratio": ratio_of(*size), "width": size[0], "height": size[1], "fps": fps}


def shaped(old: Mapping[str, Any], ratio: str) -> dict[str, Any]:
    """Return a canvas of another ratio, such as `9:16`, whose longer side is as long as before."""
    across, down = (int(side) for side in ratio.split(":"))
    longer = max(old["width"], old["height"])
    sides = (longer * across / max(across, down), longer * down / max(across, down))
    width, height = (max(round(side / 2) * 2, 16) for side in sides)
    return {**old, "ratio": ratio, "width": width, "height": height}


def is_possible(ratio: str) -> bool:
    """Whether a film can have a ratio: from 1:4 to 4:1."""
    across, down = (int(side) for side in ratio.split(":"))
    return 0 < max(across, down) <= 4 * min(across, down)


def ratio_of(width: int, height: int) -> str:
    """Return a ratio in lowest terms."""
    common = math.gcd(width, height)
    return f"{width // common}:{height // common}"


def _own_shape(uploads: Mapping[str, Mapping[str, Any]]) -> str | None:
    sizes = ((file.get("width"), file.get("height")) for file in uploads.values())
    return next((ratio_of(width, height) for width, height in sizes if width and height), None)


def changed_copy(draft: Draft) -> Draft:
    """Return a copy to change, with the next revision number."""
    copied = copy.deepcopy(draft)
    extra = copied.get("ext")
    if isinstance(extra, dict):
        extra["rev"] = extra.get("rev", 0) + 1
    return copied


def track_length(track: Mapping[str, Any]) -> int:
    """Return a track's length in milliseconds."""
    return sum(segment["d"] for segment in track["sg"])


def length(draft: Draft) -> int:
    """Return a draft's length in milliseconds: the longest video track's, else any's."""
    tracks = [track for track in draft["t"] if track["tt"] == VIDEO] or draft["t"]
    return max((track_length(track) for track in tracks), default=0)
