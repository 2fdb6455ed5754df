"""What a refusal says, wherever in its JSON the service has put it. No I/O."""

from typing import Any, Final

from nemo_sdk._text import readable

__all__ = ["words_in"]

_KEYS: Final = (
    *("message", "msg", "error", "detail", "errorMessage", "error_message", "error_description"),
    *("errors", "failReason", "fail_reason", "failureReason", "reason", "title", "data"),
)
"""Where the words are looked for, the plainest first; `data` is where an envelope has the rest."""
_KNOWN: Final = frozenset(_KEYS)
_OF_FIELDS: Final = {"errors", "detail"}
_MOST: Final = 5
_DEEPEST: Final = 6


def words_in(value: Any) -> str:
    """Return the words of a refusal: of a text, an object, or a list of either; "" for none."""
    return _words(value, _DEEPEST)


def _words(value: Any, deep: int) -> str:
    if isinstance(value, str):
        return readable(value[:4096]).strip()
    if not deep or (isinstance(value, dict) and _KNOWN.isdisjoint(value)):
        return ""
    if isinstance(value, dict):
        for key in _KEYS:
            inner = value.get(key)
            if inner is None:
                continue
            if words := _words(inner, deep - 1) or _by_field(key, inner, deep - 1):
                return words
    if isinstance(value, list):
        found = (_words(one, deep - 1) for one in value[:_MOST])
        return "; ".join(filter(None, found))
    return ""


def _by_field(key: str, value: Any, deep: int) -> str:
    """Return what is wrong with each field of a form: `{"prompt": ["is too long"]}`."""
    if key not in _OF_FIELDS or not isinstance(value, dict):
        return ""
    told = ((name, _words(wrong, deep)) for name, wrong in list(value.items())[:_MOST])
    return "; ".join(readable(f"{name}: {words}") for name, words in told if words)
