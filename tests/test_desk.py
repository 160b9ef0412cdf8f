"""course_utils.desk: copies of one's own are made once and never overwritten."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import ROOT, each_notebook, read, tags

from course_utils import desk


def write(path, text="Read this."):
    cells = [new_markdown_cell(text), new_code_cell("print(1)", outputs=[new_output("stream", text="1\n")])]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "3"}}), path)


@pytest.fixture
def course(tmp_path):
    """Two lessons, and their copies."""
    (tmp_path / "notebooks").mkdir()
    for name in ("00_a.ipynb", "01_b.ipynb"):
        write(tmp_path / "notebooks" / name)
    assert desk.lay(tmp_path) == "work/00_a.ipynb"
    return tmp_path


def test_each_lesson_is_copied_once_and_never_overwritten(course, capsys):
    (course / "work/00_a.ipynb").write_text("my answers")
    (course / "work/01_b.ipynb").unlink()
    desk.lay(course)
    assert capsys.readouterr().out.endswith("01_b.ipynb: a new copy for you in work/\n")
    assert (course / "work/00_a.ipynb").read_text() == "my answers"
    assert read(course / "work/01_b.ipynb").cells[1].outputs == []


def test_a_fresh_copy_keeps_every_older_one(course, capsys):
    for n in (1, 2):
        (course / "work/01_b.ipynb").write_text(f"my answers, {n}")
        assert desk.lay(course, fresh="01") == "work/01_b.ipynb"
        assert f"01_b.ipynb: your old copy is now 01_b_old{n}.ipynb" in capsys.readouterr().out
    assert [(course / f"work/01_b_old{n}.ipynb").read_text() for n in (1, 2)] == ["my answers, 1", "my answers, 2"]
    assert read(course / "work/01_b.ipynb").cells[1].source == "print(1)"
    with pytest.raises(ValueError, match="no lesson '07'; there are 00, 01"):
        desk.lay(course, fresh="07")


def test_a_lesson_that_has_changed_is_reported_and_the_copy_left_alone(course, capsys):
    before = (course / "work/01_b.ipynb").read_bytes()
    capsys.readouterr()
    desk.lay(course)
    assert capsys.readouterr().out == ""
    write(course / "notebooks/01_b.ipynb", "Read this instead.")
    desk.lay(course)
    assert "01_b.ipynb: the lesson has changed" in capsys.readouterr().out
    assert (course / "work/01_b.ipynb").read_bytes() == before


@each_notebook
def test_a_copy_runs_nothing_of_a_solution_and_shows_no_output(path):
    lesson = read(path)
    copy, without = desk.learners_copy(lesson), desk.learners_copy(lesson, solutions=False)
    nbformat.validate(copy)
    assert "jupytext" not in copy.metadata  # or JupyterLab would write text twins beside a learner's copy
    assert [cell.source for cell in without.cells] == [c.source for c in lesson.cells if "solution" not in tags(c)]
    for cell, original in zip(copy.cells, lesson.cells, strict=True):
        if "solution" in tags(original):
            assert cell.cell_type == "markdown" and cell.source.startswith("<details><summary>Solution of ")
            for line in original.source.replace("solution_", "my_").splitlines()[1:]:
                assert line.startswith("check.") or line.removeprefix("# ") in cell.source
            assert "check." not in cell.source and "solution_" not in cell.source
        else:
            assert cell.source == original.source and cell.metadata == original.metadata
            assert not cell.get("outputs") and cell.get("execution_count") is None


def test_the_command_opens_the_first_lesson_or_the_fresh_one(course, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr(desk, "DATA", course / "data")
    monkeypatch.setattr(desk.subprocess, "call", lambda command, cwd: opened.append((command, cwd)))
    assert desk.main([]) == desk.main(["--fresh", "01"]) == 0
    lab = [sys.executable, "-m", "jupyterlab", "--ServerApp.root_dir=."]
    pages = [f"--LabApp.default_url=/lab/tree/work/{name}.ipynb" for name in ("00_a", "01_b")]
    assert opened == [([*lab, page], course) for page in pages]
    assert desk.main(["--fresh", "9"]) == 2 and "no lesson '9'" in capsys.readouterr().err


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="asks git")
def test_git_sees_nothing_of_work():
    assert subprocess.run(["git", "check-ignore", "-q", "work/00.ipynb"], cwd=ROOT).returncode == 0
