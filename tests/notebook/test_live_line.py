"""The live line of a generation, in a real kernel."""

import subprocess
import sys

import pytest
from kernels import Cell, running_kernel

from nemo_sdk.emulator import Emulator

CLIENT = """
from nemo_sdk import NemoClient, Timing
client = NemoClient(timing=Timing(render_poll=0.3), token_store=None)
"""
WIDGET = "application/vnd.jupyter.widget-view+json"


async def in_a_kernel(emulator: Emulator, *cells: str, **environment: str) -> list[Cell]:
    """Run cells after the one that makes a client, and give what they showed."""
    async with running_kernel(NEMO_API_URL=emulator.base_url, **environment) as kernel:
        await kernel.run(CLIENT)
        return [await kernel.run(cell) for cell in cells]


async def test_awaiting_shows_one_line(emulator: Emulator) -> None:
    """A generation that is awaited leaves one line, however often it was drawn."""
    (cell,) = await in_a_kernel(emulator, "video = await client.generate('a fox <b>')")
    assert cell.error == ""
    assert [bundle["text/plain"].split(" · ")[0] for bundle in cell.outputs] == [
        "a fox <b> [########################] 100%"
    ]
    assert cell.updates > 0
    assert "a fox &lt;b&gt;" in cell.html
    assert "The video is ready" in cell.html


async def test_bar_is_a_widget_while_it_runs(emulator: Emulator) -> None:
    """With ipywidgets the line is a widget until the end, which plain HTML takes over."""
    pytest.importorskip("ipywidgets")
    (cell,) = await in_a_kernel(emulator, "video = await client.generate('a fox')")
    assert [WIDGET in bundle for bundle in cell.shown] == [True]
    assert [WIDGET in bundle for bundle in cell.outputs] == [False]
    assert cell.widgets == {}


async def test_line_without_widgets(emulator: Emulator) -> None:
    """Without ipywidgets the line is plain HTML, replaced in the cell that showed it first."""
    _, shown, cell = await in_a_kernel(
        emulator,
        "import sys; sys.modules['ipywidgets'] = None",
        "generation = client.generate('a fox')\ngeneration",
        "video = await generation",
    )
    assert ["not started: await it" in bundle["text/html"] for bundle in shown.shown] == [True]
    assert "The video is ready" in shown.html
    assert cell.outputs == []
    assert cell.updates > 1


async def test_showing_does_not_start(emulator: Emulator) -> None:
    """A generation as the last expression of a cell sends nothing."""
    (cell,) = await in_a_kernel(emulator, "client.generate('a fox')")
    assert len(cell.outputs) == 1
    assert emulator.calls == []


async def test_environment_switches_it_off(emulator: Emulator) -> None:
    """With NEMO_NOTEBOOK=0 a generation shows nothing by itself, and as a value its repr."""
    cell, shown = await in_a_kernel(
        emulator,
        "video = await client.generate('a fox')",
        "client.generate('b')",
        NEMO_NOTEBOOK="0",
    )
    assert cell.outputs == []
    assert shown.outputs == [{"text/plain": "Generation('b', not started: await it)"}]


async def test_failure_is_the_last_word(emulator: Emulator) -> None:
    """The line of a generation that failed ends with the error's sentence."""
    broke = emulator.add_token(credits=1)
    (cell,) = await in_a_kernel(
        emulator,
        "import asyncio\nawait asyncio.gather(client.generate('a fox'), return_exceptions=True);",
        NEMO_TOKEN=broke,
    )
    assert "InsufficientCreditsError: POST /run_sse was refused (2001)" in cell.html
    assert broke not in cell.html


async def test_each_of_many_has_its_line(emulator: Emulator) -> None:
    """Generations that run beside one another have a line each, told apart by their prompts."""
    (cell,) = await in_a_kernel(
        emulator,
        "async for generation in client.generate_many(['a fox', 'an owl']): pass",
    )
    assert sorted(bundle["text/plain"].split(" [")[0] for bundle in cell.outputs) == [
        "a fox",
        "an owl",
    ]


async def test_film_is_in_the_cell(emulator: Emulator) -> None:
    """A small film becomes part of the notebook, without a call when it is shown."""
    cell, shown = await in_a_kernel(
        emulator, "video = await client.generate('a fox')\nawait client.aclose()", "video"
    )
    assert cell.error == ""
    assert '<video controls preload="metadata"' in shown.html
    assert 'src="data:video/mp4;base64,' in shown.html
    assert f'<a href="{emulator.films_url}' in shown.html


def test_scripts_do_not_load_ipython() -> None:
    """A program outside of notebooks neither imports IPython nor is asked for it."""
    program = (
        "import asyncio, sys, nemo_sdk\n"
        "async def main():\n"
        "    offline = dict(base_url='http://127.0.0.1:9', token='t', max_retries=0)\n"
        "    async with nemo_sdk.NemoClient(**offline) as client:\n"
        "        try: await client.generate('a fox')\n"
        "        except nemo_sdk.NemoError: pass\n"
        "asyncio.run(main())\n"
        "print([name for name in ('IPython', 'ipywidgets') if name in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert output == "[]\n"
