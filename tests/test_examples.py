"""The examples, run as they stand."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator

ROOT = Path(__file__).parent.parent


def example(name: str) -> ModuleType:
    """Import an example as the file that it is."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A real clip of one second."""
    import av

    path = tmp_path / "holiday.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(12):
            for packet in stream.encode(av.VideoFrame(160, 90, "yuv420p")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


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
    film = await example("quick_edit").quick_edit(
        client, str(clip), 'add the title "Paradise Found"', str(tmp_path / "cut.mp4")
    )
    assert film.stat().st_size > 0
    assert re.search(r"Timeline \(\d tracks?\): .*Paradise Found", capsys.readouterr().out)
    assert [charge.kind for charge in emulator.charges] == ["edit"]


async def test_batch(client: NemoClient, clip: Path, tmp_path: Path) -> None:
    """`batch.py` makes a film of each clip, in one session."""
    second = clip.with_name("second.mp4")
    second.write_bytes(clip.read_bytes())
    jobs = [(str(clip), "add lo-fi music"), (str(second), 'add the title "Two"')]
    films = [film async for film in example("batch").batch(client, jobs, str(tmp_path / "films"))]
    assert [film.name for film in films] == ["holiday.mp4", "second.mp4"]
    assert all(film.stat().st_size > 0 for film in films)


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
