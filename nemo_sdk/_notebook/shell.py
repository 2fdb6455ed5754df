"""The notebook that this program may run in."""

import importlib
import sys
from typing import Any

from nemo_sdk._config.environment import variable

__all__ = ["display", "in_notebook", "shell", "shortened"]

_OFF = {"0", "false", "off", "no"}


def in_notebook() -> bool:
    """Whether cells can show things; NEMO_NOTEBOOK=0 says no."""
    return getattr(shell(), "kernel", None) is not None


def shell() -> Any:
    """Return the IPython shell that this program runs in, or None."""
    if variable("NEMO_NOTEBOOK").lower() in _OFF:
        return None
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_shell() if get_shell else None


def display(what: Any, **options: Any) -> Any:
    """Show something in the cell that runs now, and return the handle that updates it."""
    return importlib.import_module("IPython.display").display(what, display_id=True, **options)


def shortened(text: str, longest: int) -> str:
    """Return a text with an ellipsis where it is too long."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
