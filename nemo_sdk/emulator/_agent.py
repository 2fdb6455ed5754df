"""The agent: a message and a session in, the script of a turn out. It does no I/O."""

import random
import re
from collections.abc import Generator, Iterable, Iterator
from string import capwords
from typing import Any, Literal
from uuid import UUID

from attrs import define, frozen

from . import _drafts, _phrases
from ._drafts import VIDEO, Desk, Draft
from ._edits import Edit, edits_in, music_in, set_music, set_title, title_in
from ._lengths import seconds_in
from ._sessions import Session
from ._steps import Say, Step, Thought, ToolCall, ToolResult, Wait

PlanKind = Literal["generation", "edit", "answer"]

_DEFAULT_SECONDS = 10.0
_NOISE_SHARE = 0.1
# Patterns over a message of megabytes would hold up every other turn.
_LOOKED_AT = 2000
_MARKS = " ,.;:!?。\uff0c\uff1f\uff01"
_MUSIC = ("Lo-fi", "Acoustic Morning", "Cinematic Strings", "Synthwave Drive", "Quiet Piano")
_EFFECTS = ("soft glow", "film grain", "slow zoom", "warm grade", "vignette")
_NEW = re.compile(
    r"\b(?:generate|create|make|produce)\s+(?:me\s+)?(?:a|an|another|new)\b"
    r"|(?:生成|制作|做|创建|来)(?:一个|一段|一部|个|段|新)",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\s*(?:what|how|why|which|who|when|where)\b|.{0,12}(?:什么|怎么|多少|为什么|如何)",
    re.IGNORECASE,
)
_QUESTION_END = re.compile(r"[?\uff1f吗呢]\s*$")
_GREETING = re.compile(
    r"\s*(?:hi|hello|hey|thanks|thank you|ok|okay|great|help|你好|您好|谢谢|好的|帮助)\W*$",
    re.IGNORECASE,
)
_ABOUT_IT = re.compile(
    r"\b(?:it|this|that|them)\b|\bthe (?:video|film|clip|scene|colou?rs?|background|speed|mood)\b"
    r"|更|把|让|调|画面",
    re.IGNORECASE,
)
_LENGTH_WORDS = re.compile(
    r"\b(?:[\w.]+[\s-]+)?(?:seconds?|secs?|minutes?)(?:\s+long)?\b|\b\d+\s?s\b|[\d一二两三四五六七八九十半]+(?:秒|分钟)的?",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\W*(?:please\s+)?(?:generate|create|make|produce)?\s*(?:me\s+)?"
    r"(?:(?:a|an|the)\s+)?(?:(?:short\s+)?(?:video|film|movie|clip)\s+(?:of|about|with)\s+)?(?:(?:a|an|the)\s+)?",
    re.IGNORECASE,
)


@frozen
class Plan:
    """What a message makes the agent do, and what kind of work it is.

    The steps are taken from the session as it is when they are iterated over, once.
    """

    kind: PlanKind
    steps: Iterable[Step]


@define
class Agent:
    """Plans one turn of one session.

    Attributes:
        session: As it was when the message came.
        desk: Where its drafts are made.
        rng: This turn's chances.
        seed: The emulator's, for what depends on the prompt alone.
        silent: The share of edits that end without a word.
    """

    session: Session
    desk: Desk
    rng: random.Random
    seed: int
    silent: float = 0.3

    def plan(self, text: str) -> Plan:
        """Returns the turn's script."""
        material = self.session.draft is not None or bool(self.session.uploads)
        asked = text[:_LOOKED_AT]
        edits = edits_in(asked, self.desk, self.session.uploads) if material else []
        kind = self._kind(asked, material=material, edits=bool(edits))
        if kind == "generation":
            return Plan(kind, self._generation(text, asked))
        if kind == "edit":
            return Plan(kind, self._edit(asked, edits or [self._effect(asked)]))
        return Plan(kind, self._answer(asked))

    def _kind(self, text: str, *, material: bool, edits: bool) -> PlanKind:
        question = bool(_QUESTION_END.search(text))
        if _GREETING.match(text) or not text.strip() or (question and _QUESTION_WORD.match(text)):
            return "answer"
        if _NEW.search(text) and (self.session.draft is not None or not material):
            return "generation"
        if edits:
            return "edit"
        if question:
            return "answer"
        only_uploads = material and self.session.draft is None
        return "edit" if only_uploads or (material and _ABOUT_IT.search(text)) else "generation"

    def _answer(self, text: str) -> Iterator[Step]:
        language = self._language(text)
        yield Thought(_phrases.THINKING[language].format(text=_brief(text)))
        yield Wait(self.rng.uniform(5, 15))
        draft = self.session.draft
        if draft is None:
            yield Say(_phrases.HELP[language])
            return
        facts = {"tracks": len(draft["t"]), "seconds": _drafts.length(draft) / 1000}
        yield Say(_phrases.ABOUT_DRAFT[language].format(**facts))

    def _generation(self, prompt: str, asked: str) -> Iterator[Step]:
        language = self._language(asked)
        seconds = seconds_in(asked) or _DEFAULT_SECONDS
        finishing = [self.rng.uniform(8, 25) for _ in range(3)]
        yield Thought(_phrases.THINKING[language].format(text=_brief(asked)))
        draft = self._clip(prompt, _title_of(asked), seconds)
        yield from self._generate(
            prompt, seconds, draft, self.rng.uniform(100, 300) - sum(finishing)
        )
        yield Say(_phrases.RAW_CLIP[language])
        for edit, wait in zip(self._finishing(asked), finishing, strict=True):
            draft = yield from self._apply(edit, draft, wait)
        text = self.rng.choice(_phrases.READY[language])
        yield from self._last_words(text.format(title=_title_of(asked), seconds=seconds))

    def _generate(self, prompt: str, seconds: float, draft: Draft, wait: float) -> Iterator[Step]:
        call = self._tool_id()
        args = {"prompt": prompt, "duration": seconds, "aspect_ratio": draft["canvas"]["ratio"]}
        yield ToolCall("generate_video", args, call)
        yield Wait(wait)
        media = {"id": self.desk.id("gm"), "type": "video", "duration": seconds, "prompt": prompt}
        info = {"id": media["id"], "duration": seconds, "source": "generated"}
        changes = {
            "draft": draft,
            "generated_media": [*(self.session.state.get("generated_media") or ()), media],
            "video_infos": [*(self.session.state.get("video_infos") or ()), info],
        }
        yield ToolResult("generate_video", {"status": "success", "media": media}, call, changes)

    def _clip(self, prompt: str, title: str, seconds: float) -> Draft:
        draft = self.desk.new()
        milliseconds = round(seconds * 1000)
        names = {"title": title, "prompt": prompt, "in": 0}
        draft["t"].append(self.desk.track(VIDEO, self.desk.segment(milliseconds, **names)))
        return draft

    def _finishing(self, prompt: str) -> Iterator[Edit]:
        """The second stage: its choices depend on the prompt alone, as the film must."""
        taste = random.Random(f"{self.seed}:{prompt}")  # noqa: S311
        music = music_in(prompt) or taste.choice(_MUSIC)
        title = title_in(prompt) or capwords(_title_of(prompt))[:40]
        effect = taste.choice(_EFFECTS)
        done = {"en": "", "zh": ""}
        yield Edit(
            "add_background_music",
            {"name": music, "volume": 0.35},
            lambda draft: set_music(self.desk, draft, music),
            done,
        )
        yield Edit(
            "add_title", {"text": title}, lambda draft: set_title(self.desk, draft, title), done
        )
        yield Edit("apply_effect", {"name": effect}, lambda draft: _add_effect(draft, effect), done)

    def _edit(self, text: str, edits: list[Edit]) -> Iterator[Step]:
        language = self._language(text)
        draft = self.session.draft or self.desk.of_uploads(self.session.uploads)
        waits = self.rng.uniform(10, 30) / len(edits)
        yield Thought(_phrases.THINKING[language].format(text=_brief(text)))
        for edit in edits:
            draft = yield from self._apply(edit, draft, waits)
        if self.rng.random() >= self.silent:
            done = (" " if language == "en" else "").join(edit.done[language] for edit in edits)
            words = self.rng.choice(_phrases.EDITED[language])
            yield from self._last_words(words.format(done=done))

    def _effect(self, text: str) -> Edit:
        if self.session.draft is None:
            done = {"en": "I put your files on the timeline.", "zh": "已将素材放入时间线。"}
            return Edit("create_timeline", {"request": text}, lambda _: None, done)
        effect = self.rng.choice(_EFFECTS)
        done = {"en": f"I applied “{effect}”.", "zh": f"已应用效果“{effect}”。"}
        return Edit(
            "apply_effect",
            {"name": effect, "request": text},
            lambda draft: _add_effect(draft, f"{effect}: {text}"),
            done,
        )

    def _apply(self, edit: Edit, draft: Draft, seconds: float) -> Generator[Step, None, Draft]:
        call = self._tool_id()
        yield ToolCall(edit.tool, edit.args, call)
        yield Wait(seconds)
        changed = _drafts.changed_copy(draft)
        edit.change(changed)
        yield ToolResult(edit.tool, {"status": "success"}, call, {"draft": changed})
        return changed

    def _last_words(self, text: str) -> Iterator[Step]:
        yield Say(text)
        if self.rng.random() < _NOISE_SHARE:
            yield Say(_phrases.NOISE)

    def _language(self, text: str) -> _phrases.Language:
        return _phrases.language_of(text, self.session.language)

    def _tool_id(self) -> str:
        return f"adk-{UUID(int=self.rng.getrandbits(128), version=4)}"


def _add_effect(draft: Draft, effect: str) -> None:
    for track in draft["t"]:
        for segment in track["sg"] if track["tt"] == VIDEO else ():
            effects: list[Any] = segment.setdefault("ef", [])
            effects.append({"name": effect})


def _title_of(prompt: str) -> str:
    words = _ASKING.sub("", _LENGTH_WORDS.sub(" ", prompt), count=1)
    title = " ".join(words.split()).strip(_MARKS) or " ".join(prompt.split())
    return title if len(title) <= 60 else title[:59].rstrip() + "…"


def _brief(text: str) -> str:
    return " ".join(text.split())[:80]
