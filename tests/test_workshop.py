"""The learners' copy: no solutions, no outputs, links that resolve, the same bytes every time."""

import importlib.util
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import NOTEBOOKS, ROOT, read, tags

TOP = "reading-hidden-states"


SPEC = importlib.util.spec_from_file_location("make_workshop", ROOT / "docs/make_workshop.py")
make_workshop = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make_workshop)


def make(root: Path, *options: str) -> int:
    return make_workshop.main(["--root", str(root), *options])


def write(root: Path, name: str, *code: str) -> None:
    """A notebook of an exercise, then these cells, then a solution that a learner must not see."""
    ran = [new_output("stream", text="an old output\n")]
    cells = [new_markdown_cell("See [the next one](b.ipynb) and [the words](../docs/glossary.md).")]
    cells += [new_code_cell("answer = ...", metadata={"tags": ["exercise"]}, execution_count=1)]
    cells += [new_code_cell(source, outputs=ran, execution_count=2) for source in code]
    cells += [new_code_cell("secret = 42", metadata={"tags": ["solution", "hide-input"]}, execution_count=3)]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=spec), root / "notebooks" / name)


CHECK = "from course_utils import check\ncheck(answer)"


@pytest.fixture
def small(tmp_path):
    """A course of two notebooks, where there is nothing yet."""
    for folder in ("notebooks", "course_utils/__pycache__", "data", "docs"):
        (tmp_path / folder).mkdir(parents=True)
    checker = "def check(x):\n    print('Exercise 1.1 -', 'not attempted yet' if x is ... else 'correct')\n"
    (tmp_path / "course_utils/__init__.py").write_text(checker)
    (tmp_path / "course_utils/__pycache__/old.pyc").write_text("")
    names = ("data/toy.tsv", "environment.yml", "pyproject.toml", "constraints.txt", "Makefile", "LICENSE")
    for name in (*names, "docs/glossary.md", "docs/workshop_readme.md"):
        (tmp_path / name).write_text(name)
    write(tmp_path, "a.ipynb", CHECK)
    write(tmp_path, "b.ipynb")
    return tmp_path


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The real course's zip, unpacked. The notebooks are not run here; `make workshop` does that."""
    root = tmp_path_factory.mktemp("course")
    for name in ("course_utils", "data", "docs", "notebooks"):
        shutil.copytree(ROOT / name, root / name)
    for path in [path for path in ROOT.iterdir() if path.is_file()]:
        shutil.copyfile(path, root / path.name)
    assert make(root, "--no-run") == 0
    zipfile.ZipFile(root / "build/workshop.zip").extractall(root / "unpacked")
    assert [path.name for path in (root / "unpacked").iterdir()] == [TOP]
    return root / "unpacked" / TOP


def links(folder: Path):
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}
    for path in (folder / "notebooks").glob("*.ipynb"):
        texts[path] = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return [(path, link) for path, text in texts.items() for link in re.findall(r"\]\(([^)#\s]+)", text)]


def test_the_small_course_is_run_and_packed_the_same_way_twice(small):
    (small / "notebooks/b.ipynb").unlink()
    write(small, "a.ipynb", CHECK, "assert open('../data/toy.tsv').read()")
    assert make(small) == 0
    first = (small / "build/workshop.zip").read_bytes()
    assert make(small, "--no-run") == 0
    assert (small / "build/workshop.zip").read_bytes() == first
    assert sorted(path.name for path in (small / "build").iterdir()) == ["workshop", "workshop.zip"]
    names = zipfile.ZipFile(small / "build/workshop.zip").namelist()
    assert names == sorted(names) and all(name.startswith(TOP + "/") for name in names)
    assert f"{TOP}/README.md" in names and not any("__pycache__" in name for name in names)
    text = (small / "build/workshop/notebooks/a.ipynb").read_text()
    assert "answer = ..." in text and "secret" not in text and "old output" not in text


def test_each_failing_notebook_is_named_and_what_was_there_stays(small, capsys):
    assert make(small, "--no-run") == 0
    before = (small / "build/workshop.zip").read_bytes()
    write(small, "a.ipynb", "answer = 7", CHECK)
    write(small, "b.ipynb", "# uses a solution\nprint(secret)")
    assert make(small) == 1
    said = capsys.readouterr().err
    assert "a.ipynb, cell `from course_utils import check`, nothing attempted: Exercise 1.1 - correct" in said
    assert "b.ipynb, cell `# uses a solution`: NameError: name 'secret' is not defined" in said
    assert (small / "build/workshop.zip").read_bytes() == before
    assert sorted(path.name for path in (small / "build").iterdir()) == ["workshop", "workshop.zip"]


def test_a_missing_part_is_named(small, capsys):
    (small / "constraints.txt").unlink()
    assert make(small, "--no-run") == 1
    assert "there is no constraints.txt" in capsys.readouterr().err
    assert not list((small / "build").iterdir())


def test_every_notebook_is_there_without_solutions_and_outputs(real):
    for path in NOTEBOOKS:
        copy, original = read(real / "notebooks" / path.name), read(path)
        kept = [cell.source for cell in original.cells if "solution" not in tags(cell)]
        assert [cell.source for cell in copy.cells] == kept
        assert "jupytext" not in copy.metadata  # or JupyterLab would write text twins beside a learner's copy
        for cell in copy.cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None


def test_links_resolve_inside_the_zip(real):
    assert links(real)
    for path, link in links(real):
        target = (path.parent / link).resolve()
        assert "://" in link or (target.exists() and target.is_relative_to(real)), f"{path.name}: {link}"


def test_what_setting_up_needs_is_there(real):
    project = (real / "pyproject.toml").read_text(encoding="utf-8")
    for name in re.findall(r'"(LICENSE[^"]*)"|readme = "([^"]+)"', project):
        assert (real / "".join(name)).is_file()
    readme = (real / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"^    make (\w+)", readme, re.MULTILINE):
        assert re.search(rf"^{target}:", (real / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for name in re.findall(r"[\w/]+\.(?:txt|yml|ipynb|md)\b|LICENSE[\w.-]*\w", readme):
        assert (real / name).is_file(), name
