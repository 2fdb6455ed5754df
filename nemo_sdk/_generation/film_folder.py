"""A folder of films, each under a name of its own."""

import os
import tempfile
import unicodedata
from pathlib import Path

from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._paths import expanded
from nemo_sdk._transfer.film_name import file_name

__all__ = ["FilmFolder"]


class FilmFolder:
    """A folder that films are saved into, each under a name of its own.

    Args:
        path: The folder; made where it is missing.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = expanded(path)
        self._taken: set[str] = set()

    async def open(self) -> None:
        """Make the folder, and make sure that it can be written to, before a film is paid for.

        Raises:
            OSError: It cannot.
        """
        await in_thread(self._open)

    def path_for(self, prompt: str, extension: str) -> Path:
        """Return a path that nothing else has, neither in the folder nor given before."""
        stem, number = file_name(prompt), 1
        name = f"{stem}.{extension}"
        while _folded(name) in self._taken:
            number += 1
            name = f"{stem} ({number}).{extension}"
        self._taken.add(_folded(name))
        return self._path / name

    def _open(self) -> None:
        self._path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._path):
            self._taken = {_folded(path.name) for path in self._path.iterdir()}


def _folded(name: str) -> str:
    """Return what is the same for two names that some file system takes for one."""
    return unicodedata.normalize("NFC", name).casefold()
