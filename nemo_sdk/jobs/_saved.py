"""Where a job's film lies, and whether it has to be saved once more."""

import os
from pathlib import Path

from ._record import Record

__all__ = ["stamp", "wanted", "wanted_elsewhere"]


def stamp(path: str | os.PathLike[str]) -> str | None:
    """Return what changes when somebody writes to a file; None where there is none."""
    try:
        now = Path(path).stat()
    except OSError:
        return None
    return f"{now.st_size}-{now.st_mtime_ns}"


def wanted(record: Record, save_as: str | None) -> Record:
    """Return the record of a film that is to be saved again: elsewhere, or since it is gone.

    A file that another film has replaced is gone, and is not replaced in turn unless it is asked
    for by name.
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
    now = stamp(record.saved)
    return now is not None and record.stamp in {None, now}
