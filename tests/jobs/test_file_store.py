"""The folder of jobs: whole files, one claim, nothing lost, nothing shown to others."""

import errno
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import sketch  # noqa: F401 - the fixtures of its module

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs, MemoryStore, Record

HOLDS = """
import sys
from nemo_sdk.jobs import FileStore
with FileStore(sys.argv[1]).hold("film-1") as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""


def checkpoint(mark: str, session_id: str = "1") -> Checkpoint:
    """What a worker claims."""
    return Checkpoint("message", "a cat", session_id, mark=mark)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    """A store in a new folder."""
    return FileStore(tmp_path / "jobs")


def test_what_is_saved_is_loaded(store: FileStore) -> None:
    """Also by another store of the same folder."""
    record = Record("film-1", words="a cat", files=("a.png",), status="failed", error={"kind": "x"})
    store.save(record)
    assert store.load("film-1") == FileStore(store.folder).load("film-1") == record
    assert store.list() == [record]
    assert store.load("film-2") is None


@pytest.mark.parametrize("make", [FileStore, lambda _: MemoryStore()])
def test_a_claim_is_had_once(make: "type[FileStore]", tmp_path: Path) -> None:
    """Of many who claim at once, one alone has it; and has it still when it asks again."""
    store = make(tmp_path)
    store.save(Record("film-1"))
    claims = [checkpoint(str(number)) for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        got = list(pool.map(lambda one: store.claim("film-1", one), claims))
    assert got.count(True) == 1
    winner = claims[got.index(True)]
    assert store.claim("film-1", winner)
    record = store.load("film-1")
    assert record is not None
    assert record.checkpoint == winner
    assert store.claim("film-1", None)
    assert store.claim("film-1", claims[0])


def test_what_goes_beyond_the_claim_is_kept(store: FileStore) -> None:
    """The render of the claimed session; but nothing that is of another, or was given back."""
    store.save(Record("film-1", checkpoint=Checkpoint("render", "a cat", "1", render_id="r")))
    store.claim("film-1", checkpoint("x"))
    assert stage(store) == "render"
    store.save(Record("film-1", checkpoint=Checkpoint("render", "a cat", "2", render_id="r")))
    assert stage(store) == "message"
    store.claim("film-1", None)
    assert stage(store) is None


def stage(store: FileStore) -> str | None:
    """Where the job stands."""
    record = store.load("film-1")
    assert record is not None
    return None if record.checkpoint is None else record.checkpoint.stage


def test_others_cannot_read_it(store: FileStore) -> None:
    """Prompts are their owner's."""
    store.save(Record("film-1", words="a secret film"))
    store.claim("film-1", checkpoint("x"))
    with store.hold("film-1"):
        modes = {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in store.folder.glob("*.[jc]*")}
    assert modes == {0}
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_who_works_on_a_job_holds_it_until_death(store: FileStore) -> None:
    """The lock of a killed process is free at once."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(store.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    with other:
        assert other.stdout.readline() == "True\n"
        with store.hold("film-1") as mine:
            assert not mine
        other.kill()
    with store.hold("film-1") as mine:
        assert mine


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": 1}', '{"id": "x", "begun": "never"}'])
def test_a_damaged_file_is_no_job(
    store: FileStore, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is passed over, and the log says so."""
    store.save(Record("film-1"))
    (store.folder / "film-2.json").write_text(text)
    assert store.load("film-2") is None
    assert [record.id for record in store.list()] == ["film-1"]
    assert "film-2.json is no job" in caplog.text


def test_a_damaged_claim_is_not_taken_for_none(store: FileStore) -> None:
    """Its message may have been sent: that is said, and nothing is claimed."""
    store.save(Record("film-1"))
    (store.folder / "film-1.claim").write_text("{")
    with pytest.raises(OSError, match="forget"):
        store.claim("film-1", checkpoint("x"))


def test_a_later_version_is_read(store: FileStore) -> None:
    """What this version does not know is left out."""
    store.save(Record("film-1", words="a cat"))
    file = store.folder / "film-1.json"
    file.write_text(file.read_text().replace('"words"', '"mood": "dark", "words"'))
    record = store.load("film-1")
    assert record is not None
    assert record.words == "a cat"


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
async def test_a_folder_that_cannot_be_written(
    number: int,
    emulator: Emulator,
    client: NemoClient,
    store: FileStore,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Jobs are kept in memory then, and the log says so."""
    monkeypatch.setattr("tempfile.mkstemp", refusing(number))
    async with Jobs(client, store=store) as jobs:
        job = await (await jobs.film("a cat in the snow")).wait()
        assert job.status == "done"
        assert (await jobs.film("a cat in the snow")).status == "done"
    assert "kept in memory only" in caplog.text
    assert len(emulator.charges) == 1


async def test_a_full_disk_charges_nothing(
    emulator: Emulator, client: NemoClient, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be found again is not begun."""
    async with Jobs(client, store=store) as jobs:
        with monkeypatch.context() as full:
            full.setattr("tempfile.mkstemp", refusing(errno.ENOSPC))
            with pytest.raises(OSError, match="No space"):
                await jobs.film("a cat in the snow")
        assert emulator.charges == []
        assert (await (await jobs.film("a cat in the snow")).wait()).status == "done"


async def test_a_disk_that_fills_up_loses_nothing(
    emulator: Emulator, client: NemoClient, store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the message is claimed, the film is made; what cannot be written is told in memory."""
    async with Jobs(client, store=store) as jobs:
        job = await jobs.film("a cat in the snow")
        while job.checkpoint is None:
            await job.wait(0.01)
        with monkeypatch.context() as full:
            full.setattr("tempfile.mkstemp", refusing(errno.ENOSPC))
            assert (await job.wait()).status == "done"
        again = await (await jobs.film("a cat in the snow")).wait()
    assert again.status == "done"
    assert len(emulator.charges) == 1


def refusing(number: int) -> "object":
    """What a file system does that takes nothing."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no home, jobs are kept in memory."""
    monkeypatch.setattr(Path, "home", no_home)
    store = FileStore()
    store.save(Record("film-1"))
    assert store.claim("film-1", checkpoint("x"))
    assert not store.claim("film-1", checkpoint("y"))
    assert [record.id for record in store.list()] == ["film-1"]


def no_home() -> Path:
    """What `Path.home` does without one."""
    raise RuntimeError("Could not determine home directory.")


def test_a_file_system_without_links(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim is had once there, too."""
    monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    store.save(Record("film-1"))
    assert store.claim("film-1", checkpoint("x"))
    assert not store.claim("film-1", checkpoint("y"))
