"""What a caller gives to be uploaded: looked at, named and measured before anything is sent."""

import io
import os
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

from nemo_sdk._paths import absolute, expanded, kind_of, naming, shown

from . import file_types
from .file_systems import StoredFile, is_address
from .multipart import FileSource, stamp_of

__all__ = [
    "AsyncFile",
    "Bytes",
    "findable",
    "from_async_file",
    "from_bytes",
    "from_file",
    "from_path",
    "from_store",
    "is_named",
    "is_one_line",
]

Bytes = bytes | bytearray | memoryview
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of characters, line and paragraph separators."""
_PIECE = 1024 * 1024


class AsyncFile(Protocol):
    """An open file whose methods are awaited, as Starlette, aiofiles and anyio have them."""

    async def read(self, size: int, /) -> bytes:
        """Return the next bytes; none at the end."""
        ...

    async def seek(self, offset: int, /) -> Any:
        """Go to a position."""
        ...


def from_path(given: str | os.PathLike[str]) -> FileSource:
    """Return a file on the disk, to be opened again for each attempt.

    Raises:
        OSError, ValueError: It is none.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    path = expanded(given)
    match kind_of(path):
        case "folder":
            raise IsADirectoryError(f"{shown(path)} is a folder: give the files in it one by one.")
        case "nothing":
            raise FileNotFoundError(f"There is no file {shown(path)}.")
        case "other":
            raise ValueError(f"{shown(path)} is no regular file.")
    with naming(path):
        source, head = _looked_into(path.name, lambda: path.open("rb"))
    return _checked(source, head)


def from_bytes(name: str | None, given: Bytes) -> FileSource:
    """Return a file in memory; without a name it is named after what is in it.

    Raises:
        ValueError: It is empty, or the name is none.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    size = given.nbytes if isinstance(given, memoryview) else len(given)
    file_types.check_size("The upload" if name is None else name, size)
    content = bytes(given)
    source = FileSource(_named(name), size, "", lambda: io.BytesIO(content))
    return _checked(source, content[: file_types.HEAD])


def from_file(name: str | None, file: Any) -> FileSource:
    """Return a file of the caller's, which stays open and is rewound.

    Raises:
        TypeError, ValueError: It is open as text, closed, or cannot be read again.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    _check_open(file)
    try:
        file.seek(0)
        head = file.read(file_types.HEAD)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
    except (AttributeError, OSError, ValueError) as error:
        raise _not_rewound(error) from error
    if not isinstance(head, bytes) or not isinstance(size, int):
        raise TypeError("The file must give bytes: open it with 'rb'.")

    def rewound() -> Any:
        file.seek(0)
        return file

    source = FileSource(_named(name, file), size, "", rewound, stamp_of(file), keep_open=True)
    return _checked(source, head)


async def from_async_file(name: str | None, file: Any) -> FileSource:
    """Return a file whose methods are awaited; the rest is as with `from_file`.

    Raises:
        TypeError, ValueError: It is open as text, closed, or cannot be read again.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    _check_open(file)
    try:
        await file.seek(0)
        head = await file.read(file_types.HEAD)
        if not isinstance(head, bytes):
            raise TypeError("The file must give bytes: open it with 'rb'.")
        size = len(head)
        while piece := await file.read(_PIECE):
            size += len(piece)
            file_types.check_size(_named(name, file) or "The upload", size)
        await file.seek(0)
    except (AttributeError, OSError, ValueError) as error:
        raise _not_rewound(error) from error
    source = FileSource(_named(name, file), size, "", lambda: file, is_async=True)
    return _checked(source, head)


def from_store(stored: StoredFile) -> FileSource:
    """Return a file of some store, to be opened again for each attempt.

    Raises:
        OSError, ValueError: It is none.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    return _checked(*_looked_into(stored.name, stored.open))


def is_named(given: object) -> bool:
    """Whether what was given is a path or an address, which another process can find again."""
    return isinstance(given, str | os.PathLike)


def findable(given: Iterable[Any]) -> tuple[str, ...]:
    """Return where the files with names are, right from any folder.

    Raises:
        ValueError: There is no such home.
    """
    named = (os.fspath(one) for one in given if is_named(one))
    return tuple(name if is_address(name) else absolute(name) for name in named)


def is_one_line(text: str) -> bool:
    """Whether a text has no control characters and line breaks of any kind in it."""
    return _UNPRINTABLE.isdisjoint(map(unicodedata.category, text))


def _named(name: str | None, file: Any = None) -> str:
    """Return the name that was given, or the file's own without its folder, or ""."""
    if name is not None:
        if not name:
            raise _no_name(name)
        return name
    for own in (getattr(file, "filename", None), getattr(file, "name", None)):
        if isinstance(own, str | os.PathLike):  # a number is of a file without a name
            return re.split(r"[\\/]", str(Path(own)))[-1]
    return ""


def _looked_into(name: str, open: Callable[[], Any]) -> tuple[FileSource, bytes]:
    """Return a file that can be opened again, and its first bytes."""
    with open() as file:
        head = file.read(file_types.HEAD)
        size = file.seek(0, os.SEEK_END)
        return FileSource(name, size, "", open, stamp_of(file)), head


def _check_open(file: Any) -> None:
    if isinstance(file, io.TextIOBase):
        raise TypeError("The file is open as text: open it with 'rb'.")
    if getattr(file, "closed", False):
        raise ValueError("The file is closed: give one that is open, or its path.")


def _not_rewound(error: Exception) -> ValueError:
    why = shown(error)
    return ValueError(f"This file cannot be read and rewound ({why}): give its path or its bytes.")


def _checked(source: FileSource, head: bytes) -> FileSource:
    """Check what is known of a file, and complete it."""
    name = source.name
    if not is_one_line(name) or "/" in name or "\\" in name:
        raise _no_name(name)
    file_types.check_size(name or "The upload", source.size)
    source.name = file_types.identified(name, head)
    source.content_type = file_types.content_type(source.name)
    return source


def _no_name(name: str) -> ValueError:
    return ValueError(f"{shown(name)!r} is no file name: it must not hold slashes or line breaks.")
