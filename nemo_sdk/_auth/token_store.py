"""What is kept between two runs of a program: the client id, and anonymous tokens."""

import asyncio
import json
import logging
import os
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nemo_sdk._config.settings import check_client_id, config_folder
from nemo_sdk._protocol.endpoints import expired
from nemo_sdk.models import AnonymousToken

if TYPE_CHECKING:
    import filelock

__all__ = ["ConfigFolder", "FileTokenStore", "MemoryTokenStore", "TokenStore"]

log = logging.getLogger("nemo_sdk")
_LOCK_WAIT = 60.0
_LOCK_LOOK = 0.02


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


class ConfigFolder:
    """The folder of the client id and the tokens, in files that only their owner can read.

    A folder that cannot be written and files that are damaged are no error: then things are kept
    in memory, and made anew next time.

    Args:
        folder: Where; None for `~/.config/nemovideo`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    def client_id(self) -> str:
        """Return the kept client id, made now if there is none. Call it while `lock` is held."""
        try:
            return check_client_id(self.read("client_id").strip()) or self.new_client_id()
        except ValueError:
            return self.new_client_id()

    def new_client_id(self) -> str:
        """Make a client id and keep it."""
        made = str(uuid.uuid4())
        self.write("client_id", made + "\n")
        return made

    def read(self, name: str) -> str:
        """Return the text of a file, "" where it cannot be read."""
        try:
            return (self._place() / name).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def write(self, name: str, text: str) -> None:
        """Replace a file as a whole, or leave it as it is where that is not possible."""
        temporary = ""
        try:
            folder = self._place()
            # mkstemp makes a file that only its owner can read, and the rename is all or nothing.
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            Path(temporary).replace(folder / name)
        except OSError as error:
            log.info("%s is kept in memory only: %s", name, error)
            with suppress(OSError):
                Path(temporary).unlink()

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Let one process at a time ask for a token; without a writable folder, do nothing."""
        taken = await self._take_lock()
        try:
            yield
        finally:
            if taken is not None:
                taken.release()

    async def _take_lock(self) -> "filelock.BaseFileLock | None":
        import filelock  # noqa: PLC0415 - not needed where a token is given

        try:
            lock = filelock.FileLock(self._place() / "tokens.lock", thread_local=False)
            for _ in range(int(_LOCK_WAIT / _LOCK_LOOK)):
                with suppress(filelock.Timeout):
                    lock.acquire(blocking=False)
                    return lock
                await asyncio.sleep(_LOCK_LOOK)
        except (OSError, NotImplementedError) as error:
            log.info("the client id and tokens are not shared with other processes: %s", error)
        return None

    def _place(self) -> Path:
        try:
            folder = config_folder() if self._folder is None else self._folder
        except RuntimeError as error:  # there is no home
            raise OSError(str(error)) from error
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


class FileTokenStore:
    """Keeps tokens in the file tokens.json, which only its owner can read.

    Args:
        folder: Where; None for `~/.config/nemovideo`.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._folder = ConfigFolder(None if folder is None else Path(folder))
        self._memory = MemoryTokenStore()

    def load(self, key: str) -> AnonymousToken | None:
        """Return what was saved under the key, or None."""
        with suppress(ValueError, KeyError):
            return AnonymousToken.from_json(json.dumps(self._all()[key]))
        return self._memory.load(key)

    def save(self, key: str, token: AnonymousToken) -> None:
        """Keep a token under a key, and forget those whose time is over."""
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


def _lives(value: object) -> bool:
    with suppress(ValueError):
        return not expired(AnonymousToken.from_json(json.dumps(value)))
    return False
