"""Files over HTTP: validators, ranges and their conditions."""

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from ._answers import Answer, FilePart

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*")


def file_answer(path: Path, headers: Mapping[str, str]) -> Answer:
    """Answers with a file, or with the part of it that the request's headers ask for.

    Args:
        path: The file.
        headers: The request's; Range and If-Range are looked at.
    """
    stat = path.stat()
    size = stat.st_size
    modified = datetime.fromtimestamp(int(stat.st_mtime), UTC)
    etag = _etag(path, size, stat.st_mtime_ns)
    about = {
        "Content-Type": mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": format_datetime(modified, usegmt=True),
    }
    wanted = headers.get("Range")
    if wanted is None or not _unchanged(headers.get("If-Range"), etag, modified):
        return Answer(FilePart(path, 0, size), 200, about)
    match = _RANGE.fullmatch(wanted)
    if match is None or not any(match.groups()):
        return Answer(FilePart(path, 0, size), 200, about)
    start, end = _bounds(match[1], match[2], size)
    if start >= end:
        return Answer(b"", 416, {**about, "Content-Range": f"bytes */{size}"})
    part = {**about, "Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return Answer(FilePart(path, start, end - start), 206, part)


def _etag(path: Path, size: int, modified: int) -> str:
    digest = hashlib.sha256(f"{path.name}:{size}:{modified}".encode()).hexdigest()
    return f'"{digest[:32]}"'


def _unchanged(condition: str | None, etag: str, modified: datetime) -> bool:
    if condition is None or condition == etag:
        return True
    try:
        return parsedate_to_datetime(condition) == modified
    except (TypeError, ValueError):
        return False


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size
