"""The options and arguments that several commands have."""

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from nemo_sdk._protocol.endpoints import FORMATS, QUALITIES

__all__ = [
    "Debug",
    "Format",
    "Json",
    "Output",
    "Quality",
    "Quiet",
    "SessionId",
    "SessionOrNew",
    "WithEmulator",
    "text_of",
]


def _beginning_with(choices: tuple[str, ...]) -> Callable[[str], list[str]]:
    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete.lower())]

    return complete


def _small(text: str | None) -> str | None:
    return text and text.lower()


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Debug = Annotated[bool, typer.Option("--debug", help="Log each call on standard error.")]
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="The file to save the film as, or a folder for it.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        help="mp4, mov, avi, webm or mkv; by default what the output's name ends with, or mp4.",
        autocompletion=_beginning_with(FORMATS),
        callback=_small,
        show_default=False,
    ),
]
Quality = Annotated[
    str,
    typer.Option(
        metavar="QUALITY",
        help="low, medium or high.",
        autocompletion=_beginning_with(QUALITIES),
        callback=_small,
    ),
]
WithEmulator = Annotated[
    bool,
    typer.Option("--emulator", help="Use an emulator of the service, started for this command."),
]
SessionId = Annotated[
    str, typer.Argument(metavar="SESSION", help="The session's id.", show_default=False)
]
SessionOrNew = Annotated[
    str,
    typer.Argument(
        metavar="SESSION", help="The session's id, or 'new' for a new one.", show_default=False
    ),
]


def text_of(given: str) -> str:
    """Return a prompt or message: what was given, or for '-' what standard input holds."""
    return sys.stdin.read().strip() if given == "-" else given
