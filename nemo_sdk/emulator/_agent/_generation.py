"""A film from a prompt, in two stages: the raw clip, then music, a title and an effect."""

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from string import capwords
from uuid import UUID

from attrs import define

from nemo_sdk.emulator import _drafts
from nemo_sdk.emulator._drafts import VIDEO, Desk, Draft
from nemo_sdk.emulator._sessions import Session
from nemo_sdk.emulator._steps import Say, Step, ToolCall, ToolResult, Wait

from . import _looks, _sounds, _texts
from ._lengths import seconds_in
from ._phrases import RAW_CLIP, Language
from ._scene import Done, Scene
from ._slots import effect_in, shape_in

_DEFAULT_SECONDS = 10.0
_MARKS = " ,.;:!?。\uff0c\uff1f\uff01"
_MUSIC = ("Lo-fi", "Acoustic Morning", "Cinematic Strings", "Synthwave Drive", "Quiet Piano")
_EFFECTS = ("vignette", "brighter")
_LENGTH_WORDS = re.compile(
    r"\b(?:[\w.]+[\s-]+)?(?:seconds?|secs?|minutes?)(?:\s+long)?\b|\b\d+\s?s\b|[\d一二两三四五六七八九十半]+(?:秒|分钟)的?",
    re.IGNORECASE,
)
_SHAPE_WORDS = re.compile(
    r",?\s*\b(?:in\s+)?(?:vertical|portrait|square|horizontal|landscape|widescreen)(?:\s+(?:format|mode|orientation)"
    r"|(?=(?:\s+(?:short|[\w.]+[\s-]+(?:seconds?|secs?|minutes?)))?\s+(?:video|film|movie|clip)))\b|,?\s*\b(?:in\s+)?\d{1,2}:\d{1,2}\b|竖屏的?|横屏的?|方形的?",
    re.IGNORECASE,
)
_EXTRA_WORDS = re.compile(
    r"(?:,| and)? (?:with(?: an?| the| some| no)?|without(?: an?| any)?|no) (?:[\w-]+ ){0,2}?"
    r"(?:music|soundtrack|titles?|captions?)\b(?: (?:saying|that says|reading))?:?"
    r"(?: (?:[\"“'].*?[\"”']))?(?=\W*$|,| and )"
    r"|[\uff0c,]?(?:配上?|加上?|带|不要|没有|无)[\u4e00-\u9fff]{0,6}?(?:音乐|标题|字幕)(?:“.*?”)?",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\W*(?:please\s+)?(?:(?:generate|create|make|produce)\s+)?(?:me\s+)?"
    r"(?:(?:a|an|the|another|one\s+more)\s+)?(?:new\s+)?"
    r"(?:(?:short\s+)?(?:video|film|movie|clip)\s+(?:of|about|with)\s+)?(?:(?:a|an|the)\s+)?",
    re.IGNORECASE,
)


@define
class Generation:
    """One generation in a session."""

    session: Session
    desk: Desk
    rng: random.Random
    seed: int
    prompt: str
    asked: str
    language: Language

    @property
    def title(self) -> str:
        """What the clip is called."""
        return title_of(self.asked)

    @property
    def seconds(self) -> float:
        """How long the film is to be."""
        return seconds_in(self.asked) or _DEFAULT_SECONDS

    def steps(self) -> Iterator[Step]:
        """Yield both stages."""
        finishing = [self.rng.uniform(8, 25) for _ in range(3)]
        draft, operations = self._clip(), self._finishing()
        if self.session.draft is not None:
            self.session.history.keep(self.session.draft)
        yield from self._generate(draft, self.rng.uniform(100, 300) - sum(finishing))
        yield Say(RAW_CLIP[self.language])
        for operation, wait in zip(operations, finishing, strict=False):
            draft = _drafts.changed_copy(draft)
            done = operation(Scene(draft, self.desk, self.session.uploads))
            yield from tool_steps(done, draft, wait, self.rng)

    def _generate(self, draft: Draft, wait: float) -> Iterator[Step]:
        call = tool_id(self.rng)
        args = {
            "prompt": self.prompt,
            "duration": self.seconds,
            "aspect_ratio": draft["canvas"]["ratio"],
        }
        yield ToolCall("generate_video", args, call)
        yield Wait(wait)
        media = {
            "id": self.desk.id("gm"),
            "type": "video",
            "duration": self.seconds,
            "prompt": self.prompt,
        }
        info = {"id": media["id"], "duration": self.seconds, "source": "generated"}
        changes = {
            "draft": draft,
            "canvas_config": draft["canvas"],
            "generated_media": [*(self.session.state.get("generated_media") or ()), media],
            "video_infos": [*(self.session.state.get("video_infos") or ()), info],
        }
        yield ToolResult("generate_video", {"status": "success", "media": media}, call, changes)

    def _clip(self) -> Draft:
        words = _SHAPE_WORDS.search(self.asked)
        shape = shape_in(words[0]) if words else None
        draft = self.desk.new(shape if shape and _drafts.is_possible(shape) else None)
        names = {"title": self.title, "prompt": self.prompt, "in": 0}
        segment = self.desk.segment(round(self.seconds * 1000), **names)
        draft["t"].append(self.desk.track(VIDEO, segment))
        return draft

    def _finishing(self) -> list[Callable[[Scene], Done]]:
        """Return the second stage: its choices depend on the prompt alone, as the film must."""
        taste = random.Random(f"{self.seed}:{self.prompt}")  # noqa: S311
        usual = taste.choice(_MUSIC), capwords(self.title)[:40], taste.choice(_EFFECTS)
        named, title = _sounds.music_in(self.asked), _texts.title_in(self.asked)
        own = any(file["file_type"] == "audio" for file in self.session.uploads.values())
        found: list[Callable[[Scene], Done]] = []
        if own and not named and self.session.draft is None:
            found.append(_sounds.uploaded_music)
        elif named != "":
            found.append(partial(_sounds.set_music, music=named or usual[0]))
        if title != "":
            found.append(partial(_texts.add_text, text=title or usual[1]))
        found.append(partial(_looks.effect, effect=effect_in(self.asked) or usual[2]))
        return found


def tool_steps(done: Done, draft: Draft, seconds: float, rng: random.Random) -> Iterator[Step]:
    """Yield a tool's call, its work and its result, which changes the draft."""
    call = tool_id(rng)
    yield ToolCall(done.tool, done.args, call)
    yield Wait(seconds)
    changes = {"draft": draft, "canvas_config": draft["canvas"]} if "canvas" in draft else {}
    yield ToolResult(done.tool, {"status": "success"}, call, changes or {"draft": draft})


def tool_id(rng: random.Random) -> str:
    """Return a new id of a tool's call."""
    return f"adk-{UUID(int=rng.getrandbits(128), version=4)}"


def title_of(prompt: str) -> str:
    """Return what a film of a prompt is called: its subject, without what was said around it."""
    bare = " ".join(_LENGTH_WORDS.sub(" ", _SHAPE_WORDS.sub(" ", prompt)).split())
    while (shorter := _EXTRA_WORDS.sub("", bare)) != bare:
        bare = shorter
    title = _ASKING.sub("", bare, count=1).strip(_MARKS) or " ".join(prompt.split())
    return title if len(title) <= 60 else title[:59].rstrip() + "…"
