"""The tutorial notebook: it runs as it stands, and lies in the repository without its outputs."""

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

TUTORIAL = Path(__file__).parents[2] / "examples" / "tutorial.ipynb"


def test_tutorial_has_no_outputs() -> None:
    """The notebook is kept without outputs, counts and traces of a machine."""
    notebook = nbformat.read(TUTORIAL, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert [cell.outputs for cell in code] == [[] for _ in code]
    assert {cell.execution_count for cell in code} == {None}
    assert [dict(cell.metadata) for cell in notebook.cells] == [{} for _ in notebook.cells]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert dict(notebook.metadata.language_info) == {"name": "python"}


async def test_tutorial_runs(tmp_path: Path) -> None:
    """Every cell runs; the films play in their cells, and nothing is printed as an error."""
    pytest.importorskip("av")
    notebook = nbformat.read(TUTORIAL, as_version=4)
    place = {"metadata": {"path": str(tmp_path)}}
    await nbclient.NotebookClient(notebook, timeout=600, resources=place).async_execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    html = [output["data"].get("text/html", "") for output in outputs if "data" in output]
    assert sum("data:video/mp4;base64," in one for one in html) == 3
    assert sum("The video is ready" in one for one in html) == 2
    assert sum("<svg" in one for one in html) == 3
    assert [output for output in outputs if output.get("name") == "stderr"] == []
    assert {path.name for path in tmp_path.glob("*.mp4")} == {"rocket.mp4", "lisbon.mp4"}
