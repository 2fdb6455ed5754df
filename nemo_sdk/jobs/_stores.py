"""Where jobs are kept: the protocol, and the store of one process."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import attrs

from nemo_sdk import Checkpoint
from nemo_sdk._concurrency.threads import in_thread

from ._record import Record

__all__ = ["MemoryStore", "Store", "call"]


class Store(Protocol):
    """A place for jobs; a table in a database of yours is thirty lines.

    Each method may be plain (then it runs in a thread) or a coroutine. A store may have a fifth
    method, `hold(id)`: a context manager, plain or async, that gives whether this process is the
    one to work on the job now. Where there is none, several may work on one job: they do not get
    in each other's way, because its message is sent by whoever has claimed it.

    A store that machines share says so: its `is_shared` is True. Its jobs' files are addresses,
    and the path of a file of one machine is refused.
    """

    def load(self, id: str) -> Any:
        """Return the job's `Record`, with the claimed checkpoint in it, or None."""
        ...

    def list(self) -> Any:
        """Return the `Record` of each job."""
        ...

    def save(self, record: Record) -> Any:
        """Keep a record in place of what was known of its job."""
        ...

    def claim(self, id: str, checkpoint: Checkpoint | None) -> Any:
        """Let one worker alone send a job's message.

        In one step: where nothing is claimed for the job, keep the checkpoint and return True;
        where this very checkpoint is, return True; where another one is, change nothing and
        return False. None takes the claim back: the service refused the message, uncharged.
        """
        ...


class MemoryStore:
    """Keeps jobs as long as the process lives."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._claims: dict[str, Checkpoint] = {}

    def load(self, id: str) -> Record | None:
        """Return what is kept of a job, or None."""
        record = self._records.get(id)
        return record and with_claim(record, self._claims.get(id))

    def list(self) -> list[Record]:
        """Return what is kept of all jobs."""
        return [with_claim(one, self._claims.get(one.id)) for one in self._records.values()]

    def save(self, record: Record) -> None:
        """Keep a record."""
        self._records[record.id] = record

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone send a job's message; see `Store`."""
        if checkpoint is None:
            self._claims.pop(id, None)
            return True
        return self._claims.setdefault(id, checkpoint) == checkpoint

    def remove(self, id: str) -> None:
        """Forget a job."""
        self._records.pop(id, None)
        self._claims.pop(id, None)


def with_claim(record: Record, claimed: Checkpoint | None) -> Record:
    """Return a record as the claim has it: without one, its message was not sent.

    With one, what the record knows beyond it stays, where that is of the same session.
    """
    known = record.checkpoint
    if claimed is None:
        return attrs.evolve(record, checkpoint=None)
    if known is not None and known.session_id == claimed.session_id:
        return record
    return attrs.evolve(record, checkpoint=claimed, session_id=claimed.session_id)


async def call(method: Callable[..., Any], *arguments: Any) -> Any:
    """Call a store's method: a coroutine where it is one, in a thread where it is plain."""
    if inspect.iscoroutinefunction(method):
        return await method(*arguments)
    return await in_thread(method, *arguments)


def as_records(found: Iterable[Record]) -> list[Record]:
    """Return records in the order in which they were begun."""
    return sorted(found, key=lambda record: (record.begun, record.id))
