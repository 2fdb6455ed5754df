"""Films out: whole or not at all, over as many connections as it takes."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import Sketch
from studio import (
    ETAG,
    OLD,
    TIMING,
    Answer,
    cut,
    digests_of,
    open_studio,
    part,
    parts,
    status,
    video_of,
    whole,
    zipped,
)

from nemo_sdk import DownloadError, DownloadProgress, NemoClient
from nemo_sdk.emulator import Emulator

FILM = os.urandom(300_000)
PAGE = b"\n<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the film is to be."""
    folder = tmp_path / "films"
    folder.mkdir()
    return folder / "cat.mp4"


def content(path: Path) -> bytes:
    return path.read_bytes()


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_film_is_saved_as_it_is(target: Path) -> None:
    """The bytes of the film are the file, and its path comes back."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        assert await video.save(str(target)) == target
    assert content(target) == FILM
    assert files_in(target.parent) == ["cat.mp4"]


async def test_folders_are_made(target: Path) -> None:
    """A path into folders that are not there yet makes them."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        saved = await video.save(target.parent / "a" / "b" / "cat.mp4")
    assert content(saved) == FILM


async def test_new_file_has_the_rights_of_any_new_file(target: Path) -> None:
    """The umask decides who may read the film, not a temporary file's caution."""
    before = os.umask(0o027)
    try:
        async with open_studio(film=FILM) as studio, video_of(studio) as video:
            await video.save(target)
    finally:
        os.umask(before)
    assert rights(target) == 0o640


@pytest.mark.parametrize("headers", [{}, {"ETag": "W/weak", **OLD}], ids=["ETag", "date"])
async def test_cut_connection_is_gone_on_with(target: Path, headers: Any) -> None:
    """Only what is missing is asked for, on the condition that the film is the same."""
    first, rest = cut(FILM, 100_000, **headers), parts(FILM, **headers)
    async with open_studio(first, rest) as studio, video_of(studio) as video:
        await video.save(target)
    assert content(target) == FILM
    assert studio.ranges() == [None, "bytes=100000-"]
    assert studio.asked()[1].headers["If-Range"] == headers.get("Last-Modified", ETAG)


async def test_every_cut_of_a_bad_line_is_gone_on_with(target: Path) -> None:
    """A connection that brings something is not a failure, however many it takes."""
    async with open_studio(cut(FILM, 70_000)) as studio, video_of(studio) as video:
        await video.save(target)
    assert content(target) == FILM
    assert len(studio.requests) == 1 + 5


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (cut(FILM, 999), whole(FILM)),
        (cut(FILM, 999, ETag="W/weak"), parts(FILM)),
        (cut(FILM, 999, ETag=""), parts(FILM)),
        (cut(b"o" * 5000, 999), parts(FILM, ETag='"two"')),
        (cut(b"o" * 5000, 999), part(FILM[999:], f"bytes 999-299999/{len(FILM)}", ETag='"two"')),
        (cut(FILM, 999), part(FILM[:999], "bytes 0-998/300000")),
        (cut(FILM, 999), part(FILM[999:], "bytes 999-4999/5000")),
        (cut(FILM, 999), status(416)),
        (cut(FILM, 999), status(503)),
        (zipped(FILM), whole(FILM)),
    ],
    ids=[
        "no ranges",
        "weak ETag",
        "no ETag",
        "another film",
        "a part of another film",
        "another part",
        "another size",
        "416",
        "503",
        "compressed",
    ],
)
async def test_film_is_whole_also_where_it_begins_anew(
    target: Path, first: Answer, then: Answer
) -> None:
    """Where a server cannot go on with this very film, it comes from its start again."""
    async with open_studio(first, then, whole(FILM)) as studio, video_of(studio) as video:
        await video.save(target)
        assert await video.read() == FILM
    assert content(target) == FILM


@pytest.mark.parametrize("number", [401, 403, 404, 410])
async def test_refused_address_is_asked_for_again(target: Path, number: int) -> None:
    """An address that has expired is renewed through the render, and kept."""
    async with open_studio(status(number), whole(FILM)) as studio:
        old, new = (f"{studio.url}/film.mp4?until={until}" for until in (1, 2))
        studio.addresses = [old, new]
        async with video_of(studio) as video:
            await video.save(target)
            assert video.url == new
    assert content(target) == FILM
    assert [str(request.url) for request in studio.asked()] == [old, new]


@pytest.mark.parametrize("number", [403, 404, 410, 500])
async def test_film_that_is_gone_comes_from_the_service(target: Path, number: int) -> None:
    """The service's own download is the last resort, and the only one to see the token."""
    async with open_studio(status(number)) as studio, video_of(studio) as video:
        await video.save(target)
    (download,) = studio.asked("/api/render/proxy/r1/download")
    assert download.headers["Authorization"] == "Bearer nmv_usr_secret"
    assert all("Authorization" not in request.headers for request in studio.asked())
    assert content(target) == studio.film


async def test_service_that_redirects_does_not_pass_the_token_on(target: Path) -> None:
    """A redirect of the service's own download is followed without the token."""
    async with open_studio(status(404), whole(FILM)) as studio, video_of(studio) as video:
        studio.downloads = [status(302, Location="/film/elsewhere%2F.mp4")]
        await video.save(target)
    assert content(target) == FILM
    assert studio.asked()[-1].raw_path == "/film/elsewhere%2F.mp4"
    assert "Authorization" not in studio.asked()[-1].headers


@pytest.mark.parametrize(
    "refusal", [status(503, "{}", Content_Type="application/json"), status(429, Retry_After="0")]
)
async def test_service_that_is_busy_is_asked_again(target: Path, refusal: Answer) -> None:
    """The service's own download is a read, and repeated like one."""
    async with open_studio(status(404)) as studio, video_of(studio) as video:
        studio.downloads = [refusal, whole(studio.film)]
        await video.save(target)
    assert content(target) == studio.film


@pytest.mark.parametrize(
    "address",
    [
        *(None, "", "no address", "/film.mp4", "file:///etc/passwd", "http://host:99999/"),
        *("http://a..b/film.mp4", f"http://{'a' * 64}/", "http://[::1", "http://host/\ud800"),
    ],
)
async def test_film_without_a_usable_address_comes_from_the_service(
    target: Path, address: str | None
) -> None:
    """A render that tells no address of the web still gives its film."""
    async with open_studio() as studio:
        studio.addresses = [address]
        async with video_of(studio) as video:
            await video.save(target)
    assert content(target) == studio.film
    assert not studio.asked()


@pytest.mark.parametrize(
    "answer",
    [
        whole(PAGE, Content_Type="text/html"),
        whole(PAGE),
        whole(b"<Error/>", Content_Type="application/xml"),
        whole(b""),
        whole(FILM[:-1]),
        cut(FILM, 100_000, sized=False),
        status(204),
    ],
    ids=["page", "page called a film", "XML", "nothing", "short", "cut unnoticed", "204"],
)
async def test_what_is_no_film_is_not_saved(target: Path, answer: Answer) -> None:
    """Pages, errors and films shorter than the service told are left for the next place."""
    async with open_studio(answer) as studio:
        studio.size = len(FILM)
        studio.downloads = [whole(FILM)]
        async with video_of(studio) as video:
            await video.save(target)
    assert content(target) == FILM


@pytest.mark.parametrize("header", digests_of(FILM))
async def test_checksum_of_the_server_is_checked(target: Path, header: str) -> None:
    """A film that came other than it was meant is fetched again."""
    told = {header: digests_of(FILM)[header]}
    broken = FILM[:-1] + bytes([FILM[-1] ^ 1])
    async with (
        open_studio(whole(broken, **told), whole(FILM, **told)) as studio,
        video_of(studio) as video,
    ):
        await video.save(target)
    assert content(target) == FILM
    assert studio.ranges() == [None, None]


@pytest.mark.parametrize("header", digests_of(FILM))
async def test_checksum_covers_all_connections(target: Path, header: str) -> None:
    """A film that came in parts has its checksum as a whole."""
    told: Any = {header: digests_of(FILM)[header]}
    async with (
        open_studio(cut(FILM, 999, **told), parts(FILM)) as studio,
        video_of(studio) as video,
    ):
        await video.save(target)
    assert content(target) == FILM
    assert len(studio.asked()) == 2


async def test_checksum_that_is_no_checksum_is_ignored(target: Path) -> None:
    """A header that cannot be read does not keep anybody from the film."""
    headers = {"content_md5": "?", "digest": "md5", "repr_digest": "sha-256=:AAAA:;q=1, x"}
    async with open_studio(whole(FILM, **headers)) as studio, video_of(studio) as video:
        await video.save(target)
    assert len(studio.asked()) == 1


@pytest.mark.parametrize(
    "answer",
    [
        whole(FILM, **digests_of(b"another film")),
        cut(FILM, 999, ETag=""),
        cut(FILM, 0),
        status(403),
        status(500),
        whole(PAGE),
    ],
)
async def test_film_that_cannot_be_had_leaves_nothing(target: Path, answer: Answer) -> None:
    """After a DownloadError the old file is there, and nothing beside it."""
    target.write_bytes(b"the film of yesterday")
    async with open_studio(answer) as studio, video_of(studio) as video:
        studio.downloads = [answer]
        with pytest.raises(DownloadError) as caught:
            await video.save(target)
    assert "nmv_usr_secret" not in str(caught.value)
    assert content(target) == b"the film of yesterday"
    assert files_in(target.parent) == ["cat.mp4"]
    assert len(studio.requests) <= 8


@contextlib.contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """Let no file grow beyond a limit."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
async def test_full_disk_leaves_nothing(target: Path) -> None:
    """An error of the disk names the file that was asked for, and the disk is as before."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        with small_disk(100_000), pytest.raises(OSError, match=r"cat\.mp4'$"):
            await video.save(target)
        with small_disk(100_000), pytest.raises(OSError, match=r"cat\.mp4'$"):
            await video.save_in(target.parent, "cat")
    assert files_in(target.parent) == []


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("folder", IsADirectoryError, "is a folder"),
        ("file/cat.mp4", (NotADirectoryError, FileExistsError), r"cat\.mp4"),
        ("pipe", FileExistsError, "is no regular file"),
        ("x" * 300 + ".mp4", OSError, "too long"),
    ],
)
async def test_target_that_cannot_be_written_is_refused_unasked(
    target: Path, name: str, error: type[Exception], words: str
) -> None:
    """A path that can be no file is an OSError before the film is asked for."""
    folder = target.parent
    (folder / "folder").mkdir()
    (folder / "file").touch()
    os.mkfifo(folder / "pipe")
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        with pytest.raises(error, match=words):
            await video.save(folder / name)
    assert files_in(folder) == ["file", "folder", "pipe"]
    assert not studio.asked()


async def test_longest_name_that_a_folder_takes_is_taken(target: Path) -> None:
    """The temporary file's name is no longer than the film's."""
    name = "雪" * 83 + ".mp4"
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        await video.save(target.with_name(name))
    assert files_in(target.parent) == [name]


async def test_film_cancelled_at_any_instant_is_whole_or_not_there(target: Path) -> None:
    """Wherever a save is cancelled, nothing half is left."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        for step in range(80):
            save = asyncio.create_task(video.save(target))
            await asyncio.sleep(0 if step < 3 else step * 0.0001)
            save.cancel()
            await asyncio.wait([save])
            left = files_in(target.parent)
            assert left == [] or (left == ["cat.mp4"] and content(target) == FILM)
            target.unlink(missing_ok=True)


async def test_save_that_is_cancelled_in_the_middle_leaves_nothing(target: Path) -> None:
    """A film that stops coming can be given up."""
    started = asyncio.Event()

    async def stop(_: DownloadProgress) -> None:
        started.set()
        await asyncio.Event().wait()

    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        save = asyncio.create_task(video.save(target, on_progress=stop))
        await started.wait()
        save.cancel()
        with pytest.raises(asyncio.CancelledError):
            await save
    assert files_in(target.parent) == []


async def test_two_saves_of_one_path_do_not_mix(target: Path) -> None:
    """Each save has a temporary file of its own."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        await asyncio.gather(*(video.save(target) for _ in range(5)))
    assert content(target) == FILM
    assert files_in(target.parent) == ["cat.mp4"]


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_progress_goes_up_to_the_whole(target: Path, asynchronous: bool) -> None:
    """Bytes are told in order, and the last word is all of them."""
    told: list[DownloadProgress] = []

    async def note(progress: DownloadProgress) -> None:
        told.append(progress)

    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        await video.save(target, on_progress=note if asynchronous else told.append)
    assert told[-1] == DownloadProgress(len(FILM), len(FILM))
    assert [one.received for one in told] == sorted(one.received for one in told)


async def test_slow_link_tells_its_progress(target: Path) -> None:
    """The first bytes are told when they come, not when there are many."""
    told: list[DownloadProgress] = []
    async with open_studio(cut(FILM, 1000), parts(FILM)) as studio, video_of(studio) as video:
        await video.save(target, on_progress=told.append)
    assert told[0] == DownloadProgress(1000, len(FILM))


async def test_error_of_the_callers_own_callback_comes_out(target: Path) -> None:
    """What `on_progress` raises is not taken for an error of the film's file."""

    def fail(_: DownloadProgress) -> None:
        raise FileNotFoundError(2, "No such file", "progress.log")

    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        with pytest.raises(FileNotFoundError) as caught:
            await video.save(target, on_progress=fail)
    assert caught.value.filename == "progress.log"
    assert files_in(target.parent) == []


async def test_address_is_asked_for_as_it_was_told(target: Path) -> None:
    """A signature may cover every sign of an address."""
    path = "/film%7E%2F1.mp4?sig=a%2Bb%3D+c&expires=%31"
    async with open_studio(film=FILM) as studio:
        studio.addresses = [studio.url + path]
        async with video_of(studio) as video:
            await video.save(target)
    assert studio.asked()[0].raw_path == path


@pytest.mark.parametrize("first", [whole(FILM), cut(FILM, 999), zipped(FILM)])
@pytest.mark.parametrize("then", [whole(FILM), parts(FILM)], ids=["no ranges", "ranges"])
async def test_stream_gives_each_byte_once(first: Answer, then: Answer) -> None:
    """A stream goes on where it was cut, also where the film has to begin anew."""
    async with open_studio(first, then) as studio, video_of(studio) as video:
        assert b"".join([piece async for piece in video.stream()]) == FILM


@pytest.mark.parametrize(
    "other", [os.urandom(300_000), os.urandom(500)], ids=["as long", "shorter than what came"]
)
async def test_stream_does_not_go_on_with_another_film(other: bytes) -> None:
    """What was given cannot be taken back: another film in its place is an error."""
    async with open_studio(cut(FILM, 999), whole(other)) as studio, video_of(studio) as video:
        studio.downloads = [whole(other)]
        with pytest.raises(DownloadError):
            async for _ in video.stream():
                pass


async def test_stream_whose_checksum_is_wrong_ends_in_an_error() -> None:
    """Whoever streams learns at the end that the bytes were not right."""
    wrong = whole(FILM, **digests_of(b"another film"))
    async with open_studio(wrong) as studio, video_of(studio) as video:
        with pytest.raises(DownloadError, match="checksum"):
            async for _ in video.stream():
                pass


async def test_stream_may_be_left_early() -> None:
    """Nothing is left open by whoever has seen enough."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        stream = video.stream()
        assert FILM.startswith(await anext(stream))
        await stream.aclose()


async def test_slow_reader_of_a_stream_is_no_slow_server() -> None:
    """The time that a program takes over a piece is not the server's."""
    film = os.urandom(8_000_000)
    timing = TIMING.scaled(0.5)
    async with open_studio(film=film) as studio, video_of(studio, timing) as video:
        received = 0
        async for piece in video.stream():
            if not received:
                await asyncio.sleep(0.8)
            received += len(piece)
    assert received == len(film)
    assert len(studio.asked()) == 1


async def test_expired_link_of_the_emulator_is_renewed(target: Path) -> None:
    """With the service's own habits: the link runs out, the film is saved all the same."""
    async with (
        Emulator(
            credits=1000, speed=1000, renderer=write_film, film_url_lifetime=100.0
        ) as emulator,
        NemoClient(base_url=emulator.base_url, timing=TIMING) as client,
    ):
        video = await client.generate("a cat")
        emulator.faults.cut("film", after=1000)
        await asyncio.sleep(0.15)
        await video.save(target)
    assert content(target) == FILM
    assert {call.headers.get("Authorization") for call in emulator.calls_of("film")} == {None}


def write_film(draft: Mapping[str, Any], target: Path, **_: Any) -> Sketch:
    target.write_bytes(FILM)
    return Sketch(10.0, len(FILM))
