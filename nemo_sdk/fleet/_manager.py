"""A worker's side of the queue: what it may begin, and what has to be delivered again."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Iterable
from datetime import UTC, datetime
from typing import Any

import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Entry
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from ._database import Connection, Database
from ._limits import Limits
from ._store import deliver

__all__ = ["Manager"]

log = logging.getLogger("nemo_sdk")

_LOST = """
    UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL
    WHERE id = ANY(%(lost)s) AND status = 'doing' AND worker_id = %(worker)s
"""
_MINE = """
    SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %(worker)s
"""
_RARELY = 3
"""Every so many looks the order of all that waits is looked at: that reads all of it."""
_MOVE_UP = """
    UPDATE procrastinate_jobs AS entry SET priority = next.priority
    FROM (
        SELECT DISTINCT ON (job.owner) waiting.id, -coalesce(busy.jobs, 0) AS priority
        FROM procrastinate_jobs AS waiting
        JOIN nemo_jobs AS job ON job.entry = waiting.id
        LEFT JOIN (
            SELECT owner, count(*) AS jobs FROM nemo_jobs
            JOIN procrastinate_jobs AS begun ON begun.id = nemo_jobs.entry
            WHERE begun.queue_name = %(queue)s AND begun.status = 'doing'
            GROUP BY owner
        ) AS busy ON busy.owner = job.owner
        WHERE waiting.queue_name = %(queue)s AND waiting.status = 'todo'
        ORDER BY job.owner, waiting.priority DESC, waiting.id
    ) AS next
    WHERE entry.id = next.id AND entry.status = 'todo' AND entry.priority < next.priority
"""
_WITHOUT_ENTRY = """
    SELECT id, owner FROM nemo_jobs AS job
    WHERE final = 0 AND queue = %(queue)s
        AND updated < now() - %(after)s * interval '1 second'
        AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS entry
            WHERE entry.id = job.entry AND entry.status IN ('todo', 'doing'))
    LIMIT 100 FOR UPDATE SKIP LOCKED
"""


class Manager(JobManager):
    """Begins what the limits allow, and delivers again what nobody works on any more.

    procrastinate does not do that by itself, and its own periodic task would need a place that
    films may have taken.

    Args:
        connector: The queue's connections.
        database: Where the jobs are.
        limits: What may be begun.
        stalled: Seconds without a sign of life after which a worker is taken for dead.

    Attributes:
        working: The numbers of the entries that are worked on here.
    """

    def __init__(self, connector: Any, database: Database, limits: Limits, stalled: float) -> None:
        super().__init__(connector)
        self.working: set[int] = set()
        self._database = database
        self._limits = limits
        self._stalled = stalled
        self._worker_id: int | None = None
        self._suspected: set[int] = set()

    async def register_worker(self) -> int:
        """Take note of the number that this worker has now."""
        self._suspected = set()
        self._worker_id = await super().register_worker()
        return self._worker_id

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Entry | None:
        """Return the next entry, where the limits allow one more."""
        fetch = super().fetch_job

        async def begin(connection: Connection) -> Entry | None:
            if not await self._limits.have_room(connection):
                return None
            entry = await fetch(queues, worker_id)
            if entry is not None:
                await self._limits.note_start(connection)
            return entry

        return await self._database.transaction(begin)

    async def finish_job(self, job: Entry, status: Status, delete_job: bool) -> None:
        """Take an entry from the queue, unless another worker has done so meanwhile."""
        await _unless_over(super().finish_job(job, status, delete_job))

    async def retry_job(
        self, job: Entry, retry_at: datetime | None = None, *arguments: Any, **how: Any
    ) -> None:
        """Put an entry back into the queue, unless another worker has done so meanwhile.

        Args:
            job: The entry.
            retry_at: When it may be fetched, as this machine's clock has it; None for at once.
            arguments: What else changes.
            how: The same, by name.
        """
        if retry_at is not None:  # it is compared with the database's clock
            (row,) = await self._database.rows("SELECT clock_timestamp() AS now")
            retry_at = row["now"] + (retry_at - datetime.now(UTC))
        await _unless_over(super().retry_job(job, retry_at, *arguments, **how))

    async def watch(self, every: float) -> None:
        """Deliver again what nobody works on, until this is cancelled.

        Args:
            every: Seconds between two looks.
        """
        for look in itertools.count(1):
            await asyncio.sleep(every)
            try:
                await self._of_dead_workers()
                await self._lost_here()
                await self._without_entry(every)
                if look % _RARELY == 0:
                    await self.move_up()
            except Exception as error:  # the database's, whatever it is: there is a next look
                log.warning("what is to be delivered again is not known: %s", error)

    async def move_up(self) -> None:
        """Have each owner's next job wait behind as many as the owner has running, and no more.

        When it was put into the queue, it may have been the hundredth.
        """
        await self._database.rows(_MOVE_UP, queue=self._limits.queue)

    async def _of_dead_workers(self) -> None:
        """Deliver again what workers had that give no sign of life."""
        queue = self._limits.queue
        for entry in await self.get_stalled_jobs(
            queue=queue, seconds_since_heartbeat=self._stalled
        ):
            if entry.id in self.working or entry.id is None:
                continue
            log.info("job %s is delivered again: its worker is gone", entry.task_kwargs.get("id"))
            await self.retry_job(entry)

    async def _lost_here(self) -> None:
        """Deliver again what this worker was given in an answer that it has never got."""
        worker = {"worker": self._worker_id}
        mine = {row["id"] for row in await self._database.rows(_MINE, **worker)}
        missing = mine - self.working
        lost, self._suspected = missing & self._suspected, missing
        if lost:
            log.info("%d jobs are delivered again: the answer was lost", len(lost))
            await self._database.rows(_LOST, lost=list(lost), **worker)

    async def _without_entry(self, after: float) -> None:
        """Deliver again what is open and in no queue."""
        queue = self._limits.queue

        async def find(connection: Connection) -> None:
            cursor = await connection.execute(_WITHOUT_ENTRY, {"queue": queue, "after": after})
            for row in await cursor.fetchall():
                log.info("job %s is delivered again: it was in no queue", row["id"])
                await deliver(connection, row["id"], queue, row["owner"])

        await self._database.transaction(find)


async def _unless_over(change: Awaitable[None]) -> None:
    try:
        await change
    except ConnectorException as error:
        if not isinstance(error.__cause__, psycopg.errors.RaiseException):
            raise
        log.info("an entry of the queue was taken by another worker meanwhile")
