"""What the service takes: formats by name and by content. No network."""

from collections.abc import Mapping

from nemo_sdk._protocol.envelope import ACCEPTED, MAX_FILE_SIZE
from nemo_sdk.exceptions import FileTooLargeError, UnsupportedFileTypeError

__all__ = [
    "HEAD",
    "check_content",
    "check_size",
    "content_type",
    "extension",
    "is_web_page",
    "sniffed_name",
]

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
    frozenset({"mp4", "mov", "m4a"}),  # one container, many brands
    frozenset({"webm", "mkv"}),
    frozenset({"mp3", "aac"}),  # both may begin with the same ID3 tag
    frozenset({"png", "apng"}),
)
_BRANDS: Mapping[bytes, str] = {
    b"qt  ": "mov",
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "m4a"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "heic"),
    **dict.fromkeys((b"avif", b"avis"), "avif"),
}
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
_WAVES = {b"RF64", b"BW64"}
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")


def extension(name: str) -> str:
    """Return a file's extension as the service has it: lower case, without the dot.

    Raises:
        UnsupportedFileTypeError: The service does not take it.
    """
    found = name.rpartition(".")[2].lower() if "." in name else ""
    found = "jpg" if found == "jpeg" else found
    if found not in _CONTENT_TYPES:
        raise _unsupported(f"{name!r} has no extension that the service takes")
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
    if found == named or any({named, found} <= family for family in _FAMILIES):
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


def is_web_page(head: bytes) -> bool:
    """Whether bytes begin as a page for people does."""
    return head[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_WEB_PAGE)


def _sniff(head: bytes) -> str:
    return _container(head) or _frames(head) or _known_elsewhere(head)


def _container(head: bytes) -> str:
    """Tell the containers that are known less well elsewhere."""
    size, atom = int.from_bytes(head[:4], "big"), head[4:8]
    if atom == b"ftyp":
        return _BRANDS.get(head[8:12], "mp4")
    if atom in _QUICKTIME_ATOMS and (size in {0, 1} or 8 <= size <= MAX_FILE_SIZE):
        return "mov"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head[:64] else "mkv"
    if head[:4] in _WAVES and head[8:12] == b"WAVE":
        return "wav"
    return "a web page" if is_web_page(head) else ""


def _frames(head: bytes) -> str:
    """Tell the sound that is frames one after another, with no container around them."""
    frame = head.lstrip(b"\0")[:3]  # encoders' padding may come first
    if len(frame) < 3 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        return ""
    version, layer = frame[1] >> 3 & 3, frame[1] >> 1 & 3
    if layer == 0 and version >= 2:
        return "aac"
    plausible = version != 1 and frame[2] >> 4 != 15 and frame[2] >> 2 & 3 != 3
    return "mp3" if layer in {1, 2} and plausible else ""


def _known_elsewhere(head: bytes) -> str:
    import filetype  # noqa: PLC0415 - many programs upload nothing

    kind = filetype.guess(head)
    return "" if kind is None else str(kind.extension)


def _unsupported(message: str) -> UnsupportedFileTypeError:
    error = UnsupportedFileTypeError(message)
    error.accepted = ACCEPTED
    return error
