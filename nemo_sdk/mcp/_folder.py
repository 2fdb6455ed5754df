"""The one folder that films go into, and that files are taken from."""

import errno
import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

__all__ = ["Folder"]

_ADDRESSES = ("https://", "http://")


class Folder:
    """A folder that bounds what agents can read and write.

    Args:
        path: Where it is; it is made when something is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = _at_home(path).resolve()

    def source(self, file: str) -> str:
        """Return a file of the folder as an absolute path, or an address as it is.

        Args:
            file: A path, from the folder where it is relative, also as a link of an answer has it;
                or an http or https address.

        Raises:
            PermissionError: It is outside the folder, also by a link.
        """
        if file.lower().startswith(_ADDRESSES):
            return file
        if file.lower().startswith("file:"):
            file = url2pathname(urlsplit(file).path)
        path = (self.path / _at_home(file)).resolve()
        if not path.is_relative_to(self.path):
            raise PermissionError(
                errno.EACCES,
                f"Files are taken from {self.path} alone: copy it there, or have the person start "
                "the server with another --folder",
                file,
            )
        return str(path)


def _at_home(path: str | Path) -> Path:
    """Return a path with the home folder in place of `~`; where there is none, as it is."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - it never raises
