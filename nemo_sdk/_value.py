"""What values have in common: they become JSON."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

__all__ = ["SECRET", "Value"]

SECRET: Final[Mapping[str, Any]] = {"nemo_sdk.secret": True}
"""The metadata of a field that is left out."""


class Value:
    """Becomes a dictionary of what JSON has."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as a new dictionary that `json.dumps` takes; without tokens.

        Returns:
            Its attributes by their names; tuples are lists, values within are dictionaries.
        """
        return {name: _plain(getattr(self, name)) for name in self._told()}

    def _told(self) -> Iterable[str]:
        """Return the names of the attributes that are told."""
        kind: Any = type(self)
        return (one.name for one in attrs.fields(kind) if not one.metadata.keys() & SECRET)


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | None) else str(value)
