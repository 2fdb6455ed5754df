"""`job`, `resume`, `cancel`: of films that are gone, names that tell nothing, damaged files."""

import json
from pathlib import Path

import pytest
from keeping import keep, kept, made
from pseudo_terminal import nemo

from nemo_sdk import Checkpoint
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Record


@pytest.fixture
def nearby(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator that the commands of a test use."""
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    return emulator


async def test_a_film_that_is_gone_is_told_and_saved_again(
    nearby: Emulator, tmp_path: Path
) -> None:
    """`job` says where it was, and `resume` saves it there, for free."""
    film = tmp_path / "fox.mp4"
    keep("abc123", await made(nearby), nearby.base_url, save_as=str(film))
    assert (await nemo("resume", "abc123")).code == 0
    assert json.loads((await nemo("job", "abc123", "--json")).out)["type"] == "film"
    film.unlink()
    code, out, err = await nemo("job", "abc123")
    assert (code, err) == (0, "")
    assert f"saved as {film}, and is not there any more: 'nemo-sdk resume film-abc123'" in out
    told = json.loads((await nemo("job", "abc123", "--json")).out)
    assert (told["type"], told["path"], told["gone"]) == ("job", str(film), True)
    assert (await nemo("resume", "abc123")).out == f"{film}\n"
    assert film.exists()
    assert len(nearby.charges) == 1


async def test_a_film_in_a_store_is_not_taken_for_gone(nearby: Emulator, tmp_path: Path) -> None:
    """An address is no path: nothing lies there for the disk."""
    address = f"file://{tmp_path}/fox.mp4"
    keep("abc123", await made(nearby), nearby.base_url, save_as=address)
    assert (await nemo("resume", "abc123")).code == 0
    told = json.loads((await nemo("job", "abc123", "--json")).out)
    assert (told["type"], told["path"]) == ("film", address)


async def test_a_film_of_another_job_is_not_replaced(nearby: Emulator, tmp_path: Path) -> None:
    """`resume` without -o names nothing: what lies there now stays."""
    film = tmp_path / "fox.mp4"
    keep("abc123", await made(nearby), nearby.base_url, save_as=str(film))
    assert (await nemo("resume", "abc123", folder=tmp_path)).code == 0
    film.write_bytes(b"another film")
    assert (await nemo("resume", "abc123", folder=tmp_path)).out == f"{tmp_path / 'a fox.mp4'}\n"
    assert film.read_bytes() == b"another film"


@pytest.mark.usefixtures("nearby")
async def test_the_last_one_comes_first_in_every_form() -> None:
    """`jobs` has one order, for people and for scripts."""
    for name, begun in (("abc123", "2026-11-24"), ("def456", "2026-11-25")):
        FileStore().save(Record(f"film-{name}", words="a fox", begun=begun))
    listed = json.loads((await nemo("jobs", "--json")).out)["jobs"]
    assert [one["id"] for one in listed] == ["film-def456", "film-abc123"]
    assert [line.split()[0] for line in (await nemo("jobs")).out.splitlines()] == [
        one["id"] for one in listed
    ]


@pytest.mark.parametrize(
    ("command", "name"),
    [("job", ""), ("job", "film"), ("job", "film-"), ("job", "-"), ("cancel", ""), ("resume", "")],
)
async def test_what_names_no_job_takes_none(nearby: Emulator, command: str, name: str) -> None:
    """Also where there is but one."""
    keep("abc123", Checkpoint(prompt="a fox"), nearby.base_url)
    code, _, err = await nemo(command, "--", name)
    assert (code, [record.status for record in kept()]) == (1, ["waiting"])
    assert f"There is no job {name!r}" in err


@pytest.mark.parametrize("damaged", ["json", "claim"])
async def test_a_damaged_job_can_be_forgotten(nearby: Emulator, damaged: str) -> None:
    """`cancel --forget` drops it by its whole id, whichever of its files is damaged."""
    keep("abc123", await made(nearby), nearby.base_url)
    (FileStore().folder / f"film-abc123.{damaged}").write_text("{")
    code, out, _ = await nemo("cancel", "film-abc123", "--forget")
    assert (code, out.startswith("Forgotten: film-abc123")) == (0, True)
    assert list(FileStore().folder.glob("film-abc123.[jc]*")) == []
