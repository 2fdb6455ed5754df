"""What stands round each command: its options for all, its log, its end in one line and a code."""

import asyncio
import logging
import os
import signal
import sys
import warnings
from pathlib import Path

import typer

from nemo_sdk import Attribution
from nemo_sdk.exceptions import NemoError

from .logs import show_log
from .shell_words import WrongUsage
from .terminal import terminal

__all__ = ["begin", "code_of", "take"]

_INTERRUPTED = 128 + signal.SIGINT
_TERMINATED = 128 + signal.SIGTERM


def begin() -> None:
    """Get ready to tell of a command, whatever the one before it has left."""
    warnings.showwarning = _warn
    terminal.begin(as_json=_wants_json(sys.argv[1:]))


def take(*, json: bool, quiet: bool, debug: bool, skill: Path | None) -> None:
    """Take the options that each command has, and that may stand before it."""
    terminal.as_json = terminal.as_json or json
    terminal.quiet = terminal.quiet or quiet
    if debug or terminal.as_json:
        show_log(debug=debug)
    if skill is not None:
        Attribution.from_skill(skill)
        # For workers too, wherever they run; links stay, as they tell where it is installed.
        os.environ["NEMO_SKILL"] = os.path.abspath(skill.expanduser())  # noqa: PTH100


def code_of(error: BaseException) -> int:
    """Say what has ended a command, and return its exit code."""
    match error:
        case KeyboardInterrupt() | typer.Abort():
            terminal.stopped()
            return _INTERRUPTED
        case asyncio.CancelledError():
            terminal.stopped()
            return _TERMINATED
        case WrongUsage():
            terminal.error(error)
            return 2
        case NemoError() | OSError() | ValueError() | LookupError():
            terminal.error(error)
            return 1
    return _unforeseen(error)


def _unforeseen(error: BaseException) -> int:
    usage = getattr(error, "format_message", None)
    if usage is not None:
        begin()  # options that stand before a command are read before it begins
        where = getattr(getattr(error, "ctx", None), "command_path", "nemo-sdk")
        words = str(usage()).rstrip().removesuffix(".")
        stop = "" if words.endswith("?") else "."
        terminal.error(WrongUsage(f"{words}{stop} See '{where} --help'."))
        return 2
    logging.getLogger("nemo_sdk").debug("unforeseen", exc_info=error)
    terminal.error(error)
    return 1


def _wants_json(arguments: list[str]) -> bool:
    """Whether errors are objects from the start: wrong usage is told before options are read."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return "--json" in arguments[:end]


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    words = getattr(message, "what_happened", message)  # without what only a program can do
    terminal.warn(str(words).strip())
