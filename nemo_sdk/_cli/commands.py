"""Runs a command; help, versions and completions without what commands need."""

import contextlib
import os
import sys

import typer

from .app import app
from .completion import join_words

__all__ = ["run"]


def run() -> int:
    """Run a command and return its code: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl-C."""
    _make_usable()
    join_words()
    try:
        code = app(sys.argv[1:] or ["--help"], prog_name="nemo-sdk", standalone_mode=False)
    except typer.Exit as ended:
        return int(ended.exit_code)
    except SystemExit:
        raise
    except BaseException as error:
        from .frame import code_of  # noqa: PLC0415 - who has run a command has loaded it

        return code_of(error)
    return code if isinstance(code, int) else 0


def _make_usable() -> None:
    """See that closed streams and characters that a terminal has not got end no program."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed: the next file or socket would get its number
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # not all have it
