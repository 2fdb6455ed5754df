"""What a cell shows of values: plain HTML, made without I/O."""

import copy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import FAST

from nemo_sdk import Credits, DownloadProgress, Generation, NemoClient, Reply, Timeline, Video
from nemo_sdk._notebook.film import KeptFilm, video_html
from nemo_sdk.emulator import Emulator

DRAFT = {"t": [{"tt": 0, "sg": [{"d": 2000, "m": {"title": "<b>fox</b>"}}]}]}


@pytest.fixture
async def video(client: NemoClient) -> Video:
    """A film that was made, and not fetched."""
    return await client.generate("a fox")


@pytest.fixture
def in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have IPython loaded, with a kernel."""
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))


def test_film_that_is_not_at_hand_plays_from_its_address() -> None:
    """Without its bytes the film is played from where it lies, and linked above."""
    shown = video_html(name="A film", format="mp4", url="https://films.example/a.mp4?x=1&y=2")
    address = "https://films.example/a.mp4?x=1&amp;y=2"
    assert shown.index(f'<a href="{address}"') < shown.index(f'src="{address}"></video>')


@pytest.mark.parametrize(
    "url", ['https://a.example/"><script>alert(1)</script>', "https://a.example/' onerror='x"]
)
def test_address_cannot_break_out(url: str) -> None:
    """An address is escaped wherever it stands."""
    shown = video_html(name="A film", format="mp4", url=url)
    assert "<script>" not in shown
    assert "' onerror" not in shown
    assert shown.count("<video") == 1


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "file:///a", "", None])
def test_other_addresses_are_no_links(url: str | None) -> None:
    """What is neither http nor https is not linked, and the cell says how to get the film."""
    shown = video_html(name="A film", format="mp4", url=url)
    assert "href" not in shown
    assert "await video.save(...)" in shown


@pytest.mark.parametrize("film", [b"x", None])
def test_format_that_browsers_do_not_play(film: bytes | None) -> None:
    """A film that no browser plays is linked, and the cell says so."""
    shown = video_html(name="A film", format="mkv", url="https://a.example/a.mkv", film=film)
    assert "Browsers do not play mkv files" in shown
    assert "<video" not in shown


def test_saved_name_is_escaped() -> None:
    """The name of the saved file is text."""
    shown = video_html(name="A film", format="mp4", url=None, film=b"x", saved=Path("<i>.mp4"))
    assert "saved as <code>&lt;i&gt;.mp4</code>" in shown


async def test_saved_film_is_shown_without_its_file(
    video: Video, in_a_notebook: None, tmp_path: Path
) -> None:
    """A film that was saved in a notebook is part of the cell, also when the file is gone."""
    path = await video.save(tmp_path / "fox.mp4")
    path.unlink()
    assert "data:video/mp4;base64," in video._repr_html_()


async def test_large_film_is_not_inlined(
    video: Video, in_a_notebook: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A film over the limit is played from its address, whether it was read or saved."""
    monkeypatch.setattr("nemo_sdk._notebook.film._INLINE_LIMIT", 10)
    await video.read()
    await video.save(tmp_path / "fox.mp4")
    shown = video._repr_html_()
    assert "base64" not in shown
    assert f'src="{video.url}"' in shown


async def test_scripts_keep_no_film(video: Video, tmp_path: Path) -> None:
    """Outside of notebooks a film that was saved or read does not stay in memory."""
    await video.read()
    await video.save(tmp_path / "fox.mp4")
    assert "base64" not in video._repr_html_()


@pytest.mark.usefixtures("in_a_notebook")
async def test_film_at_hand_is_saved_without_a_call(
    emulator: Emulator, client: NemoClient, tmp_path: Path
) -> None:
    """A film that was fetched for its cell is written from memory, and its progress told."""
    video = await client.generate("a fox")
    told: list[DownloadProgress] = []
    path = await video.save(tmp_path / "fox.mp4", on_progress=told.append)
    size = path.stat().st_size
    assert (size, told) == (video.size, [DownloadProgress(size, size)])
    assert len(emulator.calls_of("film")) == 1


@pytest.mark.usefixtures("in_a_notebook")
async def test_only_the_last_films_stay_in_memory(video: Video) -> None:
    """Of many films that are read in a notebook, eight stay at hand for their cells."""
    films = [copy.copy(video) for _ in range(10)]
    for film in films:
        film._film = KeptFilm()
        await film.read()
    assert ["base64" in film._repr_html_() for film in films] == [False] * 2 + [True] * 8


@pytest.mark.usefixtures("in_a_notebook")
@pytest.mark.parametrize(("limit", "fetched"), [(100_000, 1), (10, 0)])
async def test_only_small_films_are_fetched_for_the_cell(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, limit: int, fetched: int
) -> None:
    """In a notebook `generate` fetches a small film beforehand, and leaves a large one alone."""
    monkeypatch.setattr("nemo_sdk._notebook.film._INLINE_LIMIT", limit)
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.generate("a fox")
    assert len(emulator.calls_of("film")) == fetched


@pytest.mark.usefixtures("in_a_notebook")
async def test_broken_display_harms_nothing(client: NemoClient) -> None:
    """A generation whose line cannot be shown makes its film unseen."""
    assert isinstance(await client.generate("a fox"), Video)


async def test_repr_outside_of_notebooks(client: NemoClient) -> None:
    """IPython in a terminal falls back on the repr of a generation."""
    generation: Generation = client.generate("a fox")
    with pytest.raises(NotImplementedError):
        generation._ipython_display_()
    await generation


def test_credits_in_words() -> None:
    """Credits are a sentence with readable numbers, as text and in a cell."""
    balance = Credits(available=1234567.5, frozen=100, total=2000000)
    words = "1,234,567.5 credits available, 100 reserved, 2,000,000 in total"
    assert (str(balance), balance._repr_html_()) == (words, f"<div>{words}</div>")


def test_reply_in_a_cell() -> None:
    """A reply shows its words, what changed and the strip, all of it as text."""
    reply = Reply(
        text="Done <script>",
        changes=("Title added: <i>",),
        timeline=Timeline.from_draft(DRAFT),
    )
    shown = reply._repr_html_()
    assert "Done &lt;script&gt;" in shown
    assert "<li>Title added: &lt;i&gt;</li>" in shown
    assert "&lt;b&gt;fox&lt;/b&gt;" in shown
