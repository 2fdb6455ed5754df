"""Jobs in a table of a database: a store of your own is thirty lines."""

import sqlite3
from contextlib import closing

from nemo_sdk import Checkpoint
from nemo_sdk.jobs import Record, with_claim


class SQLiteStore:
    """Keeps jobs in a file of SQLite's, which the processes of one machine may share."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._run("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, record TEXT, claim TEXT)")

    def _run(self, statement: str, *values: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(self._path, timeout=30)) as database, database:
            return database.execute(statement, values).fetchall()

    def load(self, id: str) -> Record | None:
        """Return a job's record, with what was claimed for it."""
        found = self._run("SELECT record, claim FROM jobs WHERE id = ?", id)
        return _record(*found[0]) if found else None

    def list(self) -> list[Record]:
        """Return all records."""
        return [_record(*row) for row in self._run("SELECT record, claim FROM jobs")]

    def save(self, record: Record) -> bool:
        """Keep a record, unless it is overtaken, in one transaction; leave the claim as it is."""
        with closing(sqlite3.connect(self._path, timeout=30)) as database, database:
            database.execute("BEGIN IMMEDIATE")
            found = database.execute("SELECT record FROM jobs WHERE id = ?", [record.id]).fetchone()
            if found and not record.replaces(Record.from_json(found[0])):
                return False
            insert = "INSERT INTO jobs VALUES (?, ?, NULL)"
            update = " ON CONFLICT (id) DO UPDATE SET record = excluded.record"
            database.execute(insert + update, [record.id, record.to_json()])
            return True

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        """Let one worker alone send a job's message: one statement decides."""
        if checkpoint is None:
            self._run("UPDATE jobs SET claim = NULL WHERE id = ?", id)
            return True
        claim = checkpoint.to_json()
        free = "UPDATE jobs SET claim = ? WHERE id = ? AND (claim IS NULL OR claim = ?) RETURNING 1"
        return bool(self._run(free, claim, id, claim))


def _record(record: str, claim: str | None) -> Record:
    return with_claim(Record.from_json(record), Checkpoint.from_json(claim) if claim else None)
