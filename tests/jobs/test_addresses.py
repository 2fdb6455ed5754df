"""Films in stores that fsspec opens, and files out of them: whole, once, for every machine."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import attrs
import pytest
import scripted

from nemo_sdk import NemoClient, NemoError
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Job, Jobs, MemoryStore

pytest.importorskip("fsspec", reason="stores of films need 'nemo-sdk[fleet]'")

from fsspec.core import url_to_fs
from fsspec.implementations.memory import MemoryFileSystem


@pytest.fixture(params=["memory", "file"])
def films(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address of a folder, of each kind that needs no server.

    Each test has its own: what a test leaves under way may still be put into its folder.
    """
    memory = f"memory://{tmp_path.name}/films"
    yield {"memory": memory, "file": f"file://{tmp_path}/kept"}[request.param]
    MemoryFileSystem.store.clear()
    MemoryFileSystem.pseudo_dirs[:] = [""]


@pytest.fixture
async def jobs(client: NemoClient, films: str) -> AsyncIterator[Jobs]:
    """Jobs that are saved there."""
    async with Jobs(client, save_to=films, store=MemoryStore()) as made:
        yield made


class SharedStore(MemoryStore):
    """A store of jobs that other machines are said to have."""

    is_shared = True


def put(address: Any, content: bytes) -> None:
    """Write a file at an address."""
    system, path = url_to_fs(address)
    system.makedirs(path.rpartition("/")[0], exist_ok=True)
    system.pipe_file(path, content)


def read(address: Any) -> Any:
    """Return what lies at an address."""
    system, path = url_to_fs(address)
    return system.cat_file(path)


def names(films: str) -> list[str]:
    """What lies at an address, hidden files too."""
    system, path = url_to_fs(films)
    return sorted(name.rpartition("/")[2] for name in system.ls(path, detail=False))


async def film_of(jobs: Jobs, words: str = "a cat in the snow", **how: Any) -> Job:
    return await (await jobs.film(words, **how)).wait()


async def test_a_film_is_saved_at_an_address(jobs: Jobs, films: str) -> None:
    """The job tells where it is: whole, under a name made of its words, and nothing beside it."""
    job = await film_of(jobs)
    assert (job.status, job.error) == ("done", None)
    assert isinstance(job.saved, str) and job.video is not None
    assert job.saved.startswith(f"{films}/a cat in the snow ") and job.saved.endswith(".mp4")
    assert read(job.saved) == await job.video.read()
    assert names(films) == [job.saved.rpartition("/")[2]]


async def test_two_films_of_the_same_words_have_two_names(jobs: Jobs, films: str) -> None:
    """Neither replaces the other, also where both are saved at the same moment."""
    made = await asyncio.gather(film_of(jobs), film_of(jobs, take=2))
    assert len({job.saved for job in made}) == len(names(films)) == 2


async def test_no_folder_is_left_of_a_job_that_was_cancelled(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled while the folder is made that its film comes through, a job leaves none behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    loop, making = asyncio.get_running_loop(), tempfile.mkdtemp
    cancelling: list[asyncio.Task[None]] = []

    def mkdtemp(*args: Any) -> Any:
        loop.call_soon_threadsafe(lambda: cancelling.append(loop.create_task(job.cancel())))
        return making(*args)

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    job = await jobs.film("a cat in the snow")
    await job.wait()
    await asyncio.gather(*cancelling)
    assert cancelling and not list(tmp_path.glob("nemo_sdk.*"))


async def test_a_film_at_a_name(jobs: Jobs, films: str) -> None:
    """What was asked for by name replaces what lies there."""
    for take in (1, 2):
        job = await film_of(jobs, save_as=f"{films}/cat.mp4", take=take)
        assert (job.error, job.saved) == (None, f"{films}/cat.mp4")
    assert names(films) == ["cat.mp4"]


async def test_a_film_that_is_gone_is_saved_again(
    emulator: Emulator, jobs: Jobs, films: str
) -> None:
    """Under the same name, for nothing; one that lies there is not."""
    first = await film_of(jobs)
    assert (await film_of(jobs)).record.updated == first.record.updated
    system, path = url_to_fs(first.saved)
    system.rm_file(path)
    again = await film_of(jobs)
    assert (again.saved, len(names(films)), len(emulator.charges)) == (first.saved, 1, 1)


async def test_a_film_that_was_replaced_is_left(jobs: Jobs, films: str) -> None:
    """Somebody has put another file there: that one stays."""
    first = await film_of(jobs)
    put(first.saved, b"mine")
    again = await film_of(jobs)
    assert again.saved == str(first.saved).replace(".mp4", " (2).mp4")
    assert read(first.saved) == b"mine"


async def test_who_was_killed_after_saving_saves_it_no_second_time(
    client: NemoClient, films: str
) -> None:
    """The same film is found under its name by the next worker."""
    async with Jobs(client, save_to=films, store=MemoryStore()) as jobs:
        first = await film_of(jobs)
    store = MemoryStore()  # what the worker that was killed has left
    store.save(attrs.evolve(first.record, status="running", saved=None, stamp=None))
    async with Jobs(client, save_to=films, store=store) as jobs:
        (again,) = await jobs.resume()
        assert (await again.wait()).saved == first.saved
    assert len(names(films)) == 1


@pytest.mark.parametrize("films", ["memory"], indirect=True)
@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("put_file", RuntimeError("the store is down")),
        ("put_file", OSError(28, "No space left on device")),
        ("put_file", None),
        ("mv", PermissionError("no right to move")),
    ],
    ids=str,
)
async def test_nothing_half_is_seen(
    jobs: Jobs, films: str, monkeypatch: pytest.MonkeyPatch, method: str, fault: Exception | None
) -> None:
    """What goes wrong on the way is told, leaves nothing there, and is gone on with for free."""

    def half(system: MemoryFileSystem, _: str, to: str) -> None:
        system.pipe_file(to, b"half")

    broken = Mock(side_effect=fault) if fault else half
    with monkeypatch.context() as patched:
        patched.setattr(MemoryFileSystem, method, broken)
        job = await film_of(jobs)
        assert (job.status, job.saved) == ("failed", None)
        assert isinstance(job.error, OSError)
        assert f"{films}/a cat" in str(job.error)
        assert not [name for name in MemoryFileSystem.store if name in films]
    assert (await film_of(jobs)).status == "done"


@pytest.mark.parametrize("films", ["memory"], indirect=True)
async def test_a_store_that_cannot_be_asked_is_believed(
    emulator: Emulator, jobs: Jobs, films: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film whose store is down for a moment is not taken for gone."""
    first = await film_of(jobs)
    monkeypatch.setattr(MemoryFileSystem, "info", Mock(side_effect=ConnectionError("down")))
    assert (await film_of(jobs)).record == first.record


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://example.com/films", "not saved at a web address"),
        ("s3://", "Not an address of a store"),
        ("sftp://me:secret@example.com/films", "with a password in it"),
        ("nothing://films", "cannot be opened"),
    ],
)
async def test_addresses_that_cannot_be(client: NemoClient, address: str, words: str) -> None:
    """They are refused before anything is begun, and no password is told."""
    with pytest.raises(ValueError, match=words) as refused:
        Jobs(client, save_to=address)
    assert "secret" not in str(refused.value)
    async with Jobs(client, store=MemoryStore()) as jobs:
        with pytest.raises(ValueError, match=words):
            await jobs.film("a cat", save_as=address)
        assert jobs.list() == []


def test_what_opens_it_is_not_needed_by_those_who_only_begin(client: NemoClient) -> None:
    """A web server that has the work done elsewhere needs no library of the store's."""
    Jobs(client, store=MemoryStore(), save_to="nothing://films", at_once=0)


async def test_files_are_opened_by_who_works_on_the_job(
    emulator: Emulator, client: NemoClient, films: str
) -> None:
    """A file in a store is uploaded out of it, also by another process than the one asked."""
    put(f"{films}/in/snow.png", scripted.PNG)
    store = MemoryStore()
    async with Jobs(client, store=store, at_once=0) as web, Jobs(client, store=store) as worker:
        asked = await web.film("move it", files=[f"{films}/in/snow.png"])
        done = await worker.run(asked.id)
    assert (done.status, done.error) == ("done", None)
    (session,) = emulator.sessions.values()
    assert [file["filename"] for file in session.uploads.values()] == ["snow.png"]


async def test_a_file_that_is_not_there_charges_nothing(
    emulator: Emulator, client: NemoClient
) -> None:
    """The job says which one."""
    async with Jobs(client, store=MemoryStore()) as jobs:
        job = await film_of(jobs, files=["memory://films/none.png"])
    assert isinstance(job.error, FileNotFoundError)
    assert "memory://films/none.png" in str(job.error)
    assert not emulator.charges


@pytest.mark.parametrize("kind", ["film", "edit"])
async def test_files_in_a_store_are_looked_at_before_anything_is_sent(
    emulator: Emulator, client: NemoClient, kind: str
) -> None:
    """No session is made for what is not there."""
    async with Jobs(client, store=MemoryStore()) as jobs:
        ask = jobs.film if kind == "film" else partial(jobs.edit, None)
        job = await (await ask("a", files=["memory://films/none.png"])).wait()
    assert isinstance(job.error, FileNotFoundError)
    assert not emulator.calls


@pytest.mark.parametrize(
    "file",
    ["none.mp4", "/", "nothing://host/a.mp4", "https://", b"", b"plain text", ("", b"bytes")],
    ids=str,
)
@pytest.mark.parametrize("kind", ["film", "edit"])
async def test_files_that_cannot_be(
    emulator: Emulator, client: NemoClient, file: Any, kind: str
) -> None:
    """They are refused before anything is kept or sent."""
    async with Jobs(client, store=MemoryStore()) as jobs:
        ask = jobs.film if kind == "film" else partial(jobs.edit, None)
        with pytest.raises((ValueError, OSError, NemoError)):
            await ask("a", files=[file])
        assert jobs.list() == []
    assert not emulator.calls


@pytest.mark.parametrize(
    "file",
    [
        "clip.mp4",
        Path("clip.mp4"),
        "file:///clip.mp4",
        "memory://clip.mp4",
        b"bytes",
        ("clip.mp4", b"bytes"),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["film", "edit"])
async def test_a_file_of_one_machine_is_refused_where_others_work(
    emulator: Emulator, client: NemoClient, file: Any, kind: str
) -> None:
    """In one sentence, before anything is written or sent."""
    store = SharedStore()
    async with Jobs(client, store=store) as jobs:
        ask = jobs.film if kind == "film" else partial(jobs.edit, None)
        with pytest.raises(ValueError, match=r"on this machine.*s3://bucket"):
            await ask("a", files=[file])
    assert store.list() == []
    assert not emulator.calls


async def test_addresses_are_taken_where_others_work(client: NemoClient) -> None:
    """Web addresses and those in a store that every machine reaches."""
    async with Jobs(client, store=SharedStore(), at_once=0) as jobs:
        job = await jobs.film("a", files=["https://example.com/a.mp4", "s3://bucket/b.mp4"])
    assert job.record.files == ("https://example.com/a.mp4", "s3://bucket/b.mp4")
