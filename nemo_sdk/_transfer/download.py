"""A film on its way here: in pieces, over as many connections as it takes."""

import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from nemo_sdk._protocol import endpoints
from nemo_sdk._telemetry.tracing import span
from nemo_sdk._transport.errors import error_of
from nemo_sdk._transport.transport import Transport
from nemo_sdk.exceptions import APIError, DownloadError, ServerError, TransportError

from .checksum import Digest
from .file_types import is_web_page
from .pace import next_round

__all__ = ["Download"]

_REDIRECTS = {301, 302, 303, 307, 308}
_SERVICE = ""
"""Stands for the service's own download among the addresses."""
_TRY_AGAIN = {408, 425, 429}
_PROGRESS = 64 * 1024
"""Bytes that a connection has to bring before its breaking is not counted as one more failure."""
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_AS_IT_IS = re.compile(r"[!-~]*")
_NO_FILM = {
    *("text/html", "text/xml", "application/xhtml+xml"),
    *("application/xml", "application/json"),
}


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
        self._alive = transport.lifetime
        self._url = url
        self._render_id = render_id
        self._told_size = size
        self._ask_again = ask_again
        self._start_over = start_over
        self._size: int | None = None
        self._validator = ""
        self._checksum = 0
        self._furthest = 0
        self._digest = Digest({})
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
        with span("nemo.download", render_id=self._render_id) as told:
            try:
                async with aclosing(self._from_everywhere()) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                told.set(bytes=self.received)

    async def _from_everywhere(self) -> AsyncGenerator[bytes, None]:
        for find in (self._own_address, self._renewed_address, self._service):
            place = await find()
            if place is None:
                continue
            try:
                async with aclosing(self._all_from(place)) as pieces:
                    async for piece in pieces:
                        yield piece
            except _Refused as refused:
                self._reasons.append(str(refused))
            else:
                return
        raise DownloadError(f"The film could not be fetched: {'; '.join(self._reasons)}.")

    async def _all_from(self, place: str) -> AsyncGenerator[bytes, None]:
        """Yield what is missing of the film, over as many connections as it takes."""
        failures = 0
        while True:
            before = self._furthest
            self._alive.check()
            try:
                async with self._ask(place) as answer, aclosing(self._missing(answer)) as new:
                    async for piece in new:
                        yield piece
                self._check_whole()
            except (aiohttp.ClientError, TransportError, OSError) as error:
                failures = 1 if self._furthest - before >= _PROGRESS else failures + 1
                problem = error
            else:
                return
            if failures > self._transport.max_retries:
                raise _Refused(_words(problem))
            await self._pause(failures)

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
        await next_round()
        headers = {"Accept-Encoding": "identity"}
        if self.received and self._validator:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self._validator}
        if place == _SERVICE:
            async with self._ask_service(headers) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                url = _url(response.headers.get("Location", ""), response.url)
        else:
            url = _url(place)
        async with self._transport.fetch(url, headers) as response:
            yield response

    @asynccontextmanager
    async def _ask_service(self, headers: dict[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        path = endpoints.download_path(self._render_id)
        try:
            async with self._transport.fetch_with_token(path, headers) as response:
                yield response
        except ServerError as error:
            raise TransportError(f"the service's own download failed: {error.message}") from error
        except APIError as error:
            raise _Refused(f"the service's own download: {error.message}") from error

    async def _missing(self, response: aiohttp.ClientResponse) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of an answer that did not come before."""
        self._check_answer(response)
        known = 0 if response.status == 206 else self._begin_anew(response)
        again = 0
        while chunk := await self._next_chunk(response):
            old, new = chunk[:known], chunk[known:]
            if old:
                known -= len(old)
                again = zlib.crc32(old, again)
                if not known and again != self._checksum:
                    raise _another()
            if new:
                self._take(new, response)
                yield new
        if known:
            raise TransportError("the connection ended before the film did")

    async def _next_chunk(self, response: aiohttp.ClientResponse) -> bytes:
        """Return what has come, or nothing at the end; the sender is held back meanwhile."""
        with self._alive.within():
            chunk = await response.content.readany()  # first: what breaks drops what waits
            await next_round()
        return chunk

    def _check_answer(self, response: aiohttp.ClientResponse) -> None:
        status, host = response.status, response.url.host
        if status >= 500 or status in _TRY_AGAIN:
            raise TransportError(f"the film's server failed ({status})")
        if status == 416 or (status == 206 and not self._is_the_rest(response)):
            self._validator = ""  # the next attempt asks for all of it
            raise TransportError(f"{host} gives another part than was asked for")
        if status not in {200, 206}:
            raise _Refused(f"{host} does not give it ({status})")
        if response.content_type in _NO_FILM:
            raise _Refused(f"{host} gives {response.content_type} in place of it")

    def _is_the_rest(self, response: aiohttp.ClientResponse) -> bool:
        """Whether a part is the one that is missing, of the film that began."""
        told = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
        if told is None or int(told[1]) != self.received:
            return False
        if told[2] != "*" and self._size not in {None, int(told[2])}:
            return False
        etag = response.headers.get("ETag")
        return not (etag and self._validator.startswith('"') and etag != self._validator)

    def _begin_anew(self, response: aiohttp.ClientResponse) -> int:
        """Take note of a whole answer, and return how many bytes of it are known already."""
        is_plain = response.headers.get("Content-Encoding", "identity") == "identity"
        self._validator = _validator(response.headers) if is_plain else ""
        self._size = response.content_length if is_plain else None
        if self._start_over is None and self.received:
            return self.received
        self._digest = Digest(response.headers if is_plain else {})
        if self._start_over is not None and self.received:
            self._start_over()
            self.received = 0
        return 0

    def _take(self, piece: bytes, response: aiohttp.ClientResponse) -> None:
        if not self.received and is_web_page(piece):
            raise _Refused(f"{response.url.host} gives a web page in place of it")
        self.received += len(piece)
        self._furthest = max(self._furthest, self.received)
        self._digest.update(piece)
        if self._start_over is None:
            self._checksum = zlib.crc32(piece, self._checksum)

    def _check_whole(self) -> None:
        """Refuse what is shorter than it was announced to be: a cut film is none."""
        if self.received == 0:
            raise _Refused("it is empty")
        if self._size is not None and self.received < self._size:
            raise TransportError("the connection ended before the film did")
        if self._told_size is not None and self.received < self._told_size:
            self._validator = ""
            raise _Refused(f"only {self.received} of {self._told_size} bytes are there")
        if not self._digest.is_right():
            self._validator = ""
            if self._start_over is None:
                raise DownloadError("The film is not what its server's checksum says.")
            raise TransportError("it is not what its server's checksum says")

    async def _pause(self, failures: int) -> None:
        timing = self._transport.timing
        await self._alive.sleep(min(timing.backoff * 2 ** (failures - 1), timing.backoff_max))


def _url(text: str, base: URL | None = None) -> URL:
    """Return an address sign for sign: a signature in it may cover every one."""
    try:
        url = URL(text, encoded=_AS_IT_IS.fullmatch(text) is not None)
    except ValueError as error:
        raise _Refused("its address is none") from error
    url = base.join(url) if base else url
    if url.scheme not in {"http", "https"} or not url.host:
        raise _Refused("its address is none of the web")
    return url


def _validator(headers: Mapping[str, str]) -> str:
    """Return what tells this very film from a later one: a strong ETag, or an old enough date."""
    etag = headers.get("ETag", "")
    if etag.startswith('"'):
        return etag
    modified, now = headers.get("Last-Modified", ""), headers.get("Date", "")
    try:
        settled = parsedate_to_datetime(now) - parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return ""
    return modified if settled.total_seconds() >= 1 else ""


def _another() -> DownloadError:
    return DownloadError("The film is another one now than the one that began.")


def _words(error: BaseException) -> str:
    ours = error if isinstance(error, TransportError) else error_of(error, "the film")
    return str(ours.args[0]).rstrip(".")
