"""Errors as a store keeps them, and as the same errors again."""

import builtins
import json
from collections.abc import Mapping
from typing import Any

from nemo_sdk import Checkpoint, NemoError, exceptions

__all__ = ["from_facts", "to_facts"]


def to_facts(error: BaseException) -> dict[str, Any]:
    """Return what `from_facts` makes the error of, as JSON knows it."""
    state = {name: value for name, value in vars(error).items() if _is_plain(value)}
    checkpoint = getattr(error, "checkpoint", None)
    return {
        "kind": type(error).__name__,
        "args": [one if _is_plain(one) else str(one) for one in _arguments(error)],
        "state": state,
        "checkpoint": checkpoint.to_json() if isinstance(checkpoint, Checkpoint) else None,
        "message": str(error),
    }


def from_facts(facts: Mapping[str, Any]) -> Exception:
    """Return an error of the same kind and words; a NemoError where that cannot be made."""
    try:
        return _same(facts)
    except (AttributeError, KeyError, TypeError, ValueError):  # another version's, or no error
        return NemoError(str(facts.get("message", "It is not known what has ended this.")))


def _same(facts: Mapping[str, Any]) -> Exception:
    kind = getattr(exceptions, facts["kind"], None) or getattr(builtins, facts["kind"], None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        raise TypeError(f"{facts['kind']} is no error.")
    error: Exception = kind.__new__(kind, *facts["args"])
    if not isinstance(error, OSError):  # which has made of them what it keeps
        error.args = tuple(facts["args"])
    vars(error).update(facts["state"])
    if facts.get("checkpoint"):
        vars(error)["checkpoint"] = Checkpoint.from_json(facts["checkpoint"])
    return error


def _arguments(error: BaseException) -> tuple[Any, ...]:
    """Return what an error is made with; the system's keep the file's name apart."""
    if isinstance(error, OSError) and error.filename is not None:
        return (*error.args, error.filename)
    return error.args


def _is_plain(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
