"""A multipart body that is read from its sources while it is sent."""

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from attrs import define, field

from nemo_sdk._concurrency.threads import ended, finished, started
from nemo_sdk._paths import shown
from nemo_sdk._transport.bodies import SLICE, abort, while_moving
from nemo_sdk.events import UploadProgress

from .pace import next_round
from .reporter import Reporter

__all__ = ["FileSource", "form", "stamp_of"]

_PIECE = 1024 * 1024


@define
class FileSource:
    """One file to send: where it is opened, and what it was when it was checked."""

    name: str
    size: int
    content_type: str
    open: Callable[[], Any]
    """Returns the file at its start: one to be read in a thread, or an async one."""
    stamp: Any = None
    """What `stamp_of` told when it was checked."""
    keep_open: bool = False
    """Whether the file is the caller's, to be rewound and left open."""
    is_async: bool = False
    problem: BaseException | None = field(default=None, repr=False)
    """What went wrong while it was read; aiohttp would only say that sending failed."""


def stamp_of(file: Any) -> Any:
    """Return what changes when somebody writes to the file; None for what is no file on disk."""
    try:
        now = os.fstat(file.fileno())
    except (OSError, AttributeError):
        return None
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns


def form(
    sources: list[FileSource], reporter: Reporter[UploadProgress], stall: float
) -> aiohttp.MultipartWriter:
    """Return a body with the files in the field `files`, to be sent once.

    Args:
        sources: The files.
        reporter: Told how much has been sent.
        stall: Seconds after which a server that takes nothing more is given up.
    """
    writer = aiohttp.MultipartWriter("form-data")
    for source in sources:
        source.problem = None
        part = writer.append(_FilePart(source, reporter, stall))
        # Percent-encoded, a Chinese name would arrive as a string of numbers.
        part.set_content_disposition(
            "form-data", quote_fields=False, name="files", filename=source.name
        )
    return writer


class _FilePart(aiohttp.Payload):
    def __init__(
        self, source: FileSource, reporter: Reporter[UploadProgress], stall: float
    ) -> None:
        super().__init__(source, content_type=source.content_type)
        self._source = source
        self._reporter = reporter
        self._stall = stall

    @property
    def size(self) -> int:
        return self._source.size

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("A file that is streamed is not decoded.")

    async def write(self, writer: AbstractStreamWriter) -> None:
        try:
            await self._send(writer)
        except BaseException as error:
            self._source.problem = error
            abort(writer)
            raise

    async def _send(self, writer: AbstractStreamWriter) -> None:
        sent = 0

        def progress() -> UploadProgress:
            return UploadProgress(sent, self._source.size, self._source.name)

        async with aclosing(_Reader(self._source)) as reader:
            ahead = reader.start()
            try:
                while piece := await finished(ahead):
                    ahead = reader.start()
                    await self._write(writer, piece)
                    sent += len(piece)
                    await self._reporter.tell(progress, last=sent == self._source.size)
            finally:
                await ended(ahead)

    async def _write(self, writer: AbstractStreamWriter, piece: bytes) -> None:
        view = memoryview(piece)
        async with while_moving(writer, self._stall, shown(self._source.name)):
            for start in range(0, len(view), SLICE):
                await next_round()
                await writer.write(view[start : start + SLICE])


@define
class _Reader:
    """Reads a file to its end, and makes sure that nobody writes to it meanwhile."""

    source: FileSource
    position: int = 0
    _file: Any = None

    def start(self) -> asyncio.Future[bytes]:
        """Start to read the next piece."""
        return asyncio.ensure_future(self._await()) if self.source.is_async else started(self._read)

    async def aclose(self) -> None:
        """Leave a file of the caller's as it was given, and close one of ours."""
        if self._file is None:
            return
        if self.source.is_async:
            await self._file.seek(0)
        elif self.source.keep_open:
            self._file.seek(0)
        else:
            self._file.close()

    def _read(self) -> bytes:
        if self._file is None:
            self._file = self.source.open()
            self._check_unchanged()
        return self._checked(self._file.read(_PIECE))

    async def _await(self) -> bytes:
        if self._file is None:
            self._file = self.source.open()
            await self._file.seek(0)
        return self._checked(await self._file.read(_PIECE))

    def _checked(self, piece: bytes) -> bytes:
        self.position += len(piece)
        if not piece:
            self._check_unchanged()
        if self.position > self.source.size or (not piece and self.position < self.source.size):
            raise _changed(self.source)
        return piece

    def _check_unchanged(self) -> None:
        if not self.source.is_async and stamp_of(self._file) != self.source.stamp:
            raise _changed(self.source)


def _changed(source: FileSource) -> OSError:
    return OSError(
        f"{shown(source.name)} changed while it was uploaded. Nothing of it was kept as a whole: "
        "upload it again when nobody writes to it."
    )
