"""A service whose films take a second or two, and the databases that the examples work on."""

from collections.abc import AsyncIterator

import pytest
from fleet.fixtures import dsn, server
from sketches import sketch

from nemo_sdk.emulator import Emulator
from nemo_sdk.fleet import PostgresStore

__all__ = ["dsn", "server", "slow_emulator", "store"]


@pytest.fixture
async def slow_emulator() -> AsyncIterator[Emulator]:
    """The service, as fast as the clock of the workers."""
    async with Emulator(credits=0, speed=100, renderer=sketch) as running:
        running.add_token("nmv_usr_web", credits=0)
        yield running


@pytest.fixture
async def store(dsn: str) -> AsyncIterator[PostgresStore]:
    """A store there, whose jobs are delivered by others."""
    async with PostgresStore(dsn, queue=None) as made:
        await made.set_up()
        yield made
