"""What nbval does not look at: how the notebooks are stored, and how they read."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from itertools import pairwise

import nbformat
import pytest
from notebook_files import NOTEBOOKS, ROOT, code_cells, each_notebook, is_compared, is_figure, printed, read, tags

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


def test_there_are_notebooks_numbered_without_gaps():
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{i:02d}" for i in range(len(NOTEBOOKS))] and NOTEBOOKS


@each_notebook
def test_every_cell_was_run_in_order(path):
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_outputs_are_clean(path):
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", cell.source
            assert not any("widget" in kind for kind in output.get("data", {})), cell.source
        for what, pattern in NEVER_PRINTED.items():
            assert not re.search(pattern, printed(cell)), f"{what} in the output of:\n{cell.source}"


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


def test_whose_words_an_error_has():
    body = "\ntry:\n    {}\nexcept ValueError as error:\n    print({})"
    lesson = "from course_utils.encoding import encode\nmodel = encode('')\ndef f(x):\n    return [].index(x)"

    def found(call: str, shown: str = "error") -> bool:
        cell = nbformat.v4.new_code_cell(lesson + body.format(call, shown))
        return bool(foreign_words(nbformat.v4.new_notebook(cells=[cell])))

    assert found("f(1)") and found("torch.stack(1)", "f'{error}'") and found("int('x')", "str(error)[:5]")
    assert not found("encode(1)") and not found("model(1)")
    assert not found("f(1)", "'3' in str(error)") and not found("f(1)", "type(error).__name__")


@each_notebook
def test_code_stays_short_and_local(path):
    for cell in code_cells(read(path)):
        lines = [line for line in cell.source.splitlines() if line.strip()]
        assert len(lines) <= 25, f"{len(lines)} lines:\n{cell.source}"
        assert max(map(len, lines)) <= 112, f"a line of {max(map(len, lines))} characters:\n{cell.source}"
        for what, pattern in NEVER_WRITTEN.items():
            assert not re.search(pattern, cell.source, re.MULTILINE), f"{what}:\n{cell.source}"


@each_notebook
def test_half_of_the_code_cells_have_few_lines(path):
    lengths = sorted(
        len([line for line in cell.source.splitlines() if line.strip()]) for cell in code_cells(read(path))
    )
    assert lengths[len(lengths) // 2] <= 10


@each_notebook
def test_no_cell_stands_without_a_reason_before_it(path):
    cells = read(path).cells
    for before, cell in pairwise(cells):
        if cell.cell_type == "code" and before.cell_type == "code":
            assert is_figure(cell) or "check" in tags(cell), f"two code cells in a row without a word:\n{cell.source}"


@each_notebook
def test_every_figure_is_described_and_explained(path):
    cells = read(path).cells
    for cell, after in pairwise(cells):
        if cell.cell_type == "code" and is_figure(cell):
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 30, f"no alt text (mystnb.image.alt):\n{cell.source}"
            assert after.cell_type == "markdown" and after.source.startswith("*"), f"no sentence below:\n{cell.source}"


@each_notebook
def test_it_opens_and_closes_as_all_do(path):
    markdown = [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]
    assert markdown[0].startswith(f"# {path.stem[:2]} · ")
    for heading in ("**Questions.**", "**Afterwards you can**", "**You need**", "**Time.**"):
        assert heading in markdown[0]
    closing = markdown[-1]
    assert "## What you have now" in closing and "## Check yourself" in closing
    assert closing.split("## Check yourself")[1].count("<details>") == 3


@each_notebook
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", "\n".join(cell.source for cell in read(path).cells))
    assert links
    for link in links:
        assert (path.parent / link).exists(), link


@each_notebook
def test_at_least_nine_outputs_of_ten_are_compared(path):
    with_output = [cell for cell in code_cells(read(path)) if cell.outputs]
    assert sum(map(is_compared, with_output)) >= 0.9 * len(with_output)
    for cell in with_output:
        assert is_compared(cell) or cell.metadata.get("nbval_reason"), (
            f"not compared, and no nbval_reason:\n{cell.source}"
        )


@each_notebook
def test_the_stored_file_is_small(path):
    assert path.stat().st_size < 400_000


@each_notebook
def test_the_text_twin_is_in_step(path):
    command = [sys.executable, "-m", "jupytext", "--to", "md:myst", "--output", "-", str(path)]
    from_notebook = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8"
    ).stdout
    text = (ROOT / "notebooks_text" / f"{path.stem}.md").read_text(encoding="utf-8")
    from_notebook = re.sub(r" *jupytext_version: .*\n", "", from_notebook)  # --sync leaves it out, see jupytext.toml
    assert text == from_notebook, "edit one side, then: make notebooks"


def test_a_flipped_digit_is_noticed(tmp_path):
    """The whole safety net: one wrong digit in one stored output must turn the run red."""
    notebook = json.loads(NOTEBOOKS[1].read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"][:4]
    notebook["cells"] = code
    output = next(
        output for cell in code for output in cell["outputs"] if re.search(r"\d", "".join(output.get("text", "")))
    )

    def run(name):
        (tmp_path / name).write_text(json.dumps(notebook), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider"]
        command += ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=60", str(tmp_path / name)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert run("as_stored.ipynb").returncode == 0
    text = "".join(output["text"])
    output["text"] = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)
    flipped = run("flipped.ipynb")
    assert flipped.returncode == 1 and "1 failed" in flipped.stdout


def other_writers() -> list[str]:
    """Packages that write notebooks or pictures, if not of the version that wrote the stored ones."""
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split())
    return [name for name in ("jupytext", "matplotlib", "nbformat", "nbstripout") if version(name) != pins[name]]


@pytest.mark.skipif(bool(other_writers()), reason=f"to the byte only by the same writers; others: {other_writers()}")
@pytest.mark.parametrize("newer", ["notebooks", "notebooks_text"])
def test_a_refresh_of_a_current_notebook_changes_nothing(tmp_path, newer):
    for part in ("notebooks", "notebooks_text", "tools/refresh_notebooks.py", "jupytext.toml", "course_utils", "data"):
        source, target = ROOT / part, tmp_path / part
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    notebook, text = tmp_path / "notebooks/01_encoding.ipynb", tmp_path / "notebooks_text/01_encoding.md"
    before = notebook.read_bytes(), text.read_bytes()
    for file in (notebook, text):  # in a fresh clone either may be the newer one
        os.utime(file, (0, 2e9 if newer in file.parts else 1e9))
    command = [sys.executable, "tools/refresh_notebooks.py", "notebooks_text/01_encoding.md"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (notebook.read_bytes(), text.read_bytes()) == before
