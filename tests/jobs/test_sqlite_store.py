"""The example's store in SQLite keeps what a store has to keep."""

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Jobs, Record, Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The store of the example."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "examples"))
    try:
        module = importlib.import_module("sqlite_store")
    finally:
        sys.modules.pop("sqlite_store", None)
    made: Store = module.SQLiteStore(str(tmp_path / "jobs.db"))
    return made


async def test_two_workers_charge_once(
    emulator: Emulator, client: NemoClient, store: Store
) -> None:
    """Nobody holds a job there: the claim alone decides who sends."""
    async with Jobs(client, store=store) as one, Jobs(client, store=store) as other:
        jobs = [await one.film("a fox"), await other.film("a fox")]
        assert {(await job.wait()).status for job in jobs} == {"done"}
        assert [job.status for job in one.list()] == ["done"]
        await one.forget(jobs[0].id)
        assert list(other.list()) == []
    assert len(emulator.charges) == 1


def test_a_claim_is_had_once(store: Store) -> None:
    """Of many who claim at once, one alone has it."""
    store.save(Record("film-1"))
    claims = [Checkpoint("message", "a cat", "1", mark=str(number)) for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        got = list(pool.map(lambda one: store.claim("film-1", one), claims))
    assert got.count(True) == 1
    assert store.load("film-1").checkpoint == claims[got.index(True)]
