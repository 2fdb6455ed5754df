"""The examples, run as they stand."""

import importlib.util
import io
import re
import runpy
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
from scripted import NEW

from nemo_sdk import NemoClient, Timing, TurnError
from nemo_sdk.emulator import Emulator

ROOT = Path(__file__).parent.parent


def example(name: str) -> ModuleType:
    """Import an example as the file that it is."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_generate(
    client: NemoClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`generate.py` tells its progress to the end and saves the film."""
    film = await example("generate").generate(client, "a fox", str(tmp_path / "fox.mp4"))
    assert film.stat().st_size > 0
    assert "100%  The video is ready" in capsys.readouterr().out


async def test_quick_edit(
    client: NemoClient,
    emulator: Emulator,
    clip: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`quick_edit.py` uploads, edits and exports, for one edit's credits."""
    draft = {"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": "Paradise Found"}}]}]}
    emulator.script({"content": {"parts": [{"text": "Your title is there."}]}}, draft=draft)
    film = await example("quick_edit").quick_edit(
        client, str(clip), 'add the title "Paradise Found"', str(tmp_path / "cut.mp4")
    )
    assert film.stat().st_size > 0
    told = capsys.readouterr().out
    assert "Your title is there.\n" in told
    assert re.search(r"^Timeline \(\d tracks?\): .*Paradise Found", told, re.MULTILINE)
    assert [charge.kind for charge in emulator.charges] == ["edit"]


async def test_batch(client: NemoClient, emulator: Emulator, clip: Path, tmp_path: Path) -> None:
    """`batch.py` makes a film of each clip, all in one session, each of its own timeline."""
    second = tmp_path / "second.mp4"
    second.write_bytes(clip.read_bytes())
    for name in ("One", "Two"):
        draft = {"t": [{"tt": 7, "sg": [{"d": 1000, "m": {"text": name}}]}]}
        emulator.script({"content": {"parts": [{"text": f"Title {name}."}]}}, draft=draft)
    jobs = [(str(clip), 'add the title "One"'), (str(second), 'add the title "Two"')]
    films = [film async for film in example("batch").batch(client, jobs, str(tmp_path / "films"))]
    assert [film.name for film in films] == ["holiday.mp4", "second.mp4"]
    assert b"One" in films[0].read_bytes() and b"Two" in films[1].read_bytes()
    assert b"One" not in films[1].read_bytes()
    assert [len(session.uploads) for session in emulator.sessions.values()] == [2]
    asked = [call.body["new_message"]["parts"][0]["text"] for call in emulator.calls_of("run_sse")]
    assert asked == [f"Use only {Path(name).name}: {wish}" for name, wish in jobs]


async def test_batch_saves_what_was_edited_before_an_error(
    client: NemoClient, emulator: Emulator, clip: Path, tmp_path: Path
) -> None:
    """Where the second edit fails, the film of the first is there all the same."""
    second = tmp_path / "second.mp4"
    second.write_bytes(clip.read_bytes())
    emulator.script({"content": {"parts": [{"text": "Shorter."}]}}, draft=NEW)
    emulator.script({"errorCode": "X", "errorMessage": "oh"})
    films = example("batch").batch(client, [(str(clip), "cut"), (str(second), "cut")], tmp_path)
    assert (await anext(films)).name == "holiday.mp4"
    with pytest.raises(TurnError):
        await anext(films)


async def test_batch_refuses_two_clips_of_one_name(client: NemoClient, emulator: Emulator) -> None:
    """The agent could not tell them apart, and nothing is uploaded."""
    with pytest.raises(ValueError, match="same name"):
        await anext(example("batch").batch(client, [("a/x.mp4", "cut"), ("b/x.mp4", "cut")], "."))
    assert not emulator.calls


async def test_many(
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`many.py` saves each film under its prompt, and tells of those that failed."""
    body = b'{"code": 2001, "message": "no credits"}'
    as_json = {"Content-Type": "application/json"}
    emulator.faults.answer("run_sse", headers=as_json, body=body, effect=False)
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setattr("sys.stdin", io.StringIO("a fox\n\na hare\na hen\n"))
    many = example("many")
    monkeypatch.setattr(many, "NemoClient", partial(NemoClient, timing=Timing().scaled(0.01)))
    await many.main(str(tmp_path / "films"))
    saved = sorted(path.stem for path in (tmp_path / "films").iterdir())
    told = capsys.readouterr().out
    assert len(saved) == 2 and set(saved) < {"a fox", "a hare", "a hen"}
    assert "no credits" in told and all(f"{name}.mp4" in told for name in saved)


async def test_many_without_a_folder(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `many.py` cannot save, it charges nothing."""
    (tmp_path / "films").write_text("no folder")
    monkeypatch.setenv("NEMO_API_URL", emulator.base_url)
    monkeypatch.setattr("sys.stdin", io.StringIO("a fox\n"))
    with pytest.raises(OSError, match="films"):
        await example("many").main(str(tmp_path / "films"))
    assert not emulator.charges


@pytest.mark.parametrize(
    "words",
    [
        ["generate.py", "a fox"],
        ["quick_edit.py", "clip.mp4", "shorter"],
        ["batch.py", "films", "clip.mp4"],
        ["batch.py", "films"],
        ["iterative.py"],
        ["many.py"],
        ["folder.py", "prompts"],
    ],
    ids=" ".join,
)
def test_too_few_words(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that lacks an argument says how it is called."""
    assert words[0] in str(end_of(words, monkeypatch))


@pytest.mark.parametrize(
    "words",
    [
        ["generate.py", "a fox", "fox.mp4"],
        ["quick_edit.py", "clip.mp4", "shorter", "cut.mp4"],
        ["batch.py", "films", "clip.mp4", "shorter"],
        ["iterative.py", "a fox"],
    ],
    ids=lambda words: words[0],
)
def test_no_network(words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A script that cannot reach the service says so in a line, not in a traceback."""
    monkeypatch.setenv("NEMO_API_URL", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    assert "127.0.0.1" in str(end_of(words, monkeypatch))


def test_nothing_to_write_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`many.py` and `folder.py` say in a line that they cannot write their films."""
    (tmp_path / "films").write_text("no folder")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("a fox\n"))
    for words in (["many.py", "films"], ["folder.py", ".", "films"]):
        assert "films" in str(end_of(words, monkeypatch))


def end_of(words: list[str], monkeypatch: pytest.MonkeyPatch) -> str | int | None:
    """Run a script as people do; returns what it ends with."""
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "examples" / words[0]), run_name="__main__")
    return ended.value.code


async def test_iterative(
    client: NemoClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`iterative.py` shows what each wish changed, and saves the last state."""
    wishes = ["a day in Lisbon", 'change the title to "Lisbon"', "remove the music"]
    film = await example("iterative").iterative(client, wishes, str(tmp_path / "lisbon.mp4"))
    told = capsys.readouterr().out
    assert film.stat().st_size > 0
    assert "Video added: day in Lisbon (0-10s)" in told
    assert "Lisbon" in told
    assert "BGM removed" in told
