"""Where a film can be saved: found out before it is paid for, on every version of Python."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import check_target


def test_a_place_is_returned_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path is absolute and without links, and nothing is made there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latest.mp4").symlink_to("cat.mp4")
    before = set(tmp_path.iterdir())
    for given in ("cat.mp4", "new/folder/cat.mp4", Path("latest.mp4"), "~/cat.mp4"):
        place = check_target(given)
        assert place == Path(os.path.realpath(Path(given).expanduser()))
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "may not be entered"),
        (errno.ELOOP, "leads to itself"),
        (errno.ENAMETOOLONG, "too long a name"),
        (errno.EIO, "cannot be looked at"),
        (errno.ESTALE, "cannot be looked at"),
    ],
)
def test_what_the_system_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """No error of the system's is taken for "there is nothing", as `Path.exists` has it."""

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(OSError, match=words):
        check_target(tmp_path / "cat.mp4")


@pytest.mark.parametrize("given", ["a\0b.mp4", "~nobody-of-this-name/cat.mp4"])
def test_what_is_no_path_is_a_value_error(given: str) -> None:
    """It can be told from a disk that refuses."""
    with pytest.raises(ValueError, match=r"no path|no such home"):
        check_target(given)
