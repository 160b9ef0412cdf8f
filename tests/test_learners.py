"""What a learner's notebook does: with every solution typed in, and with a slip in one cell.

Most notebooks run whole. Where training takes minutes, and nbval runs the same lesson anyway, only the cells run that
an exercise needs, and that the lesson needs nothing of a solution is read from the code.
"""

import ast
import re
import symtable

import nbformat
from nbclient import NotebookClient
from notebook_files import NOTEBOOKS, code_cells, each_notebook, printed, read, tags

LONG = {"04_training", "07_memory", "08_lambda_phage", "09_codons", "10_scaling"}
OWN = {"exercise", "check", "solution"}


def typed_in(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Every solution stands in its exercise cell, and the solution cells are gone."""
    solutions = [cell for cell in notebook.cells if "solution" in tags(cell)]
    stubs = [cell for cell in notebook.cells if "exercise" in tags(cell)]
    for stub, solution in zip(stubs, solutions, strict=True):
        lines = solution.source.splitlines()
        answer = "\n".join(line for line in lines if not line.startswith(("# ", "check.")))
        stub.source = answer.replace("solution_", "my_")
    notebook.cells = [cell for cell in notebook.cells if "solution" not in tags(cell)]
    return notebook


def names(cell: nbformat.NotebookNode) -> tuple[set[str], set[str]]:
    """The notebook's names to which a cell gives a value, or an element; and those that it reads."""
    scopes = [symtable.symtable(cell.source, "cell", "exec")]
    given = {symbol.get_name() for symbol in scopes[0].get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            given.add(node.value.id)
    used = set()
    while scopes:  # the cell itself, then its functions and classes and what is in them
        scope = scopes.pop()
        at_home = scope.get_type() == "module"
        used |= {s.get_name() for s in scope.get_symbols() if s.is_referenced() and (at_home or s.is_global())}
        scopes += scope.get_children()
    return given, used


def without_the_rest(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Only the learner's cells, and the lesson cells from which they have a name, directly or through others."""
    wanted, kept = set(), []
    for cell in reversed(code_cells(notebook)):
        given, used = names(cell)
        if OWN & set(tags(cell)) or given & wanted:
            wanted |= used
            kept.insert(0, cell)
    notebook.cells = kept
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


def lesson(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Source and what it printed, of the cells whose output is compared."""
    unlike = OWN | {"nbval-ignore-output"}
    return [(cell.source, printed(cell)) for cell in code_cells(notebook) if not unlike & set(tags(cell))]


@each_notebook
def test_with_every_solution_typed_in_all_are_correct_and_the_lesson_is_the_same(path):
    before, to_run = read(path), typed_in(read(path))
    after = run(without_the_rest(to_run) if path.stem in LONG else to_run, path)
    assert errors(after) == []
    assert set(verdicts(before)) == {"not attempted yet"} and set(verdicts(after)) == {"correct"}
    assert len(verdicts(before)) == len(verdicts(after))
    if path.stem in LONG:
        assert set(lesson(after)) <= set(lesson(before))
    else:
        assert lesson(after) == lesson(before)


@each_notebook
def test_a_solution_gives_no_name_that_anything_else_has(path):
    by_solutions, by_others = set(), set()
    for cell in code_cells(read(path)):
        symbols = symtable.symtable(cell.source, "cell", "exec").get_symbols()
        given = {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}
        (by_solutions if "solution" in tags(cell) else by_others).update(given)
    assert by_solutions and all(name.startswith("solution_") for name in by_solutions)
    assert not by_solutions & by_others


@each_notebook
def test_the_lesson_reads_nothing_that_an_exercise_names(path):
    given, read_by_lesson = set(), set()
    for cell in code_cells(read(path)):
        gives, uses = names(cell)
        if OWN & set(tags(cell)):
            given |= gives
        else:
            read_by_lesson |= uses - gives
    assert given and not given & read_by_lesson


def test_which_cells_an_exercise_needs():
    sources = ["import numpy as np", "a = np.ones(3)", "b = 2", "a[0] = 5", "c = 7\nprint(a)", "my_sum = a.sum()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.cells[-1].metadata.tags = ["exercise"]
    assert [cell.source for cell in without_the_rest(notebook).cells] == [*sources[:2], sources[3], sources[5]]


def test_a_slip_stays_in_the_learners_own_cells():
    path = NOTEBOOKS[1]
    notebook = read(path)
    stub = next(cell for cell in notebook.cells if "exercise" in tags(cell))
    stub.source = "def my_encode(sequence:\n    return 0"
    after = run(notebook, path)
    assert errors(after) == ["SyntaxError", "NameError"]  # the cell itself, and the check that finds no such name
    assert set(verdicts(after)[1:]) == {"not attempted yet"}
