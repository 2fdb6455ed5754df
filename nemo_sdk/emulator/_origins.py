"""Who may call: programs of this machine, and the emulator's own page; no other page in a browser.

A browser sends every page's requests to a server on this machine, and a name that its owner points
here (DNS rebinding) makes them look like the server's own. Names without a dot are no such names.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from ._answers import json_answer


def guard(hosts: Collection[str]) -> Middleware:
    """Return a middleware that refuses what comes from pages of other origins.

    Args:
        hosts: Names with a dot by which the emulator may be called as well.
    """

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = refusal_of(request.headers.get("Host"), request.headers.get("Origin"), hosts)
        if refusal is None:
            return await handler(request)
        answer = json_answer({"detail": refusal}, status=403)
        return web.Response(body=answer.body, status=answer.status, headers=answer.headers)

    return check


def refusal_of(host: str | None, origin: str | None, hosts: Collection[str]) -> str | None:
    """Return why a request is refused, None where it is not."""
    name = _name(f"//{host}") if host else ""
    if name is None or not (_is_here(name) or name in hosts):
        return (
            f"This emulator is not called {host!r}: use its address, such as 127.0.0.1, or start "
            "it with hosts=[…]."
        )
    if origin is not None and origin.partition("://")[2].lower() != (host or "").lower():
        return f"A page of {origin!r} may not call this emulator: only its own page may."
    return None


def _name(address: str) -> str | None:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return None


def _is_here(name: str) -> bool:
    if "." not in name or name.endswith(".localhost"):
        return True
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False
