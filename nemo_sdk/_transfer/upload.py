"""Files into a session: checked before anything is sent, then streamed from where they are."""

import inspect
import os
import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

from yarl import URL

from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._paths import shown
from nemo_sdk._protocol import endpoints
from nemo_sdk._protocol.endpoints import Call
from nemo_sdk._transport.transport import Credential, Transport
from nemo_sdk.events import UploadProgress
from nemo_sdk.exceptions import TransportError
from nemo_sdk.models import MediaFile, Upload

from . import sources
from .file_systems import StoredFile
from .multipart import FileSource, form
from .pace import next_round
from .reporter import OnProgress, Reporter
from .sources import AsyncFile, Bytes

__all__ = ["Source", "as_list", "check_sources", "upload"]

OpenFile = IO[bytes] | AsyncFile
Source = str | os.PathLike[str] | Bytes | OpenFile | tuple[str, Bytes | OpenFile]
"""A path, an address (http, https), bytes, an open binary file, or a name with one of the two."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def as_list(files: Any) -> list[Source]:
    """Return the files as a list, also where one was given without a list round it."""
    is_one = isinstance(files, str | os.PathLike | Bytes) or hasattr(files, "read")
    return [files] if is_one or not isinstance(files, Iterable) else list(files)


async def upload(
    transport: Transport,
    credential: Credential,
    session_id: str,
    given: Sequence[Source],
    on_progress: OnProgress[UploadProgress] | None = None,
) -> Upload:
    """Check all that is given, then upload it: files in one call, addresses in another.

    Raises:
        ValueError, TypeError, OSError: A source cannot be right; nothing was sent.
        OSError: A file changed while it was read; it is not in the session.
        UnsupportedFileTypeError, FileTooLargeError: Before anything was sent, or the service's.
        APIError: The service refused the files.
        TransportError: It is not known whether the files arrived; they were not sent again.
    """
    checked = await check_sources(given)
    files = [source for source in checked if isinstance(source, FileSource)]
    urls = [source for source in checked if isinstance(source, str)]
    done = []
    if files:
        done.append(await _send_files(transport, credential, session_id, files, on_progress))
    if urls:
        done.append(await transport.send(endpoints.upload_urls(session_id, urls), credential))
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


async def check_sources(given: Sequence[Source]) -> list[FileSource | str]:
    """Return what is to be sent, each checked: addresses as text, the rest as files.

    Raises:
        ValueError, TypeError, OSError: A source cannot be right.
        UnsupportedFileTypeError, FileTooLargeError: The service would refuse it.
    """
    if not given:
        raise ValueError("There is nothing to upload: give a path, an address, or bytes.")
    return [await _check(source) for source in given]


async def _send_files(
    transport: Transport,
    credential: Credential,
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
        return await transport.send(call, credential)
    except TransportError as error:
        problem = next((file.problem for file in files if file.problem is not None), None)
        if not isinstance(problem, Exception) or isinstance(problem, ConnectionError):
            raise
        raise problem from error


async def _check(source: Any) -> FileSource | str:
    if isinstance(source, str) and source[:5].lower() == "data:":
        raise ValueError("A data: address holds the file itself: decode it, and give the bytes.")
    if isinstance(source, str) and (scheme := _SCHEME.match(source)):
        return _address(source, scheme.group(1))
    if isinstance(source, str | os.PathLike):
        return await in_thread(sources.from_path, source)
    if isinstance(source, StoredFile):
        return await in_thread(sources.from_store, source)
    name, content = source if isinstance(source, tuple) and len(source) == 2 else (None, source)
    if name is None or isinstance(name, str):
        if isinstance(content, Bytes):
            return await in_thread(sources.from_bytes, name, content)
        if hasattr(content, "read"):
            return await _check_open_file(name, content)
    raise TypeError(
        f"Cannot upload a {type(source).__name__}: give a path, an http(s) address, bytes, an "
        "open binary file, (name, bytes), or (name, file)."
    )


async def _check_open_file(name: str | None, file: Any) -> FileSource:
    if inspect.iscoroutinefunction(file.read):
        return await sources.from_async_file(name, file)
    return await in_thread(sources.from_file, name, file)


def _address(text: str, scheme: str) -> str:
    if scheme.lower() not in {"http", "https"}:
        raise ValueError(f"The service fetches http and https addresses, not {shown(scheme)}://.")
    try:
        url = URL(text)
    except ValueError as error:
        raise ValueError(f"Not an address: {shown(text)!r}.") from error
    if not url.host or " " in url.host or not sources.is_one_line(text):
        raise ValueError(f"Not an address: {shown(text)!r}.")
    return text
