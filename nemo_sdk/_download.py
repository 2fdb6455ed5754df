"""A film on its way here: in pieces, over as many connections as it takes."""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager

import aiohttp
from yarl import URL

from . import _protocol
from ._http import error_of
from ._transport import Transport
from .exceptions import APIError, DownloadError, TransportError

__all__ = ["Download"]

_REDIRECTS = {301, 302, 303, 307, 308}
_SERVICE = ""
"""Stands for the service's own download among the addresses."""
_TRY_AGAIN = {408, 425, 429}
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class _Refused(Exception):  # noqa: N818 - a reason to look elsewhere, not yet an error
    """This address will not give the film."""


class Download:
    """Fetches one film: from its own address without the token, else through the service's API.

    A connection that breaks is gone on with: by Range where the server can, else anew.

    Args:
        transport: What it is fetched with.
        url: The film's own address, or None.
        render_id: For the service's own download.
        size: Bytes that the service says the film has, or None.
        ask_again: Returns the film's address anew, for when it has expired.
        start_over: Called when the film comes from its start again, so that what came before is
            to be dropped; None where that cannot be: then it is compared, and not given twice.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        url: str | None,
        render_id: str,
        size: int | None,
        ask_again: Callable[[], Awaitable[str | None]],
        start_over: Callable[[], None] | None = None,
    ) -> None:
        self._transport = transport
        self._url = url
        self._render_id = render_id
        self._told_size = size
        self._ask_again = ask_again
        self._start_over = start_over
        self._size: int | None = None
        self._validator = ""
        self._checksum = 0
        self._reasons: list[str] = []
        self.received = 0

    @property
    def total(self) -> int | None:
        """Bytes in all, or None where neither the server nor the service said."""
        return self._told_size if self._size is None else self._size

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the film, piece by piece, to its end.

        Raises:
            DownloadError: It cannot be had whole.
        """
        for find in (self._own_address, self._renewed_address, self._service):
            place = await find()
            if place is None:
                continue
            failures = 0
            while failures <= self._transport.max_retries:
                before = self.received
                try:
                    async with self._ask(place) as answer, aclosing(self._missing(answer)) as new:
                        async for piece in new:
                            yield piece
                    self._check_whole()
                except _Refused as refused:
                    self._reasons.append(str(refused))
                    break
                except (aiohttp.ClientError, TransportError, OSError) as error:
                    failures = 1 if self.received > before else failures + 1
                    problem = error
                else:
                    return
                await self._pause(failures)
            else:
                self._reasons.append(_words(problem))
        raise DownloadError(f"The film could not be fetched: {'; '.join(self._reasons)}.")

    async def _own_address(self) -> str | None:
        return self._url

    async def _renewed_address(self) -> str | None:
        """Return the address that the service gives now, if it is another one."""
        try:
            renewed = await self._ask_again() if self._url else None
        except (APIError, TransportError):
            return None
        return renewed if renewed != self._url else None

    async def _service(self) -> str:
        return _SERVICE

    @asynccontextmanager
    async def _ask(self, place: str) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Accept-Encoding": "identity"}
        if self.received and self._validator:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self._validator}
        if place == _SERVICE:
            path = _protocol.download_path(self._render_id)
            try:
                async with self._transport.fetch_with_token(path, headers) as response:
                    if response.status not in _REDIRECTS:
                        yield response
                        return
                    place = str(response.url.join(URL(response.headers.get("Location", ""))))
            except APIError as error:
                raise _Refused(f"the service's own download: {error.message}") from error
        async with self._transport.fetch(URL(place), headers) as response:
            yield response

    async def _missing(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of an answer that did not come before."""
        if response.status == 416 and self.received and self.received == self._size:
            return
        self._check_answer(response)
        known = 0 if response.status == 206 else self._begin_anew(response)
        checksum = 0
        while piece := await response.content.readany():
            if known:
                again, piece = piece[:known], piece[known:]
                known -= len(again)
                checksum = zlib.crc32(again, checksum)
                if not known and checksum != self._checksum:
                    raise DownloadError("The film is another one now than the one that began.")
                if not piece:
                    continue
            self.received += len(piece)
            if self._start_over is None:
                self._checksum = zlib.crc32(piece, self._checksum)
            yield piece

    def _check_answer(self, response: aiohttp.ClientResponse) -> None:
        status = response.status
        if status >= 500 or status in _TRY_AGAIN:
            raise TransportError(f"the film's server failed ({status})")
        if status not in {200, 206} or response.content_type == "text/html":
            raise _Refused(f"{response.url.host} does not give it ({status})")
        if status == 206:
            told = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if told is None or (int(told[1]), int(told[2])) != (self.received, self._size):
                raise _Refused(f"{response.url.host} gives another part than was asked for")

    def _begin_anew(self, response: aiohttp.ClientResponse) -> int:
        """Take note of a whole answer, and return how many bytes of it are known already."""
        etag = response.headers.get("ETag", "")
        strong = etag and not etag.startswith("W/")
        self._validator = etag if strong else response.headers.get("Last-Modified", "")
        self._size = response.content_length
        if self._start_over is not None and self.received:
            self._start_over()
            self.received = 0
        return self.received

    def _check_whole(self) -> None:
        """Refuse what is shorter than it was announced to be: a cut film is none."""
        if self.received == 0:
            raise _Refused("it is empty")
        if self._size is not None and self.received < self._size:
            raise TransportError("the connection ended before the film did")
        if self._told_size is not None and self.received < self._told_size:
            raise _Refused(f"only {self.received} of {self._told_size} bytes are there")

    async def _pause(self, failures: int) -> None:
        timing = self._transport.timing
        await asyncio.sleep(min(timing.backoff * 2 ** (failures - 1), timing.backoff_max))


def _words(error: BaseException) -> str:
    ours = error if isinstance(error, TransportError) else error_of(error, "the film")
    return str(ours.args[0]).rstrip(".")
