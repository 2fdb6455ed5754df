"""A file's name that nothing has: given at one instant, also where two programs want it."""

import contextlib
from pathlib import Path

from nemo_sdk._patience import patiently

__all__ = ["discard", "placed"]


def placed(film: Path, wanted: Path) -> Path:
    """Give a file the name that is wanted, or the next one that nothing has.

    Args:
        film: Where it is now, in the same folder; what is left there is to be discarded.
        wanted: What it is to be called; a number is added where something is called so.

    Returns:
        What it is called now.

    Raises:
        OSError: It cannot be given a name.
    """
    free, number = wanted, 1
    while not _is_given(film, free):
        number += 1
        free = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
    return free


def discard(film: Path) -> None:
    """Remove a file that nobody needs, if it is there; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        patiently(lambda: film.unlink(missing_ok=True))


def _is_given(film: Path, free: Path) -> bool:
    """Give a file a name, unless something has it."""
    try:
        free.hardlink_to(film)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: the name is taken first, for an instant
        try:
            free.open("xb").close()
        except FileExistsError:
            return False
        try:
            patiently(lambda: film.replace(free))
        except OSError:
            discard(free)
            raise
    return True
