"""How many files a process may have open, connections among them."""

import errno
import os
import sys

if sys.platform != "win32":
    import resource

__all__ = ["limit_reached", "no_file_can_be_opened"]


def limit_reached() -> str:
    """Return in words that no more files can be opened."""
    if sys.platform == "win32":
        return "the limit of open files is reached"
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return f"the limit of open files ({most}) is reached"


def no_file_can_be_opened() -> bool:
    """Whether the limit is reached at this moment."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in {errno.EMFILE, errno.ENFILE}
    return False
