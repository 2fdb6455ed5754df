"""Runs a command, and turns whatever ends it into one line and an exit code."""

import asyncio
import contextlib
import signal
import sys
import warnings

import typer

from nemo_sdk._cli import films, local, sessions, talk
from nemo_sdk._cli.app import EVERYWHERE, app
from nemo_sdk._cli.terminal import terminal
from nemo_sdk._log import log
from nemo_sdk.exceptions import NemoError

__all__ = ["films", "local", "run", "sessions", "talk"]

_INTERRUPTED = 128 + signal.SIGINT
_TERMINATED = 128 + signal.SIGTERM


def run() -> int:
    """Run a command and return its code: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl-C."""
    _make_printable()
    try:
        return _run(_with_options_first(sys.argv[1:]))
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
    if code == _INTERRUPTED:  # newer versions of Typer make this of a Ctrl-C, older ones an Abort
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _unforeseen(error: Exception) -> int:
    usage = getattr(error, "format_message", None)
    if usage is not None:
        terminal.error(f"{str(usage()).rstrip('.')}. See 'nemo-sdk --help'.")
        return 2
    log.debug("unforeseen", exc_info=error)
    name = "" if str(error) else type(error).__name__
    terminal.error(f"{name}{error}")
    return 1


def _with_options_first(arguments: list[str]) -> list[str]:
    """Take the options that every command has from wherever they stand."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    before, after = arguments[:end], arguments[end:]
    first = [one for one in before if one in EVERYWHERE]
    return [*first, *(one for one in before if one not in EVERYWHERE), *after]


def _make_printable() -> None:
    """See that no character of a prompt ends the program, and that warnings are a line each."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # not all have it
    warnings.showwarning = _warn


def _warn(message: Warning | str, *_: object, **__: object) -> None:
    terminal.note(f"warning: {message}", warning=str(message))
