"""A stream of server-sent events over aiohttp: one request, whatever happens to it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NoReturn

import aiohttp
from aiohttp_sse_client.client import EventSource, MessageEvent
from yarl import URL

from nemo_sdk._protocol.envelope import Answer
from nemo_sdk._sse import EventDecoder, EventTooLargeError
from nemo_sdk.exceptions import InvalidResponseError, NemoError, TransportError

from .errors import MAX_BODY, error_of, read_bounded
from .proxy import ProxyOptions

__all__ = ["EventStream", "StreamRefused"]


class StreamRefused(Exception):  # noqa: N818 - it is an answer, not yet an error
    """The service answered, but not with a stream."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class EventStream(EventSource):  # type: ignore[misc] # it comes without types
    """A stream whose request leaves once, when it is connected.

    The base class's own `connect` and `__anext__` send the request again after every end of the
    stream, which would be charged again.
    """

    def __init__(
        self,
        url: URL,
        *,
        session: aiohttp.ClientSession,
        headers: dict[str, str],
        body: Any,
        timeout: aiohttp.ClientTimeout,
        proxy: ProxyOptions,
        refusal: Callable[[Answer], NemoError],
        what: object,
    ) -> None:
        super().__init__(
            str(url), option={"method": "POST"}, session=session, reconnection_time=timedelta(0)
        )
        self._url = url
        self._request = {
            "headers": {**headers, "Accept": "text/event-stream", "Cache-Control": "no-cache"},
            "data": body,
            "timeout": timeout,
            "allow_redirects": False,
            "raise_for_status": False,
            **proxy,
        }
        self._what = what
        self._refusal = refusal
        self._has_begun = False
        self._object = b""
        self._decoder = EventDecoder(str(url.origin()))
        self._ready: Iterator[MessageEvent] = iter(())

    async def connect(self, retry: int = 0) -> None:
        """Send the request, once: `retry` is the base class's, and there is none.

        Raises:
            StreamRefused: The service answered with something else than a stream.
            TransportError: No answer came; its `sent` says whether the request may have left.
        """
        try:
            response = await self._session.request("POST", self._url, **self._request)
        except (aiohttp.ClientError, OSError) as error:
            failure = error_of(error, self._what)
        else:
            if response.status == 200 and not _is_whole(response.content_type):
                self._response = response
                await self._connected()
                return
            await self._refuse(response)
        raise failure

    @property
    def headers(self) -> Mapping[str, str]:
        """The answer's headers."""
        answered: Mapping[str, str] = self._response.headers if self._response is not None else {}
        return answered

    @property
    def framed(self) -> bool:
        """Whether the answer's framing proves its end; else a lost connection looks like one."""
        return "Transfer-Encoding" in self.headers or "Content-Length" in self.headers

    async def batch(self) -> list[MessageEvent] | None:
        """Return the events of the next piece that arrives, maybe none; None at the clean end.

        Raises:
            APIError: It is none: the service refused, and called its answer a stream.
            TransportError: The stream broke: reset, cut short, or ended inside an event.
        """
        if self._response is None:
            return None
        failure: NemoError
        try:
            chunk: bytes = await self._response.content.readany()
            if self._is_object(chunk):
                if chunk:
                    self._object += chunk
                    return []
                failure = self._refusal(Answer(200, self.headers, self._object))
            elif chunk:
                self._has_begun = True
                return self._decoder.feed(chunk)
            elif not self._decoder.pending:
                return None
            else:
                failure = InvalidResponseError(f"{self._what}: the stream ended inside an event.")
        except (aiohttp.ClientError, OSError, EventTooLargeError) as error:
            failure = error_of(error, self._what)
        except RuntimeError as error:  # how aiohttp tells that its session was closed
            failure = error_of(error, self._what)
        raise failure

    async def __anext__(self) -> MessageEvent:
        """Return the next event."""
        while (event := next(self._ready, None)) is None:
            batch = await self.batch()
            if batch is None:
                raise StopAsyncIteration
            self._ready = iter(batch)
        return event

    def _is_object(self, chunk: bytes) -> bool:
        """Whether the answer is a JSON object that is called a stream: no event begins like one."""
        begins = not self._has_begun and chunk.lstrip()[:1] == b"{"
        return len(self._object) < MAX_BODY and (bool(self._object) or begins)

    async def _refuse(self, response: aiohttp.ClientResponse) -> NoReturn:
        try:
            body = await read_bounded(response)
        except (aiohttp.ClientError, OSError, TransportError):
            body = b""
        finally:
            response.close()
        raise StreamRefused(Answer(response.status, response.headers, body))


def _is_whole(content_type: str) -> bool:
    """Whether an answer is no stream: JSON of some kind, or a web page."""
    return content_type.endswith("json") or content_type == "text/html"
