"""Standard input, output and error, whatever the shell made of them."""

import contextlib
import os
import sys

__all__ = ["make_usable"]


def make_usable() -> None:
    """See that closed streams and characters that a terminal has not got end no program."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed: the next file or socket would get its number
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # not all have it
