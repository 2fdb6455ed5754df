"""Where a film may be, and how it is asked for there: all that downloads need of the transport."""

from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from nemo_sdk._protocol import endpoints
from nemo_sdk._transport.transport import Credential, Transport
from nemo_sdk.exceptions import APIError, ServerError, TransportError

from .film_address import film_url, redirected
from .film_answer import Refused
from .pace import next_round

__all__ = ["FilmPlaces"]

_REDIRECTS = {301, 302, 303, 307, 308}
_SERVICE = ""
"""Stands for the service's own download among the addresses."""


class FilmPlaces:
    """The places that a film is looked for in, the best first.

    Args:
        transport: What it is fetched with.
        credential: Who asks the service for it.
        url: The film's own address, or None.
        render_id: For the service's own download.
        ask_again: Returns the film's address anew, for when it has expired.
    """

    def __init__(
        self,
        transport: Transport,
        credential: Credential,
        *,
        url: str | None,
        render_id: str,
        ask_again: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._transport = transport
        self._credential = credential
        self._url = url
        self._ask_again = ask_again
        self._path = endpoints.download_path(render_id)
        self.render_id = render_id
        self.finders = (self._own_address, self._renewed_address, self._service)
        """Each returns an address, or None where there is none of its kind."""

    @property
    def max_retries(self) -> int:
        """How often an address that brings nothing is asked again."""
        return self._transport.max_retries

    def name_of(self, place: str, response: aiohttp.ClientResponse) -> str:
        """Return who gave an answer, for people."""
        return "the service's own download" if place == _SERVICE else str(response.url.host)

    async def pause(self, failures: int) -> None:
        """Wait before the next attempt at an address."""
        timing = self._transport.timing
        await self._transport.sleep(min(timing.backoff * 2 ** (failures - 1), timing.backoff_max))

    async def ask(self, place: str, headers: dict[str, str]) -> aiohttp.ClientResponse:
        """Ask for the film; the caller closes the answer.

        No token leaves the service, and redirects are followed hop by hop.

        Raises:
            Refused: The address gives none.
            aiohttp.ClientError, TransportError, OSError: No answer came; another may.
        """
        await next_round()
        headers = {"Accept-Encoding": "identity", **headers}
        seen: list[URL] = [] if place == _SERVICE else [film_url(place)]
        while True:
            asking = self._ask_at(seen[-1], headers) if seen else self._ask_service(headers)
            response = await asking
            if response.status not in _REDIRECTS:
                return response
            async with response:
                seen = seen or [response.url]
                seen.append(redirected(seen, response.headers.get("Location", "")))

    async def next_piece(self, response: aiohttp.ClientResponse) -> bytes:
        """Return what has come, or nothing at the end; the sender is held back meanwhile."""
        with self._transport.while_open():
            piece = await response.content.readany()  # first: what breaks drops what waits
            await next_round()
        return piece

    def surplus_check(self, response: aiohttp.ClientResponse) -> Callable[[], None]:
        """Return what raises Refused, at an answer's end, if more came than it had announced."""
        protocol = response.connection.protocol if response.connection else None

        def check() -> None:
            # Of bytes after the end, aiohttp makes the start of another answer, which is none.
            if protocol is not None and isinstance(protocol.exception(), HttpProcessingError):
                raise Refused("gives more than it announces")

        return check

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

    async def _ask_at(self, url: URL, headers: dict[str, str]) -> aiohttp.ClientResponse:
        try:
            return await self._transport.fetch(url, headers)
        except aiohttp.InvalidURL as error:
            raise Refused("its address is none") from error
        except (aiohttp.ClientError, OSError):  # a refused certificate is a ValueError, too
            raise
        except ValueError as error:
            raise Refused(f"{url.host} cannot be asked") from error

    async def _ask_service(self, headers: dict[str, str]) -> aiohttp.ClientResponse:
        try:
            return await self._transport.fetch_with_token(self._path, headers, self._credential)
        except ServerError as error:
            raise TransportError(f"the service's own download failed: {error.message}") from error
        except APIError as error:
            raise Refused(f"the service's own download: {error.message}") from error
