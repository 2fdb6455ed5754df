"""Files into a session: checked before anything is sent, then streamed from where they are."""

import io
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

from yarl import URL

from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._protocol import endpoints
from nemo_sdk._protocol.endpoints import Call
from nemo_sdk._transport.transport import Transport
from nemo_sdk.events import UploadProgress
from nemo_sdk.exceptions import TransportError
from nemo_sdk.models import MediaFile, Upload

from . import file_types
from .multipart import FileSource, form, stamp_of
from .pace import next_round
from .reporter import OnProgress, Reporter

__all__ = ["Source", "as_list", "check_sources", "upload"]

Bytes = bytes | bytearray | memoryview
Source = str | os.PathLike[str] | Bytes | tuple[str, Bytes] | IO[bytes]
"""A path, an address (http, https), bytes, a name with bytes, or an open binary file."""

_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of characters, line and paragraph separators."""
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def as_list(files: Any) -> list[Source]:
    """Return the files as a list, also where one was given without a list round it."""
    is_one = isinstance(files, str | os.PathLike | Bytes) or hasattr(files, "read")
    return [files] if is_one or not isinstance(files, Iterable) else list(files)


async def upload(
    transport: Transport,
    session_id: str,
    sources: Sequence[Source],
    on_progress: OnProgress[UploadProgress] | None = None,
) -> Upload:
    """Check all sources, then upload them: files in one call, addresses in another.

    Raises:
        ValueError, TypeError, OSError: A source cannot be right; nothing was sent.
        OSError: A file changed while it was read; it is not in the session.
        UnsupportedFileTypeError, FileTooLargeError: Before anything was sent, or the service's.
        APIError: The service refused the files.
        TransportError: It is not known whether the files arrived; they were not sent again.
    """
    transport = transport.for_lifetime()
    checked = await check_sources(sources)
    files = [source for source in checked if isinstance(source, FileSource)]
    urls = [source for source in checked if isinstance(source, str)]
    done = []
    if files:
        done.append(await _send_files(transport, session_id, files, on_progress))
    if urls:
        done.append(await transport.send(endpoints.upload_urls(session_id, urls)))
    applied = [one.session_state_applied for one in done]
    return Upload(
        files=_in_order(checked, done),
        session_state_applied=None if None in applied else all(applied),
    )


def _in_order(checked: list[FileSource | str], done: list[Upload]) -> tuple[MediaFile, ...]:
    """Return what two calls left in the session, in the order of the sources."""
    received = [file for one in done for file in one.files]
    if len(received) != len(checked):
        return tuple(received)
    as_sent = sorted(range(len(checked)), key=lambda index: isinstance(checked[index], str))
    placed = dict(zip(as_sent, received, strict=True))
    return tuple(placed[index] for index in range(len(checked)))


async def check_sources(sources: Sequence[Source]) -> list[FileSource | str]:
    """Return what is to be sent, each checked: addresses as text, the rest as files.

    Raises:
        ValueError, TypeError, OSError: A source cannot be right.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    if not sources:
        raise ValueError("There is nothing to upload: give a path, an address, or bytes.")
    return [await _check(source) for source in sources]


async def _send_files(
    transport: Transport,
    session_id: str,
    files: list[FileSource],
    on_progress: OnProgress[UploadProgress] | None,
) -> Upload:
    reporter = Reporter(on_progress)
    call = Call(
        "POST",
        endpoints.upload_path(session_id),
        endpoints.decode_upload,
        body=lambda: form(files, reporter, transport.timing.read),
        of_session=True,
    )
    await next_round()
    try:
        return await transport.send(call)
    except TransportError as error:
        problem = next((file.problem for file in files if file.problem is not None), None)
        if not isinstance(problem, Exception) or isinstance(problem, ConnectionError):
            raise
        raise problem from error


async def _check(source: Any) -> FileSource | str:
    if isinstance(source, str) and (scheme := _SCHEME.match(source)):
        return _address(source, scheme.group(1))
    if isinstance(source, str | os.PathLike):
        return await in_thread(_from_path, source)
    if isinstance(source, Bytes):
        return await in_thread(_from_bytes, None, source)
    if isinstance(source, tuple) and len(source) == 2:
        name, content = source
        if isinstance(name, str) and isinstance(content, Bytes):
            return await in_thread(_from_bytes, name, content)
    if hasattr(source, "read"):
        return await in_thread(_from_file, source)
    raise TypeError(
        f"Cannot upload a {type(source).__name__}: give a path, an http(s) address, bytes, "
        "(name, bytes), or an open binary file."
    )


def _address(text: str, scheme: str) -> str:
    if scheme.lower() not in {"http", "https"}:
        raise ValueError(f"The service fetches http and https addresses, not {scheme}://.")
    try:
        url = URL(text)
    except ValueError as error:
        raise ValueError(f"Not an address: {text[:200]!r}.") from error
    if not url.host or not _is_one_line(text):
        raise ValueError(f"Not an address: {text[:200]!r}.")
    return text


def _from_path(source: str | os.PathLike[str]) -> FileSource:
    path = Path(source).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the files in it one by one.")
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}.")
    if not path.is_file():
        raise ValueError(f"{path} is no regular file.")
    with path.open("rb") as file:
        head = file.read(file_types.HEAD)
        size = file.seek(0, os.SEEK_END)
        stamp = stamp_of(file)
    made = FileSource(path.name, size, "", lambda: path.open("rb"), stamp)
    return _checked(made, head)


def _from_bytes(name: str | None, given: Bytes) -> FileSource:
    size = given.nbytes if isinstance(given, memoryview) else len(given)
    file_types.check_size(name or "The upload", size)
    content = bytes(given)
    head = content[: file_types.HEAD]
    name = file_types.sniffed_name(head) if name is None else name
    return _checked(FileSource(name, size, "", lambda: io.BytesIO(content)), head)


def _from_file(file: Any) -> FileSource:
    if isinstance(file, io.TextIOBase):
        raise TypeError("The file is open as text: open it with 'rb'.")
    if getattr(file, "closed", False):
        raise ValueError("The file is closed: give one that is open, or its path.")
    try:
        file.seek(0)
        head = file.read(file_types.HEAD)
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
    except (AttributeError, OSError, ValueError) as error:
        raise ValueError(
            f"This file cannot be read and rewound ({error}): give its path or its bytes."
        ) from error
    if not isinstance(head, bytes) or not isinstance(size, int):
        raise TypeError("The file must give bytes: open it with 'rb'.")
    own = getattr(file, "name", None)  # a number for a file without one, a path for the rest
    told = Path(own).name if isinstance(own, str | os.PathLike) else ""
    file_types.check_size(told or "The upload", size)
    name = told if Path(told).suffix else file_types.sniffed_name(head)

    def rewound() -> IO[bytes]:
        file.seek(0)
        rewound_file: IO[bytes] = file
        return rewound_file

    return _checked(FileSource(name, size, "", rewound, stamp_of(file), keep_open=True), head)


def _checked(source: FileSource, head: bytes) -> FileSource:
    """Check what is known of a file, and complete it."""
    name = source.name
    if not name or not _is_one_line(name) or "/" in name or "\\" in name:
        raise ValueError(
            f"{name[:100]!r} is no file name: it must not hold slashes or line breaks."
        )
    file_types.check_size(name, source.size)
    source.content_type = file_types.content_type(name)
    file_types.check_content(name, head)
    return source


def _is_one_line(text: str) -> bool:
    return _UNPRINTABLE.isdisjoint(map(unicodedata.category, text))
