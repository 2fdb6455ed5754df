"""A film as one address has it, as far as it has come. No I/O."""

import json

from nemo_sdk.exceptions import TransportError

from .checksum import Digest
from .file_types import text_in_place_of_media
from .film_answer import FilmAnswer, Refused

__all__ = ["LONGEST", "FilmVersion"]

LONGEST = 4 * 1024**3
"""Bytes after which a film whose size nobody told is taken to be without end."""
_HEAD = 512
"""Bytes that are looked at before one is given away: pages and errors come under every name."""


class FilmVersion:
    """One version of a film: what an address began to give, and goes on to give.

    Args:
        place: The address.
        answer: The first answer of it, which begins at the film's first byte.
        told_size: Bytes that the film has, for when the answer does not say; None if unknown.
    """

    def __init__(self, place: str, answer: FilmAnswer, told_size: int | None) -> None:
        self.place = place
        self.received = 0
        self.total = answer.total if answer.total is not None else told_size
        self.is_over = False
        self._begun = self._answer = answer
        self._digest = Digest(answer.headers, part=answer.stop is not None)
        self._head: bytearray | None = bytearray()

    def condition(self) -> dict[str, str]:
        """Return the headers that ask for the rest of this version; none where that cannot be."""
        if not self.received or not (self._begun.validator or self._begun.stop):
            return {}
        asked = {"Range": f"bytes={self.received}-"}
        return asked | ({"If-Range": self._begun.validator} if self._begun.validator else {})

    def goes_on_with(self, answer: FilmAnswer) -> bool:
        """Take an answer for the next one, if it is the rest, or a part of it, of this version."""
        if answer.start != self.received or answer.is_of_another_film(self._begun):
            return False
        if self.total is not None and answer.total not in {None, self.total}:
            return False
        self.total = self.total if answer.total is None else answer.total
        self._answer = answer
        return True

    def take(self, piece: bytes) -> None:
        """Take note of the next bytes.

        Raises:
            Refused: They are more than there can be.
        """
        self.received += len(piece)
        self._digest.update(piece)
        if self.received > (self._answer.stop or self.total or LONGEST):
            raise Refused("gives more than the film can have")

    def checked(self, piece: bytes) -> bytes:
        """Return what can be given away now: the first bytes are held back until they are enough.

        Raises:
            Refused: They are none of a film.
        """
        if self._head is None:
            return piece
        self._head += piece
        return b"" if len(self._head) < _HEAD else self.rest()

    def rest(self) -> bytes:
        """Return what has been held back.

        Raises:
            Refused: It is not of a film.
        """
        head, self._head = bytes(self._head or b""), None
        kind = text_in_place_of_media(head[:_HEAD])
        if kind or (self.is_over and _is_json(head)):
            raise Refused(f"gives {kind or 'JSON'} in place of it")
        return head

    def ends_at(self, length: int | None) -> bool:
        """Take note of how long a server says that the film is, when it is asked for more."""
        self.is_over = self.total is None and length == self.received
        return self.is_over

    def end_answer(self) -> None:
        """Take note of an answer's end.

        Raises:
            TransportError: It had less than it announced.
            Refused: This is all, and it is not the film.
        """
        if self.is_over:
            return
        announced = self._answer.total if self._answer.stop is None else self._answer.stop
        if announced is not None and self.received < announced:
            raise TransportError("the connection ended before the film did")
        if self._answer.stop is not None:
            self.is_over = self.received == self.total
            return
        if self.received == 0:
            raise Refused("gives nothing")
        if self.total is not None and self.received < self.total:
            raise Refused(f"has only {self.received} of {self.total} bytes")
        if self.total is None and not self._answer.is_framed and not self._digest.is_known:
            raise Refused("does not tell where it ends")
        self.is_over = True

    def is_right(self) -> bool:
        """Whether the film is what its server's checksum says."""
        return self._digest.is_right()


def _is_json(text: bytes) -> bool:
    try:
        return text.lstrip()[:1] in {b"{", b"[", b'"'} and json.loads(text) is not None
    except ValueError:
        return False
