"""Files at addresses such as s3://bucket/film.mp4, by way of fsspec. What asks a store blocks."""

import contextlib
import errno
import re
import secrets
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeGuard

from attrs import frozen

from nemo_sdk._paths import shown

__all__ = [
    "StoredFile",
    "check_address",
    "is_address",
    "is_of_this_machine",
    "put",
    "scheme_of",
    "stamp",
]

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/]*)")
_OF_THIS_MACHINE = {"file", "local", "memory"}
_AHEAD = 4 * 1024 * 1024
"""Bytes that are read ahead: left to themselves, some file systems take fifty million."""
_CHANGED = ("ETag", "etag", "LastModified", "last_modified", "mtime", "created")
"""What file systems call that which changes when a file is written."""
_NUMBERS = {
    FileNotFoundError: errno.ENOENT,
    FileExistsError: errno.EEXIST,
    PermissionError: errno.EACCES,
    IsADirectoryError: errno.EISDIR,
    TimeoutError: errno.ETIMEDOUT,
}
"""Of errors that were raised without one."""
_FOLDER = -1
"""In place of a size."""


@frozen
class StoredFile:
    """A file to be uploaded, which is opened through fsspec.

    Attributes:
        address: Where it lies.
    """

    address: str

    @property
    def name(self) -> str:
        """Its name, without where it lies."""
        return self.address.rpartition("/")[2]

    def open(self) -> Any:
        """Open it at its start.

        Raises:
            OSError, ValueError: It cannot be opened; the sentence names it.
        """
        with _naming(self.address):
            system, path = _system_of(self.address)
            return system.open(path, "rb", block_size=_AHEAD)


def is_address(text: object) -> TypeGuard[str]:
    """Whether something is an address, and no path."""
    return isinstance(text, str) and _ADDRESS.match(text) is not None


def scheme_of(address: str) -> str:
    """Return what stands before an address's colon, in small letters."""
    return address.partition("://")[0].lower()


def is_of_this_machine(address: str) -> bool:
    """Whether an address is found on this machine alone, or in this process."""
    return scheme_of(address) in _OF_THIS_MACHINE


def check_address(address: str, *, here: bool) -> str:
    """Return an address that fsspec may open; the store itself is not asked.

    Args:
        address: The address.
        here: Whether this process is to open it, and needs what opens it.

    Raises:
        ValueError: It is none, holds a password, or what opens it is not installed.
    """
    found = _ADDRESS.match(address)
    if found is None or not (found[2] or is_of_this_machine(address)):
        raise ValueError(f"Not an address of a store: {shown(address)!r}.")
    if ":" in found[2].rpartition("@")[0]:
        raise ValueError(
            f"A {found[1]}:// address with a password in it would be kept where others read it: "
            "leave the password to the environment, or to the settings of fsspec."
        )
    if here:
        _check_installed(scheme_of(address))
    return address


def put(local: Path, address: str, *, replace: bool) -> str:
    """Put a file into a store: it is there whole, or not at all under its name.

    Args:
        local: The file.
        address: Where it is to be.
        replace: Whether what lies there is replaced. If not, a number is added to the name, except
            that what has the same size is taken for this very file, and left.

    Returns:
        Where it is.

    Raises:
        OSError, ValueError: It cannot be put there, or does not arrive whole.
    """
    with _naming(address):
        system, path = _system_of(address)
        folder, _, name = path.rpartition("/")
        part = f"{folder}/.{secrets.token_hex(8)}.part"
        try:
            if is_of_this_machine(address):
                system.makedirs(folder, exist_ok=True)
            size = _sent(system, local, part)
            given = name if replace else _free(system, folder, name, size)
            _moved(system, part, f"{folder}/{given}", replace=replace)
        finally:
            with contextlib.suppress(Exception):
                system.rm_file(part)
    return address.removesuffix(name) + given


def stamp(address: str) -> str | None:
    """Return what changes when somebody writes to a file; None where there is none.

    Raises:
        OSError, ValueError: The store cannot be asked.
    """
    with _naming(address):
        facts = _facts(*_system_of(address))
    if facts is None:
        return None
    return "-".join(str(facts[key]) for key in ("size", *_CHANGED) if key in facts)


def _sent(system: Any, local: Path, part: str) -> int:
    """Send a file, and return its size when all of it is there."""
    size = local.stat().st_size
    system.put_file(str(local), part)
    if (arrived := _size_at(system, part)) != size:
        raise OSError(errno.EIO, f"{arrived} bytes of {size} have arrived")
    return size


def _free(system: Any, folder: str, name: str, size: int) -> str:
    """Return the name, or the next one, that nothing has but this very file."""
    stem, dot, suffix = name.rpartition(".")
    free, number = name, 1
    while _size_at(system, f"{folder}/{free}") not in {None, size}:
        number += 1
        free = f"{stem} ({number}){dot}{suffix}"
    return free


def _moved(system: Any, part: str, place: str, *, replace: bool) -> None:
    """Give a file its name, unless it is there."""
    there = _size_at(system, place)
    if there == _FOLDER:  # into which it would be moved
        raise IsADirectoryError(errno.EISDIR, "It is a folder")
    if there is None or replace:
        system.mv(part, place)


def _size_at(system: Any, path: str) -> int | None:
    facts = _facts(system, path)
    if facts is None:
        return None
    return _FOLDER if facts["type"] == "directory" else int(facts["size"])


def _facts(system: Any, path: str) -> dict[str, Any] | None:
    """Return what a file system says of a path, None where nothing is."""
    system.invalidate_cache()
    try:
        facts: dict[str, Any] = system.info(path)
    except FileNotFoundError:
        return None
    return facts


def _system_of(address: str) -> tuple[Any, str]:
    """Return the file system that an address is of, and the path there."""
    _check_installed(scheme_of(address))
    system, path = import_module("fsspec.core").url_to_fs(address)
    return system, path


def _check_installed(scheme: str) -> None:
    try:
        fsspec = import_module("fsspec")
    except ImportError as error:
        raise ValueError(
            f"{scheme}:// is opened through fsspec: pip install 'nemo-sdk[fleet]'."
        ) from error
    try:
        fsspec.get_filesystem_class(scheme)
    except (ImportError, ValueError) as error:  # its words name the package that is missing
        raise ValueError(f"{scheme}:// cannot be opened: {error}") from error


@contextlib.contextmanager
def _naming(address: str) -> Iterator[None]:
    """Have what a store says name the address; each store has errors of its own kind.

    Raises:
        OSError: It went wrong, whatever it was.
        ValueError: As it was raised.
    """
    try:
        yield
    except ValueError:
        raise
    except Exception as error:
        words = str(getattr(error, "strerror", None) or error) or type(error).__name__
        raise OSError(_number_of(error), words, shown(address)) from error


def _number_of(error: Exception) -> int:
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return number
    return next((one for kind, one in _NUMBERS.items() if isinstance(error, kind)), errno.EIO)
