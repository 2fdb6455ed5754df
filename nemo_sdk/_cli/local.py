"""`emulator`: the service on this machine."""

import asyncio
from typing import Annotated

import typer

from .app import command
from .terminal import terminal

__all__ = ["emulator"]


@command()
def emulator(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", help="The port to listen on; 0 takes a free one.")
    ] = 8080,
    speed: Annotated[
        float, typer.Option(metavar="TIMES", help="How much faster than the real service.")
    ] = 100.0,
    seed: Annotated[int, typer.Option(metavar="NUMBER", help="What all chances come from.")] = 0,
    credits: Annotated[
        float, typer.Option(metavar="CREDITS", help="What an anonymous user begins with.")
    ] = 100.0,
) -> None:
    """Run an emulator of the service, until Ctrl-C.

    It is for programs in any language.
    It prints its address, which is then what NEMO_API_URL is to be for other commands.
    """
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this command needs it
    from nemo_sdk.emulator.__main__ import serve  # noqa: PLC0415

    service = Emulator(host=host, port=port, speed=speed, seed=seed, credits=credits)
    try:
        asyncio.run(serve(service, _announce))
    except OSError as error:
        raise OSError(f"The emulator cannot start: {error}") from error


def _announce(address: str) -> None:
    terminal.result("emulator", {"base_url": address}, address)
    terminal.note(f"Watch it in a browser: {address}/")
