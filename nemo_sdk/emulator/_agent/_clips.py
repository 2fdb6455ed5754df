"""Whole clips: which of them are there, how often, in what order and how fast."""

import re

from nemo_sdk.emulator._drafts import AUDIO, TEXT, Draft, track_length

from ._scene import DeclinedError, Done, Scene, Segment, about, is_gap, title_of

_TRACK_WORDS = (
    (r"music|soundtrack|song|bgm|tune|melody|audio track|音乐|配乐|歌", AUDIO, None),
    (r"titles?|headings?|headlines?|标题", TEXT, "title"),
    (r"captions?|subtitles?|字幕", TEXT, "caption"),
    (r"texts?|words|文字", TEXT, None),
)


def use_only(scene: Scene, clip: str) -> Done:
    """Keep some clips and nothing else, or begin anew with an upload that is not there."""
    try:
        kept = {id(one) for one in scene.find(clip)}
    except DeclinedError:
        scene.draft = _of_upload(scene, clip)
    else:
        scene.clips = [one for one in scene.clips if id(one) in kept]
    return Done("keep_clips", {"clips": _names(scene.clips)}, f"I kept {_said(scene)}.", "已保留。")


def remove(scene: Scene, clip: str) -> Done:
    """Take clips out."""
    gone = scene.find(clip)
    scene.clips = [one for one in scene.clips if all(one is not each for each in gone)]
    names = _names(gone)
    return Done("remove_clips", {"clips": names}, f"I removed {_list(names)}.", "已删除片段。")


def remove_tracks(scene: Scene, tracks: str) -> Done:
    """Take out music, titles or captions."""
    wanted = [row for row in _TRACK_WORDS if re.search(row[0], tracks, re.IGNORECASE)]
    for pattern, kind, style in wanted:
        if not _take_out(scene, kind, style):
            raise DeclinedError(
                f"There is no {pattern.partition('|')[0].rstrip('s?')} in the film.",
                "影片里没有这条轨道。",
            )
    kinds = [kind for _, kind, _ in wanted]
    return Done("remove_track", {"types": kinds}, f"I removed {tracks}.", "已删除该轨道。")


def duplicate(scene: Scene, clip: str) -> Done:
    """Put a clip in once more, right behind itself."""
    again = {id(one) for one in scene.find(clip)}
    scene.clips = [
        each
        for one in scene.clips
        for each in ((one, _copy(scene, one)) if id(one) in again else (one,))
    ]
    return Done("duplicate_clip", {"clip": clip}, f"I repeated “{clip}”.", "已复制片段。")


def repeat(scene: Scene, times: float = 2) -> Done:
    """Play the whole film so many times."""
    count = round(times)
    if not 1 < count * scene.length / scene.length <= 20:
        raise DeclinedError("I can repeat it 2 to 20 times.", "可以重复2到20次。")
    once = scene.clips
    scene.clips = once + [_copy(scene, one) for _ in range(count - 1) for one in once]
    return Done("repeat", {"times": count}, f"It plays {count} times.", f"已重复{count}次。")


def swap(scene: Scene, clip: str, other: str | None = None) -> Done:
    """Let two clips change places: two that are named, or the only two that there are."""
    named = scene.find(clip) + (scene.find(other) if other else [])
    if len(named) != 2 or named[0] is named[1]:
        raise DeclinedError(
            "Name the two clips that shall change places.", "请说明交换哪两个片段。"
        )
    first, second = named
    places = {id(first): second, id(second): first}
    scene.clips = [places.get(id(one), one) for one in scene.clips]
    return _ordered(scene)


def reverse(scene: Scene) -> Done:
    """Turn the order of the clips round."""
    scene.clips = scene.clips[::-1]
    return _ordered(scene)


def to_start(scene: Scene, clip: str) -> Done:
    """Put clips first."""
    moved = scene.find(clip)
    scene.clips = moved + _without(scene, moved)
    return _ordered(scene)


def to_end(scene: Scene, clip: str) -> Done:
    """Put clips last."""
    moved = scene.find(clip)
    scene.clips = _without(scene, moved) + moved
    return _ordered(scene)


def before(scene: Scene, clip: str, other: str, after: int = 0) -> Done:
    """Put clips before another one, or behind it."""
    moved, [target, *_] = scene.find(clip), scene.find(other)
    rest = _without(scene, moved)
    places = [at for at, one in enumerate(rest) if one is target]
    if not places:
        raise DeclinedError("A clip cannot be moved beside itself.", "不能移到自身旁边。")
    at = places[0] + after
    scene.clips = rest[:at] + moved + rest[at:]
    return _ordered(scene)


def order(scene: Scene, names: str) -> Done:
    """Put all clips in an order that was said."""
    parts = re.split(r"\s*(?:,| and | then |、|和)\s*", names, flags=re.IGNORECASE)
    wanted = [one for part in parts if part for one in scene.find(part)]
    if sorted(map(id, wanted)) != sorted(map(id, scene.clips)):
        raise DeclinedError(
            "Name each clip once, in the order they shall have.", "请依次列出每个片段。"
        )
    scene.clips = wanted
    return _ordered(scene)


def speed(
    scene: Scene, what: str | None = None, factor: float = 1.0, to: float | None = None
) -> Done:
    """Play clips faster or slower, or at a speed."""
    for clip in scene.find(what):
        old = float(about(clip).get("speed", 1.0))
        new = round(to if to is not None else old * factor, 3)
        if not 0.1 <= new <= 10:
            raise DeclinedError(
                "A clip runs at 0.1 to 10 times its speed.", "速度范围为0.1到10倍。"
            )
        clip["d"] = round(clip["d"] * old / new)
        about(clip)["speed"] = new
    said = to if to is not None else factor
    return Done(
        "set_speed", {"speed": said}, f"I changed the speed: {said:g} times.", "已调整速度。"
    )


def append(
    scene: Scene, file: str | None = None, seconds: float | None = None, first: bool = False
) -> Done:
    """Put uploaded files on the timeline: a named one, else all that are not there yet."""
    chosen = _files(scene, file)
    old = {id(one) for one in scene.clips}
    for media_id in chosen:
        scene.desk.append_upload(scene.draft, media_id, scene.uploads[media_id])
    new = [one for one in scene.clips if id(one) not in old]
    if not new:
        raise DeclinedError("Say “use it as music” of a sound.", "音频文件请说“用作背景音乐”。")
    for one in new:
        one["d"] = min(round(seconds * 1000), one["d"]) if seconds else one["d"]
    if first:
        scene.clips = new + _without(scene, new)
    names = _names(new)
    return Done(
        "append_media", {"media": names}, f"I added {_list(names)}.", "已将素材加入时间线。"
    )


def assemble(scene: Scene) -> Done:
    """Put the uploaded files on the timeline.

    A draft that is new has them already.
    """
    if not scene.uploads:
        raise DeclinedError("There are no uploaded files.", "还没有上传文件。")
    used = [one["filename"] for one in scene.uploads.values()]
    return Done(
        "create_timeline",
        {"media": used},
        "I put your files on the timeline.",
        "已将素材放入时间线。",
    )


def _of_upload(scene: Scene, file: str) -> Draft:
    """Return a draft of one uploaded file; where that was not uploaded, it is declined."""
    [media_id] = _files(scene, file)
    return scene.desk.of_uploads({media_id: scene.uploads[media_id]})


def _files(scene: Scene, file: str | None) -> list[str]:
    used = {about(one).get("src") for track in scene.draft["t"] for one in track["sg"]}
    seen = {name: one for name, one in scene.uploads.items() if one["file_type"] != "audio"}
    if file is not None:
        found = [name for name in seen if _is_called(str(seen[name]["filename"]), file)]
        if not found:
            raise DeclinedError(f"No file “{file}” was uploaded.", f"没有上传文件“{file}”。")
        return found[-1:]
    new = [name for name in seen if name not in used] or list(seen)[-1:]
    if not new:
        raise DeclinedError("There are no uploaded clips to add.", "没有可以加入的素材。")
    return new


def _is_called(filename: str, words: str) -> bool:
    name = filename.lower()
    return words.lower() in {name, re.sub(r"\.\w{2,4}$", "", name)}


def _take_out(scene: Scene, kind: int, style: str | None) -> bool:
    taken = False
    for track in scene.draft["t"]:
        if track["tt"] != kind:
            continue
        kept = [one for one in track["sg"] if style and about(one).get("style", "title") != style]
        taken = taken or len(kept) < len(track["sg"])
        track["sg"] = kept if any(not is_gap(one) for one in kept) else []
    scene.draft["t"] = [track for track in scene.draft["t"] if track_length(track)]
    return taken


def _copy(scene: Scene, clip: Segment) -> Segment:
    return {**clip, "id": scene.desk.id("sg"), "m": dict(about(clip))}


def _without(scene: Scene, moved: list[Segment]) -> list[Segment]:
    return [one for one in scene.clips if all(one is not each for each in moved)]


def _ordered(scene: Scene) -> Done:
    names = _names(scene.clips)
    return Done(
        "reorder_clips", {"order": names}, f"The order is {_list(names)} now.", "已调整片段顺序。"
    )


def _names(clips: list[Segment]) -> list[str]:
    return [title_of(one) for one in clips]


def _list(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _said(scene: Scene) -> str:
    return _list(_names(scene.clips))
