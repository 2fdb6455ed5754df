"""Jobs in a folder, a file each: shared by the processes of one machine."""

import contextlib
import errno
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs
import filelock

from nemo_sdk import Checkpoint
from nemo_sdk._config.settings import config_folder
from nemo_sdk._patience import patiently

from ._record import Record
from ._stores import MemoryStore, with_claim

__all__ = ["FileStore"]

log = logging.getLogger("nemo_sdk")
_CANNOT_BE_USED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR}


class FileStore:
    """Keeps each job in a file that only its owner can read, written whole or not at all.

    A job's message is claimed by making a file, which one process alone can do; who works on a
    job holds a lock, which its death releases. In a folder that cannot be written, jobs are kept
    in memory, and the log says so; on a disk that is full, nothing is begun.

    Args:
        folder: Where; None for `jobs` beside the client id.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self._given = None if folder is None else Path(folder).expanduser()
        self._memory = MemoryStore()

    @property
    def folder(self) -> Path:
        """Where the jobs are.

        Raises:
            OSError: There is no home to keep them in.
        """
        if self._given is not None:
            return self._given
        try:
            return config_folder() / "jobs"
        except RuntimeError as error:  # there is no home
            raise FileNotFoundError(errno.ENOENT, str(error)) from error

    def load(self, id: str) -> Record | None:
        """Return what is kept of a job, or None.

        Raises:
            OSError: It is not known: the disk is broken, or what it has sent cannot be read.
        """
        try:
            record = self._read(self.folder / f"{id}.json")
        except OSError as error:
            if error.errno not in _CANNOT_BE_USED or self._is_there(id):
                raise
            record = None
        return self._memory.load(id) if record is None else self._with_claim(record)

    def list(self) -> list[Record]:
        """Return what is kept of all jobs."""
        found = {record.id: record for record in self._memory.list()}
        for file in self._files():
            try:
                record = self._read(file)
                if record is not None:
                    found[record.id] = record
                    found[record.id] = self._with_claim(record)
            except OSError as error:
                log.warning("%s cannot be read: %s", file.name, error)
        return list(found.values())

    def save(self, record: Record) -> None:
        """Keep a record.

        Raises:
            OSError: The disk is full, or broken.
        """
        try:
            self._write(f"{record.id}.json", record.to_json())
        except OSError as error:
            _check_unwritable(error)
            self._memory.save(record)

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone send a job's message; see `Store`.

        Raises:
            OSError: The disk is full, or broken: nothing may be sent.
        """
        if checkpoint is None:
            self._memory.claim(id, None)
            with contextlib.suppress(OSError):
                self._claim_file(id).unlink(missing_ok=True)
            return True
        try:
            self._make(self._claim_file(id), checkpoint.to_json())
        except OSError as error:
            _check_unwritable(error)
            return self._memory.claim(id, checkpoint)
        return self._claimed(id) == checkpoint

    def remove(self, id: str) -> None:
        """Forget a job."""
        self._memory.remove(id)
        for end in ("json", "claim", "lock", "log"):
            with contextlib.suppress(OSError):
                (self.folder / f"{id}.{end}").unlink(missing_ok=True)

    @contextlib.contextmanager
    def hold(self, id: str) -> Iterator[bool]:
        """Work on a job, where no other process does: gives whether that is so."""
        lock = None
        try:
            lock = filelock.FileLock(self._place() / f"{id}.lock", thread_local=False)
            lock.acquire(blocking=False)
        except filelock.Timeout:
            yield False
            return
        except (OSError, NotImplementedError) as error:
            log.info("jobs are not shared with other processes: %s", error)
            lock = None
        try:
            yield True
        finally:
            if lock is not None:
                lock.release()

    def _read(self, file: Path) -> Record | None:
        try:
            record = Record.from_json(_text(file))
        except FileNotFoundError:
            return None
        except ValueError as error:
            log.warning("%s is no job: %s", file.name, error)
            return None
        if record.status == "running" and not self._is_held(record.id):
            return attrs.evolve(record, status="waiting")  # whoever worked on it is gone
        return record

    def _with_claim(self, record: Record) -> Record:
        if record.status == "done":  # it is not sent any more
            return record
        return with_claim(record, self._claimed(record.id))

    def _files(self) -> Iterable[Path]:
        with contextlib.suppress(OSError):
            return [*self.folder.glob("*.json")]
        return ()

    def _is_there(self, id: str) -> bool:
        """Whether a job has a file, be it one that cannot be read."""
        with contextlib.suppress(OSError):
            return os.path.lexists(self.folder / f"{id}.json")
        return False

    def _is_held(self, id: str) -> bool:
        """Whether some process works on a job now."""
        if not os.path.exists(self.folder / f"{id}.lock"):  # noqa: PTH110 - it never raises
            return False
        with self.hold(id) as free:
            return not free

    def _claimed(self, id: str) -> Checkpoint | None:
        try:
            return Checkpoint.from_json(_text(self._claim_file(id)))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise OSError(
                errno.EIO,
                f"What job {id} has sent is not known, its file is damaged: jobs.forget() gives it "
                "up",
                str(self._claim_file(id)),
            ) from error

    def _claim_file(self, id: str) -> Path:
        return self.folder / f"{id}.claim"

    def _write(self, name: str, text: str) -> None:
        """Put a file in place of an older one, whole."""
        temporary = self._temporary(text)
        try:
            patiently(lambda: temporary.replace(self.folder / name))
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
        descriptor, path = tempfile.mkstemp(dir=self._place(), prefix=".new.")
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
        return folder


def _text(file: Path) -> str:
    return patiently(lambda: file.read_text(encoding="utf-8"))


def _check_unwritable(error: OSError) -> None:
    """Let pass that a folder cannot be written at all; raise what else went wrong."""
    if error.errno not in _CANNOT_BE_USED:
        raise error
    log.warning("jobs are kept in memory only: %s", error)
