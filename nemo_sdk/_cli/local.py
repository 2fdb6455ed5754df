"""`emulator` and `record`: the service on this machine, and the real one written down."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from .app import command
from .running import service_address
from .shell_words import WrongValue
from .terminal import terminal

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
    from nemo_sdk.emulator import Emulator  # noqa: PLC0415 - only this command needs it
    from nemo_sdk.emulator.__main__ import serve  # noqa: PLC0415

    try:
        service = Emulator(
            host=host,
            port=port,
            speed=speed,
            seed=seed,
            credits=credits,
            look=look,  # type: ignore[arg-type]  # the emulator refuses any other
            replay=replay,
            hosts=allow_host or (),
        )
    except ValueError as error:
        raise WrongValue(str(error)) from error
    try:
        asyncio.run(serve(service, _announce))
    except OSError as error:
        raise OSError(f"The emulator cannot start: {error}") from error


@command()
def record(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
) -> None:
    """Write down a conversation with the service, until Ctrl-C.

    It prints an address.
    Other commands and programs that have it as their NEMO_API_URL speak with the service as ever.
    'nemo-sdk emulator --replay FILE' plays what they said. No token is in the file.
    """
    from nemo_sdk.emulator import Recorder  # noqa: PLC0415 - only this command needs it
    from nemo_sdk.emulator.__main__ import serve  # noqa: PLC0415

    _check_new(path)
    recorder = Recorder(service_address(), path)
    asyncio.run(serve(recorder, _say_how_to_record))
    values = {"path": str(path.absolute()), "calls": recorder.calls}
    terminal.result("recording", values, f"{path} ({recorder.calls} calls)")


def _check_new(path: Path) -> None:
    """Refuse what would only fail at the end, or write over another recording."""
    path.parent.stat()
    try:
        path.lstat()
    except FileNotFoundError:
        return
    raise FileExistsError(f"{path} is there already: give another name.")


def _announce(address: str) -> None:
    terminal.result("emulator", {"base_url": address}, address)
    terminal.note(f"Watch it in a browser: {address}/")


def _say_how_to_record(address: str) -> None:
    terminal.result("recorder", {"base_url": address}, address)
    terminal.note(f"In another terminal: NEMO_API_URL={address} nemo-sdk …; here, Ctrl-C ends it.")
