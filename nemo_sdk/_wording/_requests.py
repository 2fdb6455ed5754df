"""What people say: a command that needs no agent, or a message to it.

A command is recognised only whole, every word of it: "export it" is one, while "export the mood
of the 80s into the colors" holds words that no command has, and is a message.
"""

import re
import unicodedata
from functools import cache, reduce
from typing import Final, Literal, cast, get_args

from attrs import frozen

from nemo_sdk._value import Value
from nemo_sdk.models import Format, Quality

from ._addresses import is_media, take_addresses
from ._details import Details, take_out
from ._phrases import CHINESE_CHARACTER, compile_requests
from ._spellings import corrected, in_chinese, simplified
from ._vocabulary import kinds_of_words

__all__ = ["Intent", "Request", "classify_request"]

Intent = Literal["export", "credits", "state", "upload", "message"]

_MOST_READ: Final = 10_000
_LONGEST_COMMAND: Final = 200
_LONGEST_PART: Final = 90

_APOSTROPHES: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "`": "'"})


@frozen
class Request(Value):
    """What a person's words ask for.

    Attributes:
        intent: ``"export"``, ``"credits"``, ``"state"``, ``"upload"`` or ``"message"``.
        format: The format of an export, where one was named that there is.
        quality: The quality of an export, where one was named.
        unsupported: What an export was to be and cannot be, as it was named; "" else.
        urls: The addresses that an upload names.
    """

    intent: Intent
    format: Format | None = None
    quality: Quality | None = None
    unsupported: str = ""
    urls: tuple[str, ...] = ()

    @property
    def refusal(self) -> str:
        """Why the wish cannot be granted, and what there is instead; "" where it can."""
        if not self.unsupported:
            return ""
        *others, last = get_args(Format)
        wish = self.unsupported[:40]
        there_is = f"{', '.join(others)} or {last}"
        return f"A film is exported as {there_is}, one at a time, and not as {wish}: say which."


_MESSAGE: Final = Request("message")


def classify_request(text: str, *, has_files: bool = False) -> Request:
    """Return what a person's words ask for, by the service's table of what people say.

    English and Chinese, with polite forms, in any case and punctuation. Whatever is not wholly a
    command is a message, as a creative request may well hold a command's word.

    Args:
        text: The person's words.
        has_files: Whether files came with them; then no words, or "here is my video", mean an
            upload. Words that ask for more than the upload are still a message.

    Returns:
        What is asked for, with its details. It never raises, and a text of any length is read in
        bounded time.
    """
    if len(text) > _MOST_READ:
        return _MESSAGE
    words, urls = take_addresses(text.strip())
    if len(words) > _LONGEST_COMMAND:
        return _MESSAGE
    has_files = has_files or (bool(urls) and all(map(is_media, urls)))
    parts = [_read(part, has_files=has_files) for part in _parts(words)]
    if not parts:
        return Request("upload") if has_files else _MESSAGE
    details = reduce(Details.and_then, (one for _, one in parts))
    found = {intent for intent, _ in parts} - {"filler"}
    if not found and details.wanted and not has_files:
        found = {"export"}  # a format and nothing but politeness: "mp4 please"
    if not found and urls and has_files:
        found = {"upload"}
    return _request(cast("Intent", found.pop()), details, urls) if len(found) == 1 else _MESSAGE


def _request(intent: Intent, details: Details, urls: tuple[str, ...]) -> Request:
    if intent == "export" and not urls:
        return Request(
            "export",
            format=details.format,
            quality=details.quality,
            unsupported=details.unsupported,
        )
    if intent == "upload":
        return Request("upload", urls=urls)
    return _MESSAGE if urls else Request(intent)


def _parts(text: str) -> list[str]:
    """Return the text's clauses in small letters, without punctuation and signs."""
    spaced = text.replace("\uff1a", ": ").translate(_APOSTROPHES)
    plain = corrected(simplified(unicodedata.normalize("NFKC", spaced).lower()))
    clauses = re.split(r"[,;!?\u3002\u3001\n~\u2026]+|[.:](?=\s|$)", plain)
    words = (re.sub(r"[^\w'./:%-]+|\B-|-\B", " ", clause).strip(" :/-_'") for clause in clauses)
    return [" ".join(clause.split()).rstrip(".") for clause in words if clause.strip(". ")]


def _read(part: str, *, has_files: bool) -> tuple[str, Details]:
    """Return the intent of one clause ("filler" for a mere politeness), and its details."""
    if len(part) > _LONGEST_PART:
        return "message", Details()
    chinese = re.search(CHINESE_CHARACTER, part) is not None
    part = in_chinese(part) if chinese else part
    patterns = _patterns(chinese=chinese, has_files=has_files)
    for intent in ("credits", "state", "upload", "filler"):
        if patterns[intent].fullmatch(part.replace(" ", "")):
            return intent, Details()
    left, details = take_out(part)
    squeezed = left.replace(" ", "")
    if not squeezed or patterns["filler"].fullmatch(squeezed):
        return "filler", details
    if _says_export(kinds_of_words(left), details) or patterns["export"].fullmatch(squeezed):
        return "export", details
    return "message", Details()


def _says_export(kinds: frozenset[str] | None, details: Details) -> bool:
    """Whether words of these kinds, beside these details, ask for an export."""
    if kinds is None:
        return False
    if "done" in kinds and "asking" not in kinds:
        return False  # "I have saved it" tells; "I need it saved" asks
    if "verb" in kinds:
        return not details.part or bool(details.wanted) or "taking out" not in kinds
    if "one" in kinds and kinds & {"rendering", "turning"}:
        return False  # "render a video" asks for a new one
    if not details.wanted:
        return bool(kinds & {"rendering", "done"}) and not details.part
    return "turning" not in kinds or "film" in kinds


@cache
def _patterns(*, chinese: bool, has_files: bool) -> dict[str, re.Pattern[str]]:
    return compile_requests(chinese=chinese, has_files=has_files)
