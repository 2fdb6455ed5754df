"""Whose conversation it was is nobody's business: tokens, ids and names become others.

The same value becomes the same one everywhere, so that a conversation still hangs together.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from attrs import define, field

from ._recording import Chunk

_IDS = frozenset(
    {
        *("token", "claim_token", "session_id", "sessionId", "task_id", "taskId", "user_id"),
        *("userId", "id", "render_id", "invocationId", "invocation_id", "hash", "client_id"),
        *("clientId", "access_token", "refresh_token", "claimToken", "api_key", "secret"),
    }
)
_NAMES = frozenset({"filename", "task_name", "user_name", "userName", "nickname", "email", "phone"})
_SECRET = re.compile(
    r"\b(?:nmv_[a-z]+|clm|anon)_[\w-]{6,}"  # tokens and users of the service
    r"|\beyJ[\w-]{6,}\.[\w-]+\.[\w-]+"  # a JSON web token
    r"|(?:\bBearer |[?&](?:ct|sig|[\w-]*(?:token|signature|credential|secret|key))=)"
    r"(?P<value>[^&\s\"'<>\\]{6,})",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_KNOWN_TO_ALL = frozenset({"project", "nemo_agent"})
_SHORTEST = 6


@define
class Masks:
    """The values that were seen, and what stands for them."""

    _masks: dict[str, str] = field(factory=dict)

    def look_at(self, value: Any, key: str = "") -> None:
        """Remember what has to be masked in something from JSON."""
        if isinstance(value, Mapping):
            for name, inner in value.items():
                self.look_at(inner, name)
        elif isinstance(value, list):
            for inner in value:
                self.look_at(inner, key)
        elif key in _IDS | _NAMES and isinstance(value, str | int):
            self.add(str(value), name=key in _NAMES)
        elif isinstance(value, str):
            self.look_at_text(value)  # tools are given JSON in JSON

    def look_at_text(self, text: str) -> None:
        """Remember what has to be masked in JSON, in the lines of a stream, or in plain words."""
        for found in _SECRET.finditer(text):
            self.add(found["value"] or found[0])
        for found in _EMAIL.finditer(text):
            self.add(found[0], name=True)
        for line in dict.fromkeys([text, *text.split("\n")]):
            bare = line.removeprefix("data:").strip()
            if bare.startswith(("{", "[")):
                with suppress(ValueError, RecursionError):
                    self.look_at(json.loads(bare))

    def add(self, value: str, *, name: bool = False) -> None:
        """Remember one value; short ones tell nothing, and are parts of other words."""
        if len(value) < _SHORTEST or value in self._masks or value in _KNOWN_TO_ALL:
            return
        number = len(self._masks) + 1
        self._masks[value] = _name_mask(value, number) if name else _id_mask(value, number)

    def forget(self, value: str) -> None:
        """Leave something out wherever it stands."""
        self._masks[value] = ""

    def text(self, text: str) -> str:
        """Return a text without any of the values."""
        return self.chunks([Chunk(0, text.encode())])[0].data.decode()

    def chunks(self, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Return the pieces of a body without any of the values, even where two pieces share one.

        A piece that ends within a value ends behind it.
        """
        table = dict(self._forms())
        if not table:
            return list(chunks)
        values = sorted(table, key=len, reverse=True)
        pattern = re.compile(b"|".join(map(re.escape, values)))
        whole = b"".join(chunk.data for chunk in chunks)
        masked: list[Chunk] = []
        position = end = 0
        for chunk in chunks:
            end += len(chunk.data)
            piece = b""
            for found in pattern.finditer(whole, position):
                if found.start() >= end:
                    break
                piece += whole[position : found.start()] + table[found[0]]
                position = found.end()
            piece += whole[position:end]
            position = max(position, end)
            masked.append(Chunk(chunk.seconds, piece))
        return masked

    def _forms(self) -> Iterable[tuple[bytes, bytes]]:
        """Yield each value as it is written: plain, in JSON, in an address, in base 64."""
        for value, mask in self._masks.items():
            for form in (value, json.dumps(value)[1:-1], quote(value), quote(value, safe="")):
                yield form.encode("utf-8", "surrogatepass"), mask.encode()
            for encoded in _in_base64(value.encode("utf-8", "surrogatepass")):
                yield encoded, b"x" * len(encoded)


def _in_base64(value: bytes) -> Iterable[bytes]:
    """Yield what base 64 makes of a value, wherever in three bytes it begins."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value)
        whole = encoded[(0, 2, 3)[before] : (before + len(value)) // 3 * 4]
        if len(whole) >= _SHORTEST:
            yield from {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}


def _id_mask(value: str, number: int) -> str:
    if value.isdecimal():
        return str(10 ** (len(value) - 1) + number)  # JSON numbers begin with no zero
    prefix = value[: value.rfind("_") + 1]
    return prefix + str(number).zfill(len(value) - len(prefix))


def _name_mask(value: str, number: int) -> str:
    return f"name-{number}{PurePosixPath(value).suffix}"
