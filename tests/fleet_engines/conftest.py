"""A service whose films take a second or two, and the store that the examples have."""

import importlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import sketch

from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Store

from .workers import EXAMPLES

if not EXAMPLES.exists():
    collect_ignore_glob = ["test_*.py"]  # the wheel is tested without them


@pytest.fixture
async def slow_emulator() -> AsyncIterator[Emulator]:
    """The service, as fast as the clock of the workers."""
    async with Emulator(credits=0, speed=100, renderer=sketch) as running:
        running.add_token("nmv_usr_web", credits=0)
        yield running


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store that DATABASE names."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    made: Store = importlib.import_module("sqlite_store").SQLiteStore(str(tmp_path / "jobs.db"))
    return made
