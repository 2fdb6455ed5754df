"""The details of an export: format, quality, destination.

They stand anywhere in a sentence, so they are taken out of it first: what is left of "can I have
it as mkv for my phone" is "can I have it", and has to be a command as a whole.
"""

import re
from functools import cache
from typing import Final, get_args

from attrs import frozen

from nemo_sdk.models import Format, Quality

__all__ = ["Details", "take_out"]

_SAME: Final[dict[str, str]] = {
    **{name: name for name in get_args(Format)},
    "动图": "gif",
    "动态图": "gif",
    "mpeg-4": "mp4",
    "mpeg4": "mp4",
    "quicktime": "mov",
    "matroska": "mkv",
}
_NONE_SUCH: Final = """
    gif apng webp png jpg jpeg bmp tiff svg heic pdf zip rar 7z iso dvd ppt pptx powerpoint psd
    mp3 wav m4a aac flac ogg opus wma aiff midi flv wmv mpeg mpg m4v 3gp mts ogv f4v vob swf
    hevc h265 h.265 av1 vp9 prores dnxhd xvid divx srt vtt xml edl fcpxml aaf
""".split()  # noqa: SIM905 - a block of words is easier to read than forty lines
_PARTS: Final = {
    "audio": r"audio|sound ?track|sound|voice ?over|narration|音频|音轨|声音|配音",
    "picture": r"(?:still )?(?:pictures?|images?|photos?|screenshots?|thumbnails?|stills?|frames?)"
    r"|图片|照片|截图|封面|图像",
    "subtitles": r"subtitles?|captions?|transcript|字幕",
    "project file": r"project file|source files?|工程文件|源文件",
}
_QUALITIES: Final[dict[Quality, str]] = {
    "low": r"low(?:er|est)?|poor|small(?:er|est)?|draft|低|最低|较低|流畅",
    "medium": r"medium|middle|mid|normal|standard|average|中|中等|标准|普通|一般",
    "high": r"(?:very )?(?:high(?:er|est)?|best|max(?:imum)?|top|full|good|great|original)"
    r"|最高|最好|最佳|高|超高|原|较高",
}


@frozen
class Details:
    """What was taken out of a clause.

    Attributes:
        wanted: The formats, as they were named.
        part: Something of the film that was asked for alone: its sound, a picture of it.
        quality: The quality.
    """

    wanted: tuple[str, ...] = ()
    part: str = ""
    quality: Quality | None = None

    def and_then(self, other: "Details") -> "Details":
        """Return these details with those of a further clause."""
        return Details(
            self.wanted + other.wanted, self.part or other.part, self.quality or other.quality
        )

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats by their usual names, each once; those that there are none of as well."""
        return tuple(dict.fromkeys(_SAME.get(name, name) for name in self.wanted))

    @property
    def format(self) -> Format | None:
        """The format, where one was named that there is."""
        return next((one for one in get_args(Format) if self.formats == (one,)), None)

    @property
    def unsupported(self) -> str:
        """What was asked for and cannot be had; "" where there is nothing of the kind."""
        return "" if self.format else " and ".join(self.formats) or self.part


def take_out(clause: str) -> tuple[str, Details]:
    """Take the details of an export out of a clause in small letters.

    Returns:
        What is left of the clause, and the details.
    """
    left, details = clause, Details()
    for name in ("format", "part", "quality", "destination"):
        for found in _pattern(name).finditer(left):
            details = details.and_then(_told(found))
        left = _pattern(name).sub(" ", left)
    return " ".join(left.split()), details


def _told(found: re.Match[str]) -> Details:
    words = {name: value for name, value in found.groupdict().items() if value}
    named = tuple(words[name] for name in ("format",) if name in words)
    parts = tuple(part for part in _PARTS if part.replace(" ", "_") in words)
    if "as" in words:  # "as pictures" is a format, "the pictures" a part
        named, parts = named + parts, ()
    quality: Quality | None = next((one for one in _QUALITIES if one in words), None)
    return Details(named, "".join(parts), quality)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_patterns()[name], re.IGNORECASE)


def _patterns() -> dict[str, str]:
    names = "|".join(sorted(map(re.escape, [*_SAME, *_NONE_SUCH]), key=len, reverse=True))
    parts = "|".join(f"(?P<{name.replace(' ', '_')}>{words})" for name, words in _PARTS.items())
    levels = "|".join(f"(?P<{name}>{words})" for name, words in _QUALITIES.items())
    within = r"(?<![a-z0-9])(?:{})(?![a-z0-9])"
    return {
        "format": (
            r"(?:(?<![a-z])(?:as|to|in|into|using|with|an?|the|of|be|and|or|plus|animated|format"
            r"|container|only|just|final|finished|full|my) "
            r"|(?:格式|一个|一份|[做变弄改]成|(?<!可)以|[是用为成到个和或/]) ?){0,5}"
            r"(?:[\w-]{1,60}(?=\.))?\.?"
            + within.format(f"(?P<format>{names})")
            + r"(?: (?:format|file|version|video|clip|movie|film|container|sequence|image|one|only"
            r"|alone)(?![a-z])| ?(?:的|格式|文件|档|版本|视频|版|图片|动图|动画)){0,4}"
            r"(?: of (?:it|this|that|the video)\b)?"
        ),
        "part": (
            r"(?P<as>(?:(?<![a-z])(?:as|to|in|into) |存为|存成|导出成|导出为|转成|转为|[成为])"
            r"(?:an? |the )?)?(?:(?<![a-z])(?:only|just|the|its|an?|my|this|for) |只|仅|单独){0,3}"
            + within.format(parts)
            + r"(?: (?:track|file|only|alone|sequence|part)(?![a-z])|文件|部分|单独){0,2}"
            r"(?: (?:of|from) (?:it|this|that|the video|the film|my video)\b)?"
        ),
        "quality": (
            r"(?:(?<![a-z])(?:in|at|with|as|to|the|an?|of|full|true|ultra|super) "
            r"|使用|采用|(?<!可)以|[用成为到的]){0,4}"
            + within.format(
                r"[0-9]{3,4}p(?:[0-9]{2,3})?|[1-9][0-9]?k|(?:u|f|q)?hd|hdr|[0-9]{2,3} ?fps"
                r"|[0-9]{3,4} ?[x\u00d7] ?[0-9]{3,4}|[hx] ?\.?264"
                rf"|(?:{levels})(?:(?: possible)?[ -](?:quality|resolution|res|definition|bitrate)"
                r"|的?(?:画质|清晰度|质量|分辨率|品质|码率))"
                r"|[0-9]{2,3}帧(?:每秒)?|超高清|全高清|高清|超清|标清|蓝光|无损"
            )
            + r"(?: (?:resolution|quality|version|you can|possible|available|format)(?![a-z])"
            r"|的|版本|版|画质){0,3}"
        ),
        "destination": (
            r"(?<![a-z])as (?:an? )?(?:video|movie|film)(?: file)?$"
            r"|(?:(?<![a-z])(?:for|to|on|onto|into|via|over) (?:(?:my|the|our|an?|your) )?"
            rf"(?:{_PLACES})(?: (?:{_PLACES_MORE}))*(?![a-z]))"
            r"|(?<![a-z])(?:so (?:that )?(?:i|we) can|(?:for|to|and)(?: me to)?) "
            r"(?:post|posting|share|sharing|publish|publishing|watch offline)(?: (?:it|this))?"
            r"(?: (?:on|to|with) [a-z ]{1,30})?$"
            rf"|(?:^发布?|用于|用来|适合|方便|[到在给]|我的?){{0,4}}(?:{_CHINESE_PLACES})"
            r"[上里用的中]{0,2}"
        ),
    }


_PLACES: Final = (
    "tik ?tok|you ?tube|instagram|insta|facebook|twitter|x|whats ?app|telegram|discord|slack"
    "|vimeo|linkedin|snapchat|reddit|reels?|shorts|web|website|email|social media|the web"
    "|(?:i|smart)?phone|mobile"
    "|tablet|ipad|computer|pc|laptop|mac|desktop|disk|drive|hard drive|device|camera roll|gallery"
    "|downloads|tv|dropbox|google drive|icloud|files|friends|family|client|boss|premiere|davinci"
)
_PLACES_MORE: Final = (
    "shorts?|reels?|stor(?:y|ies)|feed|channel|account|page|drive|app|folder|library|posts?|ads?"
    "|use|friends|now"
)
_CHINESE_PLACES: Final = (
    "抖音|b站|哔哩哔哩|bilibili|tiktok|youtube|油管|快手|小红书|微信|朋友圈|视频号|instagram|微博"
    "|知乎|头条|手机|电脑|本地|相册|桌面|硬盘|u盘|网盘|百度网盘|平板|邮箱"
)
