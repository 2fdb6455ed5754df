"""Where jobs are kept: the protocol, and the store of one process."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Protocol

import attrs

from nemo_sdk import Checkpoint
from nemo_sdk._concurrency.threads import in_thread

from ._record import Record, Records

__all__ = [
    "MemoryStore",
    "Store",
    "advance",
    "as_records",
    "call",
    "ends_claims",
    "found",
    "holds",
    "standing_at",
    "with_claim",
]


class Store(Protocol):
    """A place for jobs; a table in a database of yours is thirty lines.

    Each method may be plain (then it runs in a thread) or a coroutine. A store may have more:

    - `hold(id)`, a context manager, plain or async, gives whether this process is the one to work
      on the job now. Where there is none, several may work on one job: they do not get in each
      other's way, because its message is sent by whoever has claimed it.
    - `advance(id, seen, checkpoint)` does for what comes after the message what `claim` does for
      the message: in one step, where the job's checkpoint is `seen`, or the new one already, it
      keeps the new one and returns True; else it changes nothing and returns False. Two
      checkpoints are the same where their `mark` is. `load` then returns the latest of them.
    - `cancel(id)` has a job that has not ended be cancelled, in one step; then `claim` refuses the
      message of a job that has ended, however it has.
    - `slow_down(seconds)` is told that the service asks everybody to wait; the job is then tried
      again in place of failing.
    - `find(status, owner)` is `list` where not all is asked for; None is for any.
    - `remove(id)` forgets a job, `aclose()` lets go of what is open.
    - `delivers`, where it is true, tells that what is begun is handed to workers elsewhere;
      `is_shared`, that these are on other machines: files are given as addresses then, and the
      path of one is refused.
    """

    def load(self, id: str) -> Any:
        """Return the job's `Record`, with the claimed checkpoint in it, or None."""
        ...

    def list(self) -> Any:
        """Return the `Record` of each job."""
        ...

    def save(self, record: Record) -> Any:
        """Keep a record in place of what was known of its job.

        In one step: where `record.replaces(kept)` of what is kept, keep it and return True; else
        change nothing and return False. So a worker that stood still for a while does not undo
        what others have made of its job. (A store that returns None always compares nothing.)
        """
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
        self._held: set[str] = set()
        self._one_step = Lock()

    def load(self, id: str) -> Record | None:
        """Return what is kept of a job, or None."""
        record = self._records.get(id)
        return record and standing_at(record, self._claims.get(id))

    def list(self) -> Records:
        """Return what is kept of all jobs."""
        return [standing_at(one, self._claims.get(one.id)) for one in self._records.values()]

    def save(self, record: Record) -> bool:
        """Keep a record, unless it is overtaken; see `Store`."""
        with self._one_step:
            if not record.replaces(self._records.get(record.id)):
                return False
            self._records[record.id] = record
            return True

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone send a job's message; see `Store`."""
        if checkpoint is None:
            self._claims.pop(id, None)
            return True
        return self._claims.setdefault(id, checkpoint) == checkpoint

    def advance(self, id: str, seen: Checkpoint, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone go on from where a job stands; see `Store`."""
        with self._one_step:
            if _mark(self._claims.get(id)) not in {_mark(seen), _mark(checkpoint)}:
                return False
            self.claim(id, None)
            return checkpoint is None or self.claim(id, checkpoint)

    def remove(self, id: str) -> None:
        """Forget a job."""
        self._records.pop(id, None)
        self._claims.pop(id, None)

    @contextmanager
    def hold(self, id: str) -> Iterator[bool]:
        """Work on a job, where nobody else with this store does: gives whether that is so."""
        with self._one_step:
            mine = id not in self._held
            self._held.add(id)
        try:
            yield mine
        finally:
            if mine:
                self._held.discard(id)


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


def standing_at(record: Record, checkpoint: Checkpoint | None) -> Record:
    """Return a record as a store's latest checkpoint has it; None: its message was not sent."""
    if checkpoint is None:
        return attrs.evolve(record, checkpoint=None)
    return attrs.evolve(record, checkpoint=checkpoint, session_id=checkpoint.session_id)


async def advance(
    store: Store, id: str, seen: Checkpoint | None, checkpoint: Checkpoint | None
) -> bool:
    """Go on from the checkpoint that was seen; False where somebody else has done that already.

    Where a store keeps the claims alone, nobody is refused.
    """
    method = getattr(store, "advance", None)
    if method is not None and seen is not None:
        return bool(await call(method, id, seen, checkpoint))
    if checkpoint is None and seen is not None:
        await call(store.claim, id, None)
    return True


async def found(store: Store, status: str | None, owner: str | None) -> Iterable[Record]:
    """Return the jobs of a status, or of an owner; a store that cannot look for them gives all."""
    find = getattr(store, "find", None)
    records: Iterable[Record] = await (
        call(store.list) if find is None else call(find, status, owner)
    )
    return records


async def call(method: Callable[..., Any], *arguments: Any) -> Any:
    """Call a store's method: a coroutine where it is one, in a thread where it is plain."""
    if inspect.iscoroutinefunction(method):
        return await method(*arguments)
    return await in_thread(method, *arguments)


def _mark(checkpoint: Checkpoint | None) -> str | None:
    return None if checkpoint is None else checkpoint.mark


def ends_claims(store: Store) -> bool:
    """Whether a store lets nobody claim the message of a job that has ended."""
    return hasattr(store, "cancel")


def holds(store: Store) -> bool:
    """Whether a store tells who works on a job."""
    return hasattr(store, "hold")


def as_records(found: Iterable[Record]) -> list[Record]:
    """Return records in the order in which they were begun."""
    return sorted(found, key=lambda record: (record.begun, record.id))
