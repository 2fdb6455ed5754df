"""What stands in the gaps of the table's sentences: patterns, and the values that they mean."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from . import _vocabulary as v
from ._lengths import DIGITS, WORD, duration_in, number_in

_TIMES = {
    "double": 2.0, "twice": 2.0, "triple": 3.0, "half": 0.5, "half the": 0.5, "a third of": 1 / 3,
    "a third": 1 / 3, "a quarter of": 0.25, "a quarter": 0.25, "quarter": 0.25,
}  # fmt: skip
PATTERNS = {
    # name: (in English, in Chinese)
    "seconds": (v.SECONDS, v.HAN_SECONDS),
    "time": (v.TIME, v.HAN_SECONDS),
    "span": (
        rf"(?:(?:over|for|in|during|of|lasting) )?(?:the )?{v.END_WORDS}(?:{v.SECONDS}|second)",
        v.HAN_SECONDS,
    ),
    "range": (v.RANGE, rf"(?:{DIGITS}|[{v.HAN}]+)(?:秒钟?)?[到至-]第?{v.HAN_SECONDS}"),
    "twice": ("once|twice", "一次"),
    "number": (v.AMOUNT, rf"(?:{DIGITS}|[{v.HAN}]+)"),
    "percent": (
        rf"{v.AMOUNT} ?(?:%|percent|per cent)",
        rf"(?:{DIGITS}[%\uff05]|百分之(?:{DIGITS}|[{v.HAN}]+))",
    ),
    "level": (rf"{v.AMOUNT}(?: ?(?:%|percent|per cent))?", rf"{DIGITS}[%\uff05]?"),
    "film": (v.FILM, v.HAN_FILM),
    "what": (
        rf"(?:{v.FILM}|{v.COUNTED}|{v.NAMED})",
        rf"(?:{v.HAN_FILM}|{v.HAN_COUNTED}|[a-z_][\w.-]*?(?:片段|那段)?)",
    ),
    "clip": (rf"(?:{v.COUNTED}|{v.NAMED})", rf"(?:{v.HAN_COUNTED}|[\w.-]+?)"),
    "counted": (v.COUNTED, v.HAN_COUNTED),
    "tracks": (
        rf"{v.TRACK}(?:(?:,| and|, and) {v.TRACK})*",
        rf"{v.HAN_TRACK}(?:[和、]{v.HAN_TRACK})*",
    ),
    "audio": (v.SOUND, "(?:声音|原声)"),
    "sound": (
        rf"(?:(?:the |my )?{v.MUSIC}|{v.SOUND}|{v.FILM}|{v.COUNTED})",
        rf"(?:背景音乐|音乐|配乐|声音|原声|{v.HAN_FILM}|{v.HAN_COUNTED})",
    ),
    "text": ("\u00ab\\d+\u00bb", "\u00ab\\d+\u00bb"),
    "free": (v.FREE, v.FREE),
    "genre": (rf"{v.GENRE}(?: (?:and )?{v.GENRE})?", v.GENRE),
    "music": (
        rf"{v.MUSIC_WORD}(?: (?:and )?{v.MUSIC_WORD}){{0,3}}?",
        r"[\w.\u4e00-\u9fff-]{1,20}?",
    ),
    "details": (r"(?:[a-z]|\d)[^\u00ab]*?", rf"{v.HAN_DETAIL}(?:{v.HAN_DETAIL})*"),
    "spot": (rf"{v.DETAIL}(?:,? {v.DETAIL})*", rf"{v.HAN_DETAIL}+"),
    "place": (v.PLACE, v.HAN_PLACE),
    "half": (v.HALF, v.HALF),
    "style": (rf"(?:{v.TITLES}|{v.CAPTIONS}|text|words|label)", "(?:标题|字幕|文字)"),
    "shape": (v.SHAPE, v.SHAPE),
    "degrees": (
        r"(?:\d{1,3}|ninety|one eighty|one hundred (?:and )?eighty)(?: ?°| degrees?)?",
        r"\d{1,3}度?",
    ),
    "effect": (v.EFFECT, v.EFFECT),
    "clock": (r"0{1,2}:\d\d", r"0{1,2}:\d\d"),
    "times": (
        rf"{DIGITS} ?(?:x|times)|x ?{DIGITS}|(?:{WORD}) times|{'|'.join(_TIMES)}",
        rf"(?:{DIGITS}|[{v.HAN}]+)倍",
    ),
    "titleword": (v.TITLES, "标题"),
    "file": (r"[\w-]+\.[a-z]\w{1,3}", r"[\w-]+\.[a-z][a-z0-9]{1,3}"),
    "files": (v.FILES, "(?:素材|片段|图片|照片|视频|文件)"),
    "endpoint": ("(?:start|opening|end|closing)", "(?:片头|片尾)"),
    "list": (r"[^\u00ab]+", r"[^\u00ab]+"),
}
EVERYTHING = re.compile(
    rf"{v.FILM}|{v.HAN_FILM}|(?:all|each|every|both)(?: of)?(?: the| my)? {v.UNIT}"
    rf"|(?:the|my|all) clips|(?:所有|全部|每个)的?{v.HAN_UNIT}",
    re.IGNORECASE,
)
COUNTED = re.compile(
    rf"{v.COUNTED}|{v.HAN_COUNTED}|(?:the )?(?:{v.ORDINAL}|\d{{1,2}}|(?!an?$){WORD})",
    re.IGNORECASE,
)
LISTED = re.compile(
    r"\s*(?:,|&| and | then | as well as | plus |、|[和与跟])(?:\s*(?:and|then) )*\s*",
    re.IGNORECASE,
)
"""What stands between the names of several clips."""
FILM = re.compile(rf"{v.FILM}|{v.HAN_FILM}", re.IGNORECASE)
OTHERS = re.compile(
    r"(?:all )?(?:the )?(?:rest|remaining|others?)(?: ones?| clips?| parts?)?|everything else"
    r"|(?:其他|其余|剩下)的?(?:片段)?",
    re.IGNORECASE,
)
"""All clips but those that the wish spoke of before."""
SOUNDTRACK = re.compile(rf"(?:the |my )?{v.MUSIC}|背景音乐|音乐|配乐|歌", re.IGNORECASE)
PRECISE = {
    "what": re.compile(f"{EVERYTHING.pattern}|{COUNTED.pattern}", re.IGNORECASE),
    "clip": COUNTED,
}
"""The words of gaps that take names too, which are no name."""
CHECKED = {
    "details": re.compile(
        rf"{v.DETAIL}(?:,? {v.DETAIL})*|{v.HAN_DETAIL}(?:{v.HAN_DETAIL})*",
        re.IGNORECASE,
    )
}
"""What the words of a gap have to be, where that is too long to stand in every sentence."""
UNHEARD = frozenset({"film", "files"})
"""Gaps whose words change nothing."""


@frozen
class Spot:
    """Where and when a text shall stand, as far as it was said."""

    position: str | None = None
    style: str | None = None
    start: float | None = None
    end: float | None = None
    seconds: float | None = None
    at_end: bool = False
    clip: str | None = None


def value_of(kind: str, said: str, quotes: Sequence[str]) -> Any:
    """Return what the words in a gap mean.

    Args:
        kind: The gap's.
        said: The words.
        quotes: What stood in quotation marks, for `text`.
    """
    if kind == "text":
        return quotes[int(said[1:-1])]
    convert: Callable[[str], Any] | None = _VALUES.get(kind)
    return convert(said.lower()) if convert else said.strip()


def time_in(said: str) -> float:
    """Return a moment in seconds: `0:05`, `5 seconds`, `second 5`, `5`."""
    clock = re.fullmatch(r"(\d+):(\d+(?:\.\d+)?)", said.strip())
    if clock:
        return int(clock[1]) * 60 + float(clock[2])
    seconds = _duration(said)
    number = re.search(rf"\d+(?:\.\d+)?|\b(?:{WORD})$", said)
    return seconds if seconds is not None else number_in(number[0]) if number else 0.0


def _duration(said: str) -> float | None:
    """Return seconds: `2 seconds`, `a second`, `0:02`; none where it is no time at all."""
    clock = re.fullmatch(r"0{1,2}:(\d\d)", said)
    if clock:
        return float(clock[1]) or None
    one = re.fullmatch(r"(?:an?|one) (?:second|sec)", said)
    return 1.0 if one else duration_in(said)


def ordinals_in(said: str) -> list[int]:
    """Return the numbers of clips that were counted, from 1; -1 is the last one."""
    return [number for part in LISTED.split(said.lower()) for number in _ordinals(part)]


def _ordinals(said: str) -> list[int]:
    if several := v.SEVERAL.search(said):
        count = round(number_in(several["count"]))
        begins = several["side"] in {"first", "前"}
        return [*range(1, count + 1)] if begins else [*range(-count, 0)]
    digits = [int(number) for number in re.findall(r"\b\d{1,2}\b(?!st|nd|rd|th)", said)]
    counted = re.search(rf"(?:^|{v.UNIT} |number |no\.? ?)({WORD})$", said)
    digits += [round(number_in(counted[1]))] if counted else []
    words = [v.ORDINALS[word] for word in re.findall(rf"\b(?:{v.ORDINAL})\b", said)]
    han = [round(number_in(number)) for number in re.findall(rf"第([\d{v.HAN}]+)", said)]
    places = [number for word, number in v.HAN_PLACES.items() if word in said]
    return words + (han or digits) + places


def half_of(said: str) -> str:
    """Return `left`, `right`, `top` or `bottom`."""
    return next(half for half, words in v.HALVES.items() if re.fullmatch(words, said))


def position_of(said: str) -> str:
    """Return `top`, `bottom` or `center`."""
    if re.search("top|顶|上", said):
        return "top"
    return "bottom" if re.search("bottom|底|下", said) else "center"


def style_of(said: str) -> str:
    """Return `title`, or `caption` for all other words."""
    return "title" if re.match(rf"(?:{v.TITLES}|标题)", said, re.IGNORECASE) else "caption"


def shape_in(said: str) -> str | None:
    """Return a ratio such as `9:16` from numbers or a word for it."""
    numbers = re.search(r"(\d{1,2}) ?[:x\uff1a] ?(\d{1,2})", said)
    if numbers:
        return f"{int(numbers[1])}:{int(numbers[2])}"
    return _first(v.SHAPES, said)


def effect_in(said: str) -> str | None:
    """Return the name of an effect that is drawn."""
    return _first(v.EFFECTS, said)


def _first(table: Sequence[tuple[str, str]], said: str) -> str | None:
    found = (name for pattern, name in table if re.search(pattern, said, re.IGNORECASE))
    return next(found, None)


def _range(said: str) -> tuple[float, float]:
    times = re.findall(rf"\b(?:{v.TIME}|{v.AMOUNT})\b|{v.HAN_SECONDS}|[\d{v.HAN}]+", said)
    ends = sorted(time_in(time) or number_in(time) for time in times[:2])
    return ends[0], ends[-1]


def _percent(said: str) -> float:
    number = re.search(rf"{v.AMOUNT}|[{v.HAN}]+", said.replace("百分之", ""))
    return number_in(number[0]) / 100 if number else 1.0


def _times(said: str) -> float:
    number = re.match(rf"x? ?({DIGITS}|[{v.HAN}]+|(?:{WORD})(?= times))", said)
    return number_in(number[1]) if number else _TIMES[said]


def _degrees(said: str) -> int:
    number = re.match(r"\d+", said)
    return int(number[0]) if number else 90 if said.startswith("ninety") else 180


def _spot(said: str) -> Spot:
    place = re.search(rf"the {v.PLACE}|{v.HAN_PLACE}", said)
    when = re.search(rf"(?:at|after|from) ({v.TIME})|(?<!最后)在?第?({v.HAN_SECONDS})", said)
    span = re.search(rf"(?:from|between) {v.TIME}(?: to | and | until | ?- ?){v.TIME}", said)
    lasting = re.search(
        rf"(?:for|over|during|in|on|within) (?:the )?{v.END_WORDS}({v.SECONDS})|({v.SECONDS}) long"
        rf"|最后({v.HAN_SECONDS})",
        said,
    )
    clip = re.search(rf"(?:on|to|over|for|during|in|of) ({v.COUNTED}|{v.CALLED})", said)
    start = time_in(when[1] or when[2]) if when else None
    end = None
    if span:
        start, end = _range(span[0])
    elif re.search(rf"the (?:very )?(?:start|beginning)|the first {v.SECONDS}|开头|片头", said):
        start = 0.0
    return Spot(
        position=position_of(place[0]) if place else None,
        start=start,
        end=end,
        seconds=duration_in(lasting[0]) if lasting else None,
        at_end=bool(
            re.search(rf"the (?:very )?end\b|the (?:last|final) {v.SECONDS}|结尾|片尾|最后", said)
        ),
        clip=clip[1] if clip else None,
    )


_VALUES: dict[str, Callable[[str], Any]] = {
    "seconds": _duration,
    "time": time_in,
    "clock": time_in,
    "range": _range,
    "number": number_in,
    "twice": lambda said: 2.0 if said == "twice" else 1.0,
    "percent": _percent,
    "level": _percent,
    "place": position_of,
    "style": style_of,
    "titleword": style_of,
    "times": _times,
    "shape": shape_in,
    "degrees": _degrees,
    "effect": effect_in,
    "details": _spot,
    "spot": _spot,
    "half": half_of,
    "span": lambda said: _duration(said) or 1.0,
    "endpoint": lambda said: Spot(at_end=said.lower() in {"end", "closing", "片尾"}),
}
