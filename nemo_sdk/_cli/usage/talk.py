"""`chat`."""

from typing import Annotated

import typer

from nemo_sdk._cli.app import command
from nemo_sdk._cli.options import WithEmulator

__all__ = ["chat"]


@command()
def chat(
    session_id: Annotated[
        str,
        typer.Argument(metavar="SESSION", help="The session to go on with.", show_default=False),
    ] = "new",
    *,
    emulator: WithEmulator = False,
) -> None:
    """Talk to the agent, line by line. Each message may cost credits.

    Lines such as 'export', 'upload FILE', 'credits' and 'status' cost nothing: 'help' lists them.
    Ctrl-C ends a turn, Ctrl-D or 'quit' the conversation; the session stays, and
    'nemo-sdk chat SESSION' goes on with it.
    """
