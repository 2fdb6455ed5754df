"""Films saved by the dozen, under names made of their prompts."""

import asyncio
import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_sdk import Generation, NemoClient
from nemo_sdk._generation.film_folder import FilmFolder
from nemo_sdk._transfer.film_name import file_name
from nemo_sdk.emulator import Emulator


async def made(client: NemoClient, prompts: list[str], folder: Path) -> dict[str, Generation]:
    """Make the films, and return the generations under their prompts."""
    films = client.generate_many(prompts, save_to=folder)
    return {film.prompt: film async for film in films}


def size_of(path: Path) -> int:
    return path.stat().st_size


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_films_are_saved_under_their_prompts(client: NemoClient, tmp_path: Path) -> None:
    """Each film is in the folder when its generation is yielded."""
    folder = tmp_path / "new" / "films"
    async for film in client.generate_many(["a cat", "雪の中の猫"], save_to=str(folder)):
        path = folder / f"{film.prompt}.mp4"
        assert film.saved == path
        assert film.video is not None
        assert size_of(path) == film.video.size
    assert names_in(folder) == ["a cat.mp4", "雪の中の猫.mp4"]


async def test_same_prompts_get_names_of_their_own(client: NemoClient, tmp_path: Path) -> None:
    """Neither a film of this run nor a file that was there is replaced."""
    (tmp_path / "A CAT.mp4").write_bytes(b"yesterday's")
    films = client.generate_many(["a cat", "a cat", "A  cat"], save_to=tmp_path)
    saved = {film.saved.name async for film in films if film.saved}
    assert saved == {"a cat (2).mp4", "a cat (3).mp4", "A cat (4).mp4"}
    assert (tmp_path / "A CAT.mp4").read_bytes() == b"yesterday's"


async def test_batches_at_once_replace_no_film_of_each_other(
    client: NemoClient, tmp_path: Path
) -> None:
    """Each has looked at the folder before the other's film was in it, and wants the same name."""
    folder = tmp_path / "films"
    batches = await asyncio.gather(*(made(client, ["a cat"], folder) for _ in range(3)))
    assert {batch["a cat"].saved for batch in batches} == set(folder.iterdir())
    assert names_in(folder) == ["a cat (2).mp4", "a cat (3).mp4", "a cat.mp4"]


async def test_folder_that_is_a_file_is_refused_uncharged(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """Where films cannot be saved, none is made."""
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(FileExistsError):
        await made(client, ["a cat"], path)
    assert not emulator.calls


async def test_film_that_cannot_be_fetched_has_its_error_and_its_video(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """A film that could not be saved does not stop the rest, and is not lost."""
    emulator.faults.answer("film", status=404)
    emulator.faults.answer("download", status=404)
    films = client.generate_many(["a cat", "a dog"], concurrency=1, save_to=tmp_path)
    (failed, saved) = [film async for film in films]
    assert (failed.saved, type(failed.error).__name__) == (None, "DownloadError")
    assert failed.video is not None
    assert await failed.video.read()
    assert (saved.saved, saved.error) == (tmp_path / "a dog.mp4", None)
    assert names_in(tmp_path) == ["a dog.mp4", "home"]


async def test_a_film_that_could_not_be_saved_is_not_charged(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """Each film's own path is tried before the film is paid for."""
    folder = tmp_path / "films"
    films = client.generate_many(["a cat", "a dog"], concurrency=1, save_to=folder)
    assert (await anext(films)).saved == folder / "a cat.mp4"
    folder.rename(tmp_path / "moved")
    folder.write_bytes(b"")
    (failed,) = [film async for film in films]
    assert isinstance(failed.error, OSError)
    assert [charge.text for charge in emulator.charges] == ["a cat"]


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("a cat walking through a snowy forest", "a cat walking through a snowy forest"),
        ("../../etc/passwd", "etc passwd"),
        ("C:\\Windows\\win.ini", "C Windows win.ini"),
        ('what? "why" <so> | *now*', "what why so now"),
        ("line\none\r\n\ttwo\0", "line one two"),
        ("con", "con_"),
        ("LPT1.txt", "LPT1_.txt"),
        ("nul .tar.gz", "nul_.tar.gz"),
        ("CONIN$", "CONIN$_"),
        ("console.txt", "console.txt"),
        ("  ...hidden. ", "hidden"),
        ("-rf ~", "rf"),
        ("???", "film"),
        ("100% cotton", "100 cotton"),
        ("ein Ku\u0308chenbuffet", "ein Küchenbuffet"),
        ("evil \u202egnp.exe", "evil gnp.exe"),
        (
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
            "family \U0001f468\u200d\U0001f469\u200d\U0001f467",
        ),
        ("a lone \ud800 half", "a lone half"),
    ],
)
def test_prompt_becomes_a_name(prompt: str, name: str) -> None:
    """What a file system somewhere forbids goes; letters of all scripts stay."""
    assert file_name(prompt) == name


@pytest.mark.parametrize("prompt", ["word " * 60, "雪" * 200, "e\u0308\u0323" * 90, "x" * 999])
def test_long_prompt_is_cut_between_characters(prompt: str) -> None:
    """A name is at most 120 bytes, and ends with a whole word or character."""
    name = file_name(prompt)
    assert 60 < len(name.encode()) <= 120
    assert unicodedata.normalize("NFC", prompt).startswith(name)
    assert not name.endswith(" ")
    assert not unicodedata.combining(unicodedata.normalize("NFC", prompt)[len(name)])


@given(st.lists(st.text(), max_size=8))
def test_any_prompts_have_safe_names_of_their_own(prompts: list[str]) -> None:
    """No text makes a name that leaves its folder, hides, repeats another, or cannot be written."""
    folder = FilmFolder("films")
    paths = [folder.path_for(prompt, "mp4") for prompt in prompts]
    assert all(path.parent == Path("films") for path in paths)
    assert all(not path.name.startswith((".", "-", " ")) for path in paths)
    assert all(len(os.fsencode(path.name)) <= 143 for path in paths)
    assert len({path.name.casefold() for path in paths}) == len(paths)
