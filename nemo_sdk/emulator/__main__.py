"""`python -m nemo_sdk.emulator`: an emulator for programs in any language."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Sequence
from typing import get_args

from ._film import Look
from ._recorder import Recorder
from ._server import Emulator


def main(arguments: Sequence[str] | None = None) -> int:
    """Run an emulator until Ctrl-C.

    Args:
        arguments: The command line's, by default those of the process.

    Returns:
        The exit code: 0, or 1 where the port is taken.
    """
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(serve(Emulator(**vars(options)), _announce))
    except (OSError, RuntimeError, ValueError) as error:
        sys.stderr.write(f"the emulator cannot start: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m nemo_sdk.emulator", description="The NemoVideo service on this machine."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--speed", type=float, default=100.0, help="1 is as slow as the service")
    parser.add_argument("--seed", type=int, default=0, help="what all chances come from")
    parser.add_argument(
        "--credits", type=float, default=100.0, help="what an anonymous user begins with"
    )
    parser.add_argument(
        "--look", choices=get_args(Look), default="scene", help="what invented clips show"
    )
    parser.add_argument("--replay", metavar="FILE", help="play a recorded conversation")
    parser.add_argument(
        "--allow-host",
        dest="hosts",
        metavar="NAME",
        action="append",
        default=[],
        help="a name by which it may be called, beside its address",
    )
    return parser


async def serve(server: Emulator | Recorder, announce: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or a polite kill.

    Args:
        server: What to start.
        announce: Called with its address once it serves.
    """
    stopped = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # on Windows
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    async with server:
        announce(server.base_url)
        await stopped.wait()


def _announce(address: str) -> None:
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    sys.stderr.write(f"Watch it in a browser: {address}/\n")


if __name__ == "__main__":
    sys.exit(main())
