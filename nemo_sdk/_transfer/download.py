"""A film on its way here: in pieces, over as many connections as it takes."""

import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import aiohttp

from nemo_sdk._protocol.passing import is_passing
from nemo_sdk._telemetry.tracing import span
from nemo_sdk._transport.errors import error_of
from nemo_sdk.exceptions import DownloadError, TransportError

from .film_answer import FilmAnswer, Refused, end_of_film
from .film_places import FilmPlaces
from .film_version import LONGEST, FilmVersion

__all__ = ["Download"]

_ANOTHER = "has another film now than the one that began"
_TRY_AGAIN = {408, 425, 429}
_PROGRESS = 64 * 1024
"""Bytes that a connection has to bring before its breaking is not counted as one more failure."""


class Download:
    """Fetches one film: from its own address without the token, else through the service's API.

    A connection that breaks is gone on with: by Range where the server can, else anew. Parts that
    nobody asked for are put together, as long as each brings more.

    Args:
        places: Where it may be.
        size: Bytes that the service says the film has, or None.
        start_over: Called when the film comes from its start again, so that what came before is
            to be dropped; None where that cannot be: then it is compared, and not given twice.
    """

    def __init__(
        self,
        places: FilmPlaces,
        *,
        size: int | None,
        start_over: Callable[[], None] | None = None,
    ) -> None:
        self._places = places
        self._told_size = size if size and 0 < size <= LONGEST else None
        self._start_over = start_over
        self._film: FilmVersion | None = None
        self._given = 0
        self._checksum = 0
        self._position = 0
        self._again = 0
        self._announced: set[int] = set()

    @property
    def received(self) -> int:
        """Bytes of the film that have come."""
        return self._film.received if self._film else 0

    @property
    def total(self) -> int | None:
        """Bytes in all, or None where neither the server nor the service said."""
        return self._film.total if self._film else self._told_size

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield the film, piece by piece, to its end.

        Raises:
            DownloadError: It cannot be had whole.
        """
        with span("nemo.download", render_id=self._places.render_id) as told:
            try:
                async with aclosing(self._from_everywhere()) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                told.set(bytes=self.received)

    async def _from_everywhere(self) -> AsyncGenerator[bytes, None]:
        reasons: list[str] = []
        for find in self._places.finders:
            place = await find()
            if place is None:
                continue
            try:
                async with aclosing(self._all_from(place)) as pieces:
                    async for piece in pieces:
                        yield piece
            except Refused as refused:
                reasons.append(str(refused))
            else:
                return
        raise DownloadError(f"The film could not be fetched: {'; '.join(reasons)}.")

    async def _all_from(self, place: str) -> AsyncGenerator[bytes, None]:
        """Yield what is missing of the film, over as many connections as it takes."""
        failures = furthest = 0
        self._keep_only_of(place)
        while True:
            problem: Exception | None = None
            try:
                async with (
                    await self._places.ask(place, self._condition()) as response,
                    aclosing(self._missing(place, response)) as new,
                ):
                    async for piece in new:
                        yield piece
            except (aiohttp.ClientError, TransportError, OSError) as error:
                problem = error
            if problem is None and self._film and self._film.is_over:
                return
            gained, furthest = self.received - furthest, max(furthest, self.received)
            if problem is None:  # a part came whole
                failures = 0 if gained > 0 else failures
                continue
            failures = 1 if gained >= _PROGRESS else failures + 1
            if failures > self._places.max_retries or not is_passing(_ours(problem)):
                raise Refused(str(_ours(problem).args[0]).rstrip("."))
            await self._places.pause(failures)

    def _keep_only_of(self, place: str) -> None:
        """Forget what another address had: its film may be another one."""
        if self._film and self._film.place.partition("?")[0] != place.partition("?")[0]:
            self._film = None

    def _condition(self) -> dict[str, str]:
        return self._film.condition() if self._film else {}

    async def _missing(
        self, place: str, response: aiohttp.ClientResponse
    ) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of an answer that were not given before."""
        film, check_surplus = None, self._places.surplus_check(response)
        try:
            film = self._version_in(response, place)
            while not film.is_over and (piece := await self._places.next_piece(response)):
                if new := self._take(film, piece):
                    yield new
            check_surplus()
            film.end_answer()
            if film.is_over:
                if new := self._not_given(film.rest()):
                    yield new
                self._check_whole(film)
        except Refused as refused:
            if film is not None:  # so its bytes are none that others could go on with
                self._film = None
            raise Refused(f"{self._places.name_of(place, response)} {refused}") from refused

    def _version_in(self, response: aiohttp.ClientResponse, place: str) -> FilmVersion:
        """Return the version of the film that an answer begins, or goes on with."""
        status, film, asked = response.status, self._film, self._condition()
        if status >= 500 or status in _TRY_AGAIN:
            raise TransportError(f"the film's server failed ({status})")
        if film is not None and status == 416 and film.ends_at(end_of_film(response.headers)):
            return film
        if status not in {200, 206} and not (status == 416 and asked):
            raise Refused(f"does not give it ({status})")
        answer = FilmAnswer.read(status, response.headers) if status != 416 else None
        if film is not None and asked and answer is not None and answer.stop is not None:
            if film.goes_on_with(answer):
                return film
        elif answer is not None and answer.start == 0:
            self._check_size(answer.total)
            return self._begin(place, answer)
        self._film = None  # the next attempt asks for all of it
        raise TransportError(f"{response.url.host} gives another part than was asked for")

    def _begin(self, place: str, answer: FilmAnswer) -> FilmVersion:
        if self._start_over is not None and self._given:
            self._start_over()
            self._given = 0
        self._position = self._again = 0
        self._film = FilmVersion(place, answer, self._told_size)
        return self._film

    def _check_size(self, total: int | None) -> None:
        """Refuse another size than the render told; a larger one that two addresses have is right.

        A file that is shorter may have been cut where it lies.
        """
        told = self._told_size
        if total is None or total == told:
            return
        if told is None and total <= LONGEST:
            return
        if told is not None and total > told and total in self._announced:
            return
        self._announced.add(total)
        expected = f"the {told} that the render told" if told else f"at most {LONGEST}"
        raise Refused(f"has {total} bytes in place of {expected}")

    def _take(self, film: FilmVersion, piece: bytes) -> bytes:
        """Return what can be given of a piece that has come."""
        film.take(piece)
        return self._not_given(film.checked(piece))

    def _not_given(self, piece: bytes) -> bytes:
        """Return what of a piece is new to the caller; what is not must be the same."""
        known = self._given - self._position
        self._position += len(piece)
        if known > 0:
            old, piece = piece[:known], piece[known:]
            self._again = zlib.crc32(old, self._again)
            if len(old) == known and self._again != self._checksum:
                raise Refused(_ANOTHER)
        self._given += len(piece)
        if self._start_over is None:
            self._checksum = zlib.crc32(piece, self._checksum)
        return piece

    def _check_whole(self, film: FilmVersion) -> None:
        if self._position < self._given:
            raise Refused(_ANOTHER)
        if film.is_right():
            return
        self._film = None
        if self._start_over is None:
            raise DownloadError("The film is not what its server's checksum says.")
        raise TransportError("it is not what its server's checksum says")


def _ours(error: BaseException) -> TransportError:
    return error if isinstance(error, TransportError) else error_of(error, "the film")
