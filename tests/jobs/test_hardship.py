"""Jobs under hardship: stores that fail, files that change, others that forget, early ends."""

import asyncio
import errno
import io
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest
import scripted

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk._cli.working import facts_of_job
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Job, Jobs, MemoryStore, Record


class Failing(MemoryStore):
    """Fails in one of its calls, as a database that is locked does; `left` counts down to it."""

    def __init__(self, method: str, left: int, times: int = 1) -> None:
        super().__init__()
        self._method, self._left, self.times = method, left, times

    def load(self, id: str) -> Record | None:
        self._count("load")
        return super().load(id)

    def save(self, record: Record) -> bool:
        self._count("save")
        return super().save(record)

    def _count(self, method: str) -> None:
        if method == self._method:
            self._left -= 1
            if self._left < 0 < self.times:
                self.times -= 1
                raise sqlite3.OperationalError("database is locked")


class AsyncFile:
    """A file whose methods are awaited."""

    name = "a.png"

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    async def seek(self, offset: int) -> int:
        return self._file.seek(offset)


async def until(job: Job, status: str) -> None:
    """Wait until a job is so far."""
    while job.status != status:
        await job.wait(0.01)


@pytest.mark.parametrize(
    ("method", "left", "times"),
    [
        *(("load", 1, 1), ("load", 2, 1), ("load", 4, 1), ("load", 1, 1000)),
        *(("save", 1, 1), ("save", 3, 1), ("save", 1, 1000)),
    ],
)
async def test_a_failing_store_ends_no_wait(
    emulator: Emulator, client: NemoClient, method: str, left: int, times: int
) -> None:
    """The job ends; once the store works again it is made, and charged once."""
    store = Failing(method, left, times)
    async with Jobs(client, store=store) as jobs:
        job = await jobs.film("a fox")
        async with asyncio.timeout(20):
            await job.wait()
        store.times = 0
        assert (await (await jobs.film("a fox")).wait()).status == "done"
    assert len(emulator.charges) == 1


async def test_forgotten_while_another_works_on_it(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """It is ended there before: nothing comes back, and the same again is charged once."""
    stores = FileStore(tmp_path / "jobs"), FileStore(tmp_path / "jobs")
    async with Jobs(client, store=stores[0]) as one, Jobs(client, store=stores[1]) as other:
        job = await one.film("a fox")
        await until(job, "running")
        await other.forget(job.id)
        assert (await job.wait()).status == "cancelled"
        assert list(other.list()) == []
        again = await (await other.film("a fox")).wait()
    assert again.status == "done"
    assert len(emulator.sessions) - len(emulator.charges) in {0, 1}


async def test_who_joins_has_the_film_where_it_was_asked_for(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """Each of two processes has its own file, and one film is charged."""
    stores = FileStore(tmp_path / "jobs"), FileStore(tmp_path / "jobs")
    async with Jobs(client, store=stores[0]) as one, Jobs(client, store=stores[1]) as other:
        first = await one.film("a fox", save_as=tmp_path / "a.mp4")
        await until(first, "running")
        second = await other.film("a fox", save_as=tmp_path / "b.mp4")
        await asyncio.gather(first.wait(), second.wait())
    assert second.saved == tmp_path / "b.mp4"
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()
    assert len(emulator.charges) == 1


async def test_a_file_that_another_film_has_replaced(jobs: Jobs, tmp_path: Path) -> None:
    """It is not taken for the first film: that is saved again."""
    out = tmp_path / "out.mp4"
    await (await jobs.film("a five second film of a fox", save_as=out)).wait()
    fox = out.read_bytes()
    await (await jobs.film("a three second film of a cat", save_as=out)).wait()
    cat = out.read_bytes()
    assert cat != fox
    beside = await (await jobs.film("a five second film of a fox")).wait()
    assert isinstance(beside.saved, Path)
    assert (beside.saved.read_bytes(), out.read_bytes()) == (fox, cat)
    await (await jobs.film("a five second film of a fox", save_as=out)).wait()
    assert out.read_bytes() == fox


@pytest.fixture
async def jobs(client: NemoClient, tmp_path: Path) -> Any:
    """Jobs that are worked on one after another."""
    async with Jobs(client, store=MemoryStore(), save_to=tmp_path, at_once=1) as made:
        yield made


async def test_a_file_that_changes_before_its_turn(
    emulator: Emulator, jobs: Jobs, tmp_path: Path
) -> None:
    """It is not what was asked for: nothing is charged for it."""
    picture = tmp_path / "a.png"
    picture.write_bytes(scripted.PNG)
    await jobs.film("keep it busy")
    job = await jobs.film("move it", files=[picture])
    picture.write_bytes(scripted.PNG + b"\0")
    assert (await job.wait()).status == "failed"
    assert "has changed" in str(job.error)
    assert len(emulator.charges) == 1


async def test_open_files_count_from_their_start(jobs: Jobs) -> None:
    """Two files that were read to their end are two files; awaited ones are files, too."""
    first, second = io.BytesIO(scripted.PNG), io.BytesIO(scripted.PNG + b"\0")
    first.read()
    second.read()
    one = await jobs.film("move it", files=[first])
    assert (await jobs.film("move it", files=[second])).id != one.id
    assert await jobs.film("move it", files=[AsyncFile(scripted.PNG)]) is one


async def test_a_damaged_claim_hides_nothing(client: NemoClient, tmp_path: Path) -> None:
    """Neither its own job nor others; what is done is joined; what is not can be dropped."""
    store = FileStore(tmp_path / "jobs")
    async with Jobs(client, store=store) as jobs:
        ids = [(await (await jobs.film(f"film {n}")).wait()).id for n in range(2)]
        store.save(Record("film-0", words="begun"))
        for damaged in (ids[0], "film-0"):
            (store.folder / f"{damaged}.claim").write_text("{")
        assert {job.id for job in jobs.list()} == {*ids, "film-0"}
        assert (await jobs.film("film 0")).status == "done"
        await jobs.forget("film-0")
        assert {job.id for job in jobs.list()} == set(ids)


@pytest.mark.parametrize(
    ("ends", "number"), [((".json",), errno.EIO), ((".json", ".claim"), errno.EACCES)]
)
async def test_what_cannot_be_read_is_not_begun_anew(
    emulator: Emulator,
    client: NemoClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: tuple[str, ...],
    number: int,
) -> None:
    """A film that was paid for is not charged again."""
    read = Path.read_text

    def refuse(path: Path, **how: Any) -> str:
        if path.suffix in ends:
            raise OSError(number, "cannot be read")
        return read(path, **how)

    async with Jobs(client, store=FileStore(tmp_path / "jobs")) as jobs:
        await (await jobs.film("a fox")).wait()
        monkeypatch.setattr(Path, "read_text", refuse)
        try:
            job = await (await jobs.film("a fox")).wait()
            assert isinstance(job.error, OSError)
        except OSError as error:
            assert error.errno == number  # noqa: PT017 - either way is right
    assert len(emulator.charges) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"error": {"kind": "New"}},
        {"error": {"kind": "ExceptionGroup", "args": ["a", "b"], "state": {}, "message": "a"}},
        {"error": "new"},
        {"reply": {"text": "x", "tool_calls": [{"name": "n", "new": 1}]}},
        {"video": {"render_id": "r", "new": 1}},
        {"video": {}},
        {"fraction": "new"},
        {"status": "new"},
    ],
    ids=str,
)
async def test_what_another_version_has_written(
    client: NemoClient, tmp_path: Path, facts: dict[str, Any]
) -> None:
    """It is told of as far as it is known, and no other job is hidden by it."""
    store = FileStore(tmp_path / "jobs")
    store.save(Record("film-1", words="a cat"))
    store.save(attrs.evolve(Record("film-2", words="a fox", status="failed"), **facts))
    async with Jobs(client, store=store) as jobs:
        told = [(facts_of_job(job), job.video, job.to_dict()) for job in jobs.list()]
    assert told[0][0]["id"] == "film-1"


async def test_jobs_that_are_left_begin_nothing(client: NemoClient) -> None:
    """Also where it was asked for before: nobody would end that work."""
    store = MemoryStore()
    jobs = Jobs(client, store=store)
    async with jobs:
        asked = asyncio.create_task(jobs.film("a fox"))
        await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="async with"):
        await asked
    store.save(Record("film-1", words="a cat", service=client.base_url))
    with pytest.raises(RuntimeError, match="async with"):
        await jobs.resume()


async def test_who_works_on_none_holds_none(client: NemoClient, tmp_path: Path) -> None:
    """Jobs that are to be worked on elsewhere are not kept from there."""
    stores = FileStore(tmp_path / "jobs"), FileStore(tmp_path / "jobs")
    async with (
        Jobs(client, store=stores[0], at_once=0) as office,
        Jobs(client, store=stores[1]) as workshop,
    ):
        job = await office.film("a fox")
        assert [one.id for one in await office.resume()] == [job.id]
        async with asyncio.timeout(20):
            assert (await workshop.run(job.id)).status == "done"


class Slow(FileStore):
    """Tells the loop that it has claimed, and returns when it may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.claimed, self.may_return = asyncio.Event(), threading.Event()
        self._loop = asyncio.get_running_loop()

    def claim(self, id: str, checkpoint: Checkpoint | None) -> bool:
        mine = super().claim(id, checkpoint)
        self._loop.call_soon_threadsafe(self.claimed.set)
        self.may_return.wait(20)
        return mine


async def test_who_is_stopped_before_the_call_gives_its_claim_back(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """The next one sends the message, in place of looking for what was never sent."""
    store = Slow(tmp_path / "jobs")
    async with Jobs(client, store=store) as jobs:
        await jobs.film("a fox")
        await asyncio.wait_for(store.claimed.wait(), 20)
        leaving = asyncio.create_task(jobs.aclose())
        await asyncio.sleep(0)
        store.may_return.set()
        await leaving
    assert emulator.calls_of("run_sse") == []
    async with Jobs(client, store=store) as jobs:
        assert (await (await jobs.film("a fox")).wait()).status == "done"
    assert len(emulator.charges) == 1


async def test_who_is_stopped_while_it_takes_a_lock_lets_it_go(
    client: NemoClient, tmp_path: Path
) -> None:
    """At whatever moment of the beginning that is."""
    store = FileStore(tmp_path / "jobs")
    async with Jobs(client, store=store) as jobs:
        for steps in range(4):
            job = await jobs.film(f"film {steps}")
            for _ in range(steps):
                await asyncio.sleep(0)
            await job.cancel()
            with store.hold(job.id) as free:
                assert free


class Sluggish(FileStore):
    """Takes long to read a record."""

    def load(self, id: str) -> Record | None:
        time.sleep(0.2)
        return super().load(id)


async def test_a_scope_of_anyio_that_ends_while_a_record_is_read(
    client: NemoClient, tmp_path: Path
) -> None:
    """It knows its own cancellation again, which ends nothing else: an MCP server goes on."""
    async with Jobs(client, store=Sluggish(tmp_path / "jobs"), at_once=0) as jobs:
        job = await jobs.film("a fox")
        with anyio.move_on_after(0.05) as scope:
            await job.wait()
    assert scope.cancelled_caught
