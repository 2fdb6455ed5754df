"""What stands in the gaps of the table's sentences: patterns, and the values that they mean."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from ._lengths import DIGITS, WORD, duration_in, number_in

_HAN = "一二两三四五六七八九十百"
_AMOUNT = rf"(?:{DIGITS}|(?:{WORD})(?:[ -](?:{WORD}))?)"
_SECONDS = (
    rf"(?:(?:half(?: an?)?|a half|{_AMOUNT}(?: and a half)?)[ -]?(?:seconds?|secs?|minutes?|mins?)"
    rf"(?: and a half)?|{DIGITS} ?s)"
)
_TIME = rf"(?:\d{{1,2}}:\d\d(?:\.\d+)?|{_SECONDS}|(?:second )?{DIGITS})"
_RANGE = rf"(?:(?:from )?{_TIME}(?: to | until | ?[-\u2013] ?){_TIME}|between {_TIME} and {_TIME})"
MIDDLE = 1000
"""The number of the clip in the middle, however many there are."""
_ORDINALS = {
    "second to last": -2, "second last": -2, "penultimate": -2, "middle": MIDDLE,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "1st": 1, "2nd": 2, "3rd": 3,
    "4th": 4, "5th": 5, "last": -1, "final": -1, "only": 1, "opening": 1, "closing": -1,
}  # fmt: skip
_ORDINAL = "|".join(_ORDINALS)
_UNIT = "(?:clips?|shots?|scenes?|ones?|pieces?|parts?|segments?|videos?)"
_NUMBERS = r"\d{1,2}(?:(?:,| and|, and| &) \d{1,2})*"
_FILM = (
    r"(?:it|this|that|everything|the thing|them|(?:all of |the whole |my |the |this |our |whole )*"
    r"(?:video|film|movie|footage|clip|thing|picture|image|edit))(?: all)?"
)
_COUNTED = (
    rf"(?:(?:the |my )?(?:{_ORDINAL})(?: and (?:the )?(?:{_ORDINAL}))*(?: {_UNIT})"
    rf"|(?:the |my )?(?:first|last|final) (?:\d|{WORD}) {_UNIT}"
    rf"|(?:the |my )?{_UNIT} {_NUMBERS}|(?:all|each|every|both)(?: of)?(?: the| my)? {_UNIT}"
    rf"|(?:the|my|all) clips)"
)
_NAMED = r"(?:the |my )?[^\s,;\u00ab]+(?: [^\s,;\u00ab]+){0,5}?"
_HAN_FILM = "(?:这个|整个|我的)?(?:视频|影片|片子|电影|画面|它|全部|整体)"
_HAN_UNIT = "(?:片段|镜头|素材|视频)"
_HAN_ONE = (
    rf"(?:第[\d{_HAN}]+(?:个|段|张)?|(?:最后|最前|开头|中间)的?[一那这]?(?:个|段|张)"
    rf"|[前后][\d{_HAN}]+(?:个|段|张)){_HAN_UNIT}?"
)
_HAN_COUNTED = rf"(?:{_HAN_ONE}(?:[和与跟、]{_HAN_ONE})*|(?:所有|全部|每个)的?{_HAN_UNIT})"
_HAN_SECONDS = rf"(?:(?:半|(?:{DIGITS}|[{_HAN}]+)个?半?)(?:秒钟?|分钟?)半?)"
_MUSIC = "(?:(?:background )?(?:music|soundtrack|song|bgm|tune|melody|audio track))"
_TITLES = "(?:titles?(?: card)?|headings?|headlines?)"
_CAPTIONS = "(?:captions?|subtitles?)"
_TRACK = rf"(?:(?:the |all |all the |any |my )?(?:{_MUSIC}|{_TITLES}|{_CAPTIONS}|texts?|words))"
_HAN_TRACK = "(?:背景音乐|音乐|配乐|歌曲|标题|字幕|文字)"
_MUSIC_WORD = r"(?!(?:as|to|for|with|of|from|at|under|over|on|in|and)\b)[^\W\d][\w'.-]*"
_GENRE = (
    "(?:jazz|piano|guitar|rock|pop|techno|house|classical|hip[ -]?hop|lo-?fi|ambient|electronic"
    "|funk|blues|folk|country|reggae|orchestral|cinematic|acoustic|strings|synthwave|drums|disco"
    "|钢琴|爵士|摇滚|流行|古典|电子|吉他|民谣|嘻哈|轻)"
)
_PLACE = r"(?:top|bottom|center|centre|middle)(?: of the (?:screen|picture|video|film|frame))?"
_DETAIL = (
    rf"(?:(?:at|in|on|near) the {_PLACE}|(?:at|in) the (?:very )?(?:start|beginning|end)"
    rf"|(?:over|for|during|in) the (?:first|last|final) {_SECONDS}"
    rf"(?: of {_FILM})?|(?:at|after|from) {_TIME}|{_RANGE}|for {_SECONDS}|{_SECONDS} long"
    rf"|(?:on|to|over|for|during|in) {_COUNTED})"
)
_HAN_PLACE = "(?:顶部|底部|上方|下方|中间|中央)"
_HAN_DETAIL = rf"(?:在?(?:画面)?{_HAN_PLACE}|在?(?:开头|结尾|片头|片尾)|在?第?{_HAN_SECONDS}处?)"
_HAN_PLACES = {"最后": -1, "最前": 1, "开头": 1, "中间": MIDDLE}
_SEVERAL = re.compile(
    rf"(?P<side>first|last|final|前|后) ?(?P<count>\d{{1,2}}\b|(?:{WORD})\b|[{_HAN}]+(?=个|段|张))",
    re.IGNORECASE,
)
_EFFECTS = (
    (
        r"black[ -]and[ -]white|b ?& ?w|black ?& ?white|gr[ae]yscale|monochrome|黑白",
        "black and white",
    ),
    (r"sepia|复古|怀旧", "sepia"),
    (r"blur(?:red|ry)?|out of focus|模糊", "blur"),
    (r"vignette|暗角", "vignette"),
    (r"brighter|lighter|更?亮", "brighter"),
    (r"darker|dimmer|更?暗", "darker"),
)
_EFFECT = "|".join(pattern for pattern, _ in _EFFECTS)
_SHAPES = (
    (r"vertical|portrait|竖屏|竖版|抖音", "9:16"),
    (r"tiktok|(?:instagram )?(?:reels?|story|stories)|(?:youtube )?shorts", "9:16"),
    (r"square|方形|正方形", "1:1"),
    (r"horizontal|landscape|widescreen|youtube|横屏|横版|宽屏", "16:9"),
)
_SHAPE_WORD = "|".join(pattern for pattern, _ in _SHAPES)
_SHAPE = rf"(?:(?:{_SHAPE_WORD}) )?\d{{1,2}} ?[:x\uff1a] ?\d{{1,2}}|{_SHAPE_WORD}"
_HALVES = {
    "left": "left|左", "right": "right|右", "top": "top|upper|上", "bottom": "bottom|lower|下",
}  # fmt: skip
_HALF = "|".join(_HALVES.values())
_FILES = (
    r"(?:(?:my|the|this|these|another|new|a|an|some|that|all) )*"
    r"(?:clips?|photos?|pictures?|images?|footage|files?|uploads?|videos?)"
)
_FREE = r"(?:(?! and (?:add|make|cut|trim|put|remove|set)\b)[^,;\u00ab\uff0c]){1,60}?"

PATTERNS = {
    # name: (in English, in Chinese)
    "seconds": (_SECONDS, _HAN_SECONDS),
    "time": (_TIME, _HAN_SECONDS),
    "span": (
        rf"(?:(?:over|for|in|within|during|of|lasting) )?(?:the )?(?:(?:first|last|final) )?"
        rf"(?:{_SECONDS}|second)",
        _HAN_SECONDS,
    ),
    "range": (_RANGE, rf"(?:{DIGITS}|[{_HAN}]+)(?:秒钟?)?[到至-]第?{_HAN_SECONDS}"),
    "number": (_AMOUNT, rf"(?:{DIGITS}|[{_HAN}]+)"),
    "percent": (
        rf"{DIGITS} ?(?:%|percent)",
        rf"(?:{DIGITS}[%\uff05]|百分之(?:{DIGITS}|[{_HAN}]+))",
    ),
    "film": (_FILM, _HAN_FILM),
    "what": (
        rf"(?:{_FILM}|{_COUNTED}|{_NAMED})",
        rf"(?:{_HAN_FILM}|{_HAN_COUNTED}|[a-z_][\w.-]*?(?:片段|那段)?)",
    ),
    "clip": (rf"(?:{_COUNTED}|{_NAMED})", rf"(?:{_HAN_COUNTED}|[\w.-]+?)"),
    "counted": (_COUNTED, _HAN_COUNTED),
    "tracks": (rf"{_TRACK}(?:(?:,| and|, and) {_TRACK})*", rf"{_HAN_TRACK}(?:[和、]{_HAN_TRACK})*"),
    "sound": (
        rf"(?:(?:the |my )?{_MUSIC}|(?:the )?(?:volume|sound|audio)|{_FILM}|{_COUNTED})",
        rf"(?:背景音乐|音乐|配乐|声音|{_HAN_FILM}|{_HAN_COUNTED})",
    ),
    "text": ("\u00ab\\d+\u00bb", "\u00ab\\d+\u00bb"),
    "free": (_FREE, _FREE),
    "genre": (rf"{_GENRE}(?: (?:and )?{_GENRE})?", _GENRE),
    "music": (rf"{_MUSIC_WORD}(?: (?:and )?{_MUSIC_WORD}){{0,3}}?", r"[\w.\u4e00-\u9fff-]{1,20}?"),
    "details": (r"(?:[a-z]|\d)[^\u00ab]*?", rf"{_HAN_DETAIL}(?:{_HAN_DETAIL})*"),
    "spot": (rf"{_DETAIL}(?:,? {_DETAIL})*", rf"{_HAN_DETAIL}+"),
    "place": (_PLACE, _HAN_PLACE),
    "half": (_HALF, _HALF),
    "style": (rf"(?:{_TITLES}|{_CAPTIONS}|text|words|label)", "(?:标题|字幕|文字)"),
    "shape": (_SHAPE, _SHAPE),
    "degrees": (r"\d{1,3}(?: ?°| degrees?)?", r"\d{1,3}度?"),
    "effect": (_EFFECT, _EFFECT),
    "clock": (r"0{1,2}:\d\d", r"0{1,2}:\d\d"),
    "times": (rf"{DIGITS} ?(?:x|times)|double|twice", rf"(?:{DIGITS}|[{_HAN}]+)倍"),
    "titleword": (_TITLES, "标题"),
    "file": (r"[\w-]+\.\w{2,4}", r"[\w-]+\.[a-zA-Z0-9]{2,4}"),
    "files": (_FILES, "(?:素材|片段|图片|照片|视频|文件)"),
    "endpoint": ("(?:start|opening|end|closing)", "(?:片头|片尾)"),
    "list": (r"[^\u00ab]+", r"[^\u00ab]+"),
}
EVERYTHING = re.compile(
    rf"{_FILM}|{_HAN_FILM}|(?:all|each|every|both)(?: of)?(?: the| my)? {_UNIT}"
    rf"|(?:the|my|all) clips|(?:所有|全部|每个)的?{_HAN_UNIT}",
    re.IGNORECASE,
)
COUNTED = re.compile(rf"{_COUNTED}|{_HAN_COUNTED}|(?:the )?(?:{_ORDINAL}|\d{{1,2}})", re.IGNORECASE)
LISTED = re.compile(r"\s*(?:,| and | then |、|[和与跟])(?:\s*(?:and|then) )*\s*", re.IGNORECASE)
"""What stands between the names of several clips."""
SOUNDTRACK = re.compile(rf"(?:the |my )?{_MUSIC}|背景音乐|音乐|配乐|歌", re.IGNORECASE)
PRECISE = {
    "what": re.compile(f"{EVERYTHING.pattern}|{COUNTED.pattern}", re.IGNORECASE),
    "clip": COUNTED,
}
"""The words of gaps that take names too, which are no name."""
CHECKED = {
    "details": re.compile(
        rf"{_DETAIL}(?:,? {_DETAIL})*|{_HAN_DETAIL}(?:{_HAN_DETAIL})*", re.IGNORECASE
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
    seconds = duration_in(said)
    number = re.search(r"\d+(?:\.\d+)?", said)
    return seconds if seconds is not None else float(number[0]) if number else 0.0


def ordinals_in(said: str) -> list[int]:
    """Return the numbers of clips that were counted, from 1; -1 is the last one."""
    if several := _SEVERAL.search(said):
        count = round(number_in(several["count"]))
        begins = several["side"] in {"first", "前"}
        return [*range(1, count + 1)] if begins else [*range(-count, 0)]
    digits = [int(number) for number in re.findall(r"\b\d{1,2}\b(?!st|nd|rd|th)", said)]
    words = [_ORDINALS[word] for word in re.findall(rf"\b(?:{_ORDINAL})\b", said.lower())]
    han = [round(number_in(number)) for number in re.findall(rf"第([\d{_HAN}]+)", said)]
    places = [number for word, number in _HAN_PLACES.items() if word in said]
    return words + (han or digits) + places


def half_of(said: str) -> str:
    """Return `left`, `right`, `top` or `bottom`."""
    return next(half for half, words in _HALVES.items() if re.fullmatch(words, said))


def position_of(said: str) -> str:
    """Return `top`, `bottom` or `center`."""
    if re.search("top|顶|上方", said):
        return "top"
    return "bottom" if re.search("bottom|底|下方", said) else "center"


def style_of(said: str) -> str:
    """Return `title`, or `caption` for all other words."""
    return "title" if re.match(rf"(?:{_TITLES}|标题)", said, re.IGNORECASE) else "caption"


def shape_in(said: str) -> str | None:
    """Return a ratio such as `9:16` from numbers or a word for it."""
    numbers = re.search(r"(\d{1,2}) ?[:x\uff1a] ?(\d{1,2})", said)
    if numbers:
        return f"{int(numbers[1])}:{int(numbers[2])}"
    return _first(_SHAPES, said)


def effect_in(said: str) -> str | None:
    """Return the name of an effect that is drawn."""
    return _first(_EFFECTS, said)


def _first(table: Sequence[tuple[str, str]], said: str) -> str | None:
    found = (name for pattern, name in table if re.search(pattern, said, re.IGNORECASE))
    return next(found, None)


def _range(said: str) -> tuple[float, float]:
    times = re.findall(rf"{_TIME}|{_HAN_SECONDS}|[\d{_HAN}]+", said)
    ends = sorted(time_in(time) or number_in(time) for time in times[:2])
    return ends[0], ends[-1]


def _percent(said: str) -> float:
    number = re.search(rf"{DIGITS}|[{_HAN}]+", said.replace("百分之", ""))
    return number_in(number[0]) / 100 if number else 1.0


def _times(said: str) -> float:
    number = re.match(rf"{DIGITS}|[{_HAN}]+", said)
    return number_in(number[0]) if number else 2.0


def _degrees(said: str) -> int:
    number = re.match(r"\d+", said)
    return int(number[0]) if number else 0


def _spot(said: str) -> Spot:
    place = re.search(rf"the {_PLACE}|{_HAN_PLACE}", said)
    when = re.search(rf"(?:at|after|from) ({_TIME})|在?第?({_HAN_SECONDS})", said)
    span = re.search(rf"(?:from|between) {_TIME}(?: to | and | until | ?- ?){_TIME}", said)
    lasting = re.search(
        rf"(?:for|over|during|in) (?:the (?:first|last|final) )?({_SECONDS})|({_SECONDS}) long", said
    )
    clip = re.search(rf"(?:on|to|over|for|during|in) ({_COUNTED})", said)
    start = time_in(when[1] or when[2]) if when else None
    end = None
    if span:
        start, end = _range(span[0])
    elif re.search(rf"the (?:very )?(?:start|beginning)|the first {_SECONDS}|开头|片头", said):
        start = 0.0
    return Spot(
        position=position_of(place[0]) if place else None,
        start=start,
        end=end,
        seconds=duration_in(lasting[0]) if lasting else None,
        at_end=bool(
            re.search(rf"the (?:very )?end\b|the (?:last|final) {_SECONDS}|结尾|片尾", said)
        ),
        clip=clip[1] if clip else None,
    )


_VALUES: dict[str, Callable[[str], Any]] = {
    "seconds": duration_in,
    "time": time_in,
    "clock": time_in,
    "range": _range,
    "number": number_in,
    "percent": _percent,
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
    "span": lambda said: duration_in(said) or 1.0,
    "endpoint": lambda said: Spot(at_end=said.lower() in {"end", "closing", "片尾"}),
}
