"""Jobs in a PostgreSQL database, for the processes of many machines."""

import logging
from typing import Any, Self

import attrs

from nemo_sdk import Checkpoint
from nemo_sdk.jobs import Record
from nemo_sdk.jobs._record import STATUSES, Records, before
from nemo_sdk.jobs._stores import standing_at

from ._database import Connection, Database, Row
from ._delivery import defer
from ._limits import slow_down
from ._schema import set_up

__all__ = ["PostgresStore"]

log = logging.getLogger("nemo_sdk")
_SAVE = """
    INSERT INTO nemo_jobs AS kept (id, record, status, final, round, fraction, owner, queue)
    VALUES (%(id)s, %(record)s, %(status)s, %(final)s, %(round)s, %(fraction)s, %(owner)s,
        %(queue)s)
    ON CONFLICT (id) DO UPDATE SET
        record = excluded.record,
        status = excluded.status,
        final = excluded.final,
        round = excluded.round,
        queue = coalesce(excluded.queue, kept.queue),
        fraction = CASE WHEN kept.round = excluded.round
            THEN greatest(kept.fraction, excluded.fraction) ELSE excluded.fraction END,
        entry = CASE WHEN kept.final > 0 AND excluded.final = 0 AND excluded.queue IS NOT NULL
            THEN NULL ELSE kept.entry END,
        updated = now()
    WHERE kept.round < excluded.round
        OR kept.round = excluded.round AND kept.final <= excluded.final
    RETURNING entry
"""
_CLAIM = """
    UPDATE nemo_jobs SET checkpoint = %(checkpoint)s, mark = %(mark)s, claimed = now()
    WHERE id = %(id)s AND final = 0 AND (mark IS NULL OR mark = %(mark)s)
    RETURNING 1 AS mine
"""
_ADVANCE = """
    UPDATE nemo_jobs SET checkpoint = %(checkpoint)s, mark = %(mark)s,
        claimed = CASE WHEN %(mark)s::text IS NOT NULL THEN claimed END
    WHERE id = %(id)s AND (mark = %(seen)s OR mark IS NOT DISTINCT FROM %(mark)s)
    RETURNING 1 AS mine
"""
_CANCEL = """
    UPDATE nemo_jobs SET status = 'cancelled', final = 2, updated = now()
    WHERE id = %(id)s AND final = 0
    RETURNING mark IS NULL AS free
"""
_BEFORE = """
    SELECT count(*) AS before FROM nemo_jobs
    WHERE final = 0 AND queue = %(queue)s AND owner = %(owner)s AND entry IS NOT NULL
"""
_COLUMNS = """
    SELECT id, record, status, fraction, checkpoint,
        extract(epoch FROM clock_timestamp() - claimed)::float8 AS claimed_for
    FROM nemo_jobs
"""
_ASKED_FOR = """
    WHERE (%(status)s::text IS NULL OR status = %(status)s)
        AND (%(owner)s::text IS NULL OR owner = %(owner)s)
"""
_COUNTS = "SELECT status, count(*) AS jobs FROM nemo_jobs GROUP BY status ORDER BY status"
_LONGEST_OWNER = 2000
"""Bytes: an index takes no longer ones."""
Names = list[str]  # within the store, `list` is a method


class PostgresStore:
    """Keeps jobs in a PostgreSQL database; workers of the fleet are handed what is begun in it.

    Its tables are made by `set_up()`, or `nemo-sdk worker --set-up`. Connections are opened where
    they are needed, and closed by `aclose()` and by the `Jobs` that leave; a database that is away
    is waited for.

    Args:
        dsn: Where it is: postgresql://user:password@host/name.
        queue: The queue that its jobs are put into; the limits of workers are those of a queue.
            None where something else delivers them: then no entry is made, and `Jobs` works on
            its jobs itself unless `at_once=0`.
        patience: Seconds for which a database that is away is waited for.
        size: How many connections this process has at most.

    Raises:
        ValueError: This is no address of a database.
    """

    is_shared = True
    """Whether other machines work on its jobs: files are addresses then."""

    def __init__(
        self, dsn: str, *, queue: str | None = "films", patience: float = 120.0, size: int = 8
    ) -> None:
        self.database: Database = Database(dsn, patience=patience, size=size)
        self.queue = queue

    @property
    def dsn(self) -> str:
        """Where the database is."""
        return self.database.dsn

    @property
    def delivers(self) -> bool:
        """Whether what is begun is handed to workers."""
        return self.queue is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self.database.aclose()

    async def set_up(self) -> Names:
        """Make the tables, or bring them up to date. To do so again is no error.

        Returns:
            The names of what was added.
        """
        return await self.database.transaction(set_up)

    async def load(self, id: str) -> Record | None:
        """Return what is kept of a job, or None."""
        rows = await self.database.rows(f"{_COLUMNS} WHERE id = %(id)s", id=id)
        return _record(rows[0]) if rows else None

    async def find(self, status: str | None = None, owner: str | None = None) -> Records:
        """Return what is kept of the jobs of one status, one owner or both; None is for all."""
        if owner is not None and not _is_kept(owner):
            return []
        rows = await self.database.rows(f"{_COLUMNS} {_ASKED_FOR}", status=status, owner=owner)
        return [*filter(None, map(_readable, rows))]

    async def list(self) -> Records:
        """Return what is kept of all jobs; those of a later version may have to be left out."""
        return await self.find()

    async def counts(self) -> dict[str, int]:
        """Return how many jobs there are of each status; none of them is read."""
        rows = await self.database.rows(_COUNTS)
        return {row["status"]: row["jobs"] for row in rows}

    async def save(self, record: Record) -> bool:
        """Keep a record, and put what waits into the queue, in one transaction.

        What another worker has made of the job stays where it is worth more; see `Store`.
        Progress does not fall.

        Raises:
            ValueError: The database can keep no such owner.
        """
        if not _is_kept(record.owner):
            raise ValueError(
                "An owner must be a text of at most 2,000 bytes, without NUL and half characters."
            )
        if record.status != "waiting" or self.queue is None:
            return bool(await self.database.rows(_SAVE, **self._values(record)))

        async def keep(connection: Connection) -> bool:
            cursor = await connection.execute(_SAVE, self._values(record))
            kept = await cursor.fetchone()
            if kept is not None and kept["entry"] is None:
                await deliver(connection, record.id, self.queue or "", record.owner)
            return kept is not None

        return await self.database.transaction(keep)

    async def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone send a job's message; see `Store`."""
        if checkpoint is None:
            await self.database.rows(
                "UPDATE nemo_jobs SET checkpoint = NULL, mark = NULL, claimed = NULL"
                " WHERE id = %(id)s",
                id=id,
            )
            return True
        return bool(await self.database.rows(_CLAIM, id=id, **_values_of(checkpoint)))

    async def advance(self, id: str, seen: Checkpoint, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone go on from where a job stands; see `Store`."""
        values = _values_of(checkpoint)
        return bool(await self.database.rows(_ADVANCE, id=id, seen=seen.mark, **values))

    async def cancel(self, id: str) -> bool | None:
        """Cancel a job that has not ended: its message is not claimed any more.

        Returns:
            True where nothing was charged, since nobody has claimed its message and nobody will;
            False where somebody has. None where the job has ended, or there is none.
        """
        rows = await self.database.rows(_CANCEL, id=id)
        return bool(rows[0]["free"]) if rows else None

    async def slow_down(self, seconds: float) -> None:
        """Have no worker of the queue begin another job for so many seconds."""

        async def note(connection: Connection) -> None:
            await slow_down(connection, self.queue or "", seconds)

        await self.database.transaction(note)

    async def remove(self, id: str) -> None:
        """Forget a job."""
        await self.database.rows("DELETE FROM nemo_jobs WHERE id = %(id)s", id=id)

    def _values(self, record: Record) -> dict[str, Any]:
        return {
            "id": record.id,
            "record": record.to_json(),
            "status": record.status,
            "final": record.rank,
            "round": record.round,
            "fraction": record.fraction,
            "owner": record.owner,
            "queue": self.queue,
        }


async def deliver(connection: Connection, id: str, queue: str, owner: str) -> None:
    """Put a job into a queue, behind those of the same owner and beside those of others."""
    cursor = await connection.execute(_BEFORE, {"queue": queue, "owner": owner})
    counted = await cursor.fetchone()
    before = 0 if counted is None else int(counted["before"])
    entry = await defer(connection, queue, id, before=before)
    await connection.execute("UPDATE nemo_jobs SET entry = %s WHERE id = %s", [entry, id])


def _is_kept(owner: object) -> bool:
    """Whether the database can keep an owner, and look for it."""
    if not isinstance(owner, str):
        return False
    try:
        return "\0" not in owner and len(owner.encode()) <= _LONGEST_OWNER
    except UnicodeEncodeError:
        return False


def _values_of(checkpoint: Checkpoint | None) -> dict[str, Any]:
    if checkpoint is None:
        return {"checkpoint": None, "mark": None}
    return {"checkpoint": checkpoint.to_json(), "mark": checkpoint.mark}


def _readable(row: Row) -> Record | None:
    try:
        return _record(row)
    except ValueError as error:
        log.warning("job %s is left out: %s", row["id"], error)
        return None


def _record(row: Row) -> Record:
    """Return a job as its columns have it: they are written by one statement each.

    How long ago it was claimed says the database: clocks of machines differ.
    """
    claimed_for, kept = row["claimed_for"], row["checkpoint"]
    written = Record.from_json(row["record"])
    record = attrs.evolve(
        written,
        status=row["status"] if row["status"] in STATUSES else written.status,
        fraction=row["fraction"],
        claimed=None if claimed_for is None else before(claimed_for),
    )
    return standing_at(record, None if kept is None else Checkpoint.from_json(kept))
