"""How the film looks: its shape, what is seen of a clip, effects and fades."""

from nemo_sdk.emulator._drafts import AUDIO, is_possible, shaped

from ._scene import DeclinedError, Done, Scene, Segment, about

_FADE_MS = 1000
_CROPS = {
    "left": (0.0, 0.0, 0.5, 1.0),
    "right": (0.5, 0.0, 0.5, 1.0),
    "top": (0.0, 0.0, 1.0, 0.5),
    "bottom": (0.0, 0.5, 1.0, 0.5),
    "center": (0.25, 0.25, 0.5, 0.5),
}
_OTHER_HALF = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}
_OPPOSITE = {"brighter": "darker", "darker": "brighter"}


def reshape(scene: Scene, shape: str, fit: str | None = None) -> Done:
    """Give the film another aspect ratio; its longer side stays."""
    if not is_possible(shape):
        raise DeclinedError("A shape is from 1:4 to 4:1.", "画面比例范围为1:4到4:1。")
    scene.draft["canvas"] = shaped(scene.draft["canvas"], shape)
    for clip in scene.clips if fit else ():
        about(clip)["fit"] = fit
    args = {"aspect_ratio": shape} | ({"fit": fit} if fit else {})
    return Done("set_aspect_ratio", args, f"The film is {shape} now.", f"画面比例已改为{shape}。")


def fit(scene: Scene, fit: str) -> Done:
    """Show clips whole, or let them fill the picture."""
    for clip in scene.clips:
        about(clip)["fit"] = fit
    en = "Clips are shown whole." if fit == "contain" else "Clips fill the picture."
    return Done("set_fit", {"fit": fit}, en, "已调整画面填充方式。")


def crop(scene: Scene, part: str, what: str | None = None) -> Done:
    """Show one part of clips alone."""
    return _crop(scene, what, _CROPS[part])


def crop_off(scene: Scene, part: str, what: str | None = None) -> Done:
    """Cut one half off the picture of clips."""
    return crop(scene, _OTHER_HALF[part], what)


def crop_edges(scene: Scene, percent: float, what: str | None = None) -> Done:
    """Cut the same share off each edge."""
    if not 0 < percent < 0.5:
        raise DeclinedError("Less than half can be cut off each side.", "每边裁剪须小于一半。")
    left = round(1 - 2 * percent, 4)
    return _crop(scene, what, (percent, percent, left, left))


def uncrop(scene: Scene) -> Done:
    """Show clips whole again."""
    for clip in scene.clips:
        about(clip).pop("crop", None)
    return Done("crop", {"crop": None}, "Nothing is cropped now.", "已取消裁剪。")


def rotate(scene: Scene, degrees: int = 90, what: str | None = None, left: bool = False) -> Done:
    """Turn clips by quarters, clockwise."""
    if degrees % 90:
        raise DeclinedError("I can rotate by 90, 180 or 270 degrees.", "只能旋转90、180或270度。")
    turn = -degrees if left else degrees
    for clip in scene.find(what):
        turned = (about(clip).pop("rotate", 0) + turn) % 360
        about(clip).update({"rotate": turned} if turned else {})
    en = f"I rotated it by {degrees} degrees{' to the left' if left else ''}."
    return Done("rotate", {"degrees": turn % 360}, en, f"已旋转{degrees}度。")


def effect(scene: Scene, effect: str, what: str | None = None) -> Done:
    """Add an effect to clips; brighter and darker take each other back."""
    for clip in scene.find(what):
        effects = clip.setdefault("ef", [])
        opposite = {"name": _OPPOSITE.get(effect)}
        if opposite in effects:
            effects.remove(opposite)
        elif {"name": effect} not in effects:
            effects.append({"name": effect})
    return Done(
        "apply_effect", {"name": effect}, f"I applied “{effect}”.", f"已应用效果“{effect}”。"
    )


def no_effects(scene: Scene, effect: str | None = None, what: str | None = None) -> Done:
    """Take an effect away, or all of them."""
    for clip in scene.find(what):
        clip["ef"] = [one for one in clip.get("ef", ()) if effect and one.get("name") != effect]
    return Done("remove_effect", {"name": effect}, "I took the effect away.", "已移除效果。")


def fade_film(scene: Scene, way: str, seconds: float | None = None) -> Done:
    """Fade the film in, out or both: its picture and its music."""
    music = scene.sounds("music") if _has_music(scene) else []
    if way in {"in", "both"}:
        _fade([*scene.clips[:1], *music[:1]], "fade_in", seconds)
    if way in {"out", "both"}:
        _fade([*scene.clips[-1:], *music[-1:]], "fade_out", seconds)
    return _faded(way, seconds)


def fade_clips(scene: Scene, clip: str, way: str, seconds: float | None = None) -> Done:
    """Fade clips in or out, wherever they stand."""
    _fade(scene.find(clip), f"fade_{way}", seconds)
    return _faded(way, seconds)


def fade_music(scene: Scene, way: str, seconds: float | None = None) -> Done:
    """Fade the music in, out or both."""
    music = scene.sounds("music")
    if way in {"in", "both"}:
        _fade(music[:1], "fade_in", seconds)
    if way in {"out", "both"}:
        _fade(music[-1:], "fade_out", seconds)
    return _faded(way, seconds)


def fade_between(scene: Scene, seconds: float | None = None) -> Done:
    """Let each clip fade out, and the next one in."""
    if len(scene.clips) < 2:
        raise DeclinedError(
            "The film is one clip: a transition needs two.", "影片只有一个片段\uff0c无法添加转场。"
        )
    half = (seconds or _FADE_MS / 1000) / 2
    _fade(scene.clips[:-1], "fade_out", half)
    _fade(scene.clips[1:], "fade_in", half)
    return Done(
        "add_transition",
        {"name": "fade", "duration": half * 2},
        "The clips fade into each other through black.",
        "片段之间已添加淡入淡出。",
    )


def no_fades(scene: Scene) -> Done:
    """Take all fades away."""
    for track in scene.draft["t"]:
        for one in track["sg"]:
            about(one).pop("fade_in", None)
            about(one).pop("fade_out", None)
    return Done("remove_fades", {}, "I took the fades away.", "已移除淡入淡出。")


def _crop(scene: Scene, what: str | None, share: tuple[float, float, float, float]) -> Done:
    for clip in scene.find(what):
        about(clip)["crop"] = list(share)
    return Done("crop", {"crop": list(share)}, "I cropped it.", "已裁剪画面。")


def _fade(segments: list[Segment], key: str, seconds: float | None) -> None:
    milliseconds = _FADE_MS if seconds is None else round(seconds * 1000)
    for one in segments:
        about(one)[key] = min(milliseconds, one["d"])


def _faded(way: str, seconds: float | None) -> Done:
    args = {"fade": way, "duration": _FADE_MS / 1000 if seconds is None else seconds}
    said = {"in": "fades in", "out": "fades out", "both": "fades in and out"}[way]
    zh = {"in": "淡入", "out": "淡出", "both": "淡入淡出"}[way]
    return Done("add_fade", args, f"It {said}.", f"已添加{zh}。")


def _has_music(scene: Scene) -> bool:
    return any(track["tt"] == AUDIO and track["sg"] for track in scene.draft["t"])
