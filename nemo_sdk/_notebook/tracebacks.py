"""Errors as a cell of a notebook shows them."""

import copy
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from .shell import shell

__all__ = ["short_traceback", "shorten"]

_FOLDER = str(Path(__file__).parents[1]) + os.sep
_HINT = "(Shortened to your own code; all of it: %tb Plain)"


def shorten(kind: type[BaseException]) -> None:
    """Have IPython show errors of a kind as `short_traceback` does."""
    kind._render_traceback_ = short_traceback  # type: ignore[attr-defined] # IPython looks for it


def short_traceback(error: BaseException) -> list[str]:
    """Return the lines that IPython shows of an error: the caller's own code, then the sentence.

    All of it is shown by `%tb Plain`, in each mode that a person has chosen with `%xmode`, and
    with NEMO_NOTEBOOK=0. The hint does not name the mode Verbose: it prints variables, so tokens.
    """
    formatter = importlib.import_module("IPython").get_ipython().InteractiveTB
    trace = error.__traceback__
    lines: list[str]
    if shell() is None or formatter.mode != "Context":
        lines = formatter.structured_traceback(type(error), error, trace)
        return lines
    own = _without_ours(trace)
    alone = copy.copy(error)  # what caused it belongs to the long story
    lines = formatter.structured_traceback(type(error), alone, own)
    shorter = _length(own) < _length(trace) or error.__context__ is not None
    return [*lines[:-1], _HINT, lines[-1]] if shorter else lines


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """Return the trace without the frames of this package."""
    kept: TracebackType | None = None
    for one in reversed(list(_links(trace))):
        if not one.tb_frame.f_code.co_filename.startswith(_FOLDER):
            kept = TracebackType(kept, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return kept


def _links(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def _length(trace: TracebackType | None) -> int:
    return sum(1 for _ in _links(trace))
