"""Bytes to server-sent events, as the HTML standard has them. No I/O."""

from typing import Any

from aiohttp_sse_client.client import MessageEvent

__all__ = ["EventDecoder", "EventTooLargeError"]

MAX_EVENT = 256 * 1024**2
_BOM = b"\xef\xbb\xbf"
_CR, _LF = b"\r\n"
"""As numbers: `in` finds a number in bytes several times as fast as a byte."""
_COMPLETE: Any = MessageEvent  # it comes without types


class EventTooLargeError(ValueError):
    """One event is larger than any that the service can mean."""


class _NewMessage(MessageEvent):  # type: ignore[misc] # as above
    """A `MessageEvent` that is frozen when it is complete: made in a third of the time."""

    __slots__ = ()
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__

    def __init__(self, kind: str, data: str, origin: str, last_event_id: str) -> None:
        self.type = self.message = kind
        self.data = data
        self.origin = origin
        self.last_event_id = last_event_id
        self.__class__ = _COMPLETE


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
        self._is_at_start = True
        self._skip_newline = False
        self._line: list[bytes] = []
        self._data: list[str] = []
        self._type = ""
        self._last_id = ""
        self._held = 0

    @property
    def pending(self) -> bool:
        """Whether the bytes so far end inside an event."""
        return bool(self._line or self._data or self._type)

    def feed(self, chunk: bytes) -> list[MessageEvent]:
        """Return the events that these bytes complete, oldest first.

        Raises:
            EventTooLargeError: One event is over 256 MiB.
        """
        if self._skip_newline or _CR in chunk:
            chunk = self._with_plain_newlines(chunk)
        events: list[MessageEvent] = []
        data = self._data
        # This loop runs for every line: what nearly every line looks like is read in place.
        for line in self._whole_lines(chunk):
            if line[:6] == b"data: ":
                data.append(line[6:].decode("utf-8", "replace"))
            elif line:
                self._field(*line.partition(b":"))
            else:
                if data:
                    kind, text = self._type or "message", "\n".join(data)
                    events.append(_NewMessage(kind, text, self._origin, self._last_id))
                    data.clear()
                self._type = ""
        if events or not self.pending:
            self._held = 0
        else:
            self._hold(len(chunk))
        return events

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
        # In a piece of a line of megabytes, "in" sees ten times as fast as "split" that no end is.
        lines = chunk.split(b"\n") if _LF in chunk else [chunk]
        rest = lines.pop()
        if lines and (self._line or self._is_at_start):
            lines[0] = self._begun_line(lines[0])
        if rest:
            self._line.append(rest)
        return lines

    def _begun_line(self, end: bytes) -> bytes:
        """Return the whole of a line that began in an earlier chunk, or that is the first."""
        line = b"".join([*self._line, end])
        self._line.clear()
        if self._is_at_start:
            self._is_at_start = False
            line = line.removeprefix(_BOM)
        return line

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

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > MAX_EVENT:
            raise EventTooLargeError(f"An event of the stream is over {MAX_EVENT // 1024**2} MiB.")
