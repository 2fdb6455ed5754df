"""The agent's answer, shown while it comes."""

import re
from collections.abc import Iterator

from attrs import define, field

from nemo_sdk import Session, clean_reply
from nemo_sdk.events import Event, StillWorking, TextDelta, ToolCall
from nemo_sdk.models import Reply

from .terminal import terminal

__all__ = ["Show", "Speech", "say", "show_reply"]

_MANY = 300
"""Past so many characters, what was said is settled where a line of content ends."""
_TOO_MANY = 1000
"""Past so many it is settled anyway."""
_LONGEST_SENTENCE = 1000
_LONGEST_END = 20
_SENTENCE_END = re.compile(r"[.!?\u2026]+[\"'\u201d)*_]*\s+|[\u3002\uff01\uff1f]+\s*|\n+")


@define
class Speech:
    """One stretch of what the agent says, for people: without instructions to use an interface.

    Whether a sentence is such an instruction can depend on the next one, so the last whole
    sentence is held back until that is there. What was said long ago is settled, and looked at no
    more: the work for a piece does not grow with what came before it.
    """

    shown: str = ""
    """What is shown of the text that is not settled yet."""
    said_anything: bool = False
    _said: str = ""
    _ends: list[int] = field(factory=list)
    """Where the whole sentences end of the text that is not settled yet."""

    def take(self, piece: str) -> str:
        """Take a piece of text, and return what can be shown now."""
        return "".join(self._take(part) for part in _parts(piece))

    def end(self) -> str:
        """Return what is left to show when there is no more."""
        return self._new(clean_reply(self._said).text)

    def _take(self, piece: str) -> str:
        known = len(self._ends)
        start = max(self._ends[-1] if self._ends else 0, len(self._said) - _LONGEST_END)
        self._said += piece
        for found in _SENTENCE_END.finditer(self._said, start):
            if self._ends and found.start() == self._ends[-1]:
                self._ends.pop()  # white space that goes on
            self._ends.append(found.end())
        if len(self._said) - (self._ends[-1] if self._ends else 0) > _LONGEST_SENTENCE:
            self._ends.append(len(self._said))  # no sentence is as long as this
        if len(self._ends) < max(known + 1, 2):
            return ""
        cut = self._ends[-2]
        new = self._new(clean_reply(self._said[:cut]).text)
        at_an_end = bool(new) and self._said[cut - 1] == "\n"
        if cut > (_MANY if at_an_end else _TOO_MANY):
            new += self._settle(cut)
        return new

    def _settle(self, cut: int) -> str:
        """Begin anew behind a place; returns the space that stands there."""
        settled, self._said = self._said[:cut], self._said[cut:]
        self._ends = [end - cut for end in self._ends if end > cut]
        space = settled[len(settled.rstrip()) :] if self.shown == self.shown.rstrip() else ""
        self.shown = ""
        return space

    def _new(self, cleaned: str) -> str:
        """Return what a text adds to what was shown; words that changed meanwhile come anew."""
        seen = self.shown.rstrip()
        if not cleaned.startswith(seen):
            self.shown, self.said_anything = cleaned, True
            return f"\n{cleaned}"
        if len(cleaned) <= len(self.shown):
            return ""
        new = cleaned[len(self.shown) :]
        self.shown = cleaned
        self.said_anything = True
        return new


def _parts(piece: str) -> Iterator[str]:
    """Return a long piece in parts, none of which is long."""
    for start in range(0, len(piece), _TOO_MANY):
        yield piece[start : start + _TOO_MANY]


class Show:
    """Writes a turn to the terminal as it goes on."""

    def __init__(self) -> None:
        self._speech = Speech()
        self.said_anything = False

    def take(self, event: Event) -> None:
        """Show an event."""
        match event:
            case TextDelta(text) if terminal.streams:
                self._write(self._speech.take(text))
            case ToolCall(name):
                self.end_stretch()
                terminal.note(event.doing, "tool_call", tool_call=name)
            case StillWorking(elapsed):
                terminal.note(str(event), "still_working", still_working=elapsed)
            case _:
                pass

    def end_stretch(self) -> None:
        """End what is being said, if anything is."""
        self._write(self._speech.end())
        if self._speech.said_anything:
            terminal.write("")
        self._speech = Speech()

    def _write(self, words: str) -> None:
        if words:
            self.said_anything = True
            terminal.write(words, end="")


async def say(session: Session, text: str, *, closing: str) -> None:
    """Send a message and show the answer: as it comes in a terminal, at its end elsewhere.

    Args:
        session: The session.
        text: The message.
        closing: A last line for people, where the timeline has changed.
    """
    show = Show()
    async with session.send(text) as turn:
        async for event in turn:
            show.take(event)
    show.end_stretch()
    told = closing if turn.reply.changes else ""
    show_reply(session.id, turn.reply, said=show.said_anything, closing=told)


def show_reply(session_id: str | None, reply: Reply, *, said: bool, closing: str) -> None:
    """Print a reply, but for what was shown while it came; the timeline where it has changed."""
    timeline = reply.timeline.summary()
    values = {
        "session_id": session_id,
        "text": reply.text,
        "changes": reply.changes,
        "actions": reply.actions,
        "questions": [{"text": one.text, "options": one.options} for one in reply.questions],
        "timeline": timeline,
    }
    asked = "\n\n".join(map(str, reply.questions))
    words = [asked if said else reply.text]
    if not terminal.streams:
        terminal.result("reply", values, "\n".join(filter(None, [*words, timeline, closing])))
        return
    for line in filter(None, words):
        terminal.write(line)
    if reply.changes:
        terminal.show(reply.timeline)
    if closing:
        terminal.write(closing)
