"""A folder that cannot be written any more, or again: memory and files tell one truth."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs, Record

Sealed = Callable[[], AbstractContextManager[None]]
CLAIMED = Checkpoint("message", "a fox", "1", mark="x")


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Sealed:
    """Within it, no folder can be written."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    @contextmanager
    def seal() -> Iterator[None]:
        with monkeypatch.context() as patched:
            patched.setattr("tempfile.mkstemp", refuse)
            yield

    return seal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for jobs."""
    return tmp_path / "jobs"


async def test_what_others_would_not_find_is_not_sent(
    emulator: Emulator, client: NemoClient, folder: Path, sealed: Sealed
) -> None:
    """A job that lies in the folder is claimed there: the next process sends it, once."""
    async with Jobs(client, store=FileStore(folder), at_once=0) as office:
        job = await office.film("a fox")
    with sealed():
        async with Jobs(client, store=FileStore(folder)) as jobs:
            ended = await jobs.run(job.id)
    assert (ended.status, type(ended.error), emulator.charges) == ("failed", OSError, [])
    async with Jobs(client, store=FileStore(folder)) as jobs:
        assert (await jobs.run(job.id)).status == "done"
    assert len(emulator.charges) == 1


async def test_what_was_done_meanwhile_is_known(
    emulator: Emulator, client: NemoClient, folder: Path, sealed: Sealed
) -> None:
    """Here from memory; elsewhere from the claim; and from the file when it can be written."""
    async with Jobs(client, store=FileStore(folder)) as jobs:
        job = await jobs.film("a fox")
        while job.checkpoint is None:
            await job.wait(0.01)
        with sealed():
            assert (await job.wait()).status == "done"
            assert (await jobs.film("a fox")).status == "done"
            assert [one.status for one in jobs.list()] == ["done"]
        async with Jobs(client, store=FileStore(folder)) as later:
            assert (await (await later.film("a fox")).wait()).status == "done"
    assert len(emulator.charges) == 1


async def test_a_film_that_is_gone_is_saved_again(
    client: NemoClient, folder: Path, tmp_path: Path, sealed: Sealed
) -> None:
    """Also from a folder that can only be read."""
    async with Jobs(client, store=FileStore(folder), save_to=tmp_path) as jobs:
        job = await (await jobs.film("a fox")).wait()
        assert isinstance(job.saved, Path)
        job.saved.unlink()
        with sealed():
            again = await (await jobs.film("a fox")).wait()
    assert again.saved == job.saved
    assert job.saved.exists()


def test_a_claim_in_memory_is_written_before_its_record(folder: Path, sealed: Sealed) -> None:
    """Others that find the job find what was sent."""
    store = FileStore(folder)
    with sealed():
        store.save(Record("film-1", words="a fox"))
        assert store.claim("film-1", CLAIMED)
    store.save(Record("film-1", words="a fox", status="running"))
    other = FileStore(folder)
    kept = other.load("film-1")
    assert kept is not None and kept.checkpoint == CLAIMED
    assert not other.claim("film-1", Checkpoint("message", "a fox", "2", mark="y"))
