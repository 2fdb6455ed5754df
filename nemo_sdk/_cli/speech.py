"""The agent's answer, shown while it comes."""

import re

from attrs import define

from nemo_sdk._session import Session
from nemo_sdk._wording import clean_reply
from nemo_sdk.events import Event, StillWorking, TextDelta, ToolCall
from nemo_sdk.exceptions import APIError, TransportError
from nemo_sdk.models import Reply

from .terminal import terminal
from .way_on import NOWHERE, WayOn

__all__ = ["Speech", "say"]

_SENTENCE_END = re.compile(r"[.!?\u2026]+[\"'\u201d)*_]*\s+|[\u3002\uff01\uff1f]+\s*|\n+")


@define
class Speech:
    """One stretch of what the agent says, for people: without instructions to use an interface.

    Whether a sentence is such an instruction can depend on the next one, so the last whole
    sentence is held back until that is there.
    """

    _said: str = ""
    shown: str = ""

    def take(self, piece: str) -> str:
        """Take a piece of text, and return what can be shown now."""
        self._said += piece
        ends = [found.end() for found in _SENTENCE_END.finditer(self._said)]
        return self._new(clean_reply(self._said[: ends[-2]]).text) if len(ends) > 1 else ""

    def end(self) -> str:
        """Return what is left to show when there is no more."""
        return self._new(clean_reply(self._said).text)

    def _new(self, cleaned: str) -> str:
        """Return what a text adds to what was shown; words that changed meanwhile come anew."""
        seen = self.shown.rstrip()
        if not cleaned.startswith(seen):
            self.shown = cleaned
            return f"\n{cleaned}"
        if len(cleaned) <= len(self.shown):
            return ""
        new = cleaned[len(self.shown) :]
        self.shown = cleaned
        return new


class _Show:
    """Writes a turn to the terminal as it goes on."""

    def __init__(self) -> None:
        self._speech = Speech()
        self.said_anything = False

    def take(self, event: Event) -> None:
        match event:
            case TextDelta(text) if terminal.streams:
                self._write(self._speech.take(text))
            case ToolCall(name):
                self.end_stretch()
                terminal.note(f"[{name}]", "tool_call", tool_call=name)
            case StillWorking(elapsed):
                words = f"Still at work after {elapsed:.0f} s."
                terminal.note(words, "still_working", still_working=elapsed)
            case _:
                pass

    def end_stretch(self) -> None:
        self._write(self._speech.end())
        if self._speech.shown:
            terminal.write("")
        self._speech = Speech()

    def _write(self, words: str) -> None:
        if words:
            self.said_anything = True
            terminal.write(words, end="")


async def say(session: Session, text: str, *, way_on: WayOn = NOWHERE, closing: str = "") -> None:
    """Send a message and show the answer: as it comes in a terminal, at its end elsewhere.

    Args:
        session: The session.
        text: The message.
        way_on: From when the message has left.
        closing: A last line for people.
    """
    show = _Show()
    turn = session.send(text)
    terminal.way_on = way_on
    try:
        async with turn:
            async for event in turn:
                show.take(event)
    except (APIError, TransportError):  # the message was refused, or never left
        terminal.way_on = NOWHERE
        raise
    show.end_stretch()
    _show_reply(session, turn.reply, said=show.said_anything, closing=closing)


def _show_reply(session: Session, reply: Reply, *, said: bool, closing: str) -> None:
    timeline = reply.timeline.summary()
    values = {
        "session_id": session.id,
        "text": reply.text,
        "changes": reply.changes,
        "actions": reply.actions,
        "timeline": timeline,
    }
    words = ["" if said else reply.text, timeline, closing]
    terminal.result("reply", values, "\n".join(filter(None, words)))
