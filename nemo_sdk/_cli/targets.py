"""Where a film is to be saved: decided and tried before anything is charged."""

import os
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from nemo_sdk import Video, check_target, file_name
from nemo_sdk.events import DownloadProgress
from nemo_sdk.models import Format

from .options import FORMATS
from .shell_words import WrongValue

__all__ = ["Target", "container_of", "target_of"]

OnProgress = Callable[[DownloadProgress], object]


@frozen
class Target:
    """A place for a film."""

    path: Path
    named: bool
    """Whether a person has named it. A name that the program chose replaces nothing."""

    async def fill(self, video: Video, on_progress: OnProgress) -> Path:
        """Save a film at the path that was named, or else at one that nothing has.

        Args:
            video: The film.
            on_progress: Told how far it is.

        Returns:
            Where it is. Nothing is there before it is whole, whatever ends this.
        """
        if self.named:
            return await video.save(self.path, on_progress=on_progress)
        return await video.save_in(self.path.parent, self.path.stem, on_progress=on_progress)


def container_of(output: str | None, wanted: str | None) -> Format:
    """Return the container of a film: the one wanted, or the one that its name tells, or mp4.

    Raises:
        WrongValue: The name is one of another kind of file, or there is no such container.
    """
    path = _path(output or ".")
    suffix = path.suffix.lower().removeprefix(".")
    if not suffix or _is_folder(output or ".", path):
        return _known(wanted or "mp4")
    if suffix in FORMATS and wanted not in {None, suffix}:
        raise WrongValue(f"{path.name} would be a {suffix} by its name, and the film is {wanted}.")
    if suffix not in FORMATS and wanted is None:
        ends = ", ".join(f".{one}" for one in FORMATS)
        raise WrongValue(f"{path.name} ends like no film: let it end with one of {ends}.")
    return _known(wanted or suffix)


def _known(name: str) -> Format:
    for one in FORMATS:
        if one == name:
            return one
    raise WrongValue(f"There is no format {name!r}: choose one of {', '.join(FORMATS)}.")


def target_of(output: str | None, words: str, container: str) -> Target:
    """Return where a film goes: to a named file, or into a folder under a name made of words.

    Raises:
        OSError: It cannot be saved there; nothing was written.
        WrongValue: It would have to be written to standard output.
    """
    if output == "-":
        raise WrongValue("A film is not written to standard output: give a file's name.")
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
