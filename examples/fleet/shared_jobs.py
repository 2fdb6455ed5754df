"""The jobs that all processes of a fleet have, as the environment says.

DATABASE: postgresql://user@host/name, or the path of a file of SQLite's, for one machine.
FILMS: a folder that all have, or an address such as s3://bucket/films.
NEMO_TOKEN: whose credits are spent.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from nemo_sdk import NemoClient
from nemo_sdk.jobs import Jobs, Store

__all__ = ["shared_jobs"]


@asynccontextmanager
async def shared_jobs(at_once: int) -> AsyncIterator[Jobs]:
    """Give the jobs of the store that all have; with 0, they are worked on elsewhere."""
    place = os.environ.get("FILMS", "films")
    async with (
        NemoClient(anonymous_fallback=False) as client,
        Jobs(client, store=_store(), save_to=place, at_once=at_once) as jobs,
    ):
        yield jobs


def _store() -> Store:
    place = os.environ["DATABASE"]
    if place.startswith(("postgresql://", "postgres://")):
        from nemo_sdk.fleet import PostgresStore

        return PostgresStore(place, queue=None)  # another engine delivers
    sys.path.append(str(Path(__file__).parents[1]))
    from sqlite_store import SQLiteStore

    return SQLiteStore(place)
