"""Where films are saved: nothing is replaced by chance, nothing is paid for in vain."""

import asyncio
import errno
import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import Sketch, sketch
from keeping import keep, kept
from pseudo_terminal import ended, nemo, started, until

from nemo_sdk import Checkpoint, NemoClient
from nemo_sdk._cli.targets import Target
from nemo_sdk._transfer.free_name import placed
from nemo_sdk.emulator import Emulator


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def test_the_name_of_a_film_is_never_taken(nearby: Emulator, tmp_path: Path) -> None:
    """Without -o a film is named after its prompt, in any script, beside what is there."""
    taken = tmp_path / "狐狸.mov"
    taken.write_bytes(b"mine")
    assert (await nemo("generate", "狐狸", "--format", "MOV", "-q", folder=tmp_path)).code == 0
    assert taken.read_bytes() == b"mine"
    assert (tmp_path / "狐狸 (2).mov").stat().st_size > 4


async def test_films_of_one_prompt_lie_side_by_side(nearby: Emulator, tmp_path: Path) -> None:
    """Two commands that run at once save two films."""
    first, second = await asyncio.gather(
        *(nemo("generate", "a fox", "-q", "--take", take, folder=tmp_path) for take in "12")
    )
    assert {first.out, second.out} == {
        f"{tmp_path / name}\n" for name in ("a fox.mp4", "a fox (2).mp4")
    }


async def test_a_file_made_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    """The name is chosen when the film is there, not minutes before."""
    mine = tmp_path / "a fox.mp4"

    def render(draft: Mapping[str, Any], target: Path, **options: Any) -> Sketch:
        mine.write_bytes(b"mine")
        return sketch(draft, target, **options)

    async with Emulator(speed=1000, renderer=render) as service:
        code, out, _ = await nemo(
            "generate", "a fox", "-q", folder=tmp_path, NEMO_API_URL=service.base_url
        )
    assert (code, out) == (0, f"{tmp_path / 'a fox (2).mp4'}\n")
    assert mine.read_bytes() == b"mine"


async def test_a_film_that_cannot_be_had_leaves_no_file(nearby: Emulator, tmp_path: Path) -> None:
    """The name that was taken for a film is given back."""
    nearby.faults.answer("film", status=404, body=b"", times=99)
    nearby.faults.answer("download", status=404, body=b"", times=99)
    assert (await nemo("generate", "a fox", "-q", folder=tmp_path)).code == 1
    assert list(tmp_path.glob("*.mp4")) == []


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGHUP])
async def test_a_film_that_is_half_there_has_no_name_yet(
    nearby: Emulator, tmp_path: Path, kill: signal.Signals
) -> None:
    """A command killed while it saves leaves no empty film, and `resume` saves under its name."""
    nearby.faults.delay("film", seconds=60_000)
    process = await started("generate", "a fox", "-q", folder=tmp_path)
    await until(process, lambda: nearby.calls_of("film"))
    process.send_signal(kill)
    await ended(process)
    assert list(tmp_path.glob("*.mp4")) == []
    assert (await nemo("resume", "--last", "-q")).out == f"{tmp_path / 'a fox.mp4'}\n"
    assert [charge.kind for charge in nearby.charges] == ["generation"]


@pytest.mark.parametrize("links", [True, False])
async def test_names_are_given_out_once(
    client: NemoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Whole films get the next free name, also where a file system knows no links."""
    folder = tmp_path / "films"

    def refuse(*_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(Path, "hardlink_to", refuse)
    video = await client.generate("a fox")
    target = Target(folder / "a fox.mp4", named=False)
    named = [await target.fill(video, lambda _: None) for _ in range(3)]
    assert [path.name for path in named] == ["a fox.mp4", "a fox (2).mp4", "a fox (3).mp4"]
    assert {path.read_bytes() for path in folder.iterdir()} == {await video.read()}
    assert len(list(folder.iterdir())) == 3


async def test_a_name_is_given_back_where_the_film_cannot_have_it(
    client: NemoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a film cannot be put under its name after all, no empty file is left under it."""

    def refuse(path: Path, *_: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    video = await client.generate("a fox")
    part = await video.save(tmp_path / "film.part")
    for method in ("hardlink_to", "replace"):
        monkeypatch.setattr(Path, method, refuse)
    with pytest.raises(PermissionError):
        placed(part, tmp_path / "a fox.mp4")
    assert list(tmp_path.glob("a fox*")) == []


@pytest.mark.parametrize("folder", ["there", "new/"])
async def test_a_folder_gets_the_film_under_its_own_name(
    nearby: Emulator, tmp_path: Path, folder: str
) -> None:
    """`-o` with a folder, or with a slash at its end, saves into that."""
    (tmp_path / "there").mkdir()
    _, out, _ = await nemo("generate", "a fox", "-q", "-o", folder, folder=tmp_path)
    assert out == f"{tmp_path / folder / 'a fox.mp4'}\n"
    assert (tmp_path / folder / "a fox.mp4").stat().st_size > 0


async def test_a_link_is_followed(nearby: Emulator, tmp_path: Path) -> None:
    """A link stays, as it may be the system's own, and what it leads to is the film."""
    (tmp_path / "latest.mp4").symlink_to("fox.mp4")
    _, out, _ = await nemo("generate", "a fox", "-q", "-o", "latest.mp4", folder=tmp_path)
    assert out == f"{tmp_path / 'fox.mp4'}\n"
    assert (tmp_path / "latest.mp4").is_symlink() and (tmp_path / "fox.mp4").stat().st_size > 0


@pytest.mark.parametrize(
    ("output", "format"), [("fox.webm", "webm"), ("fox.WEBM", "webm"), ("fox", "mp4")]
)
async def test_the_output_tells_the_format(
    nearby: Emulator, tmp_path: Path, output: str, format: str
) -> None:
    """`-o film.webm` renders webm."""
    await nemo("generate", "a fox", "-q", "-o", output, "--quality", "HIGH", folder=tmp_path)
    (call,) = nearby.calls_of("submit_render")
    assert call.body["output"] == {"format": format, "quality": "high"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "file/fox.mp4"], "is no folder"),
        (["-o", "x" * 256], "too long a name"),
        (["-o", f"{'x' * 300}/a.mp4"], "too long a name"),
        (["-o", f"new/{'x' * 300}/a.mp4"], "too long a name"),
        (["-o", f"new/{'é' * 130}.mp4"], "too long a name"),
        (["-o", "x/" * 2500 + "a.mp4"], "too long a name"),
        (["-o", f"{'x' * 300}/"], "too long a name"),
        (["-o", "loop"], "leads to itself"),
        (["-o", "loop/a.mp4"], "leads to itself"),
        (["-o", "loop/"], "leads to itself"),
        (["-o", "into the loop.mp4"], "leads to itself"),
        (["-o", "file/new/fox.mp4"], "is no folder"),
        (["-o", "file/"], "is no folder"),
        (["-o", "pipe"], "is no regular file"),
        (["-o", "pipe"], "choose another output with -o"),
        (["-o", "/proc/fox.mp4"], "/proc cannot be written to"),
    ],
)
async def test_an_output_that_cannot_be_is_refused_first(
    nearby: Emulator, tmp_path: Path, arguments: list[str], words: str
) -> None:
    """Where the film cannot be saved, or would be of another kind, not one call is made."""
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("pool")
    (tmp_path / "pool").symlink_to("loop")
    (tmp_path / "into the loop.mp4").symlink_to("loop/a.mp4")
    os.mkfifo(tmp_path / "pipe")
    code, _, err = await nemo("generate", "a fox", *arguments, folder=tmp_path)
    assert (code, len(err.splitlines()), nearby.calls) == (1, 1, [])
    assert words in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "a fox", "-o", "-"], "not written to standard output"),
        (["generate", "a fox", "-o", "fox.gif"], "ends like no film"),
        (["generate", "a fox", "-o", "fox.mov", "--format", "mp4"], "would be a mov by its name"),
        (["generate", "a fox", "--format", "gif"], "There is no format 'gif'"),
        (["export", "1", "--quality", "best"], "There is no quality 'best'"),
        (["generate", "a fox", "--take", "0"], "--take"),
        (["job", "1", "--wait", "-1"], "--wait"),
        (["jobs", "--status", "lost"], "--status"),
        (["mcp", "--http", "70000"], "--http"),
        (["emulator", "--port", "70000"], "--port"),
        (["emulator", "--speed", "0"], "speed must be above 0"),
        (["emulator", "--credits", "-1"], "credits"),
        (["emulator", "--look", "oil"], "There is no look 'oil'"),
    ],
)
async def test_a_value_that_cannot_be_is_wrong_usage(
    nearby: Emulator, arguments: list[str], words: str
) -> None:
    """It ends with code 2 and one line, and not one call is made."""
    code, out, err = await nemo(*arguments)
    assert (code, out, len(err.splitlines()), nearby.calls) == (2, "", 1, [])
    assert words in err


@pytest.mark.parametrize(
    ("output", "words"), [("fox.webm", "and the film is mp4"), ("x" * 300, "too long")]
)
async def test_a_resumed_film_is_what_it_was_to_be(
    nearby: Emulator, output: str, words: str
) -> None:
    """`resume -o` is held against the format that the generation was begun with."""
    at = Checkpoint(stage="message", session_id="1", prompt="a fox")
    keep("abc123", at, nearby.base_url)
    code, _, err = await nemo("resume", "abc123", "-o", output)
    assert (code in {1, 2}, nearby.calls, len(kept())) == (True, [], 1)
    assert words in err
