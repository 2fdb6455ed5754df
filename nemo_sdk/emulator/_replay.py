"""A recorded conversation, played: each call gets the answer that it got then, at its pace."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiohttp import web
from attrs import define, field

from ._answers import Answer, json_answer
from ._clock import Clock
from ._recording import ADDRESS, Chunk, Recorded
from ._records import Call

_RENDERS = "/api/render/proxy/"


@define(eq=False)
class Replay:
    """Plays a recording.

    The answers of one method and path come in the order in which they came; the last one of a GET
    comes again as often as it is asked for. Ids are those of the recording, which a client learns
    from the answers. A render's id is the client's own: it stands for the one that was recorded.
    """

    clock: Clock
    calls: Sequence[Recorded]
    base_url: str = ""
    _next: dict[tuple[str, str], int] = field(factory=lambda: defaultdict(int), init=False)
    _renders: dict[str, str] = field(factory=dict, init=False)

    async def answer(self, request: web.Request, call: Call) -> Answer:
        """Return what was answered then."""
        async for _ in request.content.iter_any():
            pass  # an upload that nobody reads would end the connection
        recorded = self._take(request.method, self._path(request.path))
        if recorded is None:
            detail = f"The recording has no further {request.method} {request.path}."
            return json_answer({"detail": detail}, status=410)
        self._note_render(call.body, recorded)
        chunks = [
            Chunk(chunk.seconds, self._addressed(chunk.data, recorded.headers))
            for chunk in recorded.chunks
        ]
        if recorded.headers.get("Content-Type", "").startswith("text/event-stream"):
            return Answer(_Played(self.clock, chunks), recorded.status, recorded.headers)
        await self.clock.sleep(max((chunk.seconds for chunk in chunks), default=0.0))
        body = b"".join(chunk.data for chunk in chunks)
        return Answer(body, recorded.status, recorded.headers)

    def _take(self, method: str, path: str) -> Recorded | None:
        found = [one for one in self.calls if (one.method, one.path) == (method, path)]
        number = self._next[method, path]
        self._next[method, path] += 1
        if number < len(found):
            return found[number]
        return found[-1] if found and method == "GET" else None

    def _path(self, path: str) -> str:
        """Return a path with the render's id that was recorded."""
        if not path.startswith(_RENDERS):
            return path
        return "/".join(self._renders.get(part, part) for part in path.split("/"))

    def _note_render(self, sent: Any, recorded: Recorded) -> None:
        then = recorded.sent.get("body")
        if recorded.path != f"{_RENDERS}lambda" or not isinstance(then, str):
            return
        if isinstance(sent, dict) and isinstance(sent.get("id"), str):
            with suppress(ValueError, AttributeError, RecursionError):
                self._renders[sent["id"]] = str(json.loads(then).get("id"))

    def _addressed(self, data: bytes, headers: Mapping[str, str]) -> bytes:
        """Return a text with this emulator's address; other bytes stay as they are."""
        if "json" not in headers.get("Content-Type", ""):
            return data
        return data.replace(ADDRESS.encode(), self.base_url.encode())


@define(eq=False)
class _Played:
    """A stream, chunk by chunk, as far apart as they were."""

    clock: Clock
    chunks: Sequence[Chunk]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        passed = 0.0
        for chunk in self.chunks:
            await self.clock.sleep(chunk.seconds - passed)
            passed = chunk.seconds
            yield chunk.data

    async def aclose(self) -> None:
        """Take note that nobody listens any more."""
