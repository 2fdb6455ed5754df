"""The other end of small calls: each client gets the answer that it expects."""

import json
from multiprocessing.connection import Connection

from aiohttp import web

from ._peers import PATH

_MODEL = {"id": "m", "object": "model", "created": 1, "owned_by": "o", "type": "model"}
_NAMED = {"display_name": "M", "created_at": "2026-01-01T00:00:00Z"}
_TASK = {"id": "t", "status": "SUCCEEDED", "createdAt": "2026-01-01T00:00:00Z", "output": ["u"]}
ANSWERS = {
    PATH: {"code": 0, "data": {"available": 100, "frozen": 0, "total": 100}},
    "/models/m": _MODEL,
    "/v1/models/m": _MODEL | _NAMED,
    "/v1/tasks/t": _TASK,
    "/credits": {"credit_balance": 100},
    "/owner/app/requests/r/status": {"status": "COMPLETED", "metrics": {}, "logs": None},
    "/v1/account": {"type": "user", "username": "u", "name": "n", "github_url": "https://g"},
    "/v1beta/models/m": {"name": "models/m", "displayName": "M", "version": "1"},
}


async def small_answers(connection: Connection) -> None:
    """Serve the least that a call needs."""
    bodies = {path: json.dumps(answer).encode() for path, answer in ANSWERS.items()}

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=bodies[request.path], content_type="application/json")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    connection.send(f"http://{host}:{port}")
