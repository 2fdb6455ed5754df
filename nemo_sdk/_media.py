"""What the service takes: formats by name and by content. No network."""

from collections.abc import Mapping

from ._envelope import ACCEPTED, MAX_FILE_SIZE
from .exceptions import FileTooLargeError, UnsupportedFileTypeError

__all__ = ["HEAD", "check_content", "check_size", "content_type", "extension", "sniffed_name"]

HEAD = 8192
"""Bytes of a file's start that tell its kind."""

_CONTENT_TYPES: Mapping[str, str] = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "avi": "video/x-msvideo",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
}
_FAMILIES = (
    frozenset({"mp4", "mov", "m4a", "m4v", "3gp", "heic", "avif"}),  # one container, many brands
    frozenset({"webm", "mkv"}),
    frozenset({"mp3", "aac"}),  # both are frames that begin with the same eleven bits
)
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"ftyp"}


def extension(name: str) -> str:
    """Return a file's extension as the service has it: lower case, without the dot.

    Raises:
        UnsupportedFileTypeError: The service does not take it.
    """
    found = name.rpartition(".")[2].lower() if "." in name else ""
    found = "jpg" if found == "jpeg" else found
    if found not in _CONTENT_TYPES:
        raise _unsupported(f"{name} has an extension that the service does not take")
    return found


def content_type(name: str) -> str:
    """Return the Content-Type that a file is uploaded with."""
    return _CONTENT_TYPES[extension(name)]


def check_size(name: str, size: int) -> None:
    """Refuse what is empty or too large.

    Raises:
        ValueError: It is empty.
        FileTooLargeError: It is over 500 MB.
    """
    if size == 0:
        raise ValueError(f"{name} is empty: there is nothing to upload.")
    if size > MAX_FILE_SIZE:
        error = FileTooLargeError(f"{name} has {size / 1024**2:.0f} MB")
        error.limit = MAX_FILE_SIZE
        raise error


def check_content(name: str, head: bytes) -> None:
    """Refuse a file whose content is something else than its extension says.

    Args:
        name: The file's name.
        head: Its first bytes, at least 512 where it has that many.

    Raises:
        UnsupportedFileTypeError: It is something else.
    """
    named, found = extension(name), _sniff(head)
    if found == named or any(named in family and found in family for family in _FAMILIES):
        return
    really = f"is {found} inside" if found else "holds nothing of the kind"
    raise _unsupported(f"{name} is named like {named} but {really}")


def sniffed_name(head: bytes) -> str:
    """Return a name for bytes that came without one.

    Raises:
        UnsupportedFileTypeError: They are nothing that the service takes.
    """
    found = _sniff(head)
    if found not in ACCEPTED:
        what = f"are {found}" if found else "are of no known kind"
        raise _unsupported(f"The bytes {what}; give them a name as (name, bytes) if they are fine")
    return f"upload.{found}"


def _sniff(head: bytes) -> str:
    import filetype  # noqa: PLC0415 - many programs upload nothing

    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.extension)
    if head[4:8] in _QUICKTIME_ATOMS:
        return "mov"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "mp3"
    return ""


def _unsupported(message: str) -> UnsupportedFileTypeError:
    error = UnsupportedFileTypeError(message)
    error.accepted = ACCEPTED
    return error
