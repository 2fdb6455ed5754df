"""The jobs of a store, as a list that can be awaited."""

from collections.abc import Generator, Iterable
from typing import Any, get_args

from ._desk import Desk
from ._job import Job
from ._record import Record, Status
from ._stores import Store, as_records, found

__all__ = ["JobList"]


class JobList(list[Job]):
    """Jobs, in the order in which they were begun; awaited, it looks again."""

    def __init__(self, desk: Desk, store: Store, status: Status | None, owner: str | None) -> None:
        if status not in {None, *get_args(Status)}:
            known = ", ".join(get_args(Status))
            raise ValueError(f"There is no status {status!r}: choose one of {known}.")
        super().__init__()
        self._desk = desk
        self._store = store
        self._status = status
        self._owner = owner

    def __await__(self) -> Generator[Any, None, "JobList"]:
        return self._looked_at().__await__()

    def take(self, records: Iterable[Record]) -> None:
        """Hold the jobs of these records that were asked for."""
        self[:] = [
            self._desk.at_work(one.id) or Job(self._desk, one)
            for one in as_records(records)
            if self._status in {None, one.status} and self._owner in {None, one.owner} and one.words
        ]

    async def _looked_at(self) -> "JobList":
        self.take(await found(self._store, self._status, self._owner))
        return self
