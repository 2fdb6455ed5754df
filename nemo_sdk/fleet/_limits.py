"""How many jobs of a queue are begun: so many at once, so many a minute, none for a while."""

from attrs import frozen

from ._database import Connection

__all__ = ["Limits", "slow_down"]

_ROOM = """
    SELECT not_before <= clock_timestamp() AS is_open,
        (SELECT count(*) FROM nemo_starts AS one
            WHERE one.queue = %(queue)s AND at > clock_timestamp() - interval '1 minute') AS begun,
        (SELECT count(*) FROM procrastinate_jobs AS entry
            JOIN procrastinate_workers AS worker ON worker.id = entry.worker_id
            WHERE entry.queue_name = %(queue)s AND entry.status = 'doing'
            AND worker.last_heartbeat > clock_timestamp() - %(stalled)s * interval '1 second'
        ) AS doing
    FROM nemo_limits WHERE queue = %(queue)s
"""
_SLOW_DOWN = """
    INSERT INTO nemo_limits AS kept (queue, not_before)
    VALUES (%(queue)s, clock_timestamp() + %(seconds)s * interval '1 second')
    ON CONFLICT (queue) DO UPDATE SET not_before = greatest(kept.not_before, excluded.not_before)
"""


@frozen
class Limits:
    """The limits of a queue, the same for all workers that have them."""

    queue: str
    at_once: int | None
    a_minute: int | None
    stalled: float
    """Seconds without a sign of life after which a worker's jobs do not count."""

    async def have_room(self, connection: Connection) -> bool:
        """Whether one more may be begun; no other worker is told so until the transaction ends."""
        values = {"queue": self.queue, "stalled": self.stalled}
        await connection.execute(
            "INSERT INTO nemo_limits (queue) VALUES (%(queue)s) ON CONFLICT (queue) DO NOTHING",
            values,
        )
        await connection.execute(
            "SELECT 1 FROM nemo_limits WHERE queue = %(queue)s FOR UPDATE", values
        )
        row = await (await connection.execute(_ROOM, values)).fetchone()
        return (
            row is not None
            and row["is_open"]
            and (self.a_minute is None or row["begun"] < self.a_minute)
            and (self.at_once is None or row["doing"] < self.at_once)
        )

    async def note_start(self, connection: Connection) -> None:
        """Count one more, and forget those that count no more."""
        if self.a_minute is None:
            return
        await connection.execute(
            "DELETE FROM nemo_starts WHERE queue = %(queue)s"
            " AND at < clock_timestamp() - interval '1 minute'",
            {"queue": self.queue},
        )
        await connection.execute(
            "INSERT INTO nemo_starts (queue, at) VALUES (%(queue)s, clock_timestamp())",
            {"queue": self.queue},
        )


async def slow_down(connection: Connection, queue: str, seconds: float) -> None:
    """Have no worker begin another job for so many seconds."""
    await connection.execute(_SLOW_DOWN, {"queue": queue, "seconds": seconds})
