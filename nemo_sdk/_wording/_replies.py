"""What the backend says, for people who do not sit in front of its editor."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Final

import attrs

from nemo_sdk.models import Action

from ._interface import (
    instruction,
    is_label,
    is_lead,
    is_own_content,
    is_step,
    ready,
)
from ._phrases import QUOTED, compile_interface
from ._spellings import simplified

_MOST_CLEANED: Final = 10_000
_LONGEST_SENTENCE: Final = 600
_LONGEST_NOISE: Final = 300


@attrs.frozen
class CleanedReply:
    """A reply without the interface.

    Attributes:
        text: What it says of the content.
        actions: What the instructions that were left out asked for, each once, in their order:
            ``"export"``, ``"state"``, ``"message"`` (an edit) or ``"credits"``.
    """

    text: str
    actions: tuple[Action, ...] = ()


class _Sentence:
    """A sentence of a reply, with its line, and what is left of it."""

    __slots__ = ("actions", "kept", "line", "text")

    def __init__(self, line: int, text: str) -> None:
        self.line = line
        self.text = text
        self.kept = text
        self.actions: list[Action] = []

    @property
    def is_instruction(self) -> bool:
        return bool(self.actions) and not self.kept


def clean_reply(text: str) -> CleanedReply:
    """Leave out of a reply what tells people to use an editor that they do not have.

    The backend believes that its user sits in front of it. Sentences that tell to click, open,
    drag, preview or export there go, in English and Chinese; where such an instruction is the end
    of a sentence on the content, only that end goes, and so do brackets that hold nothing else. A
    sentence with a link stays, as people can open it, unless the link is a button to export. "I
    encountered a temporary issue" after a normal answer is noise, and goes too. Past ten thousand
    characters a text stays as it is.

    Args:
        text: The reply as the backend wrote it.
    """
    end = len(text) if len(text) <= _MOST_CLEANED else len(text[:_MOST_CLEANED].rstrip())
    head, rest = text[:end], text[end:]
    sentences = [*_sentences(head)]
    lead = ""
    for sentence in sentences:
        _judge(sentence, lead)
        lead = sentence.text if _only_leads(sentence.text) else ""
    _leave_out_steps(sentences)
    _leave_out_leads(sentences)
    actions: dict[Action, None] = dict.fromkeys(
        action for sentence in sentences for action in sentence.actions
    )
    cleaned = _joined(head, sentences) if actions else head
    return CleanedReply(_without_noise(cleaned + rest), tuple(actions))


def _sentences(text: str) -> Iterator[_Sentence]:
    for number, line in enumerate(text.split("\n")):
        start = len(_marker(line))
        for end in [*_ends(line, start), len(line)]:
            if sentence := line[start:end]:
                yield _Sentence(number, sentence)
            start = end


def _ends(line: str, start: int) -> Iterator[int]:
    for found in _pattern("end").finditer(_quiet(line), start):
        yield found.end()


def _quiet(text: str) -> str:
    """Return the text, as long, with neither spaces nor punctuation in what stands in quotes."""
    return _pattern("quote").sub(lambda quote: _pattern("mark").sub("\x1a", quote[0]), text)


def _judge(sentence: _Sentence, lead: str) -> None:
    if len(sentence.text) > _LONGEST_SENTENCE or "://" in _without_buttons(sentence.text):
        return
    text, aside = _without_asides(sentence.text)
    body = _plain(text).rstrip(" \t\r.!?\u3002\uff01\uff1f*_:\uff1a")
    kept, actions = _kept_clauses(text, body, lead)
    sentence.actions = [*aside, *actions]
    if not sentence.actions:
        return
    words = _pattern("loose end").sub("", kept).strip()
    closing = text[len(body) :].replace(":", ".").replace("\uff1a", "\u3002")
    sentence.kept = _capitalised(words) + closing if re.search(r"\w", words) else ""


def _plain(text: str) -> str:
    """Return the text as the patterns read it, and as long."""
    return simplified(_quiet(_without_buttons(text).translate(_APOSTROPHES)))


def _without_buttons(text: str) -> str:
    """Return the text, as long, with no address behind "[Export]": a button of the editor."""
    return _pattern("button").sub(lambda link: link[1] + "\x1a" * len(link[2]), text)


def _without_asides(text: str) -> tuple[str, list[Action]]:
    """Return the text without brackets that are an instruction, and what these ask for."""
    asked: list[Action] = []

    def judge(aside: re.Match[str]) -> str:
        kept, actions = _kept_clauses(aside[1], _plain(aside[1]))
        if not actions or re.search(r"\w", kept):
            return aside[0]
        asked.extend(actions)
        return ""

    return _pattern("aside").sub(judge, text), asked


def _kept_clauses(text: str, plain: str, lead: str = "") -> tuple[str, list[Action]]:
    """Return the part of a sentence that is content, and what the other part asks for.

    `lead` is the sentence before it, where that only leads to it.
    """
    kept: list[str] = []
    leads: list[str] = []
    actions: list[Action] = []
    for start, end in _clauses(plain):
        clause = _pattern("dress").sub("", plain[start:end]).strip()
        piece = text[start:end]
        if action := instruction(clause, _bare(" ".join([lead, *leads]))):
            actions.append(action)
            leads.clear()
        elif is_lead(clause):
            leads.append(piece)
        elif found := ready(plain[start:end]):
            kept += [*leads, piece[: found[0]]]
            leads.clear()
            actions.append(found[1])
        elif not actions or is_own_content(clause):
            kept += [*leads, piece]
            leads.clear()
    return "".join(kept if actions else [*kept, *leads]), actions


def _clauses(plain: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _pattern("clause").finditer(plain):
        is_colon = found[0].strip(" \t*_") in {":", "\uff1a"}
        before = _bare(plain[start : found.start()])
        if is_colon and is_label(before) and instruction(before) in {None, "message"}:
            break
        yield start, found.end()
        start = found.end()
    yield start, len(plain)


def _leave_out_steps(sentences: list[_Sentence]) -> None:
    """After "Click Export", "Choose 1080p" is an instruction as well."""
    told = False
    for sentence in sentences:
        if told and not sentence.actions and is_step(_bare(sentence.text)):
            sentence.kept = ""
        elif sentence.text.strip():
            told = sentence.is_instruction


def _leave_out_leads(sentences: list[_Sentence]) -> None:
    """Before an instruction that is gone, "To export:" has nothing to lead to."""
    told = False
    for sentence in reversed(sentences):
        if not sentence.text.strip():
            continue
        if told and not sentence.actions and _only_leads(sentence.text):
            sentence.kept = ""
        told = not sentence.kept


def _only_leads(sentence: str) -> bool:
    return is_lead(_bare(sentence)) and _pattern("heading").search(sentence) is not None


def _bare(text: str) -> str:
    return _pattern("dress").sub("", simplified(text)).strip()


def _joined(text: str, sentences: list[_Sentence]) -> str:
    left: defaultdict[int, str] = defaultdict(str)
    for sentence in sentences:
        left[sentence.line] += sentence.kept
    lines = [
        f"{_marker(line)}{left[number]}".rstrip()
        for number, line in enumerate(text.split("\n"))
        if number not in left or left[number].strip()
    ]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _marker(line: str) -> str:
    found = _pattern("marker").match(line)
    return found[0] if found else ""


def _without_noise(text: str) -> str:
    """Return the text without a trailing notice of a temporary issue, unless that is all of it."""
    start = max(len(text) - _LONGEST_NOISE, 0)
    tail = text[start:].translate(_APOSTROPHES)
    found = _noise().search(simplified(tail))
    before = text[: start + found.start()].rstrip() if found else ""
    return before or text


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


_APOSTROPHES: Final = str.maketrans({"\u2019": "'", "\u2018": "'"})


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS[name], re.IGNORECASE)


@cache
def _noise() -> re.Pattern[str]:
    noise = compile_interface("noise").pattern
    return re.compile(rf"(?:^|(?<=[\s.!?\u3002\uff01\uff1f])){noise}\s*$", re.IGNORECASE)


_PATTERNS: Final = {
    "marker": r"\s*(?:(?:[-*+\u2022>]|\d{1,3}[.)\u3001])\s+)?",
    "quote": QUOTED,
    "mark": r"[\s.,;:!?\u3002\uff0c\uff01\uff1f\uff1b\uff1a\u3001\u2014-]",
    "end": (
        r"(?:[!?\u2026]+|\.+(?=[*_)\"\u201d]*(?:\s+(?-i:[^a-z\s])|\s*$)))[*_)\"\u201d]*(?:\s+|$)"
        r"|(?<=\w\s)[\u2705\u2728\U0001f389\U0001f38a\U0001f44d\U0001f600-\U0001f64f"
        r"\U0001f973]\s+"
        r"|[\u3002\uff01\uff1f]+[\u201d\u300d\u300f)\uff09*]*\s*"
    ),
    "aside": r"\s*(?<!\])[(\uff08]([^()\uff08\uff09]{1,200})[)\uff09]",
    "button": r"(\[(?:export|导出|匯出|汇出)\])(\(https?://[^()\s]{1,500}\))",
    "clause": (
        r"\s*[,;:.][*_]*\s+|\s*[\u2014\u2013]+\s*|\s+-\s+|[\uff0c\uff1b\uff1a]\s*"
        r"|(?<!\bdrag)\s+(?=(?:and|or|but|so|then)\s)"
        r"|(?=(?:并|然后|再|或者?)(?:点击|打开|拖|导出|下载|预览|查看))"
    ),
    "dress": (
        r"^[^\w\"\u201c\u300c\u300e\u300a'(]+|[*_`]+|[\s,;:.\uff0c\uff1b\uff1a\u2014\u2013-]+$"
    ),
    "loose end": (
        r"^(?:(?:and|but|so|also|then)\s+)+"
        r"|(?:[\s,;:.\u2014\u2013\uff0c\uff1b\uff1a-]|\b(?:and|so|or|but|then)$)+$"
    ),
    "heading": (
        r"^(?:want|need|ready)\b.*\?\s*$|^(?:go|head|look|navigate)\b"
        r"|[:\uff1a][*_\s]*$|^\s*#|^\s*\*\*[^*]+\*\*\s*$"
    ),
}
