"""A file's name that nothing has: given at one instant, also where two programs want it."""

from pathlib import Path

__all__ = ["placed"]


def placed(film: Path, wanted: Path) -> Path:
    """Give a file the name that is wanted, or the next one that nothing has.

    Args:
        film: Where it is now, in the same folder.
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
        film.replace(free)
    else:
        film.unlink()
    return True
