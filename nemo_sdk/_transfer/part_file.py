"""A file that is not there until it is whole."""

import asyncio
import contextlib
import errno
import os
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Self

from nemo_sdk._concurrency.threads import ended, finished, in_thread, started
from nemo_sdk._paths import check_name, expanded, is_system_path, kind_of, naming, shown

__all__ = ["PartFile", "part_of"]

_PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds between attempts to replace a file: Windows refuses while another program reads it."""
_IN_USE = (
    "It cannot be replaced: another program has it open, or it is protected. Close it there, or "
    "give another name"
)


def part_of(place: Path) -> Path:
    """Return a name beside a file for what it is made of, which nothing has."""
    # Few letters of the name: the longest name that a folder takes leaves no room for more.
    return place.with_name(f".{place.name[:16]}.{uuid.uuid4().hex}.part")


class PartFile:
    """A file in the making, in the folder of the one that it becomes.

    An async context manager; when it is left without `finish()`, nothing stays. All its work on
    the disk is done beside the event loop. Over a link, the file that it leads to is written; a
    file that is replaced leaves its mode to the new one.

    Args:
        path: The file to make; folders that are missing are made too.
        known_as: What errors call it; None for `path`.
    """

    def __init__(
        self, path: str | os.PathLike[str], known_as: str | os.PathLike[str] | None = None
    ) -> None:
        self.path = expanded(path)
        self._known_as = self.path if known_as is None else known_as
        self._place = Path()
        self._temporary = Path()
        self._file: IO[bytes] | None = None
        self._begin_anew = False
        self._writing: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self._do(started(self._open))
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def write(self, pieces: Iterable[bytes]) -> None:
        """Append to the file, while the caller goes on; waits for what was to be written before.

        Raises:
            OSError: It cannot be written; it names the file that was asked for.
        """
        await self._written()
        anew, self._begin_anew = self._begin_anew, False
        self._writing = started(self._write, pieces, anew)

    def start_over(self) -> None:
        """Drop what was written, at the next write."""
        self._begin_anew = True

    async def finish(self) -> None:
        """Bring the file to the disk, and put it in its place in one step.

        Raises:
            OSError: That cannot be done.
        """
        await self._written()
        await self._do(started(self._bring_to_disk))
        for pause in _PAUSES:
            with contextlib.suppress(PermissionError):
                await self._replace()
                return
            await asyncio.sleep(pause)
        try:
            await self._replace()
        except PermissionError as error:
            raise PermissionError(errno.EACCES, _IN_USE, shown(self._known_as)) from error

    async def _replace(self) -> None:
        await self._do(started(self._temporary.replace, self._place))

    async def _written(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            await self._do(writing)

    async def _do(self, work: asyncio.Future[Any]) -> None:
        with naming(self._known_as):
            await finished(work)

    async def _close(self) -> None:
        try:
            if self._writing is not None:
                await ended(self._writing)
        finally:
            await in_thread(self._discard)

    def _open(self) -> None:
        kind = "other" if is_system_path(self.path) else kind_of(self.path)
        if kind == "folder":
            raise IsADirectoryError(
                f"{shown(self.path)} is a folder: give the name of a file in it."
            )
        if kind == "other":
            raise FileExistsError(f"{shown(self.path)} is no regular file: give another name.")
        self._place = Path(os.path.realpath(self.path))
        check_name(self._place)
        self._place.parent.mkdir(parents=True, exist_ok=True)
        self._temporary = part_of(self._place)
        self._file = self._temporary.open("xb")
        if kind == "file":
            with contextlib.suppress(OSError):  # not every file system has modes
                self._temporary.chmod(self._place.stat().st_mode & 0o777)

    def _write(self, pieces: Iterable[bytes], anew: bool) -> None:
        file = self._opened
        if anew:
            file.seek(0)
            file.truncate()
        file.writelines(pieces)

    def _bring_to_disk(self) -> None:
        file = self._opened
        file.flush()
        os.fsync(file.fileno())
        file.close()

    def _discard(self) -> None:
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._temporary.unlink(missing_ok=True)

    @property
    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise RuntimeError("the file was not opened")
        return self._file
