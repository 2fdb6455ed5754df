"""What an answer's headers say of the film in it: whole or a part, and which film. No I/O."""

import re
from email.utils import parsedate_to_datetime

from attrs import field, frozen
from multidict import CIMultiDict, CIMultiDictProxy

from nemo_sdk.exceptions import TransportError

__all__ = ["FilmAnswer", "Headers", "Refused", "end_of_film"]

Headers = CIMultiDict[str] | CIMultiDictProxy[str]

_DIGITS = r"([0-9]{1,18})"
_LENGTH = re.compile(_DIGITS)
_CONTENT_RANGE = re.compile(rf"bytes\s+{_DIGITS}-{_DIGITS}/(?:{_DIGITS}|\*)", re.IGNORECASE)
_UNSATISFIED = re.compile(rf"bytes\s+\*/{_DIGITS}", re.IGNORECASE)
_NO_FILM = re.compile(r"text/(html|xml)|application/(json|xml)|.*\+(json|xml)|multipart/.*")


class Refused(Exception):  # noqa: N818 - a reason to look elsewhere, not yet an error
    """An address does not give the film. Its words go into the error, if no other gives it."""


@frozen
class FilmAnswer:
    """An answer with bytes of a film in it.

    Attributes:
        start: Where in the film its first byte belongs.
        stop: Where its last one does, and one; None for an answer with the whole film.
        total: Bytes of the film, or None where they are not told.
        is_framed: Whether HTTP tells where the body ends; without it, a cut looks like the end.
        headers: All of them.
    """

    start: int
    stop: int | None
    total: int | None
    is_framed: bool
    headers: Headers = field(repr=False)

    @classmethod
    def read(cls, status: int, headers: Headers) -> "FilmAnswer | None":
        """Return what the headers of a 200 or 206 say; None for a part that is not well said.

        A 200 that says of itself that it is a part is one.

        Raises:
            Refused: What comes is no film.
            TransportError: It does not come as it is.
        """
        _check_kind(headers)
        length = _number(_LENGTH.fullmatch(headers.get("Content-Length", "").strip()))
        is_framed = length is not None or "chunked" in _tokens(headers, "Transfer-Encoding")
        part = _part(headers, length)
        if status == 200 and (part is None or part == (0, length, length)):
            return cls(0, None, length, is_framed, headers)
        return None if part is None else cls(*part, is_framed, headers)

    @property
    def validator(self) -> str:
        """What the rest of this very film can be asked for with: a strong ETag, or an old date."""
        etag = self.headers.get("ETag", "")
        if etag.startswith('"'):
            return etag
        modified = self.headers.get("Last-Modified", "")
        return modified if _is_old(modified, self.headers.get("Date", "")) else ""

    def is_of_another_film(self, other: "FilmAnswer") -> bool:
        """Whether something that both tell of their film differs."""
        mine, theirs = self._marks(), other._marks()  # noqa: SLF001 - of the same class
        told = [pair for pair in zip(mine, theirs, strict=True) if all(pair)]
        return any(one != another for one, another in told)

    def _marks(self) -> tuple[int | str | None, ...]:
        etag = self.headers.get("ETag", "").removeprefix("W/")
        return self.total, etag, self.headers.get("Last-Modified")


def _part(headers: Headers, length: int | None) -> tuple[int, int, int | None] | None:
    """Return where a part begins and stops, and of how many bytes; None if it is not well said."""
    told = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
    if told is None:
        return None
    start, stop, total = int(told[1]), int(told[2]) + 1, _number(told, 3)
    is_possible = start < stop <= (total or stop) and length in {None, stop - start}
    return (start, stop, total) if is_possible else None


def end_of_film(headers: Headers) -> int | None:
    """Return the film's length, as a 416 tells it to who asked for more than there is."""
    return _number(_UNSATISFIED.fullmatch(headers.get("Content-Range", "").strip()))


def _check_kind(headers: Headers) -> None:
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if _NO_FILM.fullmatch(kind):
        raise Refused(f"gives {kind[:60]} in place of it")
    codings = _tokens(headers, "Content-Encoding") | _tokens(headers, "Transfer-Encoding")
    if codings := codings - {"identity", "chunked"}:
        raise TransportError(f"it comes in a coding ({min(codings)[:60]}) that nobody asked for")


def _tokens(headers: Headers, name: str) -> set[str]:
    lines = ",".join(headers.getall(name, []))
    return {token.strip().lower() for token in lines.split(",")} - {""}


def _number(match: re.Match[str] | None, group: int = 1) -> int | None:
    return int(match[group]) if match and match[group] else None


def _is_old(modified: str, now: str) -> bool:
    """Whether a film had not been changed for a second: then its date tells it from a later one."""
    try:
        settled = parsedate_to_datetime(now) - parsedate_to_datetime(modified)
    except (ValueError, TypeError, OverflowError):
        return False
    return settled.total_seconds() >= 1
