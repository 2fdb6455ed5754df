"""`mcp`: a server of tools for hosts of agents."""

import asyncio
import importlib.util
import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from .app import command
from .running import client_for
from .terminal import terminal

__all__ = ["mcp"]


@command(
    epilog="\b\nIn a host's configuration:\n"
    '  {"mcpServers": {"nemo": {"command": "nemo-sdk", "args": ["mcp"],\n'
    '                           "env": {"NEMO_TOKEN": "nmv_..."}}}}\n'
)
def mcp(
    folder: Annotated[
        Path,
        typer.Option(metavar="FOLDER", help="Films go there; agents take files from there alone."),
    ] = Path("~/Videos/nemo"),
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Let an anonymous account pay where no token is.")
    ] = False,
    http: Annotated[
        int | None,
        typer.Option(
            metavar="PORT",
            min=0,
            max=65535,
            help="Serve over HTTP, in place of pipes.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on with --http.")
    ] = "127.0.0.1",
) -> None:
    """Serve agents with tools that make films.

    They speak over standard input and output. With --http, callers from other machines have to
    send the token that NEMO_MCP_TOKEN holds.
    """
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
