"""The way into an emulator: each request is counted, recorded, broken or answered."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

from aiohttp import hdrs, web
from attrs import Factory, define, evolve, field

from ._answers import Answer, FilePart, Stream, json_answer
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
        call.fault = fault = self.faults.next_for(endpoint)
        if fault is not None and fault.kind == "refuse":
            self._note(call)
            return await break_off(request, "reset")
        await _read_body(request, call)
        self._note(call)
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

    def _note(self, call: Call) -> None:
        """Write down that a call has come, and what is to go wrong with it."""
        what = call.path.partition("?")[0] if call.endpoint == "unknown" else call.endpoint
        self.journal.note("call", f"{call.method} {what}", call.session_id)
        if call.fault is not None:
            self.journal.note("fault", f"{call.fault.kind} of {call.endpoint}", call.session_id)

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
        answer = _overheard(answer, call)
        if fault is None or fault.kind not in BREAKS or fault.after >= 0:
            call.status = answer.status
            self.journal.touch()
        if call.refusal:
            self.journal.note("refusal", f"{call.endpoint}: {call.refusal}", call.session_id)
        return await deliver(request, answer, fault, self.clock)

    async def _answer(self, handler: Handler, request: web.Request, call: Call) -> Answer:
        try:
            return await handler(request, call)
        except RefusedError as error:
            return self.envelopes.refusal(error)
        except MissingExtraError as error:
            return json_answer({"detail": str(error)}, status=500)


@define(eq=False)
class _Overheard:
    """A stream whose beginning is kept, for those who look on."""

    call: Call
    stream: Stream
    _pieces: AsyncIterator[bytes] = field(
        default=Factory(lambda self: aiter(self.stream), takes_self=True), init=False
    )

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await anext(self._pieces)
        self.call.keep(piece)
        return piece

    async def aclose(self) -> None:
        """Pass on that nobody reads on."""
        await self.stream.aclose()


def _overheard(answer: Answer, call: Call) -> Answer:
    """Return an answer that is kept beside its call where it is text."""
    call.answer_headers = answer.headers
    kind = answer.headers.get("Content-Type", "")
    if isinstance(answer.body, FilePart) or not ("json" in kind or kind.startswith("text/")):
        return answer
    if isinstance(answer.body, bytes):
        call.keep(answer.body)
        return answer
    return evolve(answer, body=_Overheard(call, answer.body))


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
