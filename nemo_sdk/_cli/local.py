"""`emulator`: the service on this machine."""

from typing import Annotated

import typer

from nemo_sdk._cli.app import app

__all__ = ["emulator"]


@app.command()
def emulator(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8080,
    speed: Annotated[float, typer.Option(help="How much faster than the real service.")] = 100.0,
    seed: Annotated[int, typer.Option(help="Of all that is random.")] = 0,
) -> None:
    """Run an emulator of the service, until Ctrl-C.

    It is for programs in any language.
    It prints its address, which is then what NEMO_API_URL is to be for other commands.
    """
    from nemo_sdk.emulator.__main__ import main  # noqa: PLC0415 - only this command needs it

    code = main([f"--host={host}", f"--port={port}", f"--speed={speed}", f"--seed={seed}"])
    raise typer.Exit(code or 0)
