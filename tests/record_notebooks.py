"""Run notebooks anew and save their outputs: python tests/record_notebooks.py NOTEBOOK…"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

sys.path.insert(0, str(Path(__file__).parents[1]))
import conftest  # noqa: E402, F401  # the same surroundings as in the tests

# What would change with every run, or with the maintainer's Python: times, and widgets, whose kernel is gone anyway.
# Of an explorer stays its picture.
WIDGET = "application/vnd.jupyter.widget-view+json"


def record(path):
    """Run the notebook at `path` from top to bottom in its folder, and save it if no cell failed."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=120, coalesce_streams=True, resources={"metadata": {"path": path.parent}}
    ).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET, None)
            output.get("metadata", {}).pop(WIDGET, None)
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    nbformat.write(notebook, path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        record(Path(name).resolve())
