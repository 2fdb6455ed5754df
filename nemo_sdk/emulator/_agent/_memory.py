"""Undo and redo."""

from ._scene import DeclinedError, Done, Scene


def undo(scene: Scene, times: float = 1) -> Done:
    """Go back to the draft before the last wish, or some wishes ago."""
    for _ in range(max(round(times), 1)):
        before = scene.history.back(scene.draft)
        if before is None:
            raise DeclinedError("There is nothing to undo.", "没有可以撤销的操作。")
        scene.draft = before
    return Done("undo", {"times": round(times)}, "I took it back.", "已撤销。")


def undo_all(scene: Scene) -> Done:
    """Go back to the first draft."""
    return undo(scene, max(len(scene.history.past), 1))


def redo(scene: Scene) -> Done:
    """Do again what was undone last."""
    after = scene.history.forth(scene.draft)
    if after is None:
        raise DeclinedError("There is nothing to do again.", "没有可以重做的操作。")
    scene.draft = after
    return Done("redo", {}, "I did it again.", "已重做。")
