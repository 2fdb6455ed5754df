"""The agent: a message and a session in, the script of a turn out."""

import random
from collections.abc import Iterator

from attrs import define

from nemo_sdk.emulator import _drafts
from nemo_sdk.emulator._drafts import Desk
from nemo_sdk.emulator._sessions import Session
from nemo_sdk.emulator._steps import Say, Step, Thought, Wait

from . import _phrases
from ._generation import Generation, title_of, tool_steps
from ._plans import Plan
from ._scene import DeclinedError, Done, Scene
from ._talk import answers, asks_back, asks_for_a_film, is_question, is_small_talk
from ._wishes import Change, Granted, grant, is_wish

_NOISE_SHARE = 0.1
# Patterns over a message of megabytes would hold up every other turn.
_LOOKED_AT = 2000


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
        """Return the turn's script."""
        text, self.session.asked = self._with_answer(text), None
        asked = text[:_LOOKED_AT]
        if is_small_talk(asked) or is_question(asked):
            return Plan("answer", self._answer(asked))
        if asks_for_a_film(asked) and not self._only_pictures():
            return Plan("generation", self._generation(text, asked))
        try:
            understood = self._grant(asked) is not None
        except DeclinedError as error:
            # What is still being worked on may be what this wish is about.
            understood, reason = self.session.busy.locked(), error
            if not understood:
                answer = self._answer(asked) if asks_back(asked) else self._decline(asked, reason)
                return Plan("answer", answer)
        except (AttributeError, KeyError, TypeError):
            understood = True  # a draft that no agent made: the turn fails on it, as it would
        return Plan("edit", self._edit(asked)) if understood else self._plan_unknown(text, asked)

    def _plan_unknown(self, text: str, asked: str) -> Plan:
        if asks_back(asked):
            return Plan("answer", self._answer(asked))
        if self.session.draft is not None or self.session.busy.locked():
            return Plan("answer", self._decline(asked))
        if self._only_pictures():
            return Plan("edit", self._edit(asked))
        return Plan("generation", self._generation(text, asked))

    def _with_answer(self, text: str) -> str:
        """Return a message, with the wish that it answers a question about."""
        wish = self.session.asked
        if wish is None or is_question(text):
            return text
        kind = answers(text)
        if kind != "other":
            return wish if kind == "yes" else text
        both = f"{wish}, {text}"
        if self.session.draft is None:
            return both
        known = (said for said in (text, both, f'{wish} "{text}"') if is_wish(said))
        return next(known, text)

    def _only_pictures(self) -> bool:
        """Whether nothing has been made yet of uploaded pictures."""
        seen = any(file["file_type"] != "audio" for file in self.session.uploads.values())
        return self.session.draft is None and seen

    def _grant(self, text: str) -> Granted | None:
        fresh = self.session.draft is None
        if not fresh or self.session.uploads:
            return grant(text, self._scene, fresh=fresh)
        if is_wish(text, by_name=False):
            raise _no_film()
        return None

    def _scene(self) -> Scene:
        session = self.session
        draft = session.draft
        if draft is None:
            draft = self.desk.of_uploads(session.uploads)
        return Scene(draft, self.desk, session.uploads, session.history.copy())

    def _answer(self, text: str) -> Iterator[Step]:
        language = self._language(text)
        yield from self._thinking(text)
        draft = self.session.draft
        if draft is None:
            yield Say(_phrases.HELP[language])
            return
        facts = {"tracks": len(draft["t"]), "seconds": _drafts.length(draft) / 1000}
        yield Say(_phrases.ABOUT_DRAFT[language].format(**facts))

    def _decline(self, text: str, reason: DeclinedError | None = None) -> Iterator[Step]:
        """Say that nothing was done: why, or that this was not understood."""
        language = self._language(text)
        yield from self._thinking(text)
        if reason is not None:
            yield Say(_phrases.CANNOT[language].format(reason=reason.words[language]))
            return
        yield Say(_phrases.UNKNOWN[language].format(text=_brief(text)))

    def _thinking(self, text: str) -> Iterator[Step]:
        yield Thought(_phrases.THINKING[self._language(text)].format(text=_brief(text)))
        yield Wait(self.rng.uniform(5, 15))

    def _generation(self, prompt: str, asked: str) -> Iterator[Step]:
        language = self._language(asked)
        yield Thought(_phrases.THINKING[language].format(text=_brief(asked)))
        making = Generation(self.session, self.desk, self.rng, self.seed, prompt, asked, language)
        yield from making.steps()
        text = self.rng.choice(_phrases.READY[language])
        yield from self._last_words(text.format(title=title_of(asked), seconds=making.seconds))

    def _edit(self, text: str) -> Iterator[Step]:
        language = self._language(text)
        try:
            granted = self._grant(text) or self._assembled(text)
        except DeclinedError as error:  # the turn before this one changed the film
            yield from self._decline(text, error)
            return
        yield Thought(_phrases.THINKING[language].format(text=_brief(text)))
        self.session.history = granted.scene.history
        waits = self.rng.uniform(10, 30) / len(granted.changes)
        for change in granted.changes:
            yield from tool_steps(change.done, change.draft, waits, self.rng)
        if self.rng.random() >= self.silent:
            done = [change.done for change in granted.changes]
            said = {"en": " ".join(one.en for one in done), "zh": "".join(one.zh for one in done)}
            words = self.rng.choice(_phrases.EDITED[language])
            yield from self._last_words(words.format(done=said[language]))

    def _assembled(self, text: str) -> Granted:
        """Return the uploads on a timeline, where nothing else was understood."""
        scene = self._scene()
        names = [str(file["filename"]) for file in self.session.uploads.values()]
        words = {each: said.format(text=_brief(text)) for each, said in _phrases.ASSEMBLED.items()}
        done = Done("create_timeline", {"media": names}, words["en"], words["zh"])
        return Granted([Change(done, scene.draft)], scene)

    def _last_words(self, text: str) -> Iterator[Step]:
        yield Say(text)
        if self.rng.random() < _NOISE_SHARE:
            yield Say(_phrases.NOISE)

    def _language(self, text: str) -> _phrases.Language:
        return _phrases.language_of(text, self.session.language)


def _no_film() -> DeclinedError:
    return DeclinedError(
        "There is no film yet: say what it shall show.", "还没有影片\uff1a请先描述画面。"
    )


def _brief(text: str) -> str:
    return " ".join(text.split())[:80]
