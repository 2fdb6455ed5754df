"""What people say: a command that needs no agent, or a message to it.

A command is recognised only whole, every word of it: "export it" is one, while "export the mood
of the 80s into the colors" holds words that no command has, and is a message.
"""

import re
import unicodedata
from functools import cache
from typing import Final, Literal, cast

from ._phrases import CHINESE_CHARACTER, compile_requests
from ._scripts import simplified

Intent = Literal["export", "credits", "state", "upload", "message"]

_LONGEST_COMMAND: Final = 200
_LONGEST_PART: Final = 90

_APOSTROPHES: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "'"})


def classify_request(text: str, *, has_files: bool = False) -> Intent:
    """What a person's words ask for, by the service's table of what people say.

    English and Chinese, with polite forms, in any case and punctuation. Whatever is not wholly a
    command is a message, as a creative request may well hold a command's word.

    Args:
        text: The person's words.
        has_files: Whether files came with them; then no words, or "here is my video", mean an
            upload. Words that ask for more than the upload are still a message.

    Returns:
        ``"export"``, ``"credits"``, ``"state"``, ``"upload"`` or ``"message"``.
    """
    text = text.strip()
    if len(text) > _LONGEST_COMMAND:
        return "message"
    parts = _parts(text)
    if not parts:
        return "upload" if has_files else "message"
    found = {_intent_of(part, has_files=has_files) for part in parts} - {None}
    return cast("Intent", found.pop()) if len(found) == 1 else "message"


def _parts(text: str) -> list[str]:
    """The text's clauses in small letters, without punctuation and signs."""
    plain = simplified(unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower())
    clauses = re.split(r"[,;!?\u3002\u3001\n~\u2026]+|[.:](?=\s|$)", plain)
    words = (re.sub(r"[^\w'./:%-]+", " ", clause).strip(" .:/-_'") for clause in clauses)
    return [" ".join(clause.split()) for clause in words if clause]


def _intent_of(part: str, *, has_files: bool) -> str | None:
    """The intent of one clause; None for a mere politeness."""
    if len(part) > _LONGEST_PART:
        return "message"
    chinese = re.search(CHINESE_CHARACTER, part) is not None
    squeezed = part.replace(" ", "")
    for intent, pattern in _patterns(chinese=chinese, has_files=has_files).items():
        if pattern.fullmatch(squeezed):
            return None if intent == "filler" else intent
    return "message"


@cache
def _patterns(*, chinese: bool, has_files: bool) -> dict[str, re.Pattern[str]]:
    return compile_requests(chinese=chinese, has_files=has_files)
