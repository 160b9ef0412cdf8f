"""What a learner's notebook does: with every solution typed in, and with a slip in one cell."""

import re

import nbformat
import pytest
from nbclient import NotebookClient
from notebook_files import NOTEBOOKS, printed, read, tags


def typed_in(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Every solution stands in its exercise cell, and the solution cells are gone."""
    solutions = [cell for cell in notebook.cells if "solution" in tags(cell)]
    stubs = [cell for cell in notebook.cells if "exercise" in tags(cell)]
    for stub, solution in zip(stubs, solutions, strict=True):
        lines = solution.source.splitlines()
        stub.source = "\n".join(line for line in lines if not line.startswith(("# ", "check.")))
    notebook.cells = [cell for cell in notebook.cells if "solution" not in tags(cell)]
    return notebook


def run(notebook: nbformat.NotebookNode, path) -> nbformat.NotebookNode:
    client = NotebookClient(notebook, timeout=300, allow_errors=True, resources={"metadata": {"path": path.parent}})
    return client.execute()


def verdicts(notebook: nbformat.NotebookNode) -> list[str]:
    return [
        re.sub(r"^Exercise \S+ - ", "", printed(cell)).strip() for cell in notebook.cells if tags(cell) == ["check"]
    ]


def errors(notebook: nbformat.NotebookNode) -> list[str]:
    return [
        output.ename for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error"
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_with_every_solution_typed_in_all_are_correct_and_the_lesson_is_the_same(path):
    before, after = read(path), run(typed_in(read(path)), path)
    assert errors(after) == []
    assert set(verdicts(before)) == {"not attempted yet"} and set(verdicts(after)) == {"correct"}
    own = ["exercise", "check", "solution", "nbval-ignore-output"]
    lesson = [
        [printed(c) for c in nb.cells if c.cell_type == "code" and not set(tags(c)) & set(own)]
        for nb in (before, after)
    ]
    assert lesson[0] == lesson[1]


def test_a_slip_stays_in_the_learners_own_cells():
    path = NOTEBOOKS[1]
    notebook = read(path)
    stub = next(cell for cell in notebook.cells if "exercise" in tags(cell))
    stub.source = "def my_encode(sequence:\n    return 0"
    after = run(notebook, path)
    assert errors(after) == ["SyntaxError", "NameError"]  # the cell itself, and the check that finds no such name
    assert set(verdicts(after)[1:]) == {"not attempted yet"}
