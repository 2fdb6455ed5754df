"""Where a job's film lies, and whether it has to be saved once more."""

import hashlib
import logging
import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from nemo_sdk import Video, check_target, file_name
from nemo_sdk._concurrency.threads import finished, in_own_thread, in_thread, started
from nemo_sdk._paths import absolute
from nemo_sdk._transfer import file_systems
from nemo_sdk._transfer.file_systems import check_address, is_address, put, scheme_of

from ._record import Record

__all__ = ["check_place", "place_of", "save", "stamp_of", "wanted", "wanted_elsewhere"]

log = logging.getLogger("nemo_sdk")


def place_of(given: str | os.PathLike[str], *, here: bool) -> str:
    """Return a place for films, right from any folder: a path, or an address for fsspec.

    Args:
        given: What the caller gave.
        here: Whether this process is to save there.

    Raises:
        ValueError: Nothing can be saved at such an address, or not by this process.
    """
    if not is_address(given):
        return absolute(given)
    if scheme_of(given) in {"http", "https"}:
        raise ValueError(
            "A film is not saved at a web address: give a folder, or the address of a store, such "
            "as 's3://bucket/films'."
        )
    return check_address(given, here=here)


def check_place(place: str | None, folder: str | None = None, words: str = "") -> None:
    """See that a film can be saved, before it is paid for; a store is not asked.

    Args:
        place: The file or address that was asked for by name, if any.
        folder: The folder or address that films without such a name go into, if any.
        words: What the film is named after there.

    Raises:
        OSError: It cannot be saved there.
    """
    if place is None and folder is not None:
        name = f".{file_name(words)}.part"  # as long as the film's, and free
        place = folder if is_address(folder) else os.path.join(folder, name)  # noqa: PTH118
    if place is not None and not is_address(place):
        check_target(place)


async def save(video: Video, place: str | None, record: Record) -> str | None:
    """Save a job's film.

    Args:
        video: The film.
        place: The file or address that was asked for by name; None for a name made of its words.
        record: The job.

    Returns:
        Its path or address; None where it is to be nowhere.

    Raises:
        OSError, ValueError, DownloadError: It cannot be.
    """
    if place is not None:
        if is_address(place):
            return await _put(video, place, replace=True)
        return str(await video.save(place))
    if record.save_in is None:
        return None
    if is_address(record.save_in):
        return await _put(video, _address_in(record.save_in, record.words, video), replace=False)
    return str(await video.save_in(record.save_in, record.words))


def _address_in(store: str, words: str, video: Video) -> str:
    """Return the film's own address: whoever saves this film once more puts it there again.

    Few stores can give a name to one of two who want it, as a folder can.
    """
    digest = hashlib.sha256(video.render_id.encode()).hexdigest()[:8]
    slash = "" if store.endswith("/") else "/"
    return f"{store}{slash}{file_name(words)} {digest}.{video.format}"


async def _put(video: Video, address: str, *, replace: bool) -> str:
    making = started(tempfile.mkdtemp, None, "nemo_sdk.")
    try:
        folder = await finished(making)
        film = await video.save(os.path.join(folder, f"film.{video.format}"))  # noqa: PTH118
        return await in_own_thread(partial(put, film, address, replace=replace))
    finally:
        await in_thread(shutil.rmtree, making.result(), True)


async def stamp_of(saved: str) -> str | None:
    """Return the stamp of a film that was just saved; None where its store does not tell."""
    try:
        return await in_thread(stamp, saved)
    except (OSError, ValueError):
        return None


def stamp(saved: str) -> str | None:
    """Return what changes when somebody writes to a file; None where there is none.

    Raises:
        OSError, ValueError: Its store cannot be asked, here or now.
    """
    if is_address(saved):
        return file_systems.stamp(saved)
    try:
        now = Path(saved).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return f"{now.st_size}-{now.st_mtime_ns}"


def wanted(record: Record, save_as: str | None) -> Record:
    """Return the record of a film that is to be saved again: elsewhere, or since it is gone.

    A file that another film has replaced is gone, and is not replaced in turn unless it is asked
    for by name.

    Raises:
        OSError, ValueError: The store of the place that was asked for cannot be asked.
    """
    if record.status != "done" or record.kind != "film" or _lies_where(record, save_as):
        return record
    place = save_as or record.save_as
    if save_as is None and place is not None and stamp(place) is not None:
        place = None
    return record.again(saved=None, stamp=None, save_as=place)


def wanted_elsewhere(record: Record, save_as: str | None) -> Record:
    """Return the record of a film that lies with another machine, to be saved again if asked."""
    if record.status != "done" or save_as in {None, record.saved}:
        return record
    return record.again(saved=None, stamp=None, save_as=save_as)


def _lies_where(record: Record, save_as: str | None) -> bool:
    """Whether the film lies where it was asked for."""
    if save_as not in {None, record.saved}:
        return False
    if record.saved is None:
        return record.save_in is None
    try:
        now = stamp(record.saved)
    except (OSError, ValueError) as error:  # who has put it there was told that it arrived
        log.info("%s is not looked at: %s", record.saved, error)
        return True
    return now is not None and record.stamp in {None, now}
