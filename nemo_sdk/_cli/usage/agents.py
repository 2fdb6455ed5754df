"""`mcp`."""

from pathlib import Path
from typing import Annotated

import typer

from nemo_sdk._cli.app import command

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
