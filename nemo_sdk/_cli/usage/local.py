"""`emulator` and `record`."""

from pathlib import Path
from typing import Annotated

import typer

from nemo_sdk._cli.app import command

__all__ = ["emulator", "record"]


@command()
def emulator(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            metavar="PORT", min=0, max=65535, help="The port to listen on; 0 takes a free one."
        ),
    ] = 8080,
    speed: Annotated[
        float, typer.Option(metavar="TIMES", help="How much faster than the real service.")
    ] = 100.0,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="What all chances come from.")] = 0,
    credits: Annotated[
        float, typer.Option(metavar="CREDITS", help="What an anonymous user begins with.")
    ] = 100.0,
    look: Annotated[
        str, typer.Option(metavar="LOOK", help="What invented clips show: scene, or card.")
    ] = "scene",
    replay: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Play a recorded conversation and nothing else."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A name by which it may be called, beside its address."),
    ] = None,
) -> None:
    """Run an emulator of the service, until Ctrl-C.

    It is for programs in any language.
    It prints its address, which is then what NEMO_API_URL is to be for other commands.
    """


@command()
def record(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
) -> None:
    """Write down a conversation with the service, until Ctrl-C.

    It prints an address.
    Other commands and programs that have it as their NEMO_API_URL speak with the service as ever.
    'nemo-sdk emulator --replay FILE' plays what they said. No token is in the file.
    """
