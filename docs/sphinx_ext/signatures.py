"""Signatures with the defaults that users see, whoever shows them: the site, or a code host."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

HANDED_OUT = {f"nemo_sdk.{name}" for name in ("Generation", "Render", "Session", "Turn", "Video")}
"""Objects that the library hands out: how they are made is nobody's concern but its own."""
SENTINELS = {"_IN_A_FILE"}
"""What the code calls the default of a client's `token_store`, which is a file."""


class Shown:
    """A default as it is shown."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def default_of(one: inspect.Parameter, fields: dict[str, Any]) -> Any:
    """Return a parameter's default as it is shown; `fields` are the defaults of attrs."""
    if repr(one.default) in SENTINELS or type(one.default) is object:
        return Shown("FileTokenStore()")
    if isinstance(one.default, Path):
        return str(one.default)
    if one.default is one.empty or one.name not in fields:
        return one.default
    default = fields[one.name]
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return default
    return Shown("..." if default.takes_self else made_by(default.factory))


def made_by(factory: Callable[[], Any]) -> str:
    """Return what a factory gives, where that is the same each time: a time is not."""
    one, another = repr(factory()), repr(factory())
    return one if one == another else "..."


def fields_of(kind: type) -> dict[str, Any]:
    """Return the defaults of a class of attrs, by the names of its arguments."""
    return {one.alias: one.default for one in attrs.fields(kind)} if attrs.has(kind) else {}
