"""The folder of what is kept between two runs: files for their owner only, and a lock."""

import asyncio
import os
import tempfile
import threading
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nemo_sdk._config.settings import check_client_id, config_folder
from nemo_sdk._patience import patiently
from nemo_sdk._telemetry.log import log

if TYPE_CHECKING:
    import filelock

__all__ = ["ConfigFolder"]


LOCK_LIMIT = 10.0
"""Seconds: a network home may never answer, and whoever holds the lock only asks for a token."""
_LOOK = 0.005


class ConfigFolder:
    """The folder of the client id and the tokens, in files that only their owner can read.

    A folder that cannot be written and files that are damaged are no error: then things are kept
    in memory, and made anew next time. All but `lock` waits for the disk: call it in a thread.

    Args:
        folder: Where; None for `~/.config/nemovideo`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where the folder is, or will be.

        Raises:
            OSError: There is no home.
        """
        return config_folder() if self._folder is None else self._folder

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
            return patiently(lambda: (self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""

    def write(self, name: str, text: str) -> None:
        """Replace a file as a whole, or leave it as it is where that is not possible."""
        temporary = ""
        try:
            folder = self._made()
            # mkstemp makes a file that only its owner can read, and the rename is all or nothing.
            descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=f".{name}.")
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            patiently(lambda: Path(temporary).replace(folder / name))
        except OSError as error:
            log.info("%s is kept in memory only: %s", name, error)
            with suppress(OSError):
                Path(temporary).unlink()

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """Let one process at a time ask for a token; without a lock after 10 s, go on."""
        holder = _Holder(lambda: self._made() / "tokens.lock")
        holder.start()
        try:
            await _until(holder.ready.is_set)
            yield
        finally:
            holder.over.set()
            if holder.ready.is_set():
                await _until(lambda: not holder.is_alive())

    def _made(self) -> Path:
        folder = self.path
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


class _Holder(threading.Thread):
    """Holds a lock: a thread of its own, which a network home may keep waiting for ever."""

    def __init__(self, file: Callable[[], Path]) -> None:
        super().__init__(name="nemo_sdk lock", daemon=True)
        self._file = file
        self.ready = threading.Event()
        """The lock is held, or cannot be had."""
        self.over = threading.Event()
        """It is needed no more."""

    def run(self) -> None:
        lock = self._taken()
        self.ready.set()
        if lock is not None:
            self.over.wait()
            lock.release()

    def _taken(self) -> "filelock.BaseFileLock | None":
        try:
            import filelock  # noqa: PLC0415 - not needed where a token is given

            lock = filelock.FileLock(self._file(), thread_local=False)
            end = time.monotonic() + LOCK_LIMIT
            while not self.over.is_set() and time.monotonic() < end:
                with suppress(filelock.Timeout):
                    lock.acquire(blocking=False)
                    return lock
                self.over.wait(4 * _LOOK)
        except (ImportError, OSError, NotImplementedError) as error:
            log.info("the client id and tokens are not shared with other processes: %s", error)
        return None


async def _until(happened: Callable[[], bool]) -> None:
    """Wait until something of a thread's has happened, for as long as a lock may take."""
    started = time.monotonic()
    while not happened() and time.monotonic() - started < LOCK_LIMIT:  # noqa: ASYNC110 - a thread's
        await asyncio.sleep(_LOOK)
