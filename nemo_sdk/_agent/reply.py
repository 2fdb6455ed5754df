"""The agent's answer, made of what it wrote and of what its turn changed."""

from nemo_sdk._wording import clean_reply
from nemo_sdk.models import Reply, State
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
    raw_text = reader.text
    cleaned = clean_reply(reader.paragraphs)
    silent = not raw_text.strip()
    return Reply(
        text=cleaned.text or "; ".join(changes) or (_NOTHING if silent else ""),
        raw_text=raw_text,
        actions=cleaned.actions,
        tool_calls=tuple(reader.tool_calls),
        timeline=timeline,
        changes=changes,
        silent=silent,
        recovered=recovered,
    )
