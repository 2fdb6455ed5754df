"""Bytes to server-sent events, as the HTML standard has them. No I/O."""

from typing import Any

from aiohttp_sse_client.client import MessageEvent

__all__ = ["EventDecoder", "EventTooLargeError"]

MAX_EVENT = 256 * 1024**2
_BOM = b"\xef\xbb\xbf"
_LARGE = 4096


class EventTooLargeError(ValueError):
    """One event is larger than any that the service can mean."""


_event_of: Any = MessageEvent  # it comes without types


class EventDecoder:
    """Cuts a stream of bytes, however it arrives, into server-sent events.

    Args:
        origin: What `MessageEvent.origin` says.

    Attributes:
        retry: The last valid `retry` of the stream, in milliseconds, or None.
    """

    def __init__(self, origin: str = "") -> None:
        self.retry: int | None = None
        self._origin = origin
        self._start: bytes | None = b""
        self._skip_newline = False
        self._line: list[bytes] = []
        self._data: list[str] = []
        self._type = ""
        self._last_id = ""
        self._held = 0

    @property
    def pending(self) -> bool:
        """Whether the bytes so far end inside an event."""
        return bool(self._line or self._data or self._type or self._start)

    def feed(self, chunk: bytes) -> list[MessageEvent]:
        """Return the events that these bytes complete, oldest first.

        Raises:
            EventTooLargeError: One event is over 256 MiB.
        """
        if self._start is not None:
            chunk = self._without_bom(chunk)
        if self._skip_newline or b"\r" in chunk:
            chunk = self._with_plain_newlines(chunk)
        events: list[MessageEvent] = []
        data = self._data
        # This loop runs for every line: what nearly every line looks like is read in place.
        for line in self._whole_lines(chunk):
            if line[:6] == b"data: ":
                data.append(
                    line[6:].decode("utf-8", "replace") if len(line) < _LARGE else _text(line)
                )
            elif line:
                self._field(*line.partition(b":"))
            else:
                self._end_of_event(events)
        self._check_size(len(chunk), begun_anew=bool(events))
        return events

    def _without_bom(self, chunk: bytes) -> bytes:
        start = (self._start or b"") + chunk
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BOM)

    def _with_plain_newlines(self, chunk: bytes) -> bytes:
        r"""Make \r\n and \r into \n, also where the pair was cut in two."""
        if not chunk:
            return chunk
        if self._skip_newline:
            chunk = chunk.removeprefix(b"\n")
        self._skip_newline = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _whole_lines(self, chunk: bytes) -> list[bytes]:
        """Return the lines that have an end, and keep the rest for the next chunk."""
        if b"\n" not in chunk:  # of a line of megabytes, nothing is copied before its end
            if chunk:
                self._line.append(chunk)
            return []
        lines = chunk.split(b"\n")
        rest = lines.pop()
        if lines and self._line:
            self._line.append(lines[0])
            lines[0] = b"".join(self._line)
            self._line.clear()
        if rest:
            self._line.append(rest)
        return lines

    def _end_of_event(self, events: list[MessageEvent]) -> None:
        if self._data:
            kind, data = self._type or "message", self._data
            text = data[0] if len(data) == 1 else "\n".join(data)
            events.append(_event_of(kind, kind, text, self._origin, self._last_id))
            data.clear()
        self._type = ""

    def _field(self, name: bytes, _: bytes, raw: bytes) -> None:
        value = raw.removeprefix(b" ").decode("utf-8", "replace")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._type = value
        elif name == b"id":
            if "\0" not in value:
                self._last_id = value
        elif name == b"retry" and value.isascii() and value.isdigit() and len(value) < 20:
            self.retry = int(value)

    def _check_size(self, fed: int, *, begun_anew: bool) -> None:
        if not self.pending:
            self._held = 0
            return
        self._held = fed if begun_anew else self._held + fed
        if self._held > MAX_EVENT:
            raise EventTooLargeError(f"An event of the stream is over {MAX_EVENT // 1024**2} MiB.")


def _text(line: bytes) -> str:
    """Return the value of a long data line, without another copy of its megabytes."""
    return str(memoryview(line)[6:], "utf-8", "replace")
