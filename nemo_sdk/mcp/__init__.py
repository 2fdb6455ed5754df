"""NemoVideo for agents: a server of the Model Context Protocol. It needs the extra `mcp`.

`nemo-sdk mcp` is this server for a host of agents. A film or an edit is a job that a process of
its own works on: it belongs to no request, is not lost when the host closes the server, and is
joined and not charged again when a host repeats a call.

    async with NemoClient(anonymous_fallback=False) as client, Studio(client, "films") as studio:
        await serve(studio)
"""

from ._serving import serve, serve_http
from ._studio import Studio
from ._tools import server_of

__all__ = ["Studio", "serve", "serve_http", "server_of"]
