"""course_utils.desk: copies of one's own are made once and never overwritten."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import NOTEBOOKS, ROOT, read, tags

from course_utils import desk

SPEC = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "jupytext": {}}


def write(path, text="Read this."):
    printed = [new_output("stream", text="1\n")]
    cells = [new_markdown_cell(text), new_code_cell("print(1)", outputs=printed, execution_count=1)]
    nbformat.write(new_notebook(cells=cells, metadata=SPEC), path)


@pytest.fixture
def lessons(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("00_a.ipynb", "01_b.ipynb"):
        write(folder / name)
    (folder / "notes.ipynb").write_text("not a lesson")
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_each_lesson_is_copied_once_and_never_overwritten(lessons, tmp_path):
    work = tmp_path / "work"
    assert len(desk.lay(lessons, work)) == 2 and names(work) == ["00_a.ipynb", "01_b.ipynb"]
    (work / "00_a.ipynb").write_text("my answers")
    (work / "01_b.ipynb").unlink()
    assert desk.lay(lessons, work) == ["01_b.ipynb: a new copy for you in work/"]
    assert (work / "00_a.ipynb").read_text() == "my answers"
    assert desk.lay(lessons, work) == []


def test_a_fresh_copy_keeps_every_older_one(lessons, tmp_path):
    work = tmp_path / "work"
    desk.lay(lessons, work)
    for number in (1, 2):
        (work / "01_b.ipynb").write_text(f"my answers, {number}")
        said = desk.lay(lessons, work, fresh=["01" if number == 1 else "1"])
        assert said[0] == f"01_b.ipynb: your old copy is now 01_b_old{number}.ipynb"
        assert (work / f"01_b_old{number}.ipynb").read_text() == f"my answers, {number}"
    assert (work / "01_b_old1.ipynb").read_text() == "my answers, 1"
    assert read(work / "01_b.ipynb").cells[1].source == "print(1)"


@pytest.mark.parametrize("number", ["7", "b", "", "-1"])
def test_a_lesson_that_is_not_there_is_named_before_anything_is_moved(lessons, tmp_path, number):
    desk.lay(lessons, tmp_path / "work")
    with pytest.raises(ValueError, match=f"no lesson '{number}'; there are 00, 01"):
        desk.lay(lessons, tmp_path / "work", fresh=["0", number])
    assert names(tmp_path / "work") == ["00_a.ipynb", "01_b.ipynb"]


def test_a_lesson_that_has_changed_is_reported_and_the_copy_left_alone(lessons, tmp_path):
    work = tmp_path / "work"
    desk.lay(lessons, work)
    before = (work / "01_b.ipynb").read_bytes()
    write(lessons / "01_b.ipynb", "Read this instead.")
    (said,) = desk.lay(lessons, work)
    assert said.startswith("01_b.ipynb: the lesson has changed") and "FRESH=01" in said
    assert (work / "01_b.ipynb").read_bytes() == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_copy_runs_nothing_of_a_solution_and_shows_no_output(path):
    lesson = read(path)
    copy = desk.learners_copy(lesson)
    nbformat.validate(copy)
    assert "jupytext" not in copy.metadata  # or JupyterLab would write text twins beside a learner's copy
    for cell, original in zip(copy.cells, lesson.cells, strict=True):
        if "solution" in tags(original):
            _, *lines = original.source.splitlines()
            assert cell.cell_type == "markdown" and cell.source.startswith("<details><summary>Solution of ")
            folded = cell.source.replace("my_", "solution_")
            for line in lines:
                assert line.startswith("check.") or line.removeprefix("# ") in folded
            assert "check." not in cell.source and "solution_" not in cell.source
        else:
            assert cell.source == original.source and cell.metadata == original.metadata
            assert not cell.get("outputs") and cell.get("execution_count") is None


def test_without_solutions_nothing_of_them_is_left():
    lesson = read(NOTEBOOKS[0])
    kept = [cell.source for cell in lesson.cells if "solution" not in tags(cell)]
    assert [cell.source for cell in desk.learners_copy(lesson, solutions=False).cells] == kept


def test_the_command_makes_the_copies_and_opens_the_first(lessons, tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(desk, "ROOT", tmp_path)
    monkeypatch.setattr(desk.subprocess, "call", lambda command, cwd: opened.append((command, cwd)) or 0)
    assert desk.main(["--no-open"]) == 0 and opened == []
    assert desk.main([]) == 0
    assert opened == [([sys.executable, "-m", "jupyterlab", "work/00_a.ipynb"], tmp_path)]
    assert desk.main(["--fresh", "1"]) == 0 and opened[1][0][-1] == "work/01_b.ipynb"
    assert desk.main(["--fresh", "9"]) == 2 and "no lesson '9'" in capsys.readouterr().err


def test_git_and_the_tests_see_nothing_of_work():
    assert "work/" in (ROOT / ".gitignore").read_text().split()
    if (ROOT / ".git").exists():
        ignored = subprocess.run(["git", "check-ignore", "work/00_hmm.ipynb"], cwd=ROOT, capture_output=True)
        assert ignored.returncode == 0
    collected = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split("testpaths = ")[1].splitlines()[0]
    assert collected == '["course_utils", "tests", "notebooks"]'
