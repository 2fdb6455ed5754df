"""Places that no film can be saved at, and no file be taken from: nothing is charged for them.

Every Python is to say the same: `Path.exists` and its like have changed theirs.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from nemo_sdk import NemoClient, check_target
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Jobs, MemoryStore
from nemo_sdk.mcp._folder import Folder

FOLDERS = {
    "too long a name": "x" * 300,
    "too long a path": "x/" * 2500,
    "a loop of links": "loop",
    "below a loop": "loop/films",
    "a file": "file",
    "below a file": "file/films",
    "a device": "/dev/full",
    "below a device": "/dev/full/films",
    "the system's own": "/proc/films",
    "no character of a path": "a\0b",
    "half a character": "a\ud800b",
    "nobody's home": "~nobody-at-all/films",
}
Way = Callable[[NemoClient, str], Awaitable[object]]


async def many(client: NemoClient, folder: str) -> None:
    """Have films saved as they are finished."""
    async for _ in client.generate_many(["a fox"], save_to=folder):
        pass


async def into_a_folder(client: NemoClient, folder: str) -> None:
    """Have a job save into a folder."""
    async with Jobs(client, store=MemoryStore(), save_to=folder) as jobs:
        job = await (await jobs.film("a fox")).wait()
        if job.error is not None:
            raise job.error


async def under_a_name(client: NemoClient, folder: str) -> None:
    """Have a job save as a file."""
    async with Jobs(client, store=MemoryStore()) as jobs:
        await jobs.film("a fox", save_as=f"{folder}/fox.mp4")


async def looked_at(_: NemoClient, folder: str) -> None:
    """Ask whether a film could be saved."""
    check_target(f"{folder}/fox.mp4")


async def with_a_file(client: NemoClient, folder: str) -> None:
    """Have a file uploaded for a film."""
    await client.generate("a fox", files=[f"{folder}/fox.mp4"])


async def with_a_file_of_a_job(client: NemoClient, folder: str) -> None:
    """Have a file uploaded by a job."""
    async with Jobs(client, store=MemoryStore()) as jobs:
        await jobs.film("a fox", files=[f"{folder}/fox.mp4"])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of today, with what is in the way."""
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
@pytest.mark.parametrize(
    "way", [many, into_a_folder, under_a_name, looked_at, with_a_file, with_a_file_of_a_job]
)
async def test_nothing_is_charged(
    emulator: Emulator, client: NemoClient, here: Path, way: Way, folder: str
) -> None:
    """The error is an OSError or a ValueError that can be printed and is short."""
    with pytest.raises((OSError, ValueError)) as caught:
        await way(client, folder)
    assert len(str(caught.value).encode()) < 500
    assert emulator.charges == []
    assert emulator.calls_of("run_sse") == []


async def test_a_job_whose_film_can_be_saved_by_now_goes_on(
    emulator: Emulator, client: NemoClient, here: Path
) -> None:
    """What was in the way is taken away, and the job is charged once."""
    async with Jobs(client, store=MemoryStore(), save_to="file") as jobs:
        job = await (await jobs.film("a fox")).wait()
        assert (job.status, job.error.__class__, emulator.charges) == (
            "failed",
            NotADirectoryError,
            [],
        )
        (here / "file").unlink()
        again = await (await jobs.film("a fox")).wait()
    assert again.saved == here / "file" / "a fox.mp4"
    assert len(emulator.charges) == 1


@pytest.mark.parametrize("name", ["loop", "loop/fox.mp4", "~nobody-at-all/fox.mp4", "x" * 300])
def test_a_folder_for_agents_stands_odd_paths(here: Path, name: str) -> None:
    """A circle of links ends no server, and leads to no file outside."""
    assert Path(Folder(here).source(name)).is_relative_to(here)
    assert Folder(here / name).path.is_absolute()


async def test_a_film_that_cannot_be_looked_at_is_not_saved_again(
    emulator: Emulator, client: NemoClient, here: Path
) -> None:
    """Who has saved it was told that it arrived."""
    store = MemoryStore()
    async with Jobs(client, store=store, save_to="films") as jobs:
        job = await (await jobs.film("a fox")).wait()
        assert job.saved is not None
        films = here / "films"
        (here / "kept").mkdir()
        films.rename(here / "kept" / "films")
        films.symlink_to("films")  # by now it leads nowhere
        again = await (await jobs.film("a fox")).wait()
    assert (again.status, again.saved) == ("done", job.saved)
    assert len(emulator.calls_of("film")) == 1
