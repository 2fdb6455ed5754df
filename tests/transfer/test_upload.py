"""Files into a session: checked, streamed, whole or not at all, and never twice."""

import asyncio
import hashlib
import io
import os
import socket
import threading
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import attrs
import pytest
from aioresponses import aioresponses
from conftest import FAST

from nemo_sdk import (
    FileTooLargeError,
    NemoClient,
    RequestTimeoutError,
    Session,
    Timing,
    TransportError,
    UnsupportedFileTypeError,
    UploadProgress,
)
from nemo_sdk._transfer.upload import Source
from nemo_sdk.emulator import Emulator

MB = 1024**2
REFUSED_1001 = {"status": 401, "body": b'{"code":1001,"message":"token expired"}'}
REFUSED_429 = {"status": 429, "headers": {"Retry-After": "0"}, "body": b'{"code":429}'}


def sound(size: int = 100_000) -> bytes:
    """Return a WAV file of noise with about `size` bytes."""
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setparams((1, 2, 44100, 0, "NONE", ""))
        made.writeframes(os.urandom(size // 2 * 2))
    return file.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound of several pieces on disk."""
    made = tmp_path / "noise.wav"
    made.write_bytes(sound(3 * MB))
    return made


@pytest.fixture
async def session(client: NemoClient) -> Session:
    """A new session of the emulator's."""
    return await client.create_session()


def arrived(emulator: Emulator) -> list[dict[str, Any]]:
    """Return what the emulator's sessions hold."""
    return [file for one in emulator.sessions.values() for file in one.uploads.values()]


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def named(path: Path) -> tuple[str, bytes]:
    return "named.wav", path.read_bytes()


def size_of(path: Path) -> int:
    return path.stat().st_size


async def test_path_arrives_as_it_is(emulator: Emulator, session: Session, path: Path) -> None:
    """A file's bytes, name and type reach the service."""
    upload = await session.upload(path)
    (file,) = upload.files
    assert (file.filename, file.file_type) == ("noise.wav", "audio")
    assert file.hash == sha256_of(path)
    (call,) = emulator.calls_of("upload")
    assert call.body == [
        {
            "field": "files",
            "filename": "noise.wav",
            "content_type": "audio/wav",
            "size": size_of(path),
        }
    ]


async def test_length_is_told_before_the_body(
    emulator: Emulator, session: Session, path: Path
) -> None:
    """A service behind a proxy learns the length, so that a cut body is known to be one."""
    await session.upload(path)
    (call,) = emulator.calls_of("upload")
    assert int(call.headers["Content-Length"]) > size_of(path)
    assert "Transfer-Encoding" not in call.headers


async def test_all_kinds_of_sources_in_one_call_keep_their_order(
    emulator: Emulator, session: Session, path: Path
) -> None:
    """Text paths, addresses, bytes, named bytes and open files come back in the order given."""
    with path.open("rb") as file:
        upload = await session.upload(
            str(path),
            "https://example.com/film.mp4",
            sound(),
            ("named.wav", bytearray(sound())),
            file,
        )
    names = ["noise.wav", "film.mp4", "upload.wav", "named.wav", "noise.wav"]
    assert [file.filename for file in upload.files] == names
    assert len(emulator.calls_of("upload")) == 2


@pytest.mark.parametrize(
    "name",
    [
        "雪の中の猫.wav",
        'the "final" cut.wav',
        "Bildschirm\u202fAufnahme\u00a0um 3.41\u202fPM.wav",
        "family \U0001f468\u200d\U0001f469\u200d\U0001f467.wav",
        "it's 100% = a;b, (c) [d] & more.wav",
        "%E9%9B%AA%22.wav",
        "Ångström.WAV",
    ],
)
async def test_name_arrives_as_it_is(emulator: Emulator, session: Session, name: str) -> None:
    """Letters of any script, quotes and spaces of any width are no reason to rename a file."""
    upload = await session.upload((name, sound(1000)))
    assert upload.files[0].filename == name
    assert emulator.calls_of("upload")[0].body[0]["filename"] == name


@pytest.mark.parametrize(
    "name", ["a\nb.wav", "a\r\nX-Evil: 1.wav", "a\0.wav", "a\u2028b.wav", "a/b.wav", "a\\b.wav", ""]
)
async def test_name_that_could_be_a_header_or_a_path_is_refused(
    emulator: Emulator, session: Session, name: str
) -> None:
    """A file name cannot smuggle a header line or a folder into the request."""
    with pytest.raises(ValueError, match="is no file name"):
        await session.upload((name, sound(1000)))
    assert not emulator.calls_of("upload")


def in_a_pipe(_: Path) -> Any:
    reading, writing = os.pipe()
    os.close(writing)
    return os.fdopen(reading, "rb", buffering=0)


def closed(folder: Path) -> Any:
    with (folder / "film.wav").open("rb") as file:
        return file


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda folder: folder / "none.mp4", FileNotFoundError, "There is no file"),
        (lambda folder: folder, IsADirectoryError, "is a folder"),
        (lambda folder: folder / "empty.mp4", ValueError, "is empty"),
        (lambda folder: b"", ValueError, "is empty"),
        (lambda folder: "ftp://example.com/film.mp4", ValueError, "http and https"),
        (lambda folder: "file:///etc/passwd", ValueError, "http and https"),
        (lambda folder: "https://", ValueError, "Not an address"),
        (lambda folder: "https://example.com/a\nb.mp4", ValueError, "Not an address"),
        (lambda folder: folder / "page.mp4", UnsupportedFileTypeError, "a web page inside"),
        (lambda folder: folder / "film.txt", UnsupportedFileTypeError, "mp4, mov"),
        (lambda folder: (folder / "film.wav").open(encoding="latin-1"), TypeError, "as text"),
        (in_a_pipe, ValueError, "read and rewound"),
        (closed, ValueError, "The file is closed"),
        (lambda folder: io.StringIO("text"), TypeError, "as text"),
        (lambda folder: 42, TypeError, "Cannot upload a int"),
        (lambda folder: ("film.wav", "text"), TypeError, "Cannot upload a tuple"),
        (lambda folder: None, TypeError, "Cannot upload a NoneType"),
    ],
)
async def test_wrong_source_stops_all_before_anything_is_sent(
    emulator: Emulator,
    session: Session,
    tmp_path: Path,
    make: Callable[[Path], Any],
    error: type[Exception],
    words: str,
) -> None:
    """One source that cannot be right, and the good one beside it is not sent either."""
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "film.txt").write_text("hello")
    (tmp_path / "film.wav").write_bytes(sound(1000))
    (tmp_path / "page.mp4").write_text("<!doctype html><title>404</title>" + " " * 500)
    source = make(tmp_path)
    try:
        with pytest.raises(error, match=words):
            await session.upload(tmp_path / "film.wav", source)
    finally:
        if hasattr(source, "close"):
            source.close()
    assert not emulator.calls_of("upload")


async def test_nothing_to_upload_is_an_error(session: Session) -> None:
    """A call without a source is a mistake."""
    with pytest.raises(ValueError, match="nothing to upload"):
        await session.upload()


async def test_file_over_the_limit_is_refused_unsent(
    emulator: Emulator, session: Session, tmp_path: Path
) -> None:
    """One byte over 500,000,000 is too many, and the error knows the limit."""
    path = tmp_path / "long.wav"
    path.write_bytes(sound(1000))
    os.truncate(path, 500_000_001)
    with pytest.raises(FileTooLargeError, match="at most 500 MB") as caught:
        await session.upload(path)
    assert caught.value.limit == 500_000_000
    assert not emulator.calls_of("upload")


async def test_open_file_stays_open_and_is_rewound(session: Session, path: Path) -> None:
    """A caller's file is sent from its start, and left at it."""
    with path.open("rb") as file:
        file.seek(1000)
        upload = await session.upload(file)
        assert (file.closed, file.tell()) == (False, 0)
    assert upload.files[0].hash == sha256_of(path)


@pytest.mark.parametrize("kind", ["path", "file", "bytes"])
async def test_repeat_after_1001_and_429_sends_the_file_whole(
    emulator: Emulator, path: Path, kind: str
) -> None:
    """The body is made anew for each attempt, from every kind of source."""
    tokens = [emulator.add_token(user_id="one") for _ in range(2)]

    async def token() -> str:
        return tokens.pop(0)

    async with NemoClient(token, base_url=emulator.base_url, timing=FAST) as client:
        session = await client.create_session()
        emulator.faults.answer("upload", **REFUSED_1001, effect=False)
        emulator.faults.answer("upload", at=2, **REFUSED_429, effect=False)
        with path.open("rb") as file:
            sources: dict[str, Source] = {"path": path, "file": file, "bytes": named(path)}
            upload = await session.upload(sources[kind])
            assert (file.closed, file.tell()) == (False, 0)
    assert upload.files[0].hash == sha256_of(path)
    assert len(emulator.calls_of("upload")) == 3


@pytest.mark.parametrize(
    "lose",
    [
        lambda faults: faults.cut("upload", after=-1),
        lambda faults: faults.reset("upload", after=5),
        lambda faults: faults.stall("upload", after=-1),
        lambda faults: faults.answer("upload", status=502, body=b"<html>Bad Gateway</html>"),
        lambda faults: faults.answer("upload", body=b"{"),
    ],
    ids=["cut", "reset", "stall", "502", "half JSON"],
)
async def test_lost_answer_is_not_sent_twice(
    emulator: Emulator, path: Path, lose: Callable[[Any], object]
) -> None:
    """What may have arrived is the caller's to decide about."""
    timing = attrs.evolve(FAST, read=2)
    async with NemoClient(base_url=emulator.base_url, timing=timing) as client:
        session = await client.create_session()
        lose(emulator.faults)
        with pytest.raises(Exception, match="upload-video") as caught:
            await session.upload(path)
    assert type(caught.value).__module__ == "nemo_sdk.exceptions"
    assert len(emulator.calls_of("upload")) == 1
    assert len(arrived(emulator)) == 1


async def test_connection_that_is_refused_midway_leaves_nothing(
    emulator: Emulator, session: Session, path: Path
) -> None:
    """A service that goes away while the body leaves is a TransportError, after one attempt."""
    emulator.faults.refuse("upload", times=None)
    with pytest.raises(TransportError):
        await session.upload(path)
    assert len(emulator.calls_of("upload")) == 1
    assert arrived(emulator) == []


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shrink(path: Path) -> None:
    os.truncate(path, 2 * MB)


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-4, os.SEEK_END)
        file.write(b"else")
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize("change", [grow, shrink, overwrite])
@pytest.mark.parametrize("opened", [False, True])
async def test_file_that_changes_while_it_is_read_is_an_error(
    emulator: Emulator,
    session: Session,
    path: Path,
    change: Callable[[Path], None],
    opened: bool,
) -> None:
    """A file that somebody writes to does not arrive, in no state."""
    changes = [change]

    def write_to_it(_: UploadProgress) -> None:
        if changes:
            changes.pop()(path)

    with path.open("rb") as file:
        with pytest.raises(OSError, match=r"noise\.wav changed while it was uploaded"):
            await session.upload(file if opened else path, on_progress=write_to_it)
        assert not file.closed
    assert len(emulator.calls_of("upload")) == 1
    assert arrived(emulator) == []


async def test_file_that_is_replaced_between_two_attempts_is_an_error(
    emulator: Emulator, tmp_path: Path
) -> None:
    """What was checked is what is sent: another file under the same name is not."""
    path = tmp_path / "noise.wav"
    path.write_bytes(sound())
    other = tmp_path / "other"
    other.write_bytes(sound())
    tokens = [emulator.add_token(user_id="one") for _ in range(2)]

    async def token() -> str:
        if len(tokens) == 1:
            other.replace(path)
        return tokens.pop()

    async with NemoClient(token, base_url=emulator.base_url, timing=FAST) as client:
        session = await client.create_session()
        emulator.faults.answer("upload", **REFUSED_1001, effect=False)
        with pytest.raises(OSError, match="changed"):
            await session.upload(path)
    assert arrived(emulator) == []


@asynccontextmanager
async def reader(
    take: Callable[[asyncio.StreamReader], Any], sock: socket.socket | None = None
) -> AsyncIterator[str]:
    """A server that answers what the session's creation needs, and takes uploads its own way."""
    answer = b'{"code":0,"data":{"files":[]}}'

    async def serve(incoming: asyncio.StreamReader, outgoing: asyncio.StreamWriter) -> None:
        try:
            await incoming.readuntil(b"\r\n\r\n")
            await take(incoming)
            outgoing.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
            await outgoing.drain()
        finally:
            outgoing.transport.abort()

    if sock is None:
        sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    server = await asyncio.start_server(serve, sock=sock, limit=2**16)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def narrow_socket(_: object = None) -> socket.socket:
    """A socket that holds little on its way."""
    made = socket.socket()
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        made.setsockopt(socket.SOL_SOCKET, option, 32 * 1024)
    return made


async def test_service_that_takes_nothing_more_is_given_up(tmp_path: Path) -> None:
    """An upload that stalls ends with a RequestTimeoutError, and the file is free again."""

    async def take_nothing(_: asyncio.StreamReader) -> None:
        await asyncio.sleep(5)

    async with (
        reader(take_nothing) as url,
        NemoClient("token", base_url=url, timing=Timing(read=0.2)) as client,
    ):
        with pytest.raises(RequestTimeoutError, match=r"long\.wav: .* 0\.2 seconds"):
            await client.session("1").upload(("long.wav", sound(40 * MB)))


async def test_slow_service_is_no_stalled_one() -> None:
    """Only silence counts: a link that takes each piece in twice the timeout is still alive."""

    async def take_slowly(incoming: asyncio.StreamReader) -> None:
        left = 2 * MB
        while left > 0:
            left -= len(await incoming.readexactly(min(left, 64 * 1024)))
            await asyncio.sleep(0.06)

    connector = aiohttp.TCPConnector(socket_factory=narrow_socket)
    async with (
        reader(take_slowly, narrow_socket()) as url,
        aiohttp.ClientSession(connector=connector) as http,
        NemoClient("token", base_url=url, timing=Timing(read=0.25), http=http) as client,
    ):
        upload = await client.session("1").upload(("long.wav", sound(2 * MB)))
    assert upload.files == ()


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_progress_goes_up_to_the_whole(
    session: Session, path: Path, asynchronous: bool
) -> None:
    """Bytes are told a few times, in order, and the last word is all of them."""
    told: list[UploadProgress] = []

    async def note(progress: UploadProgress) -> None:
        told.append(progress)

    await session.upload(path, on_progress=note if asynchronous else told.append)
    size = size_of(path)
    assert told[-1] == UploadProgress(size, size, "noise.wav")
    assert [one.sent for one in told] == sorted(one.sent for one in told)
    assert len(told) < 8


async def test_error_of_the_callers_own_callback_comes_out(
    session: Session, emulator: Emulator, path: Path
) -> None:
    """What `on_progress` raises ends the upload, and is not taken for a broken connection."""

    def fail(_: UploadProgress) -> None:
        raise KeyError("my own mistake")

    with pytest.raises(KeyError, match="my own mistake"):
        await session.upload(path, on_progress=fail)
    assert arrived(emulator) == []


async def test_generation_tells_the_upload_among_its_events(client: NemoClient, path: Path) -> None:
    """`generate(files=...)` tells the bytes of its files."""
    generation = client.generate("a film with this sound", files=[path])
    events = [event async for event in generation]
    sent = [event for event in events if isinstance(event, UploadProgress)]
    assert sent[-1].sent == sent[-1].total == size_of(path)


async def test_cancelled_upload_leaves_the_file_open_and_rewound(
    emulator: Emulator, session: Session, path: Path
) -> None:
    """Whoever gives up an upload can go on with the file."""
    started = asyncio.Event()

    async def wait_here(_: UploadProgress) -> None:
        started.set()
        await asyncio.Event().wait()

    with path.open("rb") as file:
        task = asyncio.create_task(session.upload(file, on_progress=wait_here))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (file.closed, file.tell()) == (False, 0)
    assert arrived(emulator) == []


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("piece", [1, 2, 3])
async def test_cancelled_upload_waits_for_the_thread_that_reads(
    session: Session, piece: int, times: int
) -> None:
    """However often it is cancelled, it has ended no sooner than its last look into the file."""
    loop = asyncio.get_running_loop()
    reading, go_on = asyncio.Event(), threading.Event()

    class Slow(io.BytesIO):
        pieces = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.pieces += size == MB
            if self.pieces == piece:
                loop.call_soon_threadsafe(reading.set)
                go_on.wait()
            return super().read(size)

    file = Slow(sound(3 * MB))
    task = asyncio.create_task(session.upload(("noise.wav", file)))
    await reading.wait()
    for _ in range(times):
        task.cancel()
        for _ in range(20):
            await asyncio.sleep(0)
    was_done = task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (was_done, file.tell(), file.pieces) == (False, 0, piece)


async def test_addresses_are_sent_as_they_are(http: aioresponses) -> None:
    """The service fetches an address itself: not one sign of it is changed."""
    address = "https://example.com/a%20film%7E.mp4?sig=%2F+a%3D&x=1"
    http.post(
        "https://api.example/api/upload-video/nemo_agent/me/7",
        payload={"code": 0, "data": {"files": [{"filename": "a film~.mp4"}]}},
    )
    async with NemoClient("token", base_url="https://api.example") as client:
        await client.session("7").upload(address)
    ((request,),) = http.requests.values()
    sent = request.kwargs["data"].decode()
    assert address in sent
    assert '"source_type":"url"' in sent.replace(" ", "")


async def test_open_file_is_named_without_its_folder(session: Session, tmp_path: Path) -> None:
    """The name of a file opened by a Path arrives; an error about it shows no folder."""
    path = tmp_path / "noise.wav"
    path.write_bytes(sound())
    with io.FileIO(path) as file:  # its name is the Path itself
        (arrived,) = (await session.upload(file)).files
    assert arrived.filename == "noise.wav"
    path.write_bytes(b"")
    with path.open("rb") as empty, pytest.raises(ValueError, match=r"^noise\.wav"):
        await session.upload(empty)
