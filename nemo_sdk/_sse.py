"""Bytes to server-sent events, as the HTML standard has them. No I/O."""

from aiohttp_sse_client.client import MessageEvent

__all__ = ["EventDecoder", "EventTooLargeError"]

MAX_EVENT = 256 * 1024**2
_BOM = b"\xef\xbb\xbf"
_set_type = MessageEvent.type.__set__
_set_message = MessageEvent.message.__set__
_set_data = MessageEvent.data.__set__
_set_origin = MessageEvent.origin.__set__
_set_last_id = MessageEvent.last_event_id.__set__


class EventTooLargeError(ValueError):
    """One event is larger than any that the service can mean."""


def _message_event(kind: str, data: str, origin: str, last_id: str) -> MessageEvent:
    # A frozen attrs class looks its setter up for each field: a third of the cost of an event.
    event = object.__new__(MessageEvent)
    _set_type(event, kind)
    _set_message(event, kind)
    _set_data(event, data)
    _set_origin(event, origin)
    _set_last_id(event, last_id)
    return event


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
        events = self._events(self._whole_lines(chunk))
        self._held = len(chunk) if events else self._held + len(chunk)
        if self._held > MAX_EVENT and self.pending:
            raise EventTooLargeError(f"An event of the stream is over {MAX_EVENT // 1024**2} MiB.")
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

    def _whole_lines(self, chunk: bytes) -> str:
        """Return the lines that have an end, and keep the rest for the next chunk."""
        end = chunk.rfind(b"\n") + 1
        if not end:
            if chunk:
                self._line.append(chunk)
            return ""
        whole = b"".join((*self._line, chunk[:end])) if self._line else chunk[:end]
        self._line = [chunk[end:]] if end < len(chunk) else []
        return whole.decode("utf-8", "replace")

    def _events(self, text: str) -> list[MessageEvent]:
        events: list[MessageEvent] = []
        if not text:
            return events
        blocks = text.split("\n\n")
        rest = blocks.pop()
        origin = self._origin
        fresh = not (self._data or self._type)
        for block in blocks:
            if fresh and block[:6] == "data: " and "\n" not in block:
                # What nearly every event looks like is worth a way of its own.
                events.append(_message_event("message", block[6:], origin, self._last_id))
            else:
                self._lines([*block.split("\n"), ""], events)
                fresh = True
        if rest:
            self._lines(rest[:-1].split("\n"), events)
        return events

    def _lines(self, lines: list[str], events: list[MessageEvent]) -> None:
        for line in lines:
            if line:
                self._field(*line.partition(":"))
            else:
                if self._data:
                    kind, data = self._type or "message", "\n".join(self._data)
                    events.append(_message_event(kind, data, self._origin, self._last_id))
                    self._data = []
                self._type = ""

    def _field(self, name: str, _: str, value: str) -> None:
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        elif name == "id":
            if "\0" not in value:
                self._last_id = value
        elif name == "retry" and value.isascii() and value.isdigit() and len(value) < 20:
            self.retry = int(value)
