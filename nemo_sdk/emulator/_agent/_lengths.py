"""How long people say that a film should be, in digits and words."""

import re
from collections.abc import Iterator

LONGEST = 60.0
_ONES = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "hundred": 100,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
_WORDS = _ONES | _TEENS | _TENS
_HAN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
DIGITS = r"\d{1,4}(?:\.\d{1,3})?"
WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_ENGLISH = re.compile(
    rf"(?<![\w.])(?P<half>half\s+(?:an?\s+|of\s+an?\s+)?)?"
    rf"(?P<amount>{DIGITS}|(?:{'|'.join(_TENS)})[\s-](?:{'|'.join(_ONES)})|{WORD})?"
    r"(?P<mixed>\s+and\s+a\s+half)?[\s-]*"
    r"(?:(?P<minutes>minutes?|mins?)|(?P<seconds>seconds?|secs?))\b"
    r"(?P<and_half>\s+and\s+a\s+half)?",
    re.IGNORECASE,
)
_CHINESE = re.compile(
    rf"(?P<half>半)?(?P<amount>{DIGITS}|[一二两三四五六七八九十百]{{1,4}})?\s*个?(?P<mixed>半)?"
    r"(?:(?P<minutes>分钟|分(?=半))|(?P<seconds>秒))(?P<and_half>半)?"
)
_SHORT = re.compile(r"(?<![\w.'\u2019])(?P<amount>\d{1,3}(?:\.\d{1,3})?)\s?s\b", re.IGNORECASE)
_DECADE = re.compile(
    r"(?:the\s|['\u2019])\s*\d0s\b|\b[2-9]0s\s+(?:style|music|look|retro)"
    r"|\b[6-9]0s\s+(?:film|movie|video)",
    re.IGNORECASE,
)
# Hours are mostly what a film is about: only those that speak of its length are one.
_HOURS = re.compile(
    rf"(?:\b(?:{DIGITS}|{WORD})|\bhalf\s+an)[\s-]hours?"
    r"(?:[\s-]long\b|\s+(?:film|movie|video|clip)\b|\s+of\b|\s*$)"
    r"|小时(?:长|的|$)",
    re.IGNORECASE,
)
_PARTS = re.compile(
    rf"\b(?P<parts>\d{{1,2}}|{WORD})\s+(?:(?:clips|shots|scenes|parts)(?:\s+of)?,?\s*)?$",
    re.IGNORECASE,
)


def seconds_in(text: str) -> float | None:
    """Return the first length that a text asks for, None where it asks for none.

    Args:
        text: English or Chinese: "a 5 second film", "5s", "half a minute", "十秒";
            "two clips of five seconds" are ten seconds.

    Returns:
        Seconds, between 1 and 60.
    """
    seconds = duration_in(text)
    return None if seconds is None else min(max(seconds, 1.0), LONGEST)


def duration_in(text: str) -> float | None:
    """Return the first length that a text names, however short or long."""
    return next(_lengths(text), None)


def number_in(text: str) -> float:
    """Return a number in digits or words, English or Chinese; 0 where it is none."""
    try:
        return _number(text.strip())
    except (KeyError, IndexError, ValueError):
        return 0.0


def _lengths(text: str) -> Iterator[float]:
    for pattern in (_ENGLISH, _CHINESE):
        for match in pattern.finditer(text):
            seconds = _seconds(match)
            if seconds:
                yield seconds * _parts_before(text, match.start())
    short = _SHORT.search(_DECADE.sub(" ", text))
    if short:
        yield float(short["amount"])
    if _HOURS.search(text):
        yield LONGEST


def _seconds(match: re.Match[str]) -> float:
    halves = bool(match["mixed"]) + bool(match["and_half"])
    if match["seconds"] and not halves and (match["amount"] or "").lower() in {"a", "an"}:
        return 0.0  # "a second cat" asks for no length
    amount = _number(match["amount"]) if match["amount"] else 0.0
    if match["half"]:
        amount = (amount or 1.0) / 2
    if amount:
        amount += halves / 2
    return amount * (60.0 if match["minutes"] else 1.0)


def _parts_before(text: str, end: int) -> float:
    match = _PARTS.search(text, max(0, end - 40), end)
    return _number(match["parts"]) if match else 1.0


def _number(text: str) -> float:
    if text[0].isdigit():
        return float(text)
    if text[0] in _HAN or text[0] in "十百":
        return _han_number(text)
    return float(sum(_WORDS[word] for word in re.split(r"[\s-]", text.lower())))


def _han_number(text: str) -> float:
    if "百" in text:
        return 100.0  # more than the longest film, whatever follows
    tens, ten, ones = text.rpartition("十")
    return float((_HAN.get(tens, 1) * 10 if ten else 0) + _HAN.get(ones, 0))
