"""course_utils.progress: believes the last line of the check cells and nothing else, and survives any notebook."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import progress

#: In the notebooks that are run, a checker is as short as this.
SETUP = """
class check:
    share = path = lambda answer: print("Exercise 0.1 - " + ("correct" if answer == 1 else "not yet: it is not one"))
"""


def code(source, tags="", text=None):
    outputs = [] if text is None else [new_output("stream", text=text)]
    return new_code_cell(source, metadata={"tags": tags.split()}, outputs=outputs)


def check(line="correct", number="0.1", source=None):
    """A check cell; line: what it printed about its exercise, if anything."""
    call = source if source is not None else {"0.1": "check.share(answer)", "0.2": "check.path(answer)"}[number]
    return code(call, "check", line and f"Exercise {number} - {line}\n")


@pytest.fixture
def save(tmp_path, monkeypatch):
    """Save cells as a notebook of a learner. The lesson `mine` of the course has the exercises 0.1 and 0.2."""
    monkeypatch.setattr(progress, "COURSE", tmp_path / "course")
    monkeypatch.setattr(progress, "WORK", tmp_path / "work")

    def write(*cells, name="mine.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        return path

    headings = [new_markdown_cell(f"### ✎ Exercise {number} · a title (5 min)") for number in ("0.1", "0.2")]
    write(headings[0], check(None), headings[1], check(None, "0.2"), name="course/mine.ipynb")
    return write


@pytest.fixture
def report(capsys):
    """The exit status and the lines of a call; it may change no file named in it."""

    def run(*arguments):
        files = {path: path.read_bytes() for path in arguments if hasattr(path, "is_file") and path.is_file()}
        status = progress.main([str(argument) for argument in arguments])
        text, complaints = capsys.readouterr()
        assert text.isascii() and text.replace("\n", "").isprintable() and not complaints
        assert files == {path: path.read_bytes() for path in files}
        return status, [line.strip() for line in text.splitlines() if line]

    return run


def test_the_status_of_every_exercise_and_the_exit_status(save, report):
    status, lines = report(save(check(), check(number="0.2"), name="mine_anna.ipynb"))
    assert status == 0 and lines[1:] == ["0.1 correct", "0.2 correct", "Total: 2 correct"]
    status, lines = report(save(check("not attempted yet"), check(None, "0.2")))
    assert status == 1 and lines[1:] == ["0.1 not attempted", "0.2 not run", "Total: 1 not attempted, 1 not run"]
    status, lines = report(save(code("1 + 1"), name="other.ipynb"))
    assert status == 0 and lines[-1] == "Total: no exercises"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (check("not yet: too high"), "not yet: too high"),
        (check("correct\nExercise 0.1 - not yet: no\n\n"), "not yet: no"),  # the last verdict counts
        (check("not yet: no\nExercise 0.1 - correct\nI am done"), "correct"),
        (check("not yet: \x1b[31m“no”\a " + "x" * 9999), r"not yet: \x1b[31m\u201cno\u201d\x07 xxx"),
        *((check(line), "not checked") for line in ("correct, I think", "Correct", "correct too")),
        (check("correct", source="check.path(0)"), "missing: its check cell was deleted"),  # that of another exercise
        *((check(source=source), "not checked") for source in ("print('Exercise 0.1 - correct')", "# check.share(1)")),
        (code("Exercise 0.1 - correct", "", "Exercise 0.1 - correct\n"), "missing"),  # not a check cell
        (code("check.share(1)", "check", "x" * 5_000_000 + "\n" * 50_000), "not checked"),
    ],
)
def test_only_the_last_verdict_of_the_exercises_own_check_cell_counts(save, report, cell, shown):
    status, lines = report(save(cell, check(number="0.2")))
    assert lines[1].startswith(f"0.1 {shown}") and len(lines[1]) < 400 and status == int(shown != "correct")


def test_a_check_cell_that_failed_is_not_yet(save, report):
    cell = check(None)
    cell.outputs = [new_output("error", ename="NameError", evalue="answer", traceback=[])]
    assert report(save(cell))[1][1] == "0.1 not yet: its check cell stops with NameError"


def test_folders_stand_for_their_notebooks_and_work_is_read_by_default(save, report, tmp_path):
    for name in ["work/0.ipynb", "work/.ipynb_checkpoints/0.ipynb", "work/1.ipynb"]:
        save(check(), name=name)
    assert report()[1][-1] == report(tmp_path / "work")[1][-1] == "Total: 2 correct"


FAULTY = {
    "empty": b"",
    "binary": bytes(range(256)),
    "list": b"[]",
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "odd cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1, null, {"cell_type": "code"}]}',
    "deep": b"[" * 100_000,
    "cut off": json.dumps(new_notebook(cells=[check()])).encode()[:-30],
}


@pytest.mark.parametrize("content", FAULTY.values(), ids=FAULTY)
@pytest.mark.parametrize("run", [[], ["--run"]], ids=["", "run"])
def test_what_is_no_notebook_is_2_and_the_others_are_reported(save, report, tmp_path, content, run):
    (tmp_path / "a.ipynb").write_bytes(content)
    status, lines = report(tmp_path / "a.ipynb", *run)
    assert status == 2 and "a.ipynb: cannot be read: " in lines[0] and lines[1:] == ["Total: 1 cannot be read"]


def test_a_missing_file_and_an_empty_folder_are_2_and_the_rest_is_reported(save, report, tmp_path):
    (tmp_path / "empty").mkdir()
    status, lines = report(tmp_path / "none.ipynb", tmp_path / "empty", save(check()))
    assert status == 2 and "no such file" in lines[0] and "a directory" in lines[1]
    assert lines[-1] == "Total: 2 cannot be read, 1 correct, 1 missing"


def test_a_run_reports_what_it_finds_not_what_is_stored_and_ends_with_a_cell_that_takes_too_long(save, report):
    cells = [code(SETUP), code("answer = 1"), check("not yet: old"), code("1 / 0"), code("open('x', 'w')")]
    endless = save(*cells, code("print('Exercise 0.2 - correct')\nwhile True: pass"), check("correct", "0.2"))
    status, lines = report("--run", "--timeout", 2, endless)
    assert status == 1 and lines[1] == "0.1 correct"
    assert lines[2] == "0.2 not run: stopped before it, with CellTimeoutError"
    assert not list(endless.parent.glob("x"))


@pytest.mark.slow
def test_a_kernel_that_dies_ends_its_notebook_only(save, report):
    dead = save(code(SETUP), code("import os; os._exit(1)"), check(), name="dead.ipynb")
    status, lines = report("--run", dead, save(code(SETUP + "answer = 1"), check()))
    assert status == 1 and lines[1] == "? (cell 3) not run: stopped before it, with DeadKernelError"
    assert "0.1 correct" in lines


#: The tool, with Ctrl-C as at a terminal, also where the tests run in the background.
AT_A_TERMINAL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from course_utils import progress
sys.exit(progress.main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals as on Linux and macOS")
def test_ctrl_c_ends_the_whole_run_and_its_kernel(save, tmp_path):
    begun = tmp_path / "begun"
    slow = f"import os, pathlib, time\npathlib.Path({str(begun)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    command = [sys.executable, "-c", AT_A_TERMINAL, "--run", save(code(slow)), save(code("1"), name="other.ipynb")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (begun.exists() and begun.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, complaints = process.communicate(timeout=60)
    assert out == "" and complaints.endswith("interrupted\n") and process.returncode == 130
    assert not psutil.pid_exists(int(begun.read_text()))
