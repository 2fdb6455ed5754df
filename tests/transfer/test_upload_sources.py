"""What can be uploaded: files of every kind, under the name and type that they truly have."""

import asyncio
import hashlib
import io
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from PIL import Image

from nemo_sdk import FileTooLargeError, NemoClient, Session, UnsupportedFileTypeError
from nemo_sdk._transfer import file_types
from nemo_sdk.emulator import Emulator


def picture(kind: str) -> bytes:
    """A small picture in one of Pillow's formats."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, kind)
    return file.getvalue()


WEBP = picture("WEBP")
LARGE = picture("PNG") + os.urandom(2_500_000)


@pytest.fixture
async def session(client: NemoClient) -> Session:
    """A new session of the emulator's."""
    return await client.create_session()


def sent_to(emulator: Emulator) -> list[tuple[str, str]]:
    """The names and types that arrived."""
    calls = emulator.calls_of("upload")
    return [(each["filename"], each["content_type"]) for call in calls for each in call.body]


@pytest.mark.parametrize("source", ["missing.mov", "ftp://x/a.mp4", "/", b"", ("", LARGE), "http:"])
async def test_files_are_checked_before_a_session_is_made(
    emulator: Emulator, client: NemoClient, source: Any
) -> None:
    """What cannot be uploaded is refused, also where a film is wanted, and nothing is sent."""
    with pytest.raises((ValueError, OSError)):
        await client.check_files(LARGE, source)
    with pytest.raises((ValueError, OSError)):
        await client.generate("a fox", files=[LARGE, source])
    await client.check_files(LARGE, "https://example.com/a.mp4", ("a.webp", WEBP))
    assert not emulator.calls


@pytest.mark.parametrize(
    ("name", "content", "sent"),
    [
        ("photo.jpg", WEBP, ("photo.webp", "image/webp")),
        ("photo", WEBP, ("photo.webp", "image/webp")),
        ("photo.final", WEBP, ("photo.final.webp", "image/webp")),
    ],
)
@pytest.mark.parametrize("kind", ["path", "bytes", "file", "async file"])
async def test_content_decides_name_and_type_where_it_is_known(
    emulator: Emulator,
    session: Session,
    tmp_path: Path,
    kind: str,
    name: str,
    content: bytes,
    sent: tuple[str, str],
) -> None:
    """A webp called .jpg is the commonest file of the web."""
    (tmp_path / name).write_bytes(content)
    with (tmp_path / name).open("rb") as file:
        async with await anyio.open_file(tmp_path / name, "rb") as anyio_file:
            given: dict[str, Any] = {
                "path": tmp_path / name,
                "bytes": (name, content),
                "file": file,
                "async file": anyio_file,
            }
            await session.upload(given[kind])
    assert sent_to(emulator) == [sent]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("film.mp4", "video/mp4"),
        ("film.aac", "audio/aac"),
        ("film", "application/octet-stream"),
        ("film.new", "application/octet-stream"),
    ],
)
async def test_service_decides_about_what_is_not_recognised(
    emulator: Emulator, session: Session, tmp_path: Path, name: str, kind: str
) -> None:
    """It is sent under its own name, and the service's no is told."""
    (tmp_path / name).write_bytes(b"no format that we know" * 50)
    with pytest.raises(UnsupportedFileTypeError, match="upload-video"):
        await session.upload(tmp_path / name)
    assert sent_to(emulator) == [(name, kind)]


class UploadFile:
    """A file as Starlette gives it: no `whence`, and a name of the sender's."""

    def __init__(self, content: bytes, filename: str | None) -> None:
        self.file = io.BytesIO(content)
        self.filename = filename

    async def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    async def seek(self, offset: int) -> None:
        self.file.seek(offset)


class AioFile:
    """A file as aiofiles gives it: its `fileno` is awaited, too."""

    name = "folder/clip"

    def __init__(self, content: bytes) -> None:
        self.file = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self.file.read(size)

    async def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    async def fileno(self) -> int:
        return 0


@asynccontextmanager
async def anyio_file(content: bytes) -> AsyncIterator[Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.png"
        path.write_bytes(content)
        async with await anyio.open_file(path, "rb") as file:
            yield file


@asynccontextmanager
async def given_as(file: Any) -> AsyncIterator[Any]:
    yield file


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: given_as(UploadFile(LARGE, "clip.png")), "clip.png"),
        (lambda: given_as(UploadFile(LARGE, "C:\\fakepath\\clip.jpg")), "clip.png"),
        (lambda: given_as(UploadFile(LARGE, None)), "upload.png"),
        (lambda: given_as(AioFile(LARGE)), "clip.png"),
        (lambda: anyio_file(LARGE), "clip.png"),
        (lambda: given_as(("own.png", AioFile(LARGE))), "own.png"),
        (lambda: given_as(("own.png", io.BytesIO(LARGE))), "own.png"),
    ],
    ids=[
        *("Starlette", "with a folder", "without a name", "aiofiles", "anyio"),
        *("named async file", "named file"),
    ],
)
async def test_files_of_every_kind_arrive_whole(
    session: Session, make: Callable[[], Any], name: str
) -> None:
    """Files whose methods are awaited are read as others are, and left open at their start."""
    async with make() as given:
        (arrived,) = (await session.upload(given)).files
        file = given[1] if isinstance(given, tuple) else given
        again = file.read(len(LARGE) + 1)
        assert (await again if asyncio.iscoroutine(again) else again) == LARGE
    assert arrived.filename == name
    assert arrived.hash == hashlib.sha256(LARGE).hexdigest()


async def test_repeat_sends_an_async_file_whole(emulator: Emulator, session: Session) -> None:
    """The service that is busy gets it again from its start."""
    emulator.faults.answer(
        "upload", status=429, headers={"Retry-After": "0"}, body=b'{"code":429}', effect=False
    )
    (arrived,) = (await session.upload(AioFile(LARGE))).files
    assert arrived.hash == hashlib.sha256(LARGE).hexdigest()


class Shrinking(AioFile):
    """A file that has less in it the second time that it is read."""

    async def seek(self, offset: int, whence: int = 0) -> int:
        self.file.truncate(len(self.file.getvalue()) - 1)
        return await super().seek(offset, whence)


class Stream:
    """What can be read once."""

    async def read(self, size: int = -1) -> bytes:
        return b""


class Text(AioFile):
    """A file open as text."""

    async def read(self, size: int = -1) -> Any:
        return "text"


class Growing(AioFile):
    """A file without end."""

    async def read(self, size: int = -1) -> bytes:
        return b"x" * size


LONG = "x" * 5000
ADDRESS = "data:video/mp4;base64," + "A" * 5000


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        (Shrinking(LARGE), OSError, "changed while it was uploaded"),
        (Stream(), ValueError, "cannot be read and rewound"),
        (Text(LARGE), TypeError, "'rb'"),
        (Growing(LARGE), FileTooLargeError, "5 MB"),
        (UploadFile(b"", "a.png"), ValueError, r"^a\.png is empty"),
        (ADDRESS, ValueError, "decode it, and give the bytes"),
        (ADDRESS.upper(), ValueError, "decode it, and give the bytes"),
        (("a.png", "text"), TypeError, "Cannot upload a tuple"),
        ((1, io.BytesIO()), TypeError, "Cannot upload a tuple"),
        (LONG, OSError, "too long"),
        (f"{LONG}/a.png", OSError, "too long"),
        ("a\0b", ValueError, "is no path"),
        ("~nobody-at-all/a", ValueError, "no such home"),
        (f"{LONG}://host/", ValueError, "http and https"),
        (f"http://{LONG}:x/", ValueError, "Not an address"),
        (f"http://a/{LONG}\n", ValueError, "Not an address"),
        ("https://a b/cat.png", ValueError, "Not an address"),
        ((f"{LONG}/a.png", LARGE), ValueError, "no file name"),
        ((f"{LONG}.png", b""), ValueError, "is empty"),
        ((f"{LONG}.mp4", b"%PDF-1.7" + bytes(600)), UnsupportedFileTypeError, "pdf inside"),
        ((f"{LONG}.pdf", b"hello"), UnsupportedFileTypeError, "by its name"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
async def test_wrong_source_is_refused_in_few_words(
    emulator: Emulator,
    session: Session,
    source: Any,
    error: type[Exception],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing arrives, and no message repeats more than 200 characters of what it was given."""
    monkeypatch.setattr(file_types, "MAX_FILE_SIZE", 5_000_000)
    with pytest.raises(error, match=words) as caught:
        await session.upload(source)
    assert len(str(caught.value)) < 450
    assert not [file for one in emulator.sessions.values() for file in one.uploads.values()]
