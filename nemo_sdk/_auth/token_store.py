"""Where anonymous tokens are kept."""

import json
import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from nemo_sdk._paths import expanded
from nemo_sdk._protocol.endpoints import expired
from nemo_sdk.models import AnonymousToken

from .config_folder import ConfigFolder

__all__ = [
    "IN_A_FILE",
    "FileTokenStore",
    "MemoryTokenStore",
    "TokenStore",
    "folder_of",
    "store_of",
]

IN_A_FILE: Final[Any] = object()
"""Stands for a store of files, where none is given."""
_KEPT = timedelta(days=30)
"""How long after its end a token is kept: the clock may be wrong, and it be good still."""


class TokenStore(Protocol):
    """A place for anonymous tokens. Both methods may be plain or async."""

    def load(self, key: str) -> Any:
        """Return what was saved under the key (an AnonymousToken, or its token alone), or None."""
        ...

    def save(self, key: str, token: AnonymousToken) -> Any:
        """Keep a token under a key, which names the service and the client id."""
        ...


class MemoryTokenStore:
    """Keeps tokens as long as the client lives."""

    def __init__(self) -> None:
        self._tokens: dict[str, AnonymousToken] = {}

    def load(self, key: str) -> AnonymousToken | None:
        """Return what was saved under the key, or None."""
        return self._tokens.get(key)

    def save(self, key: str, token: AnonymousToken) -> None:
        """Keep a token under a key."""
        self._tokens[key] = token


class FileTokenStore:
    """Keeps tokens in the file tokens.json, which only its owner can read.

    The client id that they were asked for with, and the lock that keeps processes from asking at
    the same time, are in the same folder: containers that share it share one token.

    Args:
        folder: Where; None for `~/.config/nemovideo`.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = ConfigFolder(None if folder is None else expanded(folder))
        self._memory = MemoryTokenStore()

    @property
    def folder(self) -> Path:
        """Where the tokens are kept.

        Raises:
            OSError: None was named, and there is no home.
        """
        return self._folder.path

    def load(self, key: str) -> AnonymousToken | None:
        """Return what was saved under the key, or None."""
        with suppress(ValueError, KeyError):
            return AnonymousToken.from_json(json.dumps(self._all()[key]))
        return self._memory.load(key)

    def save(self, key: str, token: AnonymousToken) -> None:
        """Keep a token under a key, and forget those whose time is long over."""
        self._memory.save(key, token)
        kept = {name: value for name, value in self._all().items() if _lives(value)}
        kept[key] = json.loads(token.to_json())
        self._folder.write("tokens.json", json.dumps(kept, indent=1))

    def _all(self) -> dict[str, Any]:
        try:
            values = json.loads(self._folder.read("tokens.json"))
        except (ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}


def store_of(given: TokenStore | None) -> TokenStore:
    """Return the store that a client's argument stands for.

    Raises:
        TypeError: It is none.
    """
    if given is IN_A_FILE:
        return FileTokenStore()
    if given is None:
        return MemoryTokenStore()
    if not (callable(getattr(given, "load", None)) and callable(getattr(given, "save", None))):
        raise TypeError(
            "token_store must have load(key) and save(key, token), or be None, "
            f"and {type(given).__name__} has not."
        )
    return given


def folder_of(store: TokenStore) -> ConfigFolder:
    """Return the folder of the client id and the lock that go with a store."""
    if isinstance(store, FileTokenStore):
        return store._folder  # noqa: SLF001 - a name of this module alone
    return ConfigFolder()


def _lives(value: object) -> bool:
    with suppress(ValueError):
        return not expired(AnonymousToken.from_json(json.dumps(value)), by=_KEPT)
    return False
