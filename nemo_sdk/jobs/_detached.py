"""A process of its own for a job: it goes on when the one that began it is gone."""

import os
import subprocess
import sys
import threading
from typing import Any

from ._file_store import FileStore

__all__ = ["detach"]


def detach(store: FileStore, id: str) -> None:
    """Have a process of its own work on a job, without a terminal; it ends with the job.

    It takes the environment of this process, the token in it, and writes what it has to say into
    a file beside the job that ends with `.log`. Where somebody works on the job already, it waits
    until that one is gone.

    Args:
        store: Where the job is kept.
        id: The job's id.

    Raises:
        OSError: No process can be started, or the folder cannot be written.
    """
    command = [sys.executable, "-m", "nemo_sdk.jobs", str(store.folder), id]
    path = store.folder / f"{id}.log"
    with open(path, "ab", opener=_private) as log:
        started = subprocess.Popen(  # noqa: S603 - this very Python, and no shell
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **_apart()
        )
    # Who ends while this process lives is taken note of; who outlives it is not missed.
    threading.Thread(target=started.wait, daemon=True).start()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _apart() -> dict[str, Any]:
    """Return what keeps a process alive when the terminal of its parent is closed."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
