"""The tables: what each version added, and how a database is brought up to date."""

from . import _delivery
from ._database import Connection

__all__ = ["set_up"]

_LOCK = 0x6E656D6F
"""Of those who set up at once, one does it, and the others wait."""

_VERSIONS = (
    """
    CREATE TABLE nemo_jobs (
        id text PRIMARY KEY,
        record text NOT NULL,
        status text NOT NULL,
        final smallint NOT NULL,
        round integer NOT NULL,
        fraction double precision NOT NULL,
        owner text NOT NULL,
        checkpoint text,
        mark text,
        claimed timestamptz,
        queue text,
        entry bigint,
        updated timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN nemo_jobs.final IS '0 open, 1 failed or unknown, 2 cancelled, 3 done';
    COMMENT ON COLUMN nemo_jobs.mark IS 'of the checkpoint: what is compared and set';
    COMMENT ON COLUMN nemo_jobs.entry IS 'the entry of procrastinate_jobs that delivers it';
    CREATE INDEX nemo_jobs_open ON nemo_jobs (queue, owner) WHERE final = 0;
    CREATE INDEX nemo_jobs_status ON nemo_jobs (status);
    CREATE TABLE nemo_limits (
        queue text PRIMARY KEY,
        not_before timestamptz NOT NULL DEFAULT '-infinity'
    );
    CREATE TABLE nemo_starts (queue text NOT NULL, at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX nemo_starts_of_queue ON nemo_starts (queue, at);
    """,
)


async def set_up(connection: Connection) -> list[str]:
    """Bring a database up to date; return the names of what was added."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS nemo_schema"
            " (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        )
        known = await _known(connection)
        scripts = _ours() | await _queues(connection, known)
        added = [name for name in scripts if name not in known]
        for name in added:
            await connection.execute(scripts[name])
            await connection.execute("INSERT INTO nemo_schema (name) VALUES (%s)", [name])
    return added


def _ours() -> dict[str, bytes]:
    return {f"nemo {number}": text.encode() for number, text in enumerate(_VERSIONS, 1)}


async def _queues(connection: Connection, known: set[str]) -> dict[str, bytes]:
    """Return the scripts of procrastinate: all of it, or what it has changed since."""
    changes = {f"procrastinate {file.name}": file for file in _delivery.migrations()}
    if any(name in known for name in changes):
        return {name: file.read_bytes() for name, file in changes.items()}
    whole = b"" if await _has_queue(connection) else _delivery.schema().encode()
    first = dict.fromkeys(changes, b"SELECT 1")
    return {"procrastinate": whole or b"SELECT 1"} | first


async def _has_queue(connection: Connection) -> bool:
    cursor = await connection.execute("SELECT to_regclass('procrastinate_jobs') AS found")
    row = await cursor.fetchone()
    return row is not None and row["found"] is not None


async def _known(connection: Connection) -> set[str]:
    cursor = await connection.execute("SELECT name FROM nemo_schema")
    return {row["name"] for row in await cursor.fetchall()}
