"""The real ADK API server on a free port: `python serve.py AGENTS_FOLDER` prints its address.

Two routes are added, since a plain ADK server has other paths for sessions and their state than
the service: they only put the server's own answers into the service's words.
"""

# This runs in the session `adk` alone, where google-adk is installed.
# pyright: reportMissingImports=false

import socket
import sys
from typing import Any

import httpx
import uvicorn
from google.adk.cli.fast_api import get_fast_api_app

_SESSIONS = "/apps/nemo_agent/users/me/sessions"


def main(agents: str) -> None:
    """Serve until the process is ended."""
    app = get_fast_api_app(
        agents_dir=agents, web=False, session_service_uri="memory://", use_local_storage=False
    )
    _add_routes(app)
    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    server.run(sockets=[listener])


def _add_routes(app: Any) -> None:
    inside = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")

    async def create_session() -> dict[str, Any]:
        made = (await inside.post(_SESSIONS)).raise_for_status().json()
        return {"code": 0, "data": {"task_id": "1", "session_id": made["id"]}}

    async def state(session_id: str) -> dict[str, Any]:
        kept = (await inside.get(f"{_SESSIONS}/{session_id}")).raise_for_status().json()
        return {"code": 0, "data": {"session_id": session_id, "state": kept["state"]}}

    sessions, states = "/api/tasks/me/with-session/nemo_agent", "/api/state/nemo_agent/me"
    app.add_api_route(sessions, create_session, methods=["POST"])
    app.add_api_route(states + "/{session_id}/latest", state)


if __name__ == "__main__":
    main(sys.argv[1])
