"""Whole clips: which of them are there, how often, in what order and how fast."""

import re

from nemo_sdk.emulator._drafts import Draft

from ._scene import (
    DeclinedError,
    Done,
    Scene,
    Segment,
    UnknownClipError,
    about,
    plain_name,
    title_of,
)
from ._slots import LISTED

_KINDS = {"image": ("photo", "picture", "image", "照片", "图片")}


def use_only(scene: Scene, clip: str) -> Done:
    """Keep some clips and nothing else, or begin anew with an upload that is not there."""
    try:
        kept = {id(one) for one in scene.find(clip)}
    except UnknownClipError:
        scene.draft = _of_upload(scene, clip)
    else:
        scene.clips = [one for one in scene.clips if id(one) in kept]
    return Done("keep_clips", {"clips": _names(scene.clips)}, f"I kept {_said(scene)}.", "已保留。")


def leave(scene: Scene, clip: str | None = None) -> Done:
    """Leave clips as they are."""
    scene.find(clip)
    return Done("keep_clips", {"clips": clip}, "I left that as it is.", "已保留。")


def judged(scene: Scene, what: str) -> Done:
    """Ask what shall be done about it."""
    raise DeclinedError("Say what I shall do about it.", "请说明要怎么修改。")


def remove(scene: Scene, clip: str) -> Done:
    """Take clips out."""
    gone = scene.pointed_at(clip) or scene.find(clip)
    scene.take_out(gone)
    names = _names(gone)
    return Done("remove_clips", {"clips": names}, f"I removed {_list(names)}.", "已删除片段。")


def duplicate(scene: Scene, clip: str, more: float = 1, times: float = 0) -> Done:
    """Put a clip in again, right behind itself: once, so often more, or so often in all."""
    again = {id(one) for one in scene.find(clip)}
    count = round(times or more + 1)
    if not 1 < count <= 20:
        raise DeclinedError("I can repeat it 2 to 20 times.", "可以重复2到20次。")
    scene.clips = [
        each
        for one in scene.clips
        for each in (one, *(_copy(scene, one) for _ in range(count - 1) if id(one) in again))
    ]
    args = {"clip": clip, "times": count}
    return Done("duplicate_clip", args, f"I repeated “{clip}”.", "已复制片段。")


def repeat(scene: Scene, times: float = 2) -> Done:
    """Play the whole film so many times."""
    count = round(times)
    if not 1 < count <= 20:
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
    moved = _brought(scene, clip)
    scene.clips = moved + _without(scene, moved)
    return _ordered(scene)


def to_end(scene: Scene, clip: str) -> Done:
    """Put clips last."""
    moved = _brought(scene, clip)
    scene.clips = _without(scene, moved) + moved
    return _ordered(scene)


def before(scene: Scene, clip: str, other: str, after: int = 0) -> Done:
    """Put clips before another one, or behind it."""
    [target, *_], moved = scene.find(other), _brought(scene, clip)
    rest = _without(scene, moved)
    places = [at for at, one in enumerate(rest) if one is target]
    if not places:
        raise DeclinedError("A clip cannot be moved beside itself.", "不能移到自身旁边。")
    at = places[0] + after
    scene.clips = rest[:at] + moved + rest[at:]
    return _ordered(scene)


def between(scene: Scene, clip: str, others: str) -> Done:
    """Put clips between two neighbours."""
    targets, moved = scene.find(others), _brought(scene, clip)
    rest = _without(scene, moved)
    places = sorted(at for at, one in enumerate(rest) if any(one is each for each in targets))
    if len(places) != 2 or places[1] - places[0] != 1:
        raise DeclinedError("Name two clips that follow each other.", "请说明两个相邻的片段。")
    scene.clips = rest[: places[1]] + moved + rest[places[1] :]
    return _ordered(scene)


def order(scene: Scene, names: str, first: str | None = None) -> Done:
    """Put all clips in an order that was said."""
    listed = LISTED.split(names) if first or LISTED.search(names) else names.split()
    said = [part for part in (first, *listed) if part]
    wanted = [one for part in said for one in scene.find(part)]
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


def speed_by(scene: Scene, percent: float, what: str | None = None, slower: bool = False) -> Done:
    """Play clips faster or slower by a share."""
    return speed(scene, what, 1 - percent if slower else 1 + percent)


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


def _brought(scene: Scene, words: str) -> list[Segment]:
    """Return clips to be placed: of the film, else an uploaded file that is not in it yet."""
    try:
        return scene.find(words)
    except UnknownClipError:
        name, old = plain_name(words), len(scene.clips)
        for media_id, file in scene.uploads.items():
            if _is_called(str(file["filename"]), name) or name in _KINDS.get(file["file_type"], ()):
                scene.desk.append_upload(scene.draft, media_id, file)
        if len(scene.clips) == old:
            raise
        return scene.clips[old:]


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
            raise UnknownClipError(f"No file “{file}” was uploaded.", f"没有上传文件“{file}”。")
        return found[-1:]
    new = [name for name in seen if name not in used] or list(seen)[-1:]
    if not new:
        raise DeclinedError("There are no uploaded clips to add.", "没有可以加入的素材。")
    return new


def _is_called(filename: str, words: str) -> bool:
    name = filename.lower()
    return words.lower() in {name, re.sub(r"\.\w{2,4}$", "", name)}


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
