"""Jobs in a folder, a file each: shared by the processes of one machine."""

import contextlib
import errno
import logging
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
import filelock

from nemo_sdk import Checkpoint
from nemo_sdk._config.settings import config_folder
from nemo_sdk._paths import expanded
from nemo_sdk._patience import patiently

from ._record import Record, Records, newest
from ._stores import with_claim

__all__ = ["FileStore"]

log = logging.getLogger("nemo_sdk")
_TEMPORARY = ".new."
_LEFT_AFTER = 3600.0
"""Seconds after which nobody writes to a temporary file any more."""
_PATIENCE = 10.0
"""Seconds to wait for another process that writes the same record."""
_POLL = 0.005
_CANNOT_BE_USED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}


class FileStore:
    """Keeps each job in a file that only its owner can read, written whole or not at all.

    A job's message is claimed by making a file, which one process alone can do; who works on a
    job holds a lock, which its death releases. In a folder that cannot be written, jobs are kept
    in memory, and the log says so; a job that others find in the folder is claimed there or not
    at all. On a disk that is full, nothing is begun.

    Args:
        folder: Where; None for `jobs` beside the client id.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._given = None if folder is None else expanded(folder)
        self._unwritten: dict[str, Record] = {}
        self._unwritten_claims: dict[str, Checkpoint] = {}
        self._is_swept = False

    @property
    def folder(self) -> Path:
        """Where the jobs are.

        Raises:
            OSError: There is no home to keep them in.
        """
        return config_folder() / "jobs" if self._given is None else self._given

    def load(self, id: str) -> Record | None:
        """Return what is kept of a job, or None.

        Raises:
            OSError: It is not known: the disk is broken, or what it has sent cannot be read.
        """
        record = self._newest(id)
        return record and self._with_claim(self._as_held(record))

    def list(self) -> Records:
        """Return what is kept of all jobs; the log tells of those that cannot be read."""
        found = []
        for name in {*self._unwritten, *self._ids()}:
            try:
                record = self._newest(name)
            except OSError as error:
                log.warning("%s.json cannot be read: %s", name, error)
                continue
            if record is None:
                continue
            try:
                record = self._with_claim(self._as_held(record))
            except OSError as error:
                log.warning("%s", error)
            found.append(record)
        return found

    def save(self, record: Record) -> bool:
        """Keep a record, unless it is overtaken; see `Store`.

        Raises:
            OSError: The disk is full, or broken; or another process stands still as it writes.
        """
        with self._writing(record.id):
            if not record.replaces(self._newest(record.id)):
                return False
            try:
                self._write_claim(record.id)
                self._write(record)
                self._unwritten.pop(record.id, None)
            except OSError as error:
                _check_unwritable(error)
                self._unwritten[record.id] = record
            return True

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone send a job's message; see `Store`.

        Raises:
            OSError: The disk is full, or broken, or cannot be written any more: nothing may be
                sent.
        """
        if checkpoint is None:
            self._unwritten_claims.pop(id, None)
            with contextlib.suppress(OSError):
                self._file(id, "claim").unlink(missing_ok=True)
            return True
        try:
            self._make(self._file(id, "claim"), checkpoint.to_json())
        except OSError as error:
            _check_unwritable(error)
            if self._is_there(id):  # others find it there, and would not find that it was sent
                raise
            return self._unwritten_claims.setdefault(id, checkpoint) == checkpoint
        return self._claimed(id) == checkpoint

    def remove(self, id: str) -> None:
        """Forget a job."""
        self._unwritten.pop(id, None)
        self._unwritten_claims.pop(id, None)
        for end in ("json", "claim", "lock", "log", "write"):
            with contextlib.suppress(OSError):
                self._file(id, end).unlink(missing_ok=True)

    @contextlib.contextmanager
    def hold(self, id: str) -> Iterator[bool]:
        """Work on a job, where no other process does: gives whether that is so."""
        try:
            lock = self._locked(id, "lock", patience=0)
        except filelock.Timeout:
            yield False
            return
        with lock:
            yield True

    @contextlib.contextmanager
    def _writing(self, id: str) -> Iterator[None]:
        """Be the only one to write a job's record."""
        try:
            lock = self._locked(id, "write", patience=_PATIENCE)
        except filelock.Timeout as error:
            raise TimeoutError(
                errno.ETIMEDOUT, f"Another process stands still as it writes job {id}"
            ) from error
        with lock:
            yield

    def _locked(
        self, id: str, end: str, *, patience: float
    ) -> contextlib.AbstractContextManager[object]:
        """Return a lock that is held, or what stands for one where there are none.

        Raises:
            filelock.Timeout: Another process holds it.
        """
        try:
            self._place()
            lock = filelock.FileLock(self._file(id, end), thread_local=False)
            lock.acquire(timeout=patience, poll_interval=_POLL)
        except filelock.Timeout:
            raise
        except (OSError, NotImplementedError) as error:
            log.info("jobs are not shared with other processes: %s", error)
            return contextlib.nullcontext()
        held = contextlib.ExitStack()
        held.callback(lock.release)
        return held

    def _newest(self, id: str) -> Record | None:
        """Return what is known of a job: in memory is what could not be written."""
        return newest((self._found(id), self._unwritten.get(id)))

    def _found(self, id: str) -> Record | None:
        """Return what the folder has of a job; None also where there is no such folder."""
        try:
            return self._read(id)
        except OSError as error:
            if error.errno not in _CANNOT_BE_USED or self._is_there(id):
                raise
            return None

    def _read(self, id: str) -> Record | None:
        try:
            return Record.from_json(_text(self._file(id, "json")))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except ValueError as error:
            log.warning("%s.json is no job: %s", id, error)
            return None

    def _as_held(self, record: Record) -> Record:
        if record.status == "running" and not self._is_held(record.id):
            return attrs.evolve(record, status="waiting")  # whoever worked on it is gone
        return record

    def _with_claim(self, record: Record) -> Record:
        if record.status == "done":  # it is not sent any more
            return record
        return with_claim(record, self._claimed(record.id))

    def _ids(self) -> Iterable[str]:
        with contextlib.suppress(OSError):
            return [file.stem for file in self.folder.glob("*.json")]
        return ()

    def _file(self, id: str, end: str) -> Path:
        """Return a file of a job.

        Raises:
            OSError: There is no home; or an id that comes from elsewhere leads out of the folder.
        """
        if Path(id).name != id or "\0" in id:
            raise FileNotFoundError(errno.ENOENT, "No job has such an id", id)
        return self.folder / f"{id}.{end}"

    def _is_there(self, id: str) -> bool:
        """Whether a job has a file, be it one that cannot be read."""
        with contextlib.suppress(OSError):
            return os.path.lexists(self._file(id, "json"))
        return False

    def _is_held(self, id: str) -> bool:
        """Whether some process works on a job now."""
        with contextlib.suppress(OSError):
            if self._file(id, "lock").exists():
                with self.hold(id) as free:
                    return not free
        return False

    def _claimed(self, id: str) -> Checkpoint | None:
        try:
            return Checkpoint.from_json(_text(self._file(id, "claim")))
        except (FileNotFoundError, NotADirectoryError):
            return self._unwritten_claims.get(id)
        except ValueError as error:
            raise OSError(
                errno.EIO,
                f"What job {id} has sent is not known, its file is damaged: jobs.forget() gives it "
                "up",
                f"{id}.claim",
            ) from error

    def _write_claim(self, id: str) -> None:
        """Have others find a claim that could not be written when it was made."""
        if (claimed := self._unwritten_claims.get(id)) is not None:
            self._make(self._file(id, "claim"), claimed.to_json())
            self._unwritten_claims.pop(id, None)

    def _write(self, record: Record) -> None:
        """Put a file in place of an older one, whole."""
        file = self._file(record.id, "json")
        temporary = self._temporary(record.to_json())
        try:
            patiently(lambda: temporary.replace(file))
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def _make(self, file: Path, text: str) -> None:
        """Make a file, whole, unless it is there: of two processes, one alone succeeds."""
        temporary = self._temporary(text)
        try:
            os.link(temporary, file)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            with contextlib.suppress(FileExistsError), file.open("x", encoding="utf-8") as made:
                made.write(text)
        finally:
            temporary.unlink(missing_ok=True)

    def _temporary(self, text: str) -> Path:
        # mkstemp makes a file that only its owner can read.
        descriptor, path = tempfile.mkstemp(dir=self._place(), prefix=_TEMPORARY)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            Path(path).unlink(missing_ok=True)
            raise
        return Path(path)

    def _place(self) -> Path:
        folder = self.folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._is_swept:
            self._is_swept = True
            _sweep(folder)
        return folder


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed while they wrote have left."""
    for file in folder.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError):
            if time.time() - file.stat().st_mtime > _LEFT_AFTER:
                file.unlink()


def _text(file: Path) -> str:
    return patiently(lambda: file.read_text(encoding="utf-8"))


def _check_unwritable(error: OSError) -> None:
    """Let pass that a folder cannot be written at all; raise what else went wrong."""
    if error.errno not in _CANNOT_BE_USED:
        raise error
    log.warning("jobs are kept in memory only: %s", error)
