"""The way into an emulator: each request is counted, recorded, broken or answered."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web
from attrs import define

from ._answers import Answer, json_answer
from ._clock import Clock
from ._delivery import BREAKS, break_off, deliver
from ._envelopes import Envelopes, RefusedError
from ._extra import MissingExtraError
from ._faults import Fault, Faults
from ._journal import Journal
from ._records import Call

Handler = Callable[[web.Request, Call], Awaitable[Answer]]
_NO_ANSWER = frozenset({"cut", "reset", "stall", "answer"})


@define(eq=False)
class Door:
    """What every endpoint of both listeners goes through."""

    clock: Clock
    faults: Faults
    calls: list[Call]
    envelopes: Envelopes
    journal: Journal

    def route(self, endpoint: str, method: str, path: str, handler: Handler) -> web.RouteDef:
        """Return a route whose requests come through this door."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self.serve(endpoint, handler, request)

        return web.route(method, path, handle)

    async def serve(
        self, endpoint: str, handler: Handler, request: web.Request
    ) -> web.StreamResponse:
        """Take one request from its arrival to the last byte of its answer."""
        call = Call(endpoint, request.method, request.path_qs, request.headers, at=self.clock.now())
        self.calls.append(call)
        what = request.path if endpoint == "unknown" else endpoint
        self.journal.note("call", f"{request.method} {what}")
        fault = self._fault_of(endpoint)
        if fault is not None and fault.kind == "refuse":
            return await break_off(request, "reset")
        if fault is not None and not fault.effect:
            if fault.kind in _NO_ANSWER:
                return await self._instead(fault, request, call)
            if fault.kind == "delay":
                await self.clock.sleep(fault.seconds)
        answer = await self._answer(handler, request, call)
        try:
            return await self._deliver(request, call, answer, fault)
        finally:
            await answer.lose()

    def _fault_of(self, endpoint: str) -> Fault | None:
        fault = self.faults.next_for(endpoint)
        if fault is not None:
            self.journal.note("fault", f"{fault.kind} of {endpoint}")
        return fault

    async def _instead(self, fault: Fault, request: web.Request, call: Call) -> web.StreamResponse:
        await request.read()
        if fault.kind != "answer":
            return await break_off(request, fault.kind)
        return await self._deliver(request, call, Answer(), fault)

    async def _deliver(
        self, request: web.Request, call: Call, answer: Answer, fault: Fault | None
    ) -> web.StreamResponse:
        if fault is not None and fault.kind == "delay" and fault.effect:
            await self.clock.sleep(fault.seconds)
        if fault is not None and fault.kind == "answer":
            answer = Answer(fault.body, fault.status, fault.headers)
        if fault is None or fault.kind not in BREAKS or fault.after >= 0:
            call.status = answer.status
            self.journal.touch()
        return await deliver(request, answer, fault, self.clock)

    async def _answer(self, handler: Handler, request: web.Request, call: Call) -> Answer:
        try:
            await _read_body(request, call)
            return await handler(request, call)
        except RefusedError as error:
            return self.envelopes.refusal(error)
        except MissingExtraError as error:
            return json_answer({"detail": str(error)}, status=500)


async def unknown(request: web.Request, call: Call) -> Answer:
    """Answers for a path that the service does not have, or a method that the path has not."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        allowed |= (await resource.resolve(request))[1]
    allowed -= {hdrs.METH_ANY}
    if allowed:
        headers = {"Allow": ", ".join(sorted(allowed))}
        return json_answer({"detail": "Method Not Allowed"}, status=405, headers=headers)
    return json_answer({"detail": "Not Found"}, status=404)


async def _read_body(request: web.Request, call: Call) -> None:
    """Read a body that is no multipart one, which its endpoint reads piece by piece."""
    if request.content_type.startswith("multipart/"):
        return
    raw = await request.read()
    call.body = raw or None
    if raw and request.content_type == "application/json":
        call.body = _json(raw)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw
