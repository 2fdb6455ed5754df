"""What people ask to be changed, in English and Chinese, and how the draft changes."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from . import _drafts
from ._drafts import AUDIO, TEXT, VIDEO, Desk, Draft
from ._lengths import seconds_in

_QUOTED = re.compile(
    r"[\"“”「『《\u2018]([^\"“”「」『』《》\u2018\u2019]{1,80})[\"”“」』》\u2019]"
    r"|(?<!\w)'([^']{1,80})'(?!\w)"
)
_NAMED = re.compile(
    r"(?:titled?|caption|called|saying|标题(?:为|是|叫)?)[:\uff1a ]+([^,.;!?。\uff0c\uff1b]{2,60})",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:title|titled|caption|heading|text|subtitle)s?\b|标题|字幕|文字", re.IGNORECASE
)
_MUSIC = re.compile(
    r"\b(?:music|soundtrack|song|bgm|tune|melody)\b|音乐|配乐|歌曲|歌", re.IGNORECASE
)
_MUSIC_NAME = re.compile(
    r"(?:\b(?:add|use|put|with|to|play|some|an?|the|change|set|and)\s+)*"
    r"([a-z][\w-]*(?:\s[a-z][\w-]*)?)\s+(?:background\s+)?(?:music|soundtrack|song|bgm|tune)\b",
    re.IGNORECASE,
)
_HAN_MUSIC_NAME = re.compile(
    r"(?:添加|加上|换成|改成|加|用|配|首|段)([\u4e00-\u9fff]{1,6}?)的?(?:背景)?(?:音乐|配乐|歌)"
)
_PLAIN_WORDS = re.compile(
    r"(?:add|use|put|with|to|play|some|an?|the|change|set|and|background|new|different"
    r"|other|your|my|of|it|in|on|for|make|please|replace|nice|good|video|film)",
    re.IGNORECASE,
)
_REMOVE = re.compile(
    r"\b(?:remove|delete|drop|without|no|get rid of|take (?:out|away|off)|mute|kill)\b"
    r"|去掉|去除|删除|删掉|移除|取消|不要",
    re.IGNORECASE,
)
_VOLUME = re.compile(
    r"\b(?:volume|loud|louder|quiet|quieter|softer)\b|音量|大声|小声", re.IGNORECASE
)
_LOUDER = re.compile(r"\b(?:loud|louder|up|raise|increase)\b|大|提高", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{1,3})\s*[%\uff05]|百分之(\d{1,3})")
_TRIM = re.compile(
    r"\b(?:cut|trim|shorten|crop|limit|extend|lengthen|stretch)\b"
    r"|\bmake (?:it|this|that|the \w+)\b|剪|裁|缩短|截|延长|改成|改为|变成",
    re.IGNORECASE,
)
_APPEND = re.compile(
    r"\b(?:append|insert|add|attach|include|put)\b.{0,40}"
    r"\b(?:clips?|photos?|pictures?|images?|footage|files?|uploads?|videos?)\b"
    r"|(?:加入|添加|插入|放入|接上).{0,12}(?:素材|片段|图片|照片|视频|文件)",
    re.IGNORECASE,
)
_REORDER = re.compile(
    r"\b(?:reorder|rearrange|swap|reverse)\b|\border\b.*\bclips?\b|调换|顺序|倒序|重新排列",
    re.IGNORECASE,
)


@frozen
class Edit:
    """One change: the tool that makes it, and what is said of it."""

    tool: str
    args: Mapping[str, Any]
    change: Callable[[Draft], None]
    done: Mapping[str, str]


@frozen
class _Request:
    text: str
    desk: Desk
    uploads: Mapping[str, Mapping[str, Any]]


def edits_in(text: str, desk: Desk, uploads: Mapping[str, Mapping[str, Any]]) -> list[Edit]:
    """Returns the changes that a message asks for, in the order they are made."""
    request = _Request(text, desk, uploads)
    found = (recognise(request) for recognise in _RECOGNISERS)
    return [edit for edit in found if edit is not None]


def title_in(text: str) -> str | None:
    """Returns the title that a text asks for, None where it asks for none."""
    if not _TITLE.search(text):
        return None
    quoted = _QUOTED.search(text)
    if quoted:
        return (quoted[1] or quoted[2]).strip()
    named = _NAMED.search(text)
    return named[1].strip() if named else None


def music_in(text: str) -> str | None:
    """Returns the kind of music that a text names, None where it names none."""
    han = _HAN_MUSIC_NAME.search(text)
    if han:
        return han[1]
    english = _MUSIC_NAME.search(text)
    words = english[1].split() if english else []
    kept = [word for word in words if not _PLAIN_WORDS.fullmatch(word)]
    return " ".join(kept).capitalize() or None


def set_music(desk: Desk, draft: Draft, name: str, volume: float = 0.35) -> None:
    """Puts music under the whole film, in place of what was there."""
    track = desk.track_of(draft, AUDIO)
    track["sg"] = [desk.segment(max(_drafts.length(draft), 1000), name=name, volume=volume)]


def set_title(desk: Desk, draft: Draft, text: str) -> None:
    """Puts a title at the film's beginning, in place of what was there."""
    milliseconds = min(3000, _drafts.length(draft) or 3000)
    desk.track_of(draft, TEXT)["sg"] = [desk.segment(milliseconds, text=text)]


def _append(request: _Request) -> Edit | None:
    if not (_APPEND.search(request.text) and request.uploads):
        return None

    def change(draft: Draft) -> None:
        used = {segment["m"].get("src") for track in draft["t"] for segment in track["sg"]}
        new = [media for media in request.uploads if media not in used]
        for media_id in new or list(request.uploads)[-1:]:
            request.desk.append_upload(draft, media_id, request.uploads[media_id])

    done = {"en": "I added your files to the timeline.", "zh": "已将素材加入时间线。"}
    return Edit("append_media", {"media": list(request.uploads)}, change, done)


def _reorder(request: _Request) -> Edit | None:
    if not _REORDER.search(request.text):
        return None

    def change(draft: Draft) -> None:
        for track in draft["t"]:
            if track["tt"] == VIDEO:
                track["sg"].reverse()

    done = {"en": "I changed the order of the clips.", "zh": "已调整片段顺序。"}
    return Edit("reorder_clips", {"order": "reversed"}, change, done)


def _trim(request: _Request) -> Edit | None:
    seconds = seconds_in(request.text)
    if seconds is None or not _TRIM.search(request.text):
        return None

    def change(draft: Draft) -> None:
        for track in draft["t"]:
            if track["tt"] != TEXT:
                _fit(track, round(seconds * 1000), stretch=True)
            else:
                _fit(track, round(seconds * 1000), stretch=False)

    done = {
        "en": f"The video is {seconds:g} seconds long now.",
        "zh": f"视频时长已改为{seconds:g}秒。",
    }
    return Edit("trim_video", {"duration": seconds}, change, done)


def _fit(track: dict[str, Any], milliseconds: int, *, stretch: bool) -> None:
    kept, left = [], milliseconds
    for segment in track["sg"]:
        if left > 0:
            kept.append({**segment, "d": min(segment["d"], left)})
            left -= kept[-1]["d"]
    if stretch and kept and left > 0:
        kept[-1]["d"] += left
    track["sg"] = kept


def _music(request: _Request) -> Edit | None:
    text = request.text
    if not _MUSIC.search(text) or _REMOVE.search(text) or _VOLUME.search(text):
        return None
    name = music_in(text) or "Acoustic"

    def change(draft: Draft) -> None:
        set_music(request.desk, draft, name)

    done = {"en": f"I added the music “{name}”.", "zh": f"已添加音乐“{name}”。"}
    return Edit("add_background_music", {"name": name, "volume": 0.35}, change, done)


def _title(request: _Request) -> Edit | None:
    text = request.text
    if not _TITLE.search(text) or _REMOVE.search(text):
        return None
    title = title_in(text) or "Untitled"

    def change(draft: Draft) -> None:
        set_title(request.desk, draft, title)

    done = {"en": f"I added the title “{title}”.", "zh": f"已添加标题“{title}”。"}
    return Edit("add_title", {"text": title}, change, done)


def _remove(request: _Request) -> Edit | None:
    patterns = {AUDIO: _MUSIC, TEXT: _TITLE}
    text = request.text
    if not _REMOVE.search(text):
        return None
    kinds = [kind for kind, pattern in patterns.items() if pattern.search(text)]
    if not kinds:
        return None

    def change(draft: Draft) -> None:
        draft["t"] = [track for track in draft["t"] if track["tt"] not in kinds]

    done = {"en": "I removed the track.", "zh": "已删除该轨道。"}
    return Edit("remove_track", {"types": kinds}, change, done)


def _volume(request: _Request) -> Edit | None:
    if not _VOLUME.search(request.text):
        return None
    percent = _PERCENT.search(request.text)
    louder = bool(_LOUDER.search(request.text))

    def change(draft: Draft) -> None:
        for track in draft["t"]:
            for segment in track["sg"] if track["tt"] == AUDIO else ():
                old = segment["m"].get("volume", 1.0)
                new = (
                    int(percent[1] or percent[2]) / 100
                    if percent
                    else old + (0.2 if louder else -0.2)
                )
                segment["m"]["volume"] = round(min(max(new, 0.0), 1.0), 2)

    done = {"en": "I changed the volume.", "zh": "音量已调整。"}
    return Edit("set_volume", {"percent": percent and percent[0]}, change, done)


_RECOGNISERS = (_append, _reorder, _trim, _remove, _music, _title, _volume)
