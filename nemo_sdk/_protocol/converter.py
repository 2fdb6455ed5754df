"""Wire names to models: forgives what is missing, null, new or of a neighbouring type.

It reads what a JSON text said: objects are dictionaries.

A field is looked up under its own name, in camelCase, and under the other names that the service
has used for it. What cannot be read counts as missing; only a field without a default must be
there.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs
from cattrs import Converter

from nemo_sdk._text import readable

__all__ = ["UnreadableError", "is_id", "register_names", "structure"]

_LONGEST_ID = 256
"""Characters."""
_T = TypeVar("_T")
_EXACT = 2**53
"""Whole numbers below it are the same as floats."""
_other_names: dict[type, dict[str, tuple[str, ...]]] = {}


class UnreadableError(ValueError):
    """A value lacks what nothing goes without."""


def structure(value: Any, kind: type[_T]) -> _T:
    """Return a model made of a decoded JSON object.

    Raises:
        UnreadableError: It is no object, or a field without a default is missing.
    """
    return _converter.structure(value, kind)


def register_names(kind: type, names: Mapping[str, tuple[str, ...]]) -> None:
    """Name the other words that the wire has for a model's fields, best first."""
    _other_names[kind] = dict(names)


def _text(value: Any, _: Any = None) -> str | None:
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def is_id(text: str) -> bool:
    """Whether a text can be one segment of a path, and so an id; another one leads nowhere."""
    fits = text.isprintable() and len(text) <= _LONGEST_ID
    return fits and bool(text.strip()) and text not in {".", ".."}


def _id(value: Any, _: Any = None) -> str | None:
    text = value if isinstance(value, str) else _text(value)
    return text if text is not None and is_id(text) else None


def _number(value: Any, _: Any = None) -> float | None:
    if type(value) is int and -_EXACT < value < _EXACT:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if isinstance(value, int) or number.is_integer() else number


def _whole(value: Any, _: Any = None) -> int | None:
    number = _number(value)
    return None if number is None else round(number)


def _flag(value: Any, _: Any = None) -> bool | None:
    return value if isinstance(value, bool) else None


def _object(value: Any, _: Any = None) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _each(kind: Any) -> Callable[[Any, Any], Any]:
    item = kind.__args__[0]

    def convert(value: Any, _: Any = None) -> Any:
        if not isinstance(value, list | tuple):
            return ()
        return tuple(_converter.structure(one, item) for one in value if isinstance(one, dict))

    return convert


def _names_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _model(kind: Any) -> Callable[[Any, Any], Any]:
    others = _other_names.get(kind, {})
    fields = [
        (
            one.alias,
            tuple(dict.fromkeys((one.name, _camel(one.name), *others.get(one.name, ())))),
            _id if _names_id(one.name) else _converter.get_structure_hook(one.type),
            one.type,
            one.default is attrs.NOTHING,
        )
        for one in attrs.fields(kind)
    ]

    def convert(value: Any, _: Any = None) -> Any:
        if not isinstance(value, dict):
            raise UnreadableError(f"is no JSON object but {type(value).__name__}")
        found = {}
        for alias, names, hook, annotation, required in fields:
            for name in names:
                raw = value.get(name)
                read = None if raw is None else hook(raw, annotation)
                if read is not None and read != "":
                    found[alias] = read
                    break
            else:
                if required:
                    raise UnreadableError(f"has no {names[0]!r}")
        return kind(**found)

    return convert


def _anything(value: Any, _: Any = None) -> Any:
    return value


_converter = Converter()
_HOOKS: dict[Any, Callable[[Any, Any], Any]] = {
    str: _text,
    float: _number,
    int: _whole,
    bool: _flag,
    Mapping[str, Any]: _object,
}
for _kind, _hook in _HOOKS.items():
    _converter.register_structure_hook_func(lambda t, k=_kind: t in (k, k | None), _hook)  # type: ignore[misc]
    if isinstance(_kind, type):  # cattrs has hooks of its own for these, which would go first
        _converter.register_structure_hook(_kind, _hook)
_converter.register_structure_hook_func(lambda t: t is Any, _anything)
_converter.register_structure_hook_factory(lambda t: getattr(t, "__origin__", None) is tuple, _each)
_converter.register_structure_hook_factory(attrs.has, _model)
