"""Where a film is to be saved: tried before it is paid for."""

import errno
import os
import tempfile
from pathlib import Path

from nemo_sdk._paths import StrPath, check_name, expanded, is_system_path, kind_of, shown

from .part_file import part_of

__all__ = ["check_target"]

_LONGEST_NAME = 255
"""Bytes, where the system does not tell."""
_LONGEST_PATH_OF_WINDOWS = 247
"""Characters, unless it was told to take more: beyond, it says that nothing is there."""
_OF_A_TRIAL = 8
"""Characters that a temporary file's name ends with."""
_REFUSALS = {
    errno.ENAMETOOLONG: "has too long a name for a file",
    errno.ELOOP: "leads to itself, by links",
    errno.EACCES: "lies in a folder that may not be entered",
}


def check_target(path: StrPath) -> Path:
    """Return the place that a film can be saved at, absolute and without links.

    Call it before `generate`, whose film is then not paid for in vain: it asks the disk, and
    leaves nothing there.

    Args:
        path: The file to be, for `Video.save`; folders that are missing will be made.

    Returns:
        The path that the film will be at.

    Raises:
        OSError: It cannot be saved there; the sentence says why.
        ValueError: It is no path.
    """
    given = expanded(path)
    kind = _kind(given)
    place = Path(os.path.realpath(given))
    if kind in {"folder", "other"}:
        raise FileExistsError(f"{shown(place)} is no regular file.")
    _check_folder(place)
    if is_system_path(given) or is_system_path(place):
        raise FileExistsError(f"{shown(place)} is no regular file, but one of the system's.")
    return place


def _kind(path: Path) -> str:
    """Return what lies at a path; nothing lies below a file.

    Raises:
        OSError: The system does not tell.
    """
    try:
        return kind_of(path)
    except NotADirectoryError:
        return "nothing"
    except OSError as error:
        why = _REFUSALS.get(error.errno or 0, f"cannot be looked at ({error.strerror})")
        raise type(error)(f"{shown(path)} {why}.") from error


def _check_folder(place: Path) -> None:
    folder = next(one for one in place.parents if _kind(one) != "nothing")
    if _kind(folder) != "folder":
        raise NotADirectoryError(f"{shown(folder)} is no folder: nothing can be saved below it.")
    # Of folders that are still to be made, the system has not looked at the names.
    for name in place.relative_to(folder).parts:
        check_name(Path(name))
        if len(os.fsencode(name)) > _longest_name(folder):
            raise OSError(f"{shown(name)} is too long a name for a file.")
    # Where a trial has a name, as on Windows, its path is as long as that of what is to be written.
    longest = max(len(str(one)) for one in (place, part_of(place)))
    letters = min(longest - len(str(folder)) - 1, _LONGEST_NAME) - _OF_A_TRIAL
    try:
        with tempfile.TemporaryFile(dir=folder, prefix="x" * letters):
            pass
    except OSError as error:
        if isinstance(error, FileNotFoundError) and longest > _LONGEST_PATH_OF_WINDOWS:
            raise OSError(f"{shown(place)} is too long a path for this system.") from error
        words = f"{shown(folder)} cannot be written to ({error.strerror})."
        raise PermissionError(words) from error


def _longest_name(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # on Windows; on some file systems
        return _LONGEST_NAME
