"""`mcp`: a server of tools for hosts of agents."""

import asyncio
import importlib.util
import os
import signal
from pathlib import Path

from .running import client_for
from .terminal import terminal

__all__ = ["mcp"]


def mcp(folder: Path, *, anonymous: bool, http: int | None, host: str) -> None:
    """Serve agents over standard input and output, or over HTTP."""
    if importlib.util.find_spec("mcp") is None:
        raise ModuleNotFoundError("The server needs one more package: pip install 'nemo-sdk[mcp]'")
    if http is None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a read of standard input cannot be ended
    asyncio.run(_serve(folder, anonymous=anonymous, port=http, host=host))


async def _serve(folder: Path, *, anonymous: bool, port: int | None, host: str) -> None:
    from nemo_sdk.mcp import Studio, serve, serve_http  # noqa: PLC0415 - an extra

    async with (
        client_for(emulator=False, strict=True) as client,
        Studio(client, folder, anonymous=anonymous) as studio,
    ):
        if port is None:
            await serve(studio)
            return
        terminal.note(f"Listening at http://{host}:{port}/mcp")
        await serve_http(studio, port, host=host, token=os.environ.get("NEMO_MCP_TOKEN"))
