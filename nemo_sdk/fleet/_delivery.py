"""How a job gets to a worker: as an entry of procrastinate's queue, in the same database."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager

from ._database import Connection, is_passing, patiently

__all__ = ["TASK", "PatientConnector", "defer", "migrations", "schema"]

T = TypeVar("T")
TASK = "nemo_sdk.run"
"""The task that an entry names: it works on one job until that has ended."""

_app = procrastinate.App(connector=procrastinate.PsycopgConnector())
"""Only writes entries, on the connections that it is given."""


async def defer(connection: Connection, queue: str, id: str, *, before: int) -> int:
    """Put an entry for a job into a queue; return the entry's number.

    Args:
        connection: On whose transaction.
        queue: The queue's name.
        id: The job's id.
        before: How many jobs its owner has before this one: the owners' first jobs come first,
            then their second ones, so that many jobs of one owner hold up nobody else.
    """
    task = _app.configure_task(TASK, queue=queue, priority=-before, connection=connection)
    try:
        return await task.defer_async(id=id)
    except ConnectorException as error:  # whose connection it is knows which of them pass
        raise (error.__cause__ or error) from None


def schema() -> LiteralString:
    """Return the tables of a new queue, as a script."""
    return SchemaManager.get_schema()


def migrations() -> list[Path]:
    """Return the scripts that bring an older queue up to date, in their order."""
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


class PatientConnector(procrastinate.PsycopgConnector):
    """Waits for a database that is away, where procrastinate's own ends its worker.

    Args:
        waits: Whether it goes on to wait.
        how: As procrastinate's own connector has it.
    """

    def __init__(self, waits: Callable[[], bool], **how: Any) -> None:
        super().__init__(**how)
        self._waits = waits

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        """Run a statement."""
        work = super().execute_query_async
        await self._patiently(lambda: work(query, **arguments))

    async def execute_query_one_async(
        self, query: LiteralString, **arguments: Any
    ) -> dict[str, Any]:
        """Return the row that a statement gives."""
        work = super().execute_query_one_async
        return await self._patiently(lambda: work(query, **arguments))

    async def execute_query_all_async(
        self, query: LiteralString, **arguments: Any
    ) -> list[dict[str, Any]]:
        """Return the rows that a statement gives."""
        work = super().execute_query_all_async
        return await self._patiently(lambda: work(query, **arguments))

    async def listen_notify(self, on_notification: Any, channels: Iterable[str]) -> None:
        """Listen for new entries, until it is cancelled."""
        work = super().listen_notify
        await self._patiently(lambda: work(on_notification=on_notification, channels=channels))

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        return await patiently(
            work, None, lambda error: is_passing(error.__cause__) and self._waits()
        )
