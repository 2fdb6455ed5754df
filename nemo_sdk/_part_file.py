"""A file that is not there until it is whole."""

import contextlib
import os
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ._threads import in_thread

__all__ = ["PartFile"]


class PartFile:
    """A file in the making, in the folder of the one that it becomes.

    An async context manager; when it is left without `finish()`, nothing stays. All its work on
    the disk is done beside the event loop.

    Args:
        path: The file to make; folders that are missing are made too.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        self._temporary = Path()
        self._file: IO[bytes] | None = None
        self._begin_anew = False

    async def __aenter__(self) -> Self:
        try:
            await self._do(self._open)
        except BaseException:
            await in_thread(self._discard)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await in_thread(self._discard)

    async def write(self, pieces: Iterable[bytes]) -> None:
        """Append to the file.

        Raises:
            OSError: It cannot be written; it names the file that was asked for.
        """
        await self._do(self._write, pieces)

    def start_over(self) -> None:
        """Drop what was written, at the next write."""
        self._begin_anew = True

    async def finish(self) -> None:
        """Bring the file to the disk, and put it in its place in one step.

        Raises:
            OSError: That cannot be done.
        """
        await self._do(self._finish)

    async def _do(self, work: Callable[..., None], *args: Any) -> None:
        try:
            await in_thread(work, *args)
        except OSError as error:
            if error.errno is None:
                raise
            problem = OSError(error.errno, error.strerror, str(self.path))
        else:
            return
        raise problem

    def _open(self) -> None:
        if self.path.is_dir():
            raise IsADirectoryError(f"{self.path} is a folder: give the name of a file in it.")
        if self.path.exists() and not self.path.is_file():
            raise FileExistsError(f"{self.path} is no regular file: give another name.")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Few letters of the name: the longest name that a folder takes leaves no room for more.
        self._temporary = self.path.with_name(f".{self.path.name[:16]}.{uuid.uuid4().hex}.part")
        self._file = self._temporary.open("xb")

    def _write(self, pieces: Iterable[bytes]) -> None:
        file = self._opened
        if self._begin_anew:
            file.seek(0)
            file.truncate()
            self._begin_anew = False
        file.writelines(pieces)

    def _finish(self) -> None:
        file = self._opened
        file.flush()
        os.fsync(file.fileno())
        file.close()
        self._temporary.replace(self.path)

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
