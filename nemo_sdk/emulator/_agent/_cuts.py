"""What is cut: the film's length, and stretches of it."""

from collections.abc import Callable, Iterable, Iterator

from ._lengths import LONGEST
from ._scene import DeclinedError, Done, Scene, Segment, part_of, title_of
from ._slots import FILM


def to_length(scene: Scene, seconds: float, clip: str | None = None) -> Done:
    """Make the film, or one clip, so long: cut at its end, or longer where there is more of it."""
    target, clip = round(seconds * 1000), scene.part(clip)
    if clip is not None:
        _each(scene, clip, lambda one: _lasting(scene, one, target))
    elif target > scene.length:
        _lengthen(scene, target)
    else:
        keep(scene, (0, target))
    what = "It" if clip is None else f"“{clip}”"
    return Done(
        "trim_video",
        {"duration": seconds},
        f"{what} is {seconds:g} seconds long now.",
        f"时长已改为{seconds:g}秒。",
    )


def at_most(scene: Scene, seconds: float, clip: str | None = None) -> Done:
    """Cut the film, or one clip, to a length; what is shorter already stays as it is."""
    clip = scene.part(clip)
    longest = max((one["d"] for one in scene.find(clip)), default=0) if clip else scene.length
    if round(seconds * 1000) < longest:
        return to_length(scene, seconds, clip)
    if clip is not None and FILM.fullmatch(clip) and longest < round(seconds * 1000):
        return at_most(scene, seconds)  # "it" can only be the film
    now = longest / 1000
    return Done(
        "trim_video",
        {"duration": seconds},
        f"It is {now:g} seconds long already.",
        f"时长已经是{now:g}秒。",
    )


def off_start(scene: Scene, seconds: float = 1.0, clip: str | None = None) -> Done:
    """Cut something off the beginning of the film, or of clips."""
    cut, clip = round(seconds * 1000), scene.part(clip)
    if clip is None:
        keep(scene, (cut, scene.length))
    else:
        _each(scene, clip, lambda one: part_of(scene.desk, one, cut, one["d"]))
    return _cut_off(seconds, "first", "前")


def off_end(scene: Scene, seconds: float = 1.0, clip: str | None = None) -> Done:
    """Cut something off the end of the film, or of clips."""
    cut, clip = round(seconds * 1000), scene.part(clip)
    if clip is None:
        keep(scene, (0, scene.length - cut))
    else:
        _each(scene, clip, lambda one: part_of(scene.desk, one, 0, one["d"] - cut))
    return _cut_off(seconds, "last", "最后")


def out(scene: Scene, stretch: tuple[float, float]) -> Done:
    """Cut a stretch out of the middle."""
    start, end = _checked(scene, stretch)
    keep(scene, (0, start), (end, scene.length))
    span = {"start": stretch[0], "end": stretch[1]}
    said = "{start:g} to {end:g} seconds".format(**span)
    return Done("cut_out", span, f"I cut out {said}.", "已剪掉这一段。")


def only(scene: Scene, stretch: tuple[float, float]) -> Done:
    """Keep a stretch and nothing else."""
    start, end = _checked(scene, stretch)
    keep(scene, (start, end))
    span = {"start": start / 1000, "end": end / 1000}
    said = "{start:g} to {end:g} seconds".format(**span)
    return Done("keep_range", span, f"I kept {said}.", "已保留这一段。")


def only_last(scene: Scene, seconds: float) -> Done:
    """Keep the end."""
    length = scene.length / 1000
    return only(scene, (max(length - seconds, 0), length))


def from_on(scene: Scene, moment: float) -> Done:
    """Cut everything before a moment."""
    return only(scene, (moment, scene.length / 1000))


def up_to(scene: Scene, moment: float) -> Done:
    """Cut everything after a moment."""
    return only(scene, (0, moment))


def longer(
    scene: Scene, seconds: float = 0.0, factor: float = 1.0, clip: str | None = None
) -> Done:
    """Make the film, or clips, longer or shorter by seconds or a factor."""
    clip = scene.part(clip)
    if clip is None:
        return to_length(scene, round(scene.length / 1000 * factor + seconds, 3))
    _each(scene, clip, lambda one: _lasting(scene, one, round(one["d"] * factor + seconds * 1000)))
    args = {"factor": factor, "seconds": seconds}
    return Done("trim_video", args, f"“{clip}” lasts otherwise now.", "已调整片段时长。")


def split(scene: Scene, moment: float | None = None, clip: str | None = None) -> Done:
    """Cut the film, or a clip, in two at a moment or in the middle; nothing of it goes."""
    clip = scene.part(clip)
    whole = scene.find(clip) if clip else scene.clips
    total = sum(one["d"] for one in whole)
    at = total / 2 if moment is None else moment * 1000
    if not 0 < at < total:
        raise DeclinedError(
            f"There is nothing to split at {at / 1000:g} seconds.",
            f"在{at / 1000:g}秒处没有可分割的内容。",
        )
    pieces = {id(one): _halves(scene, one, at - start) for start, one in _starts(whole)}
    scene.clips = [half for one in scene.clips for half in pieces.get(id(one), [one])]
    return Done(
        "split_clip", {"at": at / 1000}, f"I split it at {at / 1000:g} seconds.", "已分割片段。"
    )


def _cut_off(seconds: float, en: str, zh: str) -> Done:
    args = {"seconds": seconds, "end": en}
    return Done(
        "cut_off", args, f"I cut the {en} {seconds:g} seconds.", f"已剪掉{zh}{seconds:g}秒。"
    )


def keep(scene: Scene, *stretches: tuple[float, float]) -> None:
    """Leave nothing but some stretches of the film, in milliseconds."""
    kept: list[Segment] = []
    for first, last in stretches:
        for start, clip in _starts(scene.clips):
            begin, end = max(first - start, 0), min(last - start, clip["d"])
            if begin < end:
                whole = begin == 0 and end == clip["d"]
                kept.append(clip if whole else part_of(scene.desk, clip, begin, end))
    scene.clips = kept


def _each(scene: Scene, words: str, change: Callable[[Segment], Segment]) -> None:
    named = {id(clip) for clip in scene.find(words)}
    changed = [{**change(one), "id": one["id"]} if id(one) in named else one for one in scene.clips]
    if any(one["d"] <= 0 for one in changed):
        raise DeclinedError("That clip is not so long.", "该片段没有那么长。")
    scene.clips = changed


def _lasting(scene: Scene, clip: Segment, milliseconds: int) -> Segment:
    if milliseconds <= clip["d"]:
        return part_of(scene.desk, clip, 0, milliseconds)
    _check_room(scene, clip, milliseconds)
    return {**clip, "d": milliseconds}


def _lengthen(scene: Scene, target: int) -> None:
    if target > LONGEST * 1000:
        raise DeclinedError("A film is 60 seconds at most.", "影片最长60秒。")
    if not scene.clips:
        raise DeclinedError("There is no clip to make longer.", "没有可以延长的片段。")
    last = scene.clips[-1]
    wanted = last["d"] + target - scene.length
    _check_room(scene, last, wanted)
    last["d"] = wanted


def _check_room(scene: Scene, clip: Segment, milliseconds: int) -> None:
    if milliseconds > scene.room(clip) + 1:
        name = title_of(clip)
        raise DeclinedError(
            f"There is no more of “{name}”: it can be slowed down, or repeated.",
            f"“{name}”没有更多内容\uff1a可以放慢或复制。",
        )


def _halves(scene: Scene, clip: Segment, at: float) -> list[Segment]:
    if not 0 < at < clip["d"]:
        return [clip]
    return [part_of(scene.desk, clip, 0, at), part_of(scene.desk, clip, at, clip["d"])]


def _starts(clips: Iterable[Segment]) -> Iterator[tuple[int, Segment]]:
    start = 0
    for clip in clips:
        yield start, clip
        start += clip["d"]


def _checked(scene: Scene, stretch: tuple[float, float]) -> tuple[float, float]:
    start, end = (round(moment * 1000) for moment in stretch)
    if start >= min(end, scene.length):
        raise DeclinedError(
            f"The film is {scene.length / 1000:g} seconds long: there is no such part.",
            f"影片只有{scene.length / 1000:g}秒\uff0c没有这一段。",
        )
    return start, min(end, scene.length)
