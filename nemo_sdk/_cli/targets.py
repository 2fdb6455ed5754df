"""Where a film is to be saved: decided and tried before anything is charged."""

import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from attrs import frozen

from nemo_sdk import check_target, file_name
from nemo_sdk.models import Format

from .options import FORMATS

__all__ = ["Target", "container_of", "target_of"]


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
        _checked(self.path)

    async def fill(self, save: Callable[[Path], Awaitable[Path]]) -> Path:
        """Have a film saved at the path that was named, or else at one that nothing has.

        Args:
            save: Saves it at a path.

        Returns:
            Where it is. Nothing is there before it is whole, whatever ends this.
        """
        if self.named:
            return await save(self.path)
        part = self.path.with_name(f".{secrets.token_hex(8)}.film.part")
        try:
            return _placed(await save(part), self.path)
        finally:
            part.unlink(missing_ok=True)


def container_of(output: str | None, wanted: str | None) -> Format:
    """Return the container of a film: the one wanted, or the one that its name tells, or mp4.

    Raises:
        ValueError: The name is one of another kind of file, or there is no such container.
    """
    path = _path(output or ".")
    suffix = path.suffix.lower().removeprefix(".")
    if not suffix or _is_folder(output or ".", path):
        return _known(wanted or "mp4")
    if suffix in FORMATS and wanted not in {None, suffix}:
        raise ValueError(f"{path.name} would be a {suffix} by its name, and the film is {wanted}.")
    if suffix not in FORMATS and wanted is None:
        ends = ", ".join(f".{one}" for one in FORMATS)
        raise ValueError(f"{path.name} ends like no film: let it end with one of {ends}.")
    return _known(wanted or suffix)


def _known(name: str) -> Format:
    for one in FORMATS:
        if one == name:
            return one
    raise ValueError(f"There is no format {name!r}: choose one of {', '.join(FORMATS)}.")


def target_of(output: str | None, words: str, container: str) -> Target:
    """Return where a film goes: to a named file, or into a folder under a name made of words.

    Raises:
        OSError: It cannot be saved there; nothing was written.
        ValueError: It would have to be written to standard output.
    """
    if output == "-":
        raise ValueError("A film is not written to standard output: give a file's name.")
    path = _path(output or ".")
    if _is_folder(output or ".", path):
        return Target(_checked(path / f"{file_name(words)}.{container}"), named=False)
    return Target(_checked(Path(output or ".")), named=True)


def _path(output: str) -> Path:
    """Return a path without its links, whatever lies there."""
    return Path(os.path.realpath(os.path.expanduser(output)))  # noqa: PTH111 - it never raises


def _is_folder(output: str, path: Path) -> bool:
    return os.path.isdir(path) or output.endswith(("/", os.sep))  # noqa: PTH112 - it never raises


def _checked(path: Path) -> Path:
    try:
        return check_target(path)
    except OSError as error:
        words = str(error).removesuffix(".")
        raise type(error)(f"{words}: choose another output with -o.") from error


def _placed(film: Path, wanted: Path) -> Path:
    """Give a film the name that is wanted, or the next one that nothing has."""
    free, number = wanted, 1
    while not _is_moved(film, free):
        number += 1
        free = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    return free


def _is_moved(film: Path, free: Path) -> bool:
    """Give a film a name, unless something has it: two commands may do so at once."""
    try:
        free.hardlink_to(film)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: the name is taken first, for an instant
        try:
            free.open("xb").close()
        except FileExistsError:
            return False
        film.replace(free)
    return True
