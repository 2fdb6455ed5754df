"""The jobs that all processes of a fleet have, as the environment says.

DATABASE: postgresql://user@host/name, or a folder, where all are on one machine.
FILMS: a folder that all have, or an address such as s3://bucket/films.
NEMO_TOKEN: whose credits are spent.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nemo_sdk import NemoClient
from nemo_sdk.fleet import PostgresStore
from nemo_sdk.jobs import FileStore, Jobs, Store

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
    if "://" in place:
        return PostgresStore(place, queue=None, size=4)  # another engine delivers
    return FileStore(place)
