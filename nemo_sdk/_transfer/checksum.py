"""The checksum that a server tells of a file, kept up with while the file arrives. No I/O."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping

__all__ = ["Digest"]

_ALGORITHMS = {"sha-512": "sha512", "sha-256": "sha256", "sha": "sha1", "md5": "md5"}
"""Those that servers tell, the ones to be preferred first."""
_MEMBER = re.compile(r"\s*([\w-]+)\s*=\s*(?::([\w+/=-]*):|\"?([\w+/=-]*)\"?)\s*(?:;[^,]*)?")


class Digest:
    """The best checksum of those in an answer's headers; where there is none, all is right.

    Repr-Digest (RFC 9530), Digest (RFC 3230) and Content-MD5 (RFC 1864) are read.

    Args:
        headers: Of an answer with the file in it, as it is and not compressed.
        part: Whether only a part is in it, so that its Content-MD5 is of that part.
    """

    def __init__(self, headers: Mapping[str, str], *, part: bool = False) -> None:
        told = dict(_told(headers, part=part))
        best = next((name for name in _ALGORITHMS if name in told), None)
        self._expected = told[best] if best else b""
        self._sum = hashlib.new(_ALGORITHMS[best], usedforsecurity=False) if best else None

    @property
    def is_known(self) -> bool:
        """Whether the server tells one that is understood here."""
        return self._sum is not None

    def update(self, piece: bytes) -> None:
        """Take the next bytes of the file."""
        if self._sum is not None:
            self._sum.update(piece)

    def is_right(self) -> bool:
        """Whether the bytes taken are those that the server meant."""
        return self._sum is None or self._sum.digest() == self._expected


def _told(headers: Mapping[str, str], *, part: bool) -> Iterator[tuple[str, bytes]]:
    if not part and (value := _decoded(headers.get("Content-MD5", ""), "md5")):
        yield "md5", value
    for name, text in _members(headers):
        if name in _ALGORITHMS and (value := _decoded(text, _ALGORITHMS[name])):
            yield name, value


def _members(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for header in ("Digest", "Repr-Digest"):
        for member in headers.get(header, "").split(","):
            if match := _MEMBER.fullmatch(member):
                yield match[1].lower(), match[2] or match[3] or ""


def _decoded(text: str, algorithm: str) -> bytes:
    """Return a checksum's bytes, or none where the text is no such checksum."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return value if len(value) == hashlib.new(algorithm, usedforsecurity=False).digest_size else b""
