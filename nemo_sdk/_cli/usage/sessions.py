"""`edit`, `upload`, `export`, `state`, `credits`."""

from typing import Annotated

import typer

from nemo_sdk._cli.app import command
from nemo_sdk._cli.options import Detach, Format, Output, Quality, SessionId, SessionOrNew, Take

__all__ = ["edit", "export", "show_credits", "state", "upload"]


@command(name="credits")
def show_credits() -> None:
    """Show the account's credits."""


@command()
def state(session_id: SessionId) -> None:
    """Show a session's timeline; with --json, its whole draft."""


@command(epilog="\b\nExample:\n  nemo-sdk upload new holiday.mov song.mp3\n")
def upload(
    session_id: SessionOrNew,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE", help="Paths, or addresses; one or more.", show_default=False
        ),
    ],
) -> None:
    """Upload files into a session. Free; at most 500 MB each."""


@command(
    epilog="\b\nExamples:\n"
    '  nemo-sdk edit new "a ten second film of a ship at sea"\n'
    '  nemo-sdk edit 1234567890 "add lo-fi music at 30 percent"\n'
    "  nemo-sdk edit 1234567890 - < message.txt\n"
)
def edit(
    session_id: SessionOrNew,
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="What to make or to change; '-' reads it from standard input.",
            show_default=False,
        ),
    ],
    *,
    take: Take = 1,
    detach: Detach = False,
) -> None:
    """Send one message to a session's agent and print its reply.

    A message that makes a film costs about 100 credits, one that changes it about 50. The same
    command again joins the one before, and is not charged again: --take 2 means it.
    """


@command()
def export(
    session_id: SessionId, output: Output = None, format: Format = None, quality: Quality = "high"
) -> None:
    """Render a session's timeline and save the film. Free."""
