"""`emulator` and `record`: the service on this machine, and the real one written down."""

import asyncio
from pathlib import Path

from nemo_sdk.emulator import Emulator, Recorder
from nemo_sdk.emulator.__main__ import serve

from .running import service_address
from .shell_words import WrongValue
from .terminal import terminal

__all__ = ["emulator", "record"]


def emulator(
    host: str,
    port: int,
    speed: float,
    seed: int,
    credits: float,
    look: str,
    replay: Path | None,
    allow_host: list[str] | None,
) -> None:
    """Run an emulator, and announce its address."""
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


def record(path: Path) -> None:
    """Stand between programs and the service, and write down what they say."""
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
