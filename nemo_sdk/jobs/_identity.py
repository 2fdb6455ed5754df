"""The id of a job: the same for whoever asks for the same."""

import hashlib
import inspect
import json
import os
from collections.abc import Sequence
from typing import Any

import attrs

from nemo_sdk._concurrency.threads import in_thread
from nemo_sdk._paths import expanded, naming
from nemo_sdk._transfer.file_systems import is_address

from ._record import Record

__all__ = ["check_id", "digests_of", "identified", "is_id"]

_ASKED_FOR = (
    *("kind", "words", "owner", "take", "session_id"),
    *("language", "format", "quality", "service"),
)
_PIECE = 1024 * 1024
_LONGEST_ID = 200
"""Characters: many more than any has, and few enough for a file's name."""


def is_id(id: object) -> bool:
    """Whether a job may have such an id; else no store is to be asked for it."""
    return isinstance(id, str) and id.isascii() and id.isprintable() and len(id) <= _LONGEST_ID


def check_id(id: object) -> str:
    """Return what may be the id of a job.

    Raises:
        LookupError: None has such an id.
    """
    if not isinstance(id, str) or not is_id(id):
        raise LookupError(f"There is no job {id!r:.100}.")
    return id


def identified(record: Record) -> Record:
    """Return a record with the id that follows from what it asks for."""
    facts = {name: getattr(record, name) for name in _ASKED_FOR}
    facts["files"] = list(record.digests)
    text = json.dumps(facts, sort_keys=True)
    return attrs.evolve(
        record, id=f"{record.kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    )


async def digests_of(files: Sequence[Any]) -> tuple[str, ...]:
    """Return what files count by: their content, addresses by themselves. It reads the files.

    Raises:
        OSError: A file cannot be read.
    """
    return tuple([await _digest(file) for file in files])


async def _digest(file: Any) -> str:
    if isinstance(file, tuple):
        name, file = file
        return f"{name}:{await _digest(file)}"
    if inspect.iscoroutinefunction(getattr(file, "read", None)):
        return await _digest_of_async_file(file)
    return await in_thread(_digest_here, file)


def _digest_here(file: Any) -> str:
    if isinstance(file, bytes | bytearray | memoryview):
        return hashlib.sha256(file).hexdigest()
    if hasattr(file, "read"):
        return _digest_of_stream(file)
    text = os.fspath(file)
    if is_address(text):
        return text
    with naming(text), expanded(os.fsdecode(text)).open("rb") as opened:
        return _digest_of_stream(opened)


def _digest_of_stream(stream: Any) -> str:
    """Return the digest of all of an open file: it is uploaded from its start, too."""
    stream.seek(0)
    total = hashlib.sha256()
    while piece := stream.read(_PIECE):
        total.update(piece)
    stream.seek(0)
    return total.hexdigest()


async def _digest_of_async_file(stream: Any) -> str:
    await stream.seek(0)
    total = hashlib.sha256()
    while piece := await stream.read(_PIECE):
        total.update(piece)
    await stream.seek(0)
    return total.hexdigest()
