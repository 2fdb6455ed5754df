"""A draft under the agent's hands: clips found by what people call them, tracks laid by time."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from nemo_sdk.emulator import _drafts
from nemo_sdk.emulator._drafts import AUDIO, TEXT, VIDEO, Desk, Draft
from nemo_sdk.emulator._history import History

from ._slots import COUNTED, EVERYTHING, FILM, LISTED, OTHERS, SOUNDTRACK, ordinals_in
from ._vocabulary import MIDDLE

Segment = dict[str, Any]
_PRONOUN = re.compile(r"it|this|that|them|它", re.IGNORECASE)
_ALL_SOUND = re.compile(r"(?:the )?(?:volume|sound|audio)|声音", re.IGNORECASE)
_SOUND = re.compile(
    r"(?:the )?(?:(?:original|own) )?(?:volume|sound|audio)|声音|原声", re.IGNORECASE
)
_ARTICLES = re.compile(
    r"^(?:the|my|this|that|only|just|both)\s+|^(?:one|clip|shot|scene|part)\s+(?:with|of|showing)\s+|\s+(?:clip|shot|scene|one|part|segment|video)s?$"
    r"|(?:片段|那段|镜头)$",
    re.IGNORECASE,
)


class DeclinedError(Exception):
    """A wish that is understood and cannot be done; `words` say why, in each language."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.words = {"en": en, "zh": zh}


class UnknownClipError(DeclinedError):
    """A wish about a clip that is not there."""


@frozen
class Done:
    """What an operation did: as a tool's call, and as a sentence in each language."""

    tool: str
    args: Mapping[str, Any]
    en: str
    zh: str


@define
class Scene:
    """One draft, changed in place, and what belongs to it.

    `meant` are the ids of the segments that the wish spoke of last: "it" is one of them.
    """

    draft: Draft
    desk: Desk
    uploads: Mapping[str, Mapping[str, Any]]
    history: History = field(factory=History)
    meant: frozenset[str] = frozenset()

    @property
    def clips(self) -> list[Segment]:
        """The clips of the film, which may be changed in place."""
        clips: list[Segment] = self.desk.track_of(self.draft, VIDEO)["sg"]
        return clips

    @clips.setter
    def clips(self, clips: list[Segment]) -> None:
        if not clips:
            raise DeclinedError("Nothing would be left of the film.", "这样影片就没有内容了。")
        self.desk.track_of(self.draft, VIDEO)["sg"] = clips

    @property
    def length(self) -> int:
        """The film's length in milliseconds."""
        return _drafts.length(self.draft)

    def find(self, words: str | None) -> list[Segment]:
        """Return the clips that words name; all of them for None and words for the film.

        Raises:
            DeclinedError: There is no such clip.
        """
        if words is None or EVERYTHING.fullmatch(words.strip()):
            meant = [clip for clip in self.clips if clip.get("id") in self.meant]
            return meant if meant and words and _PRONOUN.fullmatch(words) else list(self.clips)
        found = self._found(words)
        self.mean(*found)
        return found

    def part(self, words: str | None) -> str | None:
        """Return words that name clips; None for those that mean the whole film."""
        if words is None or not FILM.fullmatch(words.strip()):
            return words
        clips = {str(clip.get("id")) for clip in self.clips}
        return words if _PRONOUN.fullmatch(words) and clips & self.meant else None

    def speak_of(
        self, clip: str | None = None, what: str | None = None, sound: str | None = None
    ) -> None:
        """Take what words name for what the wish speaks of."""
        words = sound or clip or what
        if words and (sound or SOUNDTRACK.fullmatch(words)):
            self.sounds(words)
        else:
            self.find(words)

    def pointed_at(self, words: str) -> list[Segment]:
        """Return what "it" stands for, clips or else; nothing where the wish spoke of nothing."""
        if not _PRONOUN.fullmatch(words):
            return []
        tracks = (track["sg"] for track in self.draft["t"])
        return [one for segments in tracks for one in segments if one.get("id") in self.meant]

    def take_out(self, gone: Sequence[Segment]) -> None:
        """Take clips, music or texts out."""
        ids = {one.get("id") for one in gone}
        self.clips = [one for one in self.clips if one.get("id") not in ids]
        for track in self.draft["t"]:
            track["sg"] = [one for one in track["sg"] if one.get("id") not in ids]
        self.draft["t"] = [track for track in self.draft["t"] if track["sg"]]

    def mean(self, *segments: Segment) -> None:
        """Take segments for what the wish speaks of."""
        self.meant = frozenset(str(one.get("id")) for one in segments)

    def sounds(self, words: str | None) -> list[Segment]:
        """Return what can be heard, of all that words name: music, clips or both."""
        if words and SOUNDTRACK.fullmatch(words):
            music = self._of_kind(AUDIO) or self._no_music()
            self.mean(*music)
            return music
        music = self._of_kind(AUDIO) if _is_everything(words) else []
        clip = None if words is None or _SOUND.fullmatch(words) else words
        clips = [one for one in self.find(clip) if "src" in about(one)]
        may_mean = [*clips, *music] if clip and _PRONOUN.fullmatch(clip) else music
        meant = [one for one in may_mean if one["id"] in self.meant]
        if not (clips or music):
            raise DeclinedError("There is nothing to be heard in it.", "没有可调整的声音。")
        return meant or [*clips, *music]

    def texts(self) -> list[Segment]:
        """Return all texts."""
        return self._of_kind(TEXT)

    def room(self, clip: Segment) -> float:
        """Return how many milliseconds a clip could last; only an upload comes to an end."""
        file = self.uploads.get(about(clip).get("src", ""), {})
        if file.get("file_type") == "image" or not file.get("duration"):
            return math.inf
        facts = about(clip)
        rest = float(file["duration"]) * 1000 - float(facts.get("in", 0))
        return max(rest / float(facts.get("speed", 1.0)), 0.0)

    def follow(self, before: int) -> None:
        """Let music and texts end with the film, after it has got another length."""
        after = self.length
        for track in self.draft["t"]:
            if after == before or track["tt"] == VIDEO:
                continue
            placed = list(placed_of(track["sg"]))
            moved = [self._follow(at, one, before, after) for at, one in placed]
            track["sg"] = laid(self.desk, (each for each in moved if each[1]["d"] > 0))
        self.draft["t"] = [track for track in self.draft["t"] if track["sg"]]

    def _follow(self, at: int, one: Segment, before: int, after: int) -> tuple[int, Segment]:
        ends = at + one["d"] >= before
        if ends and (is_music(one) or (at == 0 and about(one).get("style") == "caption")):
            return at, {**one, "d": round(min(after - at, self.room(one)))}
        if ends and at > 0 and not is_music(one):
            at = max(at + after - before, 0)
        return at, {**one, "d": min(one["d"], after - at)}

    def _found(self, words: str) -> list[Segment]:
        if OTHERS.fullmatch(words) and self.meant:
            return [clip for clip in self.clips if clip.get("id") not in self.meant]
        if COUNTED.fullmatch(words):
            return [self._number(number) for number in ordinals_in(words)]
        try:
            return self._named(words)
        except DeclinedError:
            names = LISTED.split(words)
            if len(names) == 1:
                raise
            return [clip for name in names for clip in self._found(name)]

    def _number(self, number: int) -> Segment:
        if number == MIDDLE and len(self.clips) % 2:
            return self.clips[len(self.clips) // 2]
        if number == MIDDLE:
            raise DeclinedError("There is no middle clip.", "没有正中间的片段。")
        if not 0 < abs(number) <= len(self.clips):
            raise DeclinedError(
                f"The film has {len(self.clips)} clips, no clip {number}.",
                f"影片只有{len(self.clips)}个片段。",
            )
        return self.clips[number - 1 if number > 0 else number]

    def _named(self, words: str) -> list[Segment]:
        wanted = plain_name(words)
        for same in (lambda name: name == wanted, lambda name: wanted in name.split()):
            found = [clip for clip in self.clips if same(plain_name(title_of(clip)))]
            if found and wanted:
                return found
        raise UnknownClipError(f"The film has no clip “{words}”.", f"影片里没有片段“{words}”。")

    def _of_kind(self, kind: int) -> list[Segment]:
        tracks = [track["sg"] for track in self.draft["t"] if track["tt"] == kind]
        return [one for segments in tracks for one in segments if not is_gap(one)]

    def _no_music(self) -> list[Segment]:
        raise DeclinedError("The film has no music.", "影片没有音乐。")


def about(segment: Segment) -> dict[str, Any]:
    """Return a segment's metadata, to read and to change."""
    facts: dict[str, Any] = segment.setdefault("m", {})
    return facts


def title_of(segment: Segment) -> str:
    """Return what a segment is called."""
    facts = about(segment)
    return str(facts.get("title") or facts.get("name") or facts.get("text") or "")


def is_gap(segment: Segment) -> bool:
    """Whether a segment is an empty stretch of its track."""
    return bool(about(segment).get("gap"))


def is_music(segment: Segment) -> bool:
    """Whether a segment is of an audio track."""
    return "text" not in about(segment)


def placed_of(segments: Iterable[Segment]) -> Iterator[tuple[int, Segment]]:
    """Yield the segments of a track with their start in milliseconds, gaps left out."""
    start = 0
    for segment in segments:
        if not is_gap(segment):
            yield start, segment
        start += segment["d"]


def laid(desk: Desk, placed: Iterable[tuple[int, Segment]]) -> list[Segment]:
    """Return the segments of a track from their starts, with the gaps that they need."""
    segments: list[Segment] = []
    end = 0
    for start, segment in sorted(placed, key=lambda each: each[0]):
        if start > end:
            segments.append(desk.segment(start - end, gap=True))
        segments.append(segment)
        end = max(start, end) + segment["d"]
    return segments


def part_of(desk: Desk, clip: Segment, start: float, end: float) -> Segment:
    """Return the part of a clip between two moments of it, in milliseconds."""
    facts = dict(about(clip))
    if start > 0:
        facts["in"] = round(facts.get("in", 0) + start * facts.get("speed", 1.0))
        facts.pop("fade_in", None)
    if end < clip["d"]:
        facts.pop("fade_out", None)
    return {**clip, "id": desk.id("sg"), "d": round(end - start), "m": facts}


def plain_name(words: str) -> str:
    """Return a name without articles, "clip" behind it, and a file's extension."""
    bare = words.strip().lower()
    while (again := _ARTICLES.sub("", bare)) != bare:
        bare = again
    return re.sub(r"\.\w{2,4}$", "", bare)


def _is_everything(words: str | None) -> bool:
    """Whether words about sound are about the clips' own and the music's."""
    if words is None or _ALL_SOUND.fullmatch(words):
        return True
    return EVERYTHING.fullmatch(words) is not None and "clips" not in words.lower()
