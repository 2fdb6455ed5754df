"""The words of the table's gaps: patterns, in English and in Chinese, of what people name."""

import re

from ._lengths import DIGITS, WORD

HAN = "一二两三四五六七八九十百"
AMOUNT = rf"(?:{DIGITS}|(?:{WORD})(?:[ -](?:{WORD}))?)"
SECONDS = (
    rf"(?:(?:half(?: an?| of an?)?|a half|{AMOUNT}(?: and a half)?)[ -]?"
    rf"(?:seconds?|secs?|minutes?|mins?)(?: and a half)?|{DIGITS} ?s|0{{1,2}}:\d\d)"
)
TIME = (
    rf"(?:\d{{1,2}}:\d\d(?:\.\d+)?|(?:the )?(?:first )?{SECONDS}(?: mark| point| in)?"
    rf"|(?:second )?{DIGITS}|(?:the )?second {AMOUNT})"
)
_FROM = rf"(?:{TIME}|(?:second )?{AMOUNT})"
RANGE = (
    rf"(?:(?:from |between )?{_FROM}(?: to | until | up to | through | ?[-\u2013] ?){TIME}"
    rf"|between {_FROM} and {TIME}"
    rf"|seconds {AMOUNT}(?: to | until | through | and | ?[-\u2013] ?){AMOUNT})"
)
MIDDLE = 1000
"""The number of the clip in the middle, however many there are."""
ORDINALS = {
    "second to last": -2, "second last": -2, "penultimate": -2, "middle": MIDDLE,
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "1st": 1, "2nd": 2, "3rd": 3,
    "4th": 4, "5th": 5, "last": -1, "final": -1, "only": 1, "opening": 1, "closing": -1,
}  # fmt: skip
ORDINAL = "|".join(ORDINALS)
UNIT = "(?:clips?|shots?|scenes?|ones?|pieces?|parts?|segments?|videos?)"
_NUMBER = rf"(?:(?:number |no\.? ?|#)?(?:\d{{1,2}}|(?!an?\b)(?:{WORD}))\b)"
NUMBERS = rf"{_NUMBER}(?:(?:,| and|, and| &) {_NUMBER})*"
FILM = (
    r"(?:it|this|that|everything|the thing|them"
    r"|(?:all of |my |the |this |our |whole |entire |full |complete )*"
    r"(?:video|film|movie|footage|clip|thing|picture|image|edit|cut|reel))(?: all)?"
)
COUNTED = (
    rf"(?:(?:the |my |that |this |our )?(?:very )?"
    rf"(?:{ORDINAL})(?: and (?:the )?(?:{ORDINAL}))*(?: {UNIT})"
    rf"|(?:the |my )?(?:first|last|final) (?:\d|{WORD}) {UNIT}"
    rf"|(?:the |my )?{UNIT} {NUMBERS}|(?:number \d|#\d)"
    rf"|(?:all|each|every|both)(?: of)?(?: the| my)? {UNIT}"
    rf"|(?:the|my|all) clips)"
)
NAMED = (
    r"(?!(?:by|to|at|for|in|on|of|off|up|with|from|again)\b)(?:the |my )?"
    r"[^\s,;\u00ab]+(?: [^\s,;\u00ab]+){0,5}?"
)
HAN_FILM = "(?:这个|整个|我的)?(?:视频|影片|片子|电影|画面|它|全部|整体)"
HAN_UNIT = "(?:片段|镜头|素材|视频)"
HAN_ONE = (
    rf"(?:第[\d{HAN}]+(?:个|段|张)?|(?:最后|最前|开头|中间)的?[一那这]?(?:个|段|张)"
    rf"|[前后][\d{HAN}]+(?:个|段|张)){HAN_UNIT}?"
)
HAN_COUNTED = rf"(?:{HAN_ONE}(?:[和与跟、]{HAN_ONE})*|(?:所有|全部|每个)的?{HAN_UNIT})"
HAN_SECONDS = rf"(?:(?:半|(?:{DIGITS}|[{HAN}]+)个?半?)(?:秒钟?|分钟?)半?)"
MUSIC = "(?:(?:background )?(?:music|soundtrack|song|bgm|tune|melody|audio track))"
SOUND = "(?:(?:the )?(?:(?:original|own) )?(?:volume|sound|audio))"
END_WORDS = "(?:(?:first|last|final) )?"
TITLES = "(?:titles?(?: card)?|headings?|headlines?)"
CAPTIONS = "(?:captions?|subtitles?)"
TRACK = (
    r"(?:(?:the |all |all the |any |my |that |this |your )?"
    rf"(?:{MUSIC}|{TITLES}|{CAPTIONS}|texts?|words)(?: tracks?)?)"
)
HAN_TRACK = "(?:背景音乐|音乐|配乐|歌曲|标题|字幕|文字)"
MUSIC_WORD = (
    r"(?!(?:as|to|for|with|of|from|at|under|over|on|in|and|the|i|do|not|don't|never|undo)\b)"
    r"[^\W\d][\w'.-]*"
)
GENRE = (
    "(?:jazz|piano|guitar|rock|pop|techno|house|classical|hip[ -]?hop|lo-?fi|ambient|electronic"
    "|funk|blues|folk|country|reggae|orchestral|cinematic|acoustic|strings|synthwave|drums|disco"
    "|钢琴|爵士|摇滚|流行|古典|电子|吉他|民谣|嘻哈|轻)"
)
PLACE = r"(?:top|bottom|center|centre|middle)(?: of the (?:screen|picture|video|film|frame))?"
CALLED = r"(?:the |my )[\w.-]+ (?:clip|shot|scene|part)"
"""A clip that is called by a name, where only few words may be one."""
DETAIL = (
    rf"(?:(?:at|in|on|near) the {PLACE}(?: of (?:{COUNTED}|{CALLED}))?"
    r"|(?:at|in|on) the (?:very )?(?:start|beginning|end)"
    rf"(?: of {FILM})?|(?:over|for|during|in|on|within) the (?:first|last|final) {SECONDS}"
    rf"|(?:at|after|from) {TIME}|{RANGE}|for {SECONDS}|{SECONDS} long"
    rf"|(?:on|to|over|for|during|in) (?:{COUNTED}|{CALLED}))"
)
HAN_PLACE = "(?:顶部|底部|上方|下方|上面|下面|中间|中央)"
HAN_DETAIL = (
    rf"(?:在?最后{HAN_SECONDS}|在?(?:画面)?{HAN_PLACE}|在?(?:开头|结尾|片头|片尾)"
    rf"|在?第?{HAN_SECONDS}处?)"
)
HAN_PLACES = {"最后": -1, "最前": 1, "开头": 1, "中间": MIDDLE}
SEVERAL = re.compile(
    rf"(?P<side>first|last|final|前|后) ?(?P<count>\d{{1,2}}(?= {UNIT})"
    rf"|(?:{WORD})(?= {UNIT})|[{HAN}]+(?=个|段|张))",
    re.IGNORECASE,
)
EFFECTS = (
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
EFFECT = "|".join(pattern for pattern, _ in EFFECTS)
SHAPES = (
    (r"vertical|portrait|竖屏|竖版|直式|直屏|竖式|抖音", "9:16"),
    (r"tiktok|(?:instagram )?(?:reels?|story|stories)|(?:youtube )?shorts", "9:16"),
    (r"square|方形|正方形", "1:1"),
    (r"horizontal|landscape|widescreen|youtube|横式|横屏|横版|宽屏", "16:9"),
)
SHAPE_WORD = "|".join(pattern for pattern, _ in SHAPES)
SHAPE = rf"(?:(?:{SHAPE_WORD}) )?\d{{1,2}} ?[:x\uff1a] ?\d{{1,2}}|{SHAPE_WORD}"
HALVES = {
    "left": "left|左", "right": "right|右", "top": "top|upper|上", "bottom": "bottom|lower|下",
}  # fmt: skip
HALF = "|".join(HALVES.values())
FILES = (
    r"(?:(?:my|the|this|these|another|new|a|an|some|that|all) )*"
    r"(?:clips?|photos?|pictures?|images?|footage|files?|uploads?|videos?)"
)
FREE = r"(?:(?! and (?:add|make|cut|trim|put|remove|set)\b)[^,;\u00ab\uff0c]){1,60}?"
QUOTED = re.compile(
    r"[\"“”「『《\u2018]([^\"“”「」『』《》\u2018\u2019]{1,500})[\"”“」』》\u2019]"
    r"|(?<!\w)'([^']{1,500})'(?!\w)"
)
"""What stands in quotation marks, in its first group or its second."""
