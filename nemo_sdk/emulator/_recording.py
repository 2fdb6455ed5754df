r"""A recorded conversation as a file: JSON lines, which people can read, cut and send.

The first line is `{"format": "nemo-sdk-recording", "version": 1}`. Each other line is a call:

    {"method": "POST", "path": "/run_sse", "sent": {"headers": {…}, "body": "…"},
     "status": 200, "headers": {"Content-Type": "text/event-stream"},
     "chunks": [[0.41, "data: …\n\n"], [2.07, "data: …\n\n"]]}

`chunks` are the pieces of the answer's body as they came, each with its seconds from the call on:
text as it is, other bytes as `{"base64": "…"}`. `ADDRESS` stands for the address of whoever plays
it.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

FORMAT = {"format": "nemo-sdk-recording", "version": 1}
ADDRESS = "http://recording.invalid"
ELSEWHERE = "/elsewhere"
"""Where files of other hosts are, by the number of the host."""

_LONGEST = 86_400.0


@frozen
class Chunk:
    """A piece of a body, and the seconds from the call on when it came."""

    seconds: float
    data: bytes = field(repr=False)


@frozen
class Recorded:
    """One call and its answer."""

    method: str
    path: str
    sent: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    chunks: tuple[Chunk, ...] = field(repr=False)

    @property
    def body(self) -> bytes:
        """The whole body of the answer."""
        return b"".join(chunk.data for chunk in self.chunks)

    def to_json(self) -> str:
        """Return the call as a line of the file."""
        chunks = [[round(chunk.seconds, 3), _written(chunk.data)] for chunk in self.chunks]
        line = {
            "method": self.method,
            "path": self.path,
            "sent": self.sent,
            "status": self.status,
            "headers": dict(self.headers),
            "chunks": chunks,
        }
        return json.dumps(line, ensure_ascii=False)


def write(path: Path, calls: Iterable[Recorded]) -> None:
    """Write a recording, which its owner alone can read."""
    lines = [json.dumps(FORMAT), *(call.to_json() for call in calls)]
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")


def read(path: Path) -> list[Recorded]:
    """Return the calls of a recording.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no recording; the words name the line.
    """
    # Texts may hold what str.splitlines() takes for ends of lines; some editors write a mark first.
    first, *lines = path.read_bytes().decode("utf-8-sig", "replace").split("\n")
    if not _is_header(first):
        raise ValueError(f"{path.name} is no recording of this library, or of another version.")
    return list(_calls(path.name, lines))


def _is_header(line: str) -> bool:
    try:
        return bool(json.loads(line) == FORMAT)
    except (ValueError, RecursionError):
        return False


def _calls(name: str, lines: Iterable[str]) -> Iterator[Recorded]:
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        try:
            yield _call(json.loads(line))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise ValueError(f"Line {number} of {name} is no recorded call: {error!r}") from error


def _call(fields: Mapping[str, Any]) -> Recorded:
    """Return the call of a line; a ValueError where no service could have answered so."""
    chunks = tuple(Chunk(float(at), _read(data)) for at, data in fields["chunks"])
    sent, headers = fields.get("sent") or {}, dict(fields["headers"])
    call = Recorded(
        fields["method"], fields["path"], dict(sent), int(fields["status"]), headers, chunks
    )
    if not (call.method.isalpha() and call.path.startswith("/") and 200 <= call.status <= 599):
        raise ValueError(f"{call.method} {call.path} cannot have been answered {call.status}")
    if not all(0 <= chunk.seconds <= _LONGEST for chunk in chunks):
        raise ValueError("the times of its chunks are wrong")
    if any("\n" in text or "\r" in text for header in headers.items() for text in header):
        raise ValueError("its headers have line breaks")
    return call


def _written(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _read(data: Any) -> bytes:
    if isinstance(data, dict):
        return base64.b64decode(data["base64"], validate=True)
    return str.encode(data)
