"""Where a film is to be saved: decided and tried before anything is charged."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from nemo_sdk._generation.film_folder import file_name
from nemo_sdk._protocol.endpoints import FORMATS

__all__ = ["Target", "container_of", "target_of"]

_LONGEST_NAME = 255
"""Bytes: what file systems take."""


@frozen
class Target:
    """A place for a film."""

    path: Path
    named: bool
    """Whether a person has named it. A name that the program chose replaces nothing."""

    def check(self) -> None:
        """See that a film can be saved there.

        Raises:
            OSError: It cannot; nothing was written.
        """
        _try(self.path)

    @contextlib.contextmanager
    def taken(self) -> Iterator[Path]:
        """Give the path to save at: the one that was named, or else one that nothing has."""
        if self.named:
            yield self.path
            return
        path = _take_free(self.path)
        try:
            yield path
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def container_of(output: str | None, wanted: str | None) -> str:
    """Return the container of a film: the one wanted, or the one that its name tells, or mp4.

    Raises:
        ValueError: The name is one of another kind of file.
    """
    path = _path(output or ".")
    suffix = path.suffix.lower().removeprefix(".")
    if not suffix or _is_folder(output or ".", path):
        return wanted or "mp4"
    if suffix in FORMATS and wanted not in {None, suffix}:
        raise ValueError(f"{path.name} would be a {suffix} by its name, and the film is {wanted}.")
    if suffix not in FORMATS and wanted is None:
        ends = ", ".join(f".{one}" for one in FORMATS)
        raise ValueError(f"{path.name} ends like no film: let it end with one of {ends}.")
    return wanted or suffix


def target_of(output: str | None, words: str, container: str) -> Target:
    """Return where a film goes: to a named file, or into a folder under a name made of words.

    Raises:
        OSError: It cannot be saved there; nothing was written.
        ValueError: It would have to be written to standard output.
    """
    if output == "-":
        raise ValueError("A film is not written to standard output: give a file's name.")
    path = _path(output or ".")
    named = not _is_folder(output or ".", path)
    target = Target(path if named else path / f"{file_name(words)}.{container}", named)
    target.check()
    return target


def _path(output: str) -> Path:
    path = Path(output).expanduser().resolve()
    if len(os.fsencode(path.name)) > _LONGEST_NAME:
        raise OSError(f"{path.name[:40]}… is too long a name for a file.")
    return path


def _is_folder(output: str, path: Path) -> bool:
    return path.is_dir() or output.endswith(("/", os.sep))


def _try(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise FileExistsError(f"{path} is no regular file: choose another output with -o.")
    folder = next(one for one in path.parents if one.exists())
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder: {path.name} cannot be saved below it.")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        words = f"{folder} cannot be written to ({error.strerror}): choose another output with -o."
        raise PermissionError(words) from error


def _take_free(path: Path) -> Path:
    """Make an empty file that was not there before, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    free, number = path, 1
    while not _is_made(free):
        number += 1
        free = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return free


def _is_made(path: Path) -> bool:
    try:
        path.open("xb").close()
    except FileExistsError:
        return False
    return True
