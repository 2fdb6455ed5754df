"""Runs a command, and turns whatever ends it into one line and an exit code."""

import asyncio
import logging
import signal
import sys
import warnings

import typer

from nemo_sdk.exceptions import NemoError

from . import agents, films, fleet, kept, local, sessions, talk
from .app import app
from .completion import join_words
from .shell_words import WrongUsage
from .streams import make_usable
from .terminal import terminal

__all__ = ["agents", "films", "fleet", "kept", "local", "run", "sessions", "talk"]

_INTERRUPTED = 128 + signal.SIGINT
_TERMINATED = 128 + signal.SIGTERM


def run() -> int:
    """Run a command and return its code: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl-C."""
    make_usable()
    join_words()
    warnings.showwarning = _warn
    arguments = sys.argv[1:] or ["--help"]
    terminal.begin(as_json=_wants_json(arguments))
    try:
        return _run(arguments)
    except (KeyboardInterrupt, typer.Abort):
        terminal.stopped()
        return _INTERRUPTED
    except asyncio.CancelledError:
        terminal.stopped()
        return _TERMINATED


def _run(arguments: list[str]) -> int:
    try:
        code = app(arguments, prog_name="nemo-sdk", standalone_mode=False)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except typer.Abort:
        raise
    except (NemoError, OSError, ValueError, LookupError) as error:
        terminal.error(error)
        return 1
    except Exception as error:
        return _unforeseen(error)
    return code if isinstance(code, int) else 0


def _unforeseen(error: Exception) -> int:
    usage = getattr(error, "format_message", None)
    if usage is not None:
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
