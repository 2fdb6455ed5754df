"""A job's files: where whoever works on it finds them."""

import os
from collections.abc import Iterable
from typing import Any

from nemo_sdk._paths import shown
from nemo_sdk._transfer.file_systems import (
    StoredFile,
    check_address,
    is_address,
    is_of_this_machine,
    scheme_of,
)
from nemo_sdk._transfer.sources import is_named

__all__ = ["check_files", "is_stored", "to_upload"]

_OF_THE_SERVICE = {"http", "https"}
"""Addresses that the service fetches by itself."""


def check_files(files: Iterable[Any], *, here: bool, shared: bool) -> None:
    """Refuse files that those who work on the job will not find.

    Args:
        files: The files as they were given.
        here: Whether this process works on jobs, and opens their files.
        shared: Whether other machines may.

    Raises:
        ValueError: There is one.
    """
    for file in files:
        address = file if is_address(file) else ""
        if shared and (not address or is_of_this_machine(address)):
            raise ValueError(
                f"{_said(file)} is on this machine, and another one may work on the job: give an "
                "http(s) address, or one in a store, such as 's3://bucket/clip.mp4'."
            )
        if address and scheme_of(address) not in _OF_THE_SERVICE:
            check_address(address, here=here)


def to_upload(file: Any) -> Any:
    """Return a file as it is given to be uploaded: one in a store is opened here."""
    return StoredFile(file) if is_stored(file) else file


def is_stored(file: Any) -> bool:
    """Whether a file lies in a store, which is asked by whoever works on the job."""
    return is_address(file) and scheme_of(file) not in _OF_THE_SERVICE


def _said(file: Any) -> str:
    return repr(shown(os.fspath(file))) if is_named(file) else "A file given as bytes"
