"""Films into S3 and files out of it, against moto's server."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import scripted

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import Job, Jobs, MemoryStore

s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed")
moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")

FILMS = "s3://bucket/films"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A bucket of a server on this machine, found by what the environment says, as S3 is."""
    server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem()
    system.mkdir("bucket")
    yield system
    s3fs.S3FileSystem.clear_instance_cache()
    system.rm("bucket", recursive=True)
    server.stop()


def keys(bucket: Any, folder: str = "bucket") -> list[str]:
    """What lies in the bucket, hidden keys too."""
    bucket.invalidate_cache()
    found: list[str] = bucket.find(folder)
    return sorted(found)


async def film_of(jobs: Jobs, words: str = "a cat in the snow", **how: Any) -> Job:
    return await (await jobs.film(words, **how)).wait()


async def test_films_in_a_bucket(emulator: Emulator, client: NemoClient, bucket: Any) -> None:
    """Whole, one key a film, of a film's type, and found again by who asks for the same."""
    async with Jobs(client, save_to=FILMS, store=MemoryStore()) as jobs:
        made = await asyncio.gather(film_of(jobs), film_of(jobs, take=2))
        assert [job.error for job in made] == [None, None]
        assert keys(bucket) == sorted(str(job.saved).removeprefix("s3://") for job in made)
        for job in made:
            assert job.video is not None
            assert await asyncio.to_thread(bucket.cat_file, job.saved) == await job.video.read()
        bucket.invalidate_cache()
        assert bucket.info(made[0].saved)["ContentType"] == "video/mp4"
        assert (await film_of(jobs)).record == made[0].record
        bucket.rm_file(made[0].saved)
        assert (await film_of(jobs)).saved == made[0].saved
        assert len(keys(bucket)) == len(emulator.charges) == 2


async def test_a_bucket_that_is_not_there(client: NemoClient, bucket: Any) -> None:
    """The job says so, no bucket is made, and the film is saved when it is asked for elsewhere."""
    async with Jobs(client, save_to="s3://nobody/films", store=MemoryStore()) as jobs:
        job = await film_of(jobs)
        assert isinstance(job.error, OSError)
        assert "s3://nobody/films" in str(job.error)
        assert not bucket.exists("nobody")
        again = await film_of(jobs, save_as=f"{FILMS}/cat.mp4")
        assert (again.error, again.saved) == (None, f"{FILMS}/cat.mp4")


async def test_files_of_a_bucket(emulator: Emulator, client: NemoClient, bucket: Any) -> None:
    """Who works on the job uploads them."""
    bucket.pipe_file("bucket/in/snow.png", scripted.PNG)
    store = MemoryStore()
    async with Jobs(client, store=store, at_once=0) as web, Jobs(client, store=store) as worker:
        asked = await web.film("move it", files=["s3://bucket/in/snow.png"])
        done = await worker.run(asked.id)
    assert (done.status, done.error) == ("done", None)
    (session,) = emulator.sessions.values()
    assert [file["filename"] for file in session.uploads.values()] == ["snow.png"]
