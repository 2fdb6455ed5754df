"""How the backend tells people to use its editor, in English and Chinese.

Each pattern matches from the start of a clause on: "click Export" is an instruction, while in
"the door clicks shut" and "a title that says click here" the verb stands elsewhere. A verb alone
is not enough either; what it acts on must be part of an editor.
"""

import re
from functools import cache
from typing import Final

from nemo_sdk.models import Action

from ._phrases import compile_interface, compile_verbs

_VERBS: Final = ("drag", "credits", "click", "export", "preview", "edit", "look")
_DIRECT: Final[dict[str, Action]] = {
    "drag": "message",
    "credits": "credits",
    "export": "export",
    "preview": "state",
}


def instruction(clause: str, lead: str = "") -> Action | None:
    """Return what a clause tells people to do in the editor; None where it does not.

    Args:
        clause: The clause.
        lead: What leads to it: "To export your video", before "click the button"; or where to
            do it: "From the left sidebar", before "choose Media".
    """
    where = _pattern("where").match(lead)
    said = f"{clause} {lead}" if where else clause
    verb = _verb_of(said)
    if verb is None or _pattern("offer").search(said):
        return None
    if verb == "click" and not where and _pattern("to edit").search(lead):
        return "message"
    action = _action(verb, clause if verb == "click" else said)
    return _action(verb, lead) if action == "message" and lead and not where else action


def _verb_of(clause: str) -> str | None:
    if found := _verbs().match(clause):
        return (found.lastgroup or "")[:-1]
    return "fact" if _pattern("fact").match(clause) else None


def is_lead(clause: str) -> bool:
    """Whether a clause only leads to an instruction: "To export your video", "If you like"."""
    return _pattern("lead").match(clause) is not None


def is_label(clause: str) -> bool:
    """Whether what follows a clause and its colon is quoted by it: "Title", "the voice says"."""
    return _pattern("label").match(clause) is not None and not is_lead(clause)


def is_step(sentence: str) -> bool:
    """Whether a sentence is an instruction if it follows one: "Choose 1080p"."""
    return _pattern("step").match(sentence) is not None


def is_own_content(clause: str) -> bool:
    """Whether a clause after an instruction says something of its own: "and I added music"."""
    return _pattern("own").match(clause) is not None


def ready(clause: str) -> tuple[int, Action] | None:
    """Where "ready" ends in a clause like "your film is ready to export", and what it asks for."""
    found = _pattern("ready").match(clause)
    if found is None or _pattern("offer").search(clause):
        return None
    return found.end("kept"), "export" if found["verb"] in {
        "export",
        "download",
        "render",
    } else "state"


def _action(verb: str, clause: str) -> Action:
    if verb in _DIRECT:
        return _DIRECT[verb]
    if _pattern("to credits").search(clause):
        return "credits"
    if verb == "look":
        return "export" if _pattern("to export menu").search(clause) else "state"
    return _action_by_target(verb, clause)


def _action_by_target(verb: str, clause: str) -> Action:
    if verb == "click" and _pattern("to edit").search(clause):
        return "message"
    if _pattern("to export").search(clause):
        return "export"
    if verb != "edit" and _pattern("to look").search(clause):
        return "state"
    return "message"


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return compile_interface(name)


@cache
def _verbs() -> re.Pattern[str]:
    return compile_verbs(_VERBS)
