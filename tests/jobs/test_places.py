"""Where films are saved, and where jobs are gone on with: as everybody has asked for it."""

import asyncio
import gc
import json
import os
import time
from pathlib import Path
from typing import Any

import filelock
import pytest

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs, MemoryStore, Record

from .stores import Bare


@pytest.fixture
def paths(tmp_path: Path) -> tuple[Path, Path]:
    """Two files."""
    return tmp_path / "a.mp4", tmp_path / "b.mp4"


async def test_each_who_asks_here_has_the_file(
    emulator: Emulator, client: NemoClient, tmp_path: Path, paths: tuple[Path, Path]
) -> None:
    """One job with one charge, saved in the folder and under each name."""
    async with Jobs(client, store=MemoryStore(), save_to=tmp_path / "films") as jobs:
        folder = await jobs.film("a fox")
        first, second = [await jobs.film("a fox", save_as=path) for path in paths]
        assert await jobs.film("a fox", save_as=paths[0]) is first
        assert folder.id == first.id == second.id
        ended = [(await job.wait()).saved for job in (folder, first, second)]
    assert ended == [tmp_path / "films" / "a fox.mp4", *paths]
    assert len({Path(path).read_bytes() for path in ended if path}) == 1
    assert len(emulator.charges) == len(emulator.renders) == 1


@pytest.mark.parametrize("at_once", [0, 4])
@pytest.mark.parametrize("kind", ["file", "bare"])
async def test_each_who_asks_elsewhere_has_the_file(
    emulator: Emulator,
    client: NemoClient,
    tmp_path: Path,
    paths: tuple[Path, Path],
    kind: str,
    at_once: int,
) -> None:
    """Whether it works there as well, or waits for who works."""
    stores: Any = [FileStore(tmp_path / "jobs"), FileStore(tmp_path / "jobs")]
    if kind == "bare":
        stores = [Bare()] * 2
    async with (
        Jobs(client, store=stores[0]) as one,
        Jobs(client, store=stores[1], at_once=at_once) as other,
    ):
        first = await one.film("a fox", save_as=paths[0])
        while first.checkpoint is None:
            await first.wait(0.01)
        second = await other.film("a fox", save_as=paths[1])
        ended = [await job.wait() for job in (first, second)]
    assert [job.saved for job in ended] == list(paths)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(emulator.charges) == 1


async def test_who_goes_on_says_where_it_is_saved(client: NemoClient, tmp_path: Path) -> None:
    """Also of a job that has not ended."""
    async with Jobs(client, store=MemoryStore(), at_once=0) as jobs:
        job = await jobs.film("a fox", save_as=tmp_path / "a.mp4")
    async with Jobs(client, store=jobs.store) as jobs:
        ended = await (await jobs.go_on(job.id, save_as=tmp_path / "b.mp4")).wait()
    assert ended.saved == tmp_path / "b.mp4"


async def test_another_service_is_not_asked(emulator: Emulator, client: NemoClient) -> None:
    """A job of another service is refused with its address, is not resumed, and can be ended."""
    store = MemoryStore()
    store.save(Record("film-1", words="a fox", service="http://127.0.0.1:9"))
    async with Jobs(client, store=store) as jobs:
        for go_on in (jobs.go_on, jobs.run):
            with pytest.raises(ValueError, match=r"http://127\.0\.0\.1:9, and this goes to"):
                await go_on("film-1")
        assert await jobs.resume() == []
        await jobs.get("film-1").cancel()
        assert jobs.get("film-1").status == "cancelled"
    assert emulator.calls == []


async def test_one_owners_jobs_are_resumed(client: NemoClient) -> None:
    """A program that shares its store with others goes on with its own."""
    async with Jobs(client, store=MemoryStore(), at_once=0) as office:
        of_ann = await office.film("a fox", owner="ann")
        of_bob = await office.film("a fox", owner="bob")
    async with Jobs(client, store=office.store) as jobs:
        assert [job.id for job in await jobs.resume("ann")] == [of_ann.id]
        assert [job.id for job in await jobs.resume()] == [of_bob.id]


async def test_what_was_begun_leaves_nothing_in_memory(client: NemoClient) -> None:
    """Neither for each job nor for each owner."""
    jobs = Jobs(client, store=MemoryStore(), at_once=0)
    async with jobs:
        for number in range(3):
            await jobs.film("a fox", owner=f"{number}")
    gc.collect()
    assert len(jobs._beginning) == 0


async def test_a_record_is_a_value(client: NemoClient) -> None:
    """It becomes a dictionary, as every value does, and a job becomes the same."""
    async with Jobs(client, store=MemoryStore(), at_once=0) as jobs:
        job = await jobs.film("a fox")
    assert job.to_dict() == job.record.to_dict() == json.loads(job.record.to_json())


def test_what_a_kill_has_left_is_swept(tmp_path: Path) -> None:
    """Half-written files of an hour ago go; what may be written now stays."""
    old, new = tmp_path / ".new.old", tmp_path / ".new.new"
    for file in (old, new):
        file.write_text("{")
    before = time.time() - 7200
    os.utime(old, (before, before))
    FileStore(tmp_path).save(Record("film-1"))
    assert {file.name for file in tmp_path.glob(".new.*")} == {new.name}


@pytest.mark.parametrize("id", ["../film-1", "", "..", "/film-1", "sub/film-1", "a\0b"])
def test_an_id_leads_nowhere_else(tmp_path: Path, id: str) -> None:
    """One that comes from elsewhere reads and removes nothing outside of the folder."""
    outside = FileStore(tmp_path)
    outside.save(Record("film-1"))
    store = FileStore(tmp_path / "jobs")
    store.save(Record("film-2"))
    assert store.load(id) is None
    store.remove(id)
    with store.hold(id):
        assert outside.load("film-1") is not None


NO_IDS: list[Any] = ["a\0b", "\ud800", "x" * 5000, "film 安", "../film-1", "", 5, None]


@pytest.mark.parametrize("id", NO_IDS, ids=ascii)
async def test_what_can_be_no_id_is_not_known(client: NemoClient, tmp_path: Path, id: Any) -> None:
    """Whatever the store would say of it."""
    async with Jobs(client, store=FileStore(tmp_path)) as jobs:
        with pytest.raises(LookupError, match=r"There is no job"):
            jobs.get(id)
        for ask in (jobs.go_on, jobs.run):
            with pytest.raises(LookupError, match=r"There is no job"):
                await ask(id)
        await jobs.forget(id)


async def test_who_stands_still_as_it_writes_does_not_hold_up_others_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not written is said; the job's other files are as they were."""
    monkeypatch.setattr("nemo_sdk.jobs._file_store._PATIENCE", 0.05)
    store = FileStore(tmp_path)
    store.save(Record("film-1", words="a fox"))
    with filelock.FileLock(tmp_path / "film-1.write"):
        with pytest.raises(TimeoutError, match="stands still"):
            await asyncio.to_thread(store.save, Record("film-1", words="a cat"))
        store.save(Record("film-2"))
    kept = store.load("film-1")
    assert kept is not None and kept.words == "a fox"
