"""Where a film is saved: over links, with modes, and not where no file can be."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from studio import open_studio, video_of

FILM = os.urandom(100_000)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and modes of Unix")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with nothing in it."""
    made = tmp_path / "films"
    made.mkdir()
    return made


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def save(path: Any) -> Path:
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        return await video.save(path)


async def refused(path: Any, error: type[Exception], words: str) -> None:
    """See that a path is refused before the film is asked for."""
    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        with pytest.raises(error, match=words) as caught:
            await video.save(path)
        assert not studio.asked()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("exists", [True, False])
async def test_link_stays_and_its_target_is_written(folder: Path, exists: bool) -> None:
    """A film saved over a link is where the link leads to, in another folder too."""
    (folder / "store").mkdir()
    target, link = folder / "store" / "film.mp4", folder / "latest.mp4"
    if exists:
        target.write_bytes(b"old")
    (folder / "between").symlink_to("store/film.mp4")
    link.symlink_to("between")
    assert await save(link) == link
    assert link.is_symlink()
    assert target.read_bytes() == FILM
    assert files_in(folder / "store") == ["film.mp4"]
    assert files_in(folder) == ["between", "latest.mp4", "store"]


async def test_nothing_is_left_of_a_film_that_nobody_waits_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cancelled when the film is whole and has no name yet, saving leaves nothing behind."""
    loop, replace = asyncio.get_running_loop(), Path.replace

    def and_cancel(path: Path, target: Path) -> Path:
        loop.call_soon_threadsafe(saving.cancel)
        return replace(path, target)

    async with open_studio(film=FILM) as studio, video_of(studio) as video:
        monkeypatch.setattr(Path, "replace", and_cancel)
        saving = asyncio.create_task(video.save_in(folder, "a fox"))
        with pytest.raises(asyncio.CancelledError):
            await saving
    assert files_in(folder) == []


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o444])
@pytest.mark.parametrize("through_link", [False, True])
async def test_file_that_is_replaced_leaves_its_mode(
    folder: Path, mode: int, through_link: bool
) -> None:
    """Whoever could read the old film can read the new one, and nobody else."""
    target, link = folder / "film.mp4", folder / "link.mp4"
    target.write_bytes(b"old")
    target.chmod(mode)
    link.symlink_to(target)
    await save(link if through_link else target)
    assert target.stat().st_mode & 0o777 == mode
    assert target.read_bytes() == FILM


@pytest.mark.parametrize(
    "path", ["/dev/null", "/dev/stdout", "/dev/new.mp4", "/dev/fd/9", "/proc/new.mp4", "/sys/x.mp4"]
)
@pytest.mark.parametrize("through_link", [False, True])
async def test_devices_are_no_place_for_a_film(
    folder: Path, path: str, through_link: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are refused in a sentence, also where a link leads to one."""
    monkeypatch.setattr(os, "replace", Mock(side_effect=PermissionError))  # never over a real one
    link = folder / "link.mp4"
    link.symlink_to(path)
    await refused(link if through_link else path, FileExistsError, "is no regular file")
    assert files_in(folder) == ["link.mp4"]


async def test_path_that_cannot_be_one_is_refused_unasked(folder: Path) -> None:
    """Circles of links, names that are too long or have a null in them, homes of nobody."""
    (folder / "loop").symlink_to("loop")
    await refused(folder / "loop", OSError, "levels of symbolic links")
    await refused(folder / ("x" * 300), OSError, "too long")
    await refused(f"{folder}/a\0b.mp4", ValueError, "is no path")
    await refused(f"{folder}/\ud800.mp4", ValueError, "is no path")
    await refused("~nobody-at-all/film.mp4", ValueError, "no such home")
    assert files_in(folder) == ["loop"]


def in_use(monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """Have the system refuse to replace a file, as Windows does while another program reads it."""
    replace, asked = os.replace, []

    def refusing(source: Any, target: Any, **more: Any) -> None:
        asked.append(str(target))
        if len(asked) <= times:
            raise PermissionError(13, "Access is denied", str(source), 5, str(target))
        replace(source, target, **more)

    monkeypatch.setattr(os, "replace", refusing)
    monkeypatch.setattr("nemo_sdk._transfer.part_file._PAUSES", (0.001,) * 4)
    return asked


async def test_file_in_use_is_replaced_as_soon_as_it_is_free(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A virus scanner or a player that looks at the old film does not cost the new one."""
    asked = in_use(monkeypatch, 3)
    assert (await save(folder / "film.mp4")).read_bytes() == FILM
    assert len(asked) == 4


async def test_file_that_stays_in_use_is_said_to_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few attempts, a sentence says what to do, and nothing is left."""
    (folder / "film.mp4").write_bytes(b"old")
    asked = in_use(monkeypatch, 99)
    with pytest.raises(PermissionError, match=r"another program has it open.*film\.mp4"):
        await save(folder / "film.mp4")
    assert len(asked) == 5
    assert (folder / "film.mp4").read_bytes() == b"old"
    assert files_in(folder) == ["film.mp4"]
