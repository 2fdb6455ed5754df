"""The least of the service that a generation needs, answered at once, in a process of its own."""

import asyncio
import json
from collections import Counter
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

PIECES = 37
SAID = """I've made your film: a cat that walks through a snowy forest in the early morning.
The camera follows it from the side, and the light comes through the trees in long rays. After five
seconds it stops, looks back, and goes on. I added a quiet piano piece that fades out at the end,
and a title in white letters for the first three seconds. The film is ten seconds long, in 16:9 and
1080p. If you would like another mood, tell me whether it should be darker or more playful, and I
will change the music and the colours. You can preview it in the timeline, or export it now."""
PACE = 0.001
"""Seconds between two events: each arrives by itself, as the words of a model do."""
DRAFT = {
    "t": [
        {"tt": 0, "sg": [{"d": 10_000, "m": {"title": "a cat in the snow"}}]},
        {"tt": 1, "sg": [{"d": 10_000, "m": {"title": "Lo-fi", "volume": 0.35}}]},
        {"tt": 7, "sg": [{"d": 3_000, "m": {"text": "Winter"}}]},
    ]
}
TOOL = {"id": "call-1", "name": "generate_video"}
LOOKS = ("processing", "completed")


def events() -> list[bytes]:
    """The frames of the agent's answer: 41 of them."""
    cuts = [len(SAID) * number // PIECES for number in range(PIECES + 1)]
    pieces = [SAID[start:end] for start, end in pairwise(cuts)]
    parts: list[dict[str, Any]] = [
        _event({"functionCall": {**TOOL, "args": {"prompt": "a cat in the snow"}}}),
        _event({"functionResponse": {**TOOL, "response": {"status": "ok", "clip": "c" * 200}}}),
        {**_event({}), "actions": {"stateDelta": {"draft": DRAFT}}},
        *({**_event({"text": piece}), "partial": True} for piece in pieces),
        _event({"text": SAID}),
    ]
    return [b"data: " + json.dumps(part).encode() + b"\n\n" for part in parts]


def _event(part: dict[str, Any]) -> dict[str, Any]:
    return {
        "content": {"parts": [part] if part else [], "role": "model"},
        "invocationId": "e-4f1c7a52-8a34-4d0e-9f53-0c7a6d2f8f11",
        "author": "nemo_agent",
        "actions": {"stateDelta": {}, "artifactDelta": {}, "requestedAuthConfigs": {}},
        "id": "5c0f1c2e-8a34-4d0e-9f53",
        "timestamp": 1763800000.25,
    }


async def generations(connection: Connection) -> None:
    """Serve under `/{n}` for n generations at once: their answers begin when all have asked."""
    service = _Service()
    application = web.Application()
    application.add_routes(
        [
            web.post("/{n}/api/tasks/me/with-session/nemo_agent", service.session),
            web.post("/{n}/run_sse", service.message),
            web.get("/{n}/api/state/nemo_agent/me/{id}/latest", service.state),
            web.post("/{n}/api/render/proxy/lambda", service.render),
            web.get("/{n}/api/render/proxy/lambda/{id}", service.look),
            web.get("/counts", service.counts),
        ]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    host, port = runner.addresses[0][:2]
    connection.send(f"http://{host}:{port}")


class _Service:
    def __init__(self) -> None:
        self._frames = events()
        self._seen: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._waiting: list[asyncio.Event] = []
        self._connections: set[asyncio.Transport | None] = set()

    async def session(self, request: web.Request) -> web.Response:
        self._count(request)
        number = str(self._counts["requests"])
        return _answer({"session_id": number, "task_id": f"task-{number}"})

    async def message(self, request: web.Request) -> web.StreamResponse:
        self._count(request)
        await self._all_here(int(request.match_info["n"]))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for frame in self._frames:
            await response.write(frame)
            await asyncio.sleep(PACE)
        return response

    async def _all_here(self, number: int) -> None:
        here = asyncio.Event()
        self._waiting.append(here)
        if len(self._waiting) == number:
            for one in self._waiting:
                one.set()
            self._waiting.clear()
        await here.wait()

    async def state(self, request: web.Request) -> web.Response:
        self._count(request)
        session = request.match_info["id"]
        state = {"draft": DRAFT, "video_infos": [], "generated_media": {}}
        return _answer({"session_id": session, "task_id": f"task-{session}", "state": state})

    async def render(self, request: web.Request) -> web.Response:
        self._count(request)
        body = await request.json()
        return _answer({"id": body["id"], "status": "pending", "progress": 0})

    async def look(self, request: web.Request) -> web.Response:
        self._count(request)
        render = request.match_info["id"]
        status = LOOKS[min(self._seen[render], 1)]
        self._seen[render] += 1
        if status == LOOKS[-1]:
            del self._seen[render]
        film = {"url": "https://films.example/film.mp4", "duration": 10.0, "size": 100_000}
        return web.json_response(
            {"taskId": render, "status": status, "progress": 50, "output": film}
        )

    async def counts(self, _: web.Request) -> web.Response:
        """Tell the requests and the connections since this was asked last."""
        counts, self._counts = self._counts, Counter()
        return web.json_response(counts)

    def _count(self, request: web.Request) -> None:
        self._counts["requests"] += 1
        if request.transport not in self._connections:
            self._connections = {one for one in self._connections if one and not one.is_closing()}
            self._connections.add(request.transport)
            self._counts["connections"] += 1


def _answer(data: dict[str, Any]) -> web.Response:
    return web.json_response({"code": 0, "data": data})
