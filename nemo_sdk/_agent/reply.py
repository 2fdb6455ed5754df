"""The agent's answer, made of what it wrote and asked and of what its turn changed."""

from collections.abc import Iterable

from nemo_sdk._wording import CleanedReply, clean_reply
from nemo_sdk.models import Action, Question, Reply, State
from nemo_sdk.timeline import Timeline

from .adk import TurnReader

__all__ = ["make_reply"]

_NOTHING = "Nothing changed."


def make_reply(
    reader: TurnReader, before: State | None, after: State, *, recovered: bool = False
) -> Reply:
    """Return the reply of a turn.

    Args:
        reader: What the stream told.
        before: The state before the message; None where the session was just made.
        after: The state after it.
        recovered: Whether the stream was lost and the state alone told the outcome.
    """
    timeline = after.timeline
    changes = timeline.diff(Timeline.from_draft(None) if before is None else before.timeline)
    cleaned = clean_reply(reader.paragraphs)
    said = cleaned.text if cleaned.text.strip() else _in_its_place(cleaned, changes, timeline)
    return Reply(
        text=_with_questions(said, reader.questions) or _NOTHING,
        raw_text=reader.text,
        actions=cleaned.actions,
        tool_calls=tuple(reader.tool_calls),
        timeline=timeline,
        changes=changes,
        questions=tuple(reader.questions),
        silent=reader.silent,
        recovered=recovered,
    )


def _in_its_place(cleaned: CleanedReply, changes: tuple[str, ...], timeline: Timeline) -> str:
    """Return what there is to say where the agent said nothing of the content.

    An instruction for an interface is answered with what it asks for, or with the way there.
    """
    answers = (_answer(action, timeline) for action in cleaned.actions)
    return "\n".join(filter(None, ["; ".join(changes), *answers]))


def _answer(action: Action, timeline: Timeline) -> str:
    match action:
        case "state":
            return timeline.summary() if timeline.tracks else "The timeline is empty."
        case "export" if timeline.exportable:
            return 'The film can be exported now: say "export".'
        case "export":
            return "There is nothing to export yet: say what the film is to show."
        case "credits":
            return 'Say "credits" to see what the account can spend.'
        case "message":
            return "Say what to change, and it will be done."


def _with_questions(said: str, questions: Iterable[Question]) -> str:
    """Return what was said, with what was asked beside it."""
    parts = [said] if said else []
    for question in questions:
        asked = str(question)
        if question.text in said:
            asked = asked.removeprefix(question.text).strip()
            asked = "" if all(option in said for option in question.options) else asked
        parts += filter(None, [asked])
    return "\n\n".join(parts)
