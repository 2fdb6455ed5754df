"""Something that one process at a time may do, told by a locked file."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import filelock

__all__ = ["held", "is_held"]

_PATIENCE = 0.3
"""Seconds: who only looks whether a lock is held has it for a moment."""


@contextlib.contextmanager
def held(file: Path) -> Iterator[None]:
    """Hold a lock; where there can be none, go on without.

    Raises:
        BlockingIOError: Another process holds it.
    """
    lock = _take(file)
    try:
        yield
    finally:
        if lock is not None:
            _remove(file, lock)


def is_held(file: Path) -> bool:
    """Whether some process holds a lock now."""
    if not os.path.lexists(file):
        return False
    try:
        with held(file):
            return False
    except BlockingIOError:
        return True


def _remove(file: Path, lock: "filelock.BaseFileLock") -> None:
    """Release a lock and remove its file, where nobody can wait for a file that is gone."""
    try:
        file.unlink(missing_ok=True)
    except OSError:  # on Windows, nobody removes a file that somebody has open
        lock.release()
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
    else:
        lock.release()


def _take(file: Path) -> "filelock.BaseFileLock | None":
    import filelock  # noqa: PLC0415 - most commands need no lock

    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = filelock.FileLock(file, thread_local=False)
        lock.acquire(timeout=_PATIENCE)
    except filelock.Timeout:
        raise BlockingIOError(f"{file} is locked.") from None
    except (OSError, NotImplementedError):
        return None
    return lock
