"""How long people say that a film should be, in digits and words."""

import re

LONGEST = 60.0
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "ninety": 90,
}  # fmt: skip
_HAN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_WORD = "|".join(sorted(_WORDS, key=len, reverse=True))
_AMOUNT = rf"(?:\d{{1,4}}(?:\.\d{{1,3}})?|(?:{_WORD})(?:[\s-](?:{_WORD}))?)"
_ENGLISH = re.compile(
    rf"(?<![\w.])(?P<half>half\s+(?:a\s+|of\s+a\s+)?)?(?P<amount>{_AMOUNT})?[\s-]*"
    r"(?:(?P<minutes>minutes?|mins?)|(?P<seconds>seconds?|secs?))\b"
    r"(?P<and_half>\s+and\s+a\s+half)?",
    re.IGNORECASE,
)
_SHORT = re.compile(r"(?<![\w.'\u2019])(?P<amount>\d{1,3}(?:\.\d{1,3})?)\s?s\b", re.IGNORECASE)
_DECADE = re.compile(
    r"(?:the\s|['\u2019])\s*\d0s\b|\b[2-9]0s\s+(?:style|film|music|look|retro)", re.IGNORECASE
)
_CHINESE = re.compile(
    r"(?P<half>半)?(?P<amount>\d{1,4}(?:\.\d{1,3})?|[一二两三四五六七八九十]{1,3})?\s*(?:个)?"
    r"(?:(?P<minutes>分钟)|(?P<seconds>秒))(?P<and_half>半)?"
)


def seconds_in(text: str) -> float | None:
    """Returns the first length that a text asks for, None where it asks for none.

    Args:
        text: English or Chinese: "a 5 second film", "5s", "half a minute", "十秒".

    Returns:
        Seconds, between 1 and 60.
    """
    for pattern in (_ENGLISH, _CHINESE):
        for match in pattern.finditer(text):
            seconds = _seconds(match)
            if seconds:
                return _within(seconds)
    short = _SHORT.search(_DECADE.sub(" ", text))
    return _within(float(short["amount"])) if short else None


def _seconds(match: re.Match[str]) -> float:
    unit = 60.0 if match["minutes"] else 1.0
    if match["seconds"] and (match["amount"] or "").lower() in {"a", "an"}:
        return 0.0  # "a second cat" asks for no length
    amount = _number(match["amount"]) if match["amount"] else 0.0
    if match["half"]:
        amount = (amount or 1.0) / 2
    if match["and_half"] and amount:
        amount += 0.5
    return amount * unit


def _number(text: str) -> float:
    if text[0].isdigit():
        return float(text)
    if text[0] in _HAN or text[0] == "十":
        tens, ten, ones = text.rpartition("十")
        return (_HAN.get(tens, 1) * 10 if ten else 0) + _HAN.get(ones, 0)
    words = re.split(r"[\s-]", text.lower())
    if len(words) > 1 and words[0] in {"a", "an"}:  # "a two second film" is none of three
        words = words[1:]
    return float(sum(_WORDS[word] for word in words))


def _within(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST)
