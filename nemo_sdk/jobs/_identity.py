"""The id of a job: the same for whoever asks for the same."""

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from ._record import Record

__all__ = ["identified"]

_ASKED_FOR = (
    *("kind", "words", "owner", "take", "session_id"),
    *("language", "format", "quality", "service"),
)
_PIECE = 1024 * 1024


def identified(record: Record, files: Sequence[Any]) -> Record:
    """Return a record with the id that follows from what it asks for. It reads the files.

    Args:
        record: What is asked for.
        files: The files as they were given: they count by their content, addresses by themselves.

    Raises:
        OSError: A file cannot be read.
    """
    facts = {name: getattr(record, name) for name in _ASKED_FOR}
    facts["files"] = [_digest(file) for file in files]
    text = json.dumps(facts, sort_keys=True)
    return attrs.evolve(
        record, id=f"{record.kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    )


def _digest(file: Any) -> str:
    if isinstance(file, tuple):
        name, file = file
        return f"{name}:{_digest(file)}"
    if isinstance(file, bytes | bytearray | memoryview):
        return hashlib.sha256(file).hexdigest()
    if hasattr(file, "read"):
        return _digest_of_stream(file)
    text = os.fspath(file)
    if isinstance(text, str) and "://" in text:
        return text
    with Path(os.fsdecode(text)).expanduser().open("rb") as opened:
        return _digest_of_stream(opened)


def _digest_of_stream(stream: Any) -> str:
    start = stream.tell()
    total = hashlib.sha256()
    while piece := stream.read(_PIECE):
        total.update(piece)
    stream.seek(start)
    return total.hexdigest()
