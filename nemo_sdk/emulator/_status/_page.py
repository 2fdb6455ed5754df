"""The page over HTTP, past the door of the service: looking on is no call of it."""

import asyncio
from pathlib import Path
from typing import Any

from aiohttp import web
from attrs import frozen

from nemo_sdk.emulator._answers import Answer, json_answer, to_json
from nemo_sdk.emulator._delivery import deliver
from nemo_sdk.emulator._journal import Journal
from nemo_sdk.emulator._openapi import document
from nemo_sdk.emulator._renders import Render
from nemo_sdk.emulator._serving import file_answer

from ._breaks import break_of
from ._calls import whole
from ._snapshot import Shown, lines

_FILES = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    **dict.fromkeys(
        ("page.js", "elements.js", "sessions.js", "calls.js", "breaks.js"),
        "text/javascript; charset=utf-8",
    ),
}
# What users type is shown, so the page may run and load nothing but its own files.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; media-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_BETWEEN_TWO_SECONDS = 0.15
_ALIVE_SECONDS = 15.0


@frozen(eq=False)
class StatusPage:
    """Serves the page, what it shows, and the contract as data."""

    shown: Shown
    journal: Journal

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to go before those of the service."""
        return [
            web.get("/", self._file),
            web.get("/status/{name:[a-z]+\\.(?:css|js)}", self._file),
            web.get("/status/now", self._now),
            web.get("/status/events", self._events),
            web.get("/status/films/{number:[0-9]{1,9}}", self._film),
            web.get("/status/calls/{number:[0-9]{1,9}}", self._call),
            web.get("/status/talks/{session_id:[0-9]+}", self._talk),
            web.post("/status/breaks", self._break),
            web.delete("/status/breaks", self._mend),
            web.get("/openapi.json", self._openapi),
        ]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "page.html")
        if name not in _FILES:
            return await self._refuse(request, 404, "Not Found")
        content = Path(__file__).with_name(name).read_bytes()
        return web.Response(body=content, headers=_HEADERS | {"Content-Type": _FILES[name]})

    async def _now(self, request: web.Request) -> web.StreamResponse:
        now = self.shown.now(request.query.get("search", ""))
        return await self._send(request, json_answer(now, headers=_HEADERS))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send everything at once, then what is new, at most some times a second."""
        headers = _HEADERS | {"Content-Type": "text/event-stream; charset=utf-8"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        seen = -1
        while True:
            newest = self.journal.version
            now = self.shown.now(request.query.get("search", ""))
            new: dict[str, Any] = {"lines": lines(self.journal.lines, seen), **now}
            await response.write(b"data: " + to_json(new) + b"\n\n")
            seen = newest - 1
            await asyncio.sleep(_BETWEEN_TWO_SECONDS)
            while not await self._something_new(newest):
                await response.write(b": alive\n\n")

    async def _something_new(self, version: int) -> bool:
        try:
            async with asyncio.timeout(_ALIVE_SECONDS):
                await self.journal.after(version)
        except TimeoutError:
            return False
        return True

    async def _film(self, request: web.Request) -> web.StreamResponse:
        """Send a film without its signed link, which would expire under the page's player."""
        number = int(request.match_info["number"])
        renders: list[Render] = list(self.shown.service.renders.by_id.values())
        path = renders[number].path if number < len(renders) else None
        if path is None:
            return await self._refuse(request, 404, "Not Found")
        return await self._send(request, file_answer(path, request.headers))

    async def _call(self, request: web.Request) -> web.StreamResponse:
        number = int(request.match_info["number"])
        if number >= len(self.shown.calls):
            return await self._refuse(request, 404, "Not Found")
        told = whole(number, self.shown.calls[number])
        return await self._send(request, json_answer(told, headers=_HEADERS))

    async def _talk(self, request: web.Request) -> web.StreamResponse:
        told = self.shown.talk(request.match_info["session_id"])
        return await self._send(request, json_answer(told, headers=_HEADERS))

    async def _break(self, request: web.Request) -> web.StreamResponse:
        """Have something go wrong with the next call; JSON alone, which no other page can send."""
        if request.content_type != "application/json":
            return await self._refuse(request, 415, "Send it as application/json.")
        try:
            fault = break_of(await request.json(), self.shown.service.envelopes)
        except (TypeError, ValueError) as error:
            return await self._refuse(request, 400, str(error))
        self.shown.faults.add(fault)
        return await self._changed(request)

    async def _mend(self, request: web.Request) -> web.StreamResponse:
        """Take back what was to go wrong."""
        self.shown.faults.disarm()
        return await self._changed(request)

    async def _changed(self, request: web.Request) -> web.StreamResponse:
        self.journal.touch()
        return await self._send(request, json_answer({"waiting": len(self.shown.faults.waiting)}))

    async def _refuse(self, request: web.Request, status: int, why: str) -> web.StreamResponse:
        return await self._send(request, json_answer({"detail": why}, status=status))

    async def _openapi(self, request: web.Request) -> web.StreamResponse:
        base_url = str(request.url.origin())
        return await self._send(
            request, json_answer(document(self.shown.options.shapes, base_url, "1"))
        )

    async def _send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        return await deliver(request, answer, None, self.journal.clock)
