"""A wish made true on a draft: all of its clauses, or none."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from nemo_sdk.emulator._drafts import Draft

from ._grammar import Asked, readings
from ._scene import DeclinedError, Done, Scene, UnknownClipError
from ._sentences import TABLE


@frozen
class Change:
    """What one clause did, and the draft after it."""

    done: Done
    draft: Draft


@frozen
class Granted:
    """A wish that can be done: its changes in order, and the scene after the last one."""

    changes: Sequence[Change]
    scene: Scene


def grant(text: str, make_scene: Callable[[], Scene], *, fresh: bool) -> Granted | None:
    """Return the changes that a wish asks for, None where it is not understood.

    Args:
        text: The wish.
        make_scene: Makes a scene to try a reading of it on.
        fresh: Whether the scene's film was made for this wish, and is a change by itself.

    Raises:
        DeclinedError: It is understood, and cannot be done with this film.
    """
    declined: DeclinedError | None = None
    for reading in readings(text, TABLE):
        try:
            return granted(reading, make_scene(), fresh=fresh)
        except UnknownClipError as error:
            declined = declined or error  # another reading may name no clip there
        except DeclinedError as error:
            declined = error
            break
    if declined is not None:
        raise declined
    return None


def is_wish(text: str, *, by_name: bool = True) -> bool:
    """Whether a text is a wish that the table has, whatever it is said about.

    Args:
        text: The text.
        by_name: Whether readings count in which a clip is called by a name.
    """
    read = readings(text, TABLE)
    return any(by_name or not any(asked.by_name for asked in reading) for reading in read)


def granted(reading: Sequence[Asked], scene: Scene, *, fresh: bool) -> Granted:
    """Return the changes that one way to read a wish asks for, made on a scene.

    Raises:
        DeclinedError: It cannot be done with this film.
    """
    before = scene.draft
    if not fresh and not all(asked.row.rewinds for asked in reading):
        scene.history.keep(before)
    changes = [_change(asked, scene) for asked in _done(reading, scene)]
    if not fresh and _content(scene.draft) == _content(before):
        raise DeclinedError("The film is like that already.", "影片已经是这样了。")
    return Granted(changes, scene)


def _done(reading: Sequence[Asked], scene: Scene) -> Iterator[Asked]:
    """Yield what shall be done; a remark before it only says what it is about."""
    *before, last = reading
    for asked in before:
        if asked.row.remark:
            scene.speak_of(**asked.values)
        else:
            yield asked
    yield last


def _change(asked: Asked, scene: Scene) -> Change:
    revision = _revision(scene.draft) + 1
    scene.draft = copy.deepcopy(scene.draft)
    length = scene.length
    done = asked.row.run(scene, **asked.row.given, **asked.values)
    if not asked.row.rewinds:
        scene.follow(length)
    extra = scene.draft.get("ext")
    scene.draft = {**scene.draft, "ext": {**extra, "rev": revision}} if extra else scene.draft
    return Change(done, scene.draft)


def _revision(draft: Draft) -> int:
    extra = draft.get("ext")
    return int(extra.get("rev", 0)) if isinstance(extra, dict) else 0


def _content(draft: Draft) -> Mapping[str, Any]:
    return {key: value for key, value in draft.items() if key != "ext"}
