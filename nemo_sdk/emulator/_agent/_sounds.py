"""What is heard: music, volumes, silence."""

import math
import re
from collections.abc import Callable

from nemo_sdk.emulator._drafts import AUDIO, VIDEO

from ._scene import (
    DeclinedError,
    Done,
    Scene,
    Segment,
    UnknownClipError,
    about,
    laid,
    placed_of,
    plain_name,
)

_VOLUME = 0.35
_PLAIN = re.compile(
    r"(?:(?:add|use|put|with|to|play|some|any|an?|the|change|set|and|background|new|different|other"
    r"|another|your|my|of|it|in|on|for|make|please|replace|nice|good|something|anything|else|video"
    r"|film|music|song|no|without|more|little|bit|轻松的|一些|一点|其他|别的)\s*)+",
    re.IGNORECASE,
)
_VAGUE = re.compile(r"\b(?:something|anything|more|less)\b", re.IGNORECASE)
_OTHERS = ("Acoustic", "Piano")


def set_music(scene: Scene, music: str | None = None, volume: float = _VOLUME) -> Done:
    """Put music under the film in place of what was there: by its name, or an uploaded file."""
    length = scene.length
    if length <= 0:
        raise DeclinedError("The film is over by then.", "那时影片已经结束。")
    one = _uploaded(scene, music, length) or _named(scene, music, length)
    about(one)["volume"] = volume
    scene.mean(one)
    scene.desk.track_of(scene.draft, AUDIO)["sg"] = [one]
    name = about(one)["name"]
    args = {"name": name, "volume": volume}
    return Done(
        "add_background_music", args, f"I added the music “{name}”.", f"已添加音乐“{name}”。"
    )


def swap_music(scene: Scene, old: str, music: str) -> Done:
    """Put other music in place of the one that is named."""
    tracks = [track["sg"] for track in scene.draft["t"] if track["tt"] == AUDIO]
    playing = [about(one).get("name", "") for track in tracks for one in track]
    if plain_name(old) not in map(plain_name, playing):
        raise UnknownClipError(f"No music “{old}” plays.", f"没有音乐“{old}”。")
    return set_music(scene, music)


def uploaded_music(scene: Scene, music: str | None = None, volume: float = _VOLUME) -> Done:
    """Put an uploaded sound under the film: a named one, else the last one."""
    if music is None:
        files = [one for one in scene.uploads.values() if one["file_type"] == "audio"]
        music = str(files[-1]["filename"]) if files else ""
    if _uploaded(scene, music, scene.length) is None:
        raise UnknownClipError(f"No sound “{music}” was uploaded.", f"没有上传音频“{music}”。")
    return set_music(scene, music, volume)


def start_music(scene: Scene, moment: float) -> Done:
    """Let the music begin later, or earlier."""
    begin = round(moment * 1000)
    music = scene.sounds("music")
    if begin >= scene.length:
        raise DeclinedError("The film is over by then.", "那时影片已经结束。")
    one = music[0]
    one["d"] = round(min(scene.length - begin, scene.room(one)))
    scene.desk.track_of(scene.draft, AUDIO)["sg"] = laid(scene.desk, [(begin, one)])
    return Done(
        "move_music",
        {"start": moment},
        f"The music starts at {moment:g} seconds.",
        f"音乐从{moment:g}秒开始。",
    )


def end_music(scene: Scene, moment: float) -> Done:
    """Let the music end before the film does."""
    end = round(moment * 1000)
    track = scene.desk.track_of(scene.draft, AUDIO)
    kept = [(at, one) for at, one in placed_of(track["sg"]) if at < end]
    if not kept or end >= scene.length:
        raise DeclinedError("There is no music then.", "那时没有音乐。")
    track["sg"] = laid(
        scene.desk, [(at, {**one, "d": min(one["d"], end - at)}) for at, one in kept]
    )
    return Done(
        "move_music",
        {"end": moment},
        f"The music ends at {moment:g} seconds.",
        f"音乐到{moment:g}秒结束。",
    )


def set_volume(scene: Scene, percent: float, sound: str | None = None) -> Done:
    """Set how loud something is."""
    if percent > 1:
        raise DeclinedError("A volume is 100% at most.", "音量最高100%。")
    return _volume(scene, sound, lambda _: percent)


def change_volume(
    scene: Scene, sound: str | None = None, by: float = 0.0, times: float = 1.0
) -> Done:
    """Make something louder or quieter."""
    return _volume(scene, sound, lambda old: old * times + by)


def turn_down(scene: Scene, percent: float, sound: str | None = None) -> Done:
    """Make something quieter by so much."""
    return change_volume(scene, sound, -percent)


def mute(scene: Scene, sound: str | None = None, muted: bool = True) -> Done:
    """Silence something, or let it be heard again."""
    for one in scene.sounds(sound) if sound else _all_sounds(scene):
        if muted:
            about(one)["muted"] = True
        else:
            about(one).pop("muted", None)
    if muted:
        return Done("mute", {"muted": True}, "I muted it.", "已静音。")
    return Done("mute", {"muted": False}, "It can be heard again.", "已取消静音。")


def music_in(text: str) -> str | None:
    """Return the kind of music that a prompt names; an empty name where it wants none."""
    if re.search(
        r"\b(?:no|without)\s+(?:\w+\s+)?(?:music|sound)\b|不要音乐|无音乐", text, re.IGNORECASE
    ):
        return ""
    han = re.search(
        r"(?:添加|加上|换成|改成|配上|加|用|配|首|段)([\u4e00-\u9fff]{1,6}?)的?(?:背景)?(?:音乐|配乐|歌)",
        text,
    )
    if han:
        return han[1]
    english = re.search(
        r"\b(?:with|add|and|to|has|have)\s+(?:some\s+|an?\s+|the\s+)?"
        r"([a-z][\w-]*(?:\s[a-z][\w-]*)?)\s+(?:background\s+)?(?:music|soundtrack|song|bgm|tune)\b",
        text,
        re.IGNORECASE,
    )
    words = english[1].split() if english else []
    return _capital(" ".join(word for word in words if not _PLAIN.fullmatch(word))) or None


def _volume(scene: Scene, sound: str | None, new: Callable[[float], float]) -> Done:
    for one in scene.sounds(sound):
        old = float(about(one).get("volume", 1.0))
        about(one)["volume"] = _rounded(new(old))
        about(one).pop("muted", None)
    volume = about(scene.sounds(sound)[-1])["volume"]
    return Done(
        "set_volume",
        {"volume": volume},
        f"The volume is {volume:.0%} now.",
        f"音量现在是{volume:.0%}。",
    )


def _rounded(volume: float) -> float:
    return math.floor(min(max(volume, 0.0), 1.0) * 100 + 0.5) / 100


def _all_sounds(scene: Scene) -> list[Segment]:
    kinds = (VIDEO, AUDIO)
    tracks = [track["sg"] for track in scene.draft["t"] if track["tt"] in kinds]
    return [one for segments in tracks for _, one in placed_of(segments)]


def _named(scene: Scene, music: str | None, length: int) -> Segment:
    name = "" if music is None or _PLAIN.fullmatch(music) else music
    if name and _VAGUE.search(name):
        raise DeclinedError(
            "Name the music: “add piano music”.", "请说明音乐\uff1a“换成钢琴音乐”。"
        )
    return scene.desk.segment(length, name=_capital(name) or _another(scene))


def _another(scene: Scene) -> str:
    playing = {about(one).get("name") for track in scene.draft["t"] for one in track["sg"]}
    return next((name for name in _OTHERS if name not in playing), _OTHERS[0])


def _uploaded(scene: Scene, music: str | None, length: int) -> Segment | None:
    for media_id, file in scene.uploads.items():
        name = str(file["filename"])
        same = music and music.lower() in {name.lower(), name.lower().rpartition(".")[0]}
        if same and file["file_type"] == "audio":
            known = round(float(file.get("duration") or length / 1000) * 1000)
            facts = {"name": name, "src": media_id, "url": file["cdn_url"], "in": 0}
            return scene.desk.segment(min(length, known), **facts)
    return None


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
