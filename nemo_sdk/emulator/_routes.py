"""Which path is which endpoint."""

from collections.abc import Iterator

from aiohttp import web

from ._door import Door, Handler, unknown
from ._films_host import FilmsHost
from ._recording import ELSEWHERE
from ._service import Service

# By default aiohttp takes no braces in a part of a path; callers choose ids with any character.
_SESSION = "nemo_agent/me/{session_id:[^/]+}"
_LAMBDA = "/api/render/proxy/lambda"
_RENDER = _LAMBDA + "/{render_id:[^/]+}"


def api_routes(door: Door, service: Service, played: Handler | None) -> Iterator[web.RouteDef]:
    """Yield the routes of the API.

    Args:
        door: What every call passes through.
        service: What answers.
        played: What answers in its place, where a recording is played.
    """
    endpoints = (
        ("anonymous_token", "POST", "/api/auth/anonymous-token", service.anonymous_token),
        ("claim_token", "POST", "/api/auth/claim-token", service.claim_token),
        ("create_session", "POST", "/api/tasks/me/with-session/nemo_agent", service.create_session),
        ("run_sse", "POST", "/run_sse", service.run_sse),
        ("upload", "POST", f"/api/upload-video/{_SESSION}", service.upload),
        ("balance", "GET", "/api/credits/balance/simple", service.balance),
        ("state", "GET", f"/api/state/{_SESSION}/latest", service.state),
        ("submit_render", "POST", _LAMBDA, service.submit_render),
        ("render_status", "GET", _RENDER, service.render_status),
        ("cancel_render", "POST", f"{_RENDER}/cancel", service.cancel_render),
        ("download", "GET", "/api/render/proxy/{render_id:[^/]+}/download", service.download),
        ("film", "GET", f"{ELSEWHERE}/{{path:.*}}", unknown),
        ("unknown", "*", "/{path:.*}", unknown),
    )
    for endpoint, method, path, handler in endpoints:
        yield door.route(endpoint, method, path, played or handler)


def film_routes(door: Door, host: FilmsHost) -> list[web.RouteDef]:
    """Return the routes of the host that films are downloaded from."""
    return [
        door.route("film", "GET", "/films/{name}", host.film),
        door.route("film", "GET", "/media/{media_id}/{name}", host.media),
        door.route("unknown", "*", "/{path:.*}", unknown),
    ]
