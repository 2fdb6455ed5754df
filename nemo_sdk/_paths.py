"""What lies at a path: asked of the system in one place, which says its refusals in words.

`Path.exists`, `is_dir` and `is_file` are no help there: since Python 3.14 they answer False to
every error of the system's, so that a folder without permission seems to be empty.
"""

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

__all__ = [
    "absolute",
    "check_name",
    "expanded",
    "is_device_name",
    "is_system_path",
    "kind_of",
    "naming",
    "shown",
]

_SHOWN = 200
"""Characters of a person's input that a message repeats at most."""
_LONGEST_NAME = 255
_DEVICES = re.compile(
    r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])(\..*)?", re.IGNORECASE
)
_FORBIDDEN = re.compile(r'[<>:"|?*\0-\x1f]')
_SYSTEM = ("/dev/", "/proc/", "/sys/")
_MEMORY = "/dev/shm/"  # noqa: S108 - nothing is written there by its name
"""The one folder below `/dev` with ordinary files in it."""
_MOST_LINKS = 40
"""Links in a row that a Unix follows."""
_IS_WINDOWS = os.name == "nt"

StrPath = str | os.PathLike[str]


def kind_of(path: StrPath) -> Literal["nothing", "file", "folder", "other"]:
    """Return what lies at a path; links are followed.

    Raises:
        OSError: The system does not tell: a name is too long, links lead in a circle, a folder may
            not be entered. It names the path.
        ValueError: No path has such characters in it.
    """
    with naming(path):
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - the path may be no Path
        except FileNotFoundError:
            return "nothing"
    if stat.S_ISDIR(mode):
        return "folder"
    return "file" if stat.S_ISREG(mode) else "other"


@contextlib.contextmanager
def naming(path: StrPath) -> Iterator[None]:
    """Have the system's refusals name a path as it was given, however long it is.

    Raises:
        OSError: The system's, of the same kind.
        ValueError: No path has such characters in it.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        problem: Exception = OSError(error.errno, error.strerror, shown(path))
    except ValueError:
        problem = ValueError(f"{shown(path)!r} is no path: it has characters that none may have.")
    else:
        return
    raise problem


def expanded(path: StrPath) -> Path:
    """Return a path with the home folder in place of `~`.

    Raises:
        ValueError: There is no such home.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{shown(path)}: there is no such home folder.") from error


def absolute(path: StrPath) -> str:
    """Return a path that is right from any folder.

    Raises:
        ValueError: There is no such home.
    """
    return str(expanded(path).absolute())


def shown(text: object) -> str:
    """Return a text as messages repeat it: what is long without its middle, and printable."""
    whole = str(text)
    if len(whole) > _SHOWN:
        whole = f"{whole[: _SHOWN // 2]}…{whole[1 - _SHOWN // 2 :]}"
    return whole.encode("utf-8", "replace").decode()


def is_device_name(name: str) -> bool:
    """Whether Windows takes a name for one of its devices, whatever follows its first dot."""
    return _DEVICES.fullmatch(name) is not None


def is_system_path(path: StrPath) -> bool:
    """Whether a path lies, or a link on its way does, where a Unix shows devices as files."""
    link = os.path.abspath(path)  # noqa: PTH100 - links stay, dots go
    for _ in range(_MOST_LINKS):
        folder, name = os.path.split(link)
        folder = f"{os.path.realpath(folder)}/"
        if folder.startswith(_SYSTEM) and not folder.startswith(_MEMORY):
            return True
        try:
            link = os.path.join(folder, os.readlink(folder + name))  # noqa: PTH115, PTH118 - text
        except OSError:
            return False
    return False


def check_name(path: Path) -> None:
    """Refuse a name that Windows does odd things with; other systems refuse what they do not take.

    Args:
        path: Where the file or folder is to be.

    Raises:
        OSError: This is Windows, and nothing there can have it.
    """
    reason = _reason_against(path.name) if _IS_WINDOWS else ""
    if reason:
        words = f"The name {reason}, which no file's name may here"
        raise OSError(errno.EINVAL, f"{words}: give another name", shown(path))


def _reason_against(name: str) -> str:
    if is_device_name(name):
        return "is the name of a device"
    if name.endswith((".", " ")):
        return "ends with a dot or a space"
    if sign := _FORBIDDEN.search(name):
        return f"has {sign[0]!r} in it"
    return "is too long" if len(name) > _LONGEST_NAME else ""
