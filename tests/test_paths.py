"""What lies at a path, and what the system says against it, in words."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nemo_sdk import NemoClient, check_target
from nemo_sdk._paths import check_name, expanded, is_system_path, kind_of, naming, shown
from nemo_sdk.jobs import FileStore, Jobs
from nemo_sdk.mcp._folder import Folder


def test_kinds(tmp_path: Path) -> None:
    """Links count as what they lead to; those that lead nowhere as nothing."""
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for name, target in (("to file", "file"), ("to folder", "."), ("to nothing", "none")):
        (tmp_path / name).symlink_to(target)
    kinds = {
        "file": "file",
        "to file": "file",
        "": "folder",
        "to folder": "folder",
        "pipe": "other",
        "none": "nothing",
        "none/below": "nothing",
        "to nothing": "nothing",
    }
    assert {name: kind_of(tmp_path / name) for name in kinds} == kinds
    assert kind_of("/dev/null") == "other"


@contextmanager
def somebody_else() -> Iterator[None]:
    """Nobody is kept out of anywhere as root."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_folder_without_permission_is_not_an_empty_one(tmp_path: Path) -> None:
    """What nobody may look into is said, and not taken for nothing."""
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    try:
        with somebody_else(), pytest.raises(PermissionError, match="film"):
            kind_of(closed / "film.mp4")
    finally:
        closed.chmod(0o700)


@pytest.mark.parametrize(
    ("name", "number", "words"),
    [("x" * 300, errno.ENAMETOOLONG, "too long"), ("loop", errno.ELOOP, "loop")],
)
def test_system_that_does_not_tell_is_an_error(
    tmp_path: Path, name: str, number: int, words: str
) -> None:
    """Names of 300 letters and links in a circle are errors that show the path's two ends."""
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match=words) as caught:
        kind_of(tmp_path / name)
    assert caught.value.errno == number
    assert len(str(caught.value)) < 300
    assert str(caught.value).rstrip("'").endswith(name[-50:])


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_characters_that_no_path_has_are_a_value_error(name: str) -> None:
    """The words can be printed."""
    with pytest.raises(ValueError, match="is no path") as caught:
        kind_of(name)
    str(caught.value).encode()


def test_naming_leaves_other_errors_alone() -> None:
    """Only what the system says is given the path."""
    with pytest.raises(OSError, match=r"^our own$"), naming("path"):
        raise OSError("our own")


def test_home_that_is_not_there_is_a_value_error() -> None:
    """`~nobody-at-all` is nobody's home."""
    with pytest.raises(ValueError, match="no such home"):
        expanded("~nobody-at-all/film.mp4")


def test_what_is_long_is_shown_without_its_middle() -> None:
    """No message repeats more than 200 characters of what it was given."""
    assert shown("short") == "short"
    assert len(shown("x" * 10_000)) == 200
    assert shown("a\ud800") == "a?"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        *(("/dev/null", True), ("/dev/new.mp4", True), ("/proc/self/fd/1", True)),
        *(("/sys/x", True), ("/tmp/../dev/stdout", True), ("/dev/shm/../null", True)),
        *(("/dev/shm/film.mp4", False), ("/device/film.mp4", False), ("dev/film.mp4", False)),
    ],
)
def test_places_of_the_system(path: str, is_one: bool) -> None:
    """Devices and processes are no files, but for the folder that is kept in memory."""
    assert is_system_path(path) is is_one


@pytest.mark.parametrize(
    "name", ["con", "NUL.mp4", "com1.film.mp4", "film.", "film ", "a:b.mp4", "a?.mp4", "x" * 256]
)
def test_names_that_windows_cannot_have_are_refused_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear error in place of a device that swallows the film, of its folders' names too."""
    monkeypatch.setattr("nemo_sdk._paths._IS_WINDOWS", True)
    with pytest.raises(OSError, match="which no file's name may here: give another name"):
        check_name(Path(name))
    for place in (tmp_path / name, tmp_path / name / "film.mp4"):
        with pytest.raises(OSError, match=r"give another name|too long"):
            check_target(place)


@pytest.mark.parametrize("name", ["film.mp4", "console.mp4", ".mp4", "\u96ea.mp4"])
def test_other_names_are_fine_there(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the names of devices are devices."""
    monkeypatch.setattr("nemo_sdk._paths._IS_WINDOWS", True)
    assert check_target(tmp_path / name) == tmp_path / name


NOBODY = "~nobody-has-this-name/cat.png"


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.generate("a cat", files=[NOBODY]),
        lambda client: client.generate_many(["a cat"], save_to=NOBODY),
        lambda client: Jobs(client, save_to=NOBODY),
        lambda _: FileStore(NOBODY),
    ],
    ids=["generate", "generate_many", "Jobs", "FileStore"],
)
def test_a_home_of_nobody_is_told(use: Callable[[NemoClient], object]) -> None:
    """Wherever a path is given, `~` and a name that nobody has is a wrong argument."""
    with pytest.raises(ValueError, match="no such home folder"):
        use(NemoClient("t"))


def test_an_agent_may_name_a_home_of_nobody(tmp_path: Path) -> None:
    """What an agent asks for is looked for in the folder that it has."""
    assert Folder(tmp_path).source(NOBODY) == str(tmp_path / NOBODY)
