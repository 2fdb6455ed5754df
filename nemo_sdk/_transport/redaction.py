"""Tokens out of errors: the service may repeat in its words what it was sent."""

import json
import re
from collections.abc import Iterable
from typing import Any, TypeVar
from urllib.parse import quote

from nemo_sdk.exceptions import NemoError

__all__ = ["hide", "text_without"]

E = TypeVar("E", bound=NemoError)

_HIDDEN = "[token]"
_SHORTEST = 4
"""Characters: what is shorter is no token, and its letters are in every word."""
_ANONYMOUS = re.compile(r"nmv_usr_[\w.~+/=-]+")
_TELLING = 8
"""Characters of a token that was cut off that would still give some of it away."""


def hide(error: E, tokens: Iterable[str]) -> E:
    """Make tokens unreadable in all that an error says and holds, and return the error."""
    spellings = _all_spellings(tokens)
    error.args = _without(error.args, spellings)
    error.__dict__.update(_without(error.__dict__, spellings))
    return error


def text_without(tokens: Iterable[str], text: str) -> str:
    """Return a text in which tokens are unreadable."""
    return _text_without(text, _all_spellings(tokens)) if text else text


def _all_spellings(tokens: Iterable[str]) -> tuple[str, ...]:
    long_enough = (token for token in tokens if len(token) >= _SHORTEST)
    return tuple(spelling for token in long_enough for spelling in _spellings(token))


def _spellings(token: str) -> tuple[str, ...]:
    """Return how a token looks as text, inside JSON text, and in an address."""
    escaped = json.dumps(token)[1:-1]
    in_address = quote(token, safe="")
    return tuple(dict.fromkeys((token, escaped, escaped.replace("/", "\\/"), in_address)))


def _without(value: Any, spellings: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return _text_without(value, spellings)
    if isinstance(value, dict):
        return {_without(key, spellings): _without(one, spellings) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without(one, spellings) for one in value)
    return value


def _text_without(text: str, spellings: tuple[str, ...]) -> str:
    for token in spellings:
        text = text.replace(token, _HIDDEN)
        for length in range(min(len(token), len(text)) - 1, _TELLING - 1, -1):
            if text.endswith(token[:length]):
                text = text[:-length] + _HIDDEN
                break
    return _ANONYMOUS.sub(_HIDDEN, text)
