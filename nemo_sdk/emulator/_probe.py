"""What is in an uploaded file, as PyAV sees it. Runs in a worker thread."""

import fractions
from pathlib import Path
from typing import Any

from ._extra import MissingExtraError


class UnreadableError(Exception):
    """The file is not what its name says."""


def probe(path: Path, file_type: str) -> dict[str, Any]:
    """Return what the service tells of a file.

    Args:
        path: The file.
        file_type: `video`, `image` or `audio`.

    Returns:
        `duration` in seconds, `width`, `height` and `fps`, as far as the file has them.

    Raises:
        UnreadableError: The file has no stream of that type.
        MissingExtraError: PyAV is not installed.
    """
    try:
        import av  # noqa: PLC0415 - only those who upload need it
        from av.error import FFmpegError  # noqa: PLC0415 - as above
    except ImportError as error:
        raise MissingExtraError("Looking into an upload") from error
    try:
        with av.open(str(path)) as container:
            return _facts(container, file_type)
    except (FFmpegError, StopIteration, ValueError) as error:
        raise UnreadableError(f"the file has no readable {file_type}") from error


def _facts(container: Any, file_type: str) -> dict[str, Any]:
    streams = container.streams.audio if file_type == "audio" else container.streams.video
    if not streams:
        raise UnreadableError(f"the file has no {file_type} in it")
    stream = streams[0]
    next(container.decode(stream))
    facts: dict[str, Any] = {}
    if file_type != "image" and container.duration:
        facts["duration"] = round(container.duration / 1_000_000, 3)
    if file_type != "audio":
        facts |= {"width": stream.width, "height": stream.height}
    if file_type == "video":
        facts["fps"] = round(float(stream.average_rate or fractions.Fraction(0)), 3)
    return facts
