"""What nbval does not look at: how the notebooks are stored, and how they read."""

import ast
import os
import re
import shutil
import subprocess
import symtable
import sys
from itertools import pairwise

import jupytext
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from notebook_files import (
    NOTEBOOKS,
    ROOT,
    code_cells,
    each_notebook,
    is_compared,
    is_figure,
    printed,
    read,
    script,
    tags,
    write,
)

NEVER_PRINTED = {
    "an address in memory": r"0x[0-9a-fA-F]{6,}",
    "a path of some machine": r"(/home/|/root/|/tmp/|/Users/|site-packages|[A-Z]:\\)",
    "a time that another machine would not take": r"\b\d+(\.\d+)?\s?(ms|µs|seconds?|minutes?)\b",
}
NEVER_WRITTEN = {
    "an install command": r"(pip|conda)\s+install",
    "a magic or shell command": r"^\s*[%!]",
    "the network": r"https?://",
    "a semicolon at the end, which nbval's kernel ignores": r";\s*\Z",
}
#: Lessons that are still too long, without their numbers: make them shorter, and this list too.
TOO_LONG = set()


# --- how they are stored


@each_notebook
def test_every_cell_was_run_in_order_and_its_outputs_are_clean(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error" and output.get("name") != "stderr", cell.source
            assert not any("widget" in kind for kind in output.get("data", {})), cell.source
        for what, pattern in NEVER_PRINTED.items():
            assert not re.search(pattern, printed(cell)), f"{what} in the output of:\n{cell.source}"
    assert path.stat().st_size < 600_000


@each_notebook
def test_at_least_nine_outputs_of_ten_are_compared(path):
    with_output = [cell for cell in code_cells(read(path)) if cell.outputs]
    assert sum(map(is_compared, with_output)) >= 0.9 * len(with_output)
    for cell in with_output:
        assert is_compared(cell) or cell.metadata.get("nbval_reason"), f"no nbval_reason:\n{cell.source}"


@each_notebook
def test_the_text_twin_is_in_step(path):
    from_notebook = jupytext.writes(jupytext.read(path), fmt="md:myst")
    unlike = r" *jupytext_version: .*\n|^  formats: .*\n"  # what --sync leaves out or adds, see jupytext.toml
    texts = [(ROOT / "notebooks_text" / f"{path.stem}.md").read_text(encoding="utf-8"), from_notebook]
    stored, made = (re.sub(unlike, "", text, flags=re.MULTILINE) for text in texts)
    assert stored == made, "edit one side, then: make notebooks"


def test_a_flipped_digit_is_noticed(tmp_path):
    """The whole safety net: one wrong digit in one stored output must turn the run red."""
    stored, flipped = ([new_output("stream", text=text)] for text in ("0.25\n", "0.35\n"))
    cells = [new_code_cell("print(1 / 4)", outputs=out, execution_count=1) for out in (stored, flipped)]
    write(new_notebook(cells=cells), tmp_path / "a.ipynb")
    options = re.search(r'addopts = """(.*?)"""', (ROOT / "pyproject.toml").read_text(), re.DOTALL)[1]
    nbval = [word for word in options.split() if word.startswith("--nbval")]
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", *nbval, str(tmp_path)]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    assert "1 failed, 1 passed" in said and "FAILED a.ipynb::Cell 1" in said


@pytest.mark.parametrize("newer", ["notebooks", pytest.param("notebooks_text", marks=pytest.mark.slow)])
def test_a_refresh_stores_what_the_cells_print_and_a_second_one_changes_nothing(tmp_path, monkeypatch, newer):
    tool = script("tools/refresh_notebooks.py")
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    notebook, text = tmp_path / "notebooks/00_a.ipynb", tmp_path / "notebooks_text/00_a.md"
    notebook.parent.mkdir()
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    write(new_notebook(cells=[new_code_cell("print(1)\nprint(2)")], metadata=spec), notebook)

    def refresh():
        tool.main(["00_a"])
        return notebook.read_bytes(), text.read_bytes()

    first = refresh()
    assert [cell.outputs[0].text for cell in read(notebook).cells] == ["1\n2\n"] and b"print(2)" in first[1]
    for file in (notebook, text):  # in a fresh clone either may be the newer one
        os.utime(file, (0, 2e9 if newer in file.parts else 1e9))
    assert refresh() == first


# --- how they read


@each_notebook
def test_a_lesson_is_short(path):
    cells = read(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    n_words, n_cells = len(re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL).split()), len(cells)
    size = f"{n_words} words that are not folded (at most 2000), {n_cells} cells (at most 70)"
    if (n_words > 2000 or n_cells > 70) and path.stem[3:] in TOO_LONG:
        pytest.xfail(size)
    assert n_words <= 2000 and n_cells <= 70, size


@each_notebook
def test_code_stays_short_and_local(path):
    lengths = []
    for cell in code_cells(read(path)):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        lengths.append(len(lines))
        assert len(lines) <= 25, f"{len(lines)} lines:\n{cell.source}"
        assert max(map(len, lines)) <= 112, f"a line of {max(map(len, lines))} characters:\n{cell.source}"
        for what, pattern in NEVER_WRITTEN.items():
            assert not re.search(pattern, cell.source, re.MULTILINE), f"{what}:\n{cell.source}"
    assert sorted(lengths)[len(lengths) // 2] <= 10


@each_notebook
def test_no_cell_stands_without_a_reason_before_it_and_no_figure_without_one_below(path):
    for cell, after in pairwise(read(path).cells):
        if cell.cell_type == "code" and after.cell_type == "code":
            assert is_figure(after) or "check" in tags(after), f"two code cells without a word:\n{after.source}"
        if cell.cell_type == "code" and is_figure(cell):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 30, f"no alt text (mystnb.image.alt):\n{cell.source}"
            assert after.cell_type == "markdown" and after.source.startswith("*"), f"no sentence below:\n{cell.source}"


@each_notebook
def test_it_opens_and_closes_as_all_do_and_its_links_lead_somewhere(path):
    markdown = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert markdown[0].startswith(f"# {path.stem[:2]} · ")
    for heading in ("**Questions.**", "**Afterwards you can**", "**You need**", "**Time.**"):
        assert heading in markdown[0]
    assert "## What you have now" in markdown[-1]
    assert markdown[-1].partition("## Check yourself")[2].count("<details>") == 3
    links = re.findall(r"\]\(([^)#]+)\)", "\n".join(markdown))
    assert links and all((path.parent / link).exists() for link in links), links


def test_the_lessons_have_different_numbers_from_00():
    numbers = [path.stem[:2] for path in NOTEBOOKS]
    assert numbers[0] == "00" and len(set(numbers)) == len(numbers)


# --- what stays apart


def names(cell) -> tuple[set[str], set[str]]:
    """The notebook's names to which a cell gives a value, or an element; and those that it reads."""
    scopes = [symtable.symtable(cell.source, "cell", "exec")]
    known = set(scopes[0].get_identifiers())
    given = {symbol.get_name() for symbol in scopes[0].get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
            given |= known & {node.value.id}
    used = set()
    while scopes:  # the cell itself, then its functions and classes and what is in them
        scope = scopes.pop()
        at_home = scope.get_type() == "module"
        used |= {s.get_name() for s in scope.get_symbols() if s.is_referenced() and (at_home or s.is_global())}
        scopes += scope.get_children()
    return given, used


@each_notebook
def test_the_lesson_reads_nothing_that_an_exercise_names_and_a_solution_has_names_of_its_own(path):
    by_exercises, by_solutions, read_by_lesson = set(), set(), set()
    for cell in code_cells(read(path)):
        gives, uses = names(cell)
        if {"exercise", "check", "solution"} & set(tags(cell)):
            (by_solutions if "solution" in tags(cell) else by_exercises).update(gives)
        else:
            read_by_lesson |= uses - gives
    assert by_exercises and all(name.startswith("solution_") for name in by_solutions)
    assert not (by_exercises | by_solutions) & read_by_lesson and not by_exercises & by_solutions


def foreign_words(notebook) -> list[str]:
    """`try` statements that print the text of an error which this project cannot have written.

    Its own errors come from something imported from course_utils, from what such a thing returned, or from a function
    of the notebook with a `raise` in it. (Of another's error a cell may print its kind, or whether it holds some word.)
    """
    nodes = [node for cell in code_cells(notebook) for node in ast.walk(ast.parse(cell.source))]
    ours, found = set(), []
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("course_utils"):
            ours |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.FunctionDef) and any(isinstance(n, ast.Raise) for n in ast.walk(node)):
            ours.add(node.name)
        elif isinstance(node, ast.Assign) and calls([node.value]) & ours:
            ours |= {n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.Try) and not calls(node.body) & ours:
            found += [ast.unparse(node) for handler in node.handlers if shows(handler)]
    return found


def calls(nodes: list[ast.AST]) -> set[str]:
    """What is called: `a` for a(...) and a.b(...)."""
    found = [n for node in nodes for n in ast.walk(node) if isinstance(n, ast.Call)]
    return {re.match(r"\w*", ast.unparse(call.func))[0] for call in found}


def shows(handler: ast.ExceptHandler) -> bool:
    """Does it use the error itself, and not only compare with it or ask for its type?"""
    hidden = {
        id(below)
        for node in ast.walk(handler)
        if isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "type")
        for below in ast.walk(node)
    }
    return any(isinstance(n, ast.Name) and n.id == handler.name and id(n) not in hidden for n in ast.walk(handler))


@each_notebook
def test_no_output_holds_the_words_of_another_projects_error(path):
    """Python and the libraries word theirs differently from version to version."""
    assert not foreign_words(read(path))
