"""What the service takes: formats by name and by content. No network."""

import re
from collections.abc import Mapping

from nemo_sdk._paths import shown
from nemo_sdk._protocol.envelope import ACCEPTED, MAX_FILE_SIZE
from nemo_sdk.exceptions import FileTooLargeError, UnsupportedFileTypeError

__all__ = ["HEAD", "check_size", "content_type", "identified", "text_in_place_of_media"]

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
)
_BRANDS: Mapping[bytes, str] = {
    b"qt  ": "mov",
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "m4a"),
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"mif1", b"msf1"), "heic"),
    **dict.fromkeys((b"avif", b"avis"), "avif"),
}
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot"}
_WAVES = {b"RF64", b"BW64"}
_TEXTS = (
    ("a web page", re.compile(rb"<(!doctype\s+html|html|head|body|title|meta|script)\b")),
    ("XML", re.compile(rb"<(\?xml\b|!--|!doctype\b|[a-z][\w:.-]*[\s/>])")),
    ("JSON", re.compile(rb'\{\s*"[^"]*"\s*:')),
)
_BYTE_ORDER_MARK = re.compile(rb"\A(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)")
_OTHER_ENDINGS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "apng": "png", "m4v": "mp4"}
_NO_MEDIA = {
    *("pdf", "txt", "md", "csv", "rtf", "doc", "docx", "odt", "xls", "xlsx", "ppt", "pptx"),
    *("htm", "html", "xml", "json", "svg", "zip", "gz", "tar", "7z", "rar", "exe", "srt", "vtt"),
    *("heic", "heif", "avif", "bmp", "tif", "tiff", "psd", "flac", "ogg", "opus", "wma", "wmv"),
}
"""Endings that say what the service does not take."""


def identified(name: str, head: bytes) -> str:
    """Return the name that a file is sent under: with the ending of what it is, as far as known.

    Args:
        name: The file's own; empty for bytes that came without one.
        head: Its first bytes, `HEAD` where it has that many.

    Raises:
        UnsupportedFileTypeError: It is known to be something that the service does not take.
    """
    named, found = _ending(name), _sniff(head)
    if found and found not in ACCEPTED:
        told = f"is named like {named} but " if named in ACCEPTED else ""
        raise _unsupported(f"{shown(name) or 'The upload'} {told}is {found} inside")
    if found:
        return name if _is_one(named, found) else _renamed(name, named, found)
    if not name:
        raise _unsupported("The bytes are of no known kind; give them a name as (name, bytes)")
    if named in _NO_MEDIA:
        raise _unsupported(f"{shown(name)} is no film, picture or sound by its name")
    return name


def content_type(name: str) -> str:
    """Return the Content-Type that a file is uploaded with."""
    return _CONTENT_TYPES.get(_ending(name), "application/octet-stream")


def check_size(name: str, size: int) -> None:
    """Refuse what is empty or too large.

    Raises:
        ValueError: It is empty.
        FileTooLargeError: It is over 500 MB.
    """
    if size == 0:
        raise ValueError(f"{shown(name)} is empty: there is nothing to upload.")
    if size > MAX_FILE_SIZE:
        error = FileTooLargeError(f"{shown(name)} has {size:,} bytes")
        error.limit = MAX_FILE_SIZE
        raise error


def text_in_place_of_media(head: bytes) -> str:
    """Return what bytes begin as, where that is a text such as servers send for errors, or ""."""
    text = head.replace(b"\0", b"")  # UTF-16 has them between its letters
    text = _BYTE_ORDER_MARK.sub(b"", text).lstrip().lower()
    return next((kind for kind, start in _TEXTS if start.match(text)), "")


def _ending(name: str) -> str:
    """Return a name's ending as the service has it: lower case, without the dot; "" for none."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return "jpg" if ending == "jpeg" else ending


def _is_one(named: str, found: str) -> bool:
    return named == found or any({named, found} <= family for family in _FAMILIES)


def _renamed(name: str, named: str, found: str) -> str:
    """Return a name with the right ending: in place of a wrong one, or after one of no meaning."""
    if named in ACCEPTED or named in _OTHER_ENDINGS:
        name = name.rpartition(".")[0]
    return f"{name or 'upload'}.{found}"


def _sniff(head: bytes) -> str:
    found = _container(head) or text_in_place_of_media(head) or _frames(head) or _elsewhere(head)
    return _OTHER_ENDINGS.get(found, found)


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
    return ""


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


def _elsewhere(head: bytes) -> str:
    import filetype  # noqa: PLC0415 - many programs upload nothing

    kind = filetype.guess(head)
    return "" if kind is None else str(kind.extension)


def _unsupported(message: str) -> UnsupportedFileTypeError:
    error = UnsupportedFileTypeError(message)
    error.accepted = ACCEPTED
    return error
