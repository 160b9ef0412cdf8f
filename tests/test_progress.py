"""course_utils.progress: believes the last line of the check cells and nothing else, and survives any notebook."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from course_utils import progress

CHECKERS = {"0.1": "share", "0.2": "path"}
#: In the notebooks that are run, a checker is as short as this.
SETUP = """
class check:
    share = path = lambda answer: print("Exercise 0.1 - " + ("correct" if answer == 1 else "not yet: it is not one"))
"""


def code(source, tags="", text=None):
    outputs = [] if text is None else [new_output("stream", text=text)]
    return new_code_cell(source, metadata={"tags": tags.split()}, outputs=outputs)


def exercise(number="0.1", line="correct", stub="answer = 1", source=None):
    """The four cells of an exercise; line: what its check cell printed, if anything."""
    call = f"check.{CHECKERS[number]}(answer)"
    solved = f"Exercise {number} - correct\n"
    return [
        code(stub, "exercise"),
        code(call if source is None else source, "check", line and f"Exercise {number} - {line}\n"),
        new_markdown_cell("A hint."),
        code(f"# Solution {number}: click the dots to open\nanswer = 1\n{call}", "solution hide-input", solved),
    ]


@pytest.fixture
def save(tmp_path, monkeypatch):
    """Save cells as a notebook of a learner. The course's own folder is empty at first."""
    monkeypatch.setattr(progress, "COURSE", tmp_path / "course")
    monkeypatch.setattr(progress, "WORK", tmp_path / "work")

    def write(*cells, name="mine.ipynb"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        return path

    return write


@pytest.fixture
def report(capsys):
    """The exit status and the lines of a call; it may change no file named in it."""

    def run(*arguments):
        files = {path: path.read_bytes() for path in arguments if hasattr(path, "is_file") and path.is_file()}
        status = progress.main([str(argument) for argument in arguments])
        text = capsys.readouterr().out
        assert text.isascii() and text.replace("\n", "").isprintable()
        assert files == {path: path.read_bytes() for path in files}
        return status, [line.strip() for line in text.splitlines() if line]

    return run


# --- what a saved notebook says


def test_all_correct_is_0(save, report):
    status, lines = report(save(*exercise("0.1"), *exercise("0.2")))
    assert status == 0 and lines[1:] == ["0.1 correct", "0.2 correct", "Total: 2 of 2 exercises correct"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [("not attempted yet", "not attempted"), ("not yet: too  high", "not yet: too high"), (None, "not run")],
)
def test_anything_else_is_1_and_shown_with_its_reason(save, report, line, shown):
    status, lines = report(save(*exercise("0.1", line), *exercise("0.2")))
    assert status == 1 and lines[1:3] == [f"0.1 {shown}", "0.2 correct"]
    assert lines[-1] == f"Total: 1 of 2 exercises correct, 1 {shown.partition(':')[0]}"


def test_a_notebook_without_exercises_is_no_fault(save, report):
    status, lines = report(save(code("1 + 1")))
    assert status == 0 and lines[0].endswith("mine.ipynb: no exercises")


def test_only_the_check_cell_counts(save, report):
    cells = exercise("0.1", "not attempted yet")
    cells[0].outputs = [new_output("stream", text="Exercise 0.1 - correct\n")]
    assert report(save(*cells))[1][1] == "0.1 not attempted"


def test_the_last_verdict_of_a_check_cell_counts_whatever_else_it_prints(save, report):
    path = save(*exercise("0.1", "correct\nExercise 0.1 - not yet: no\n\n"), *exercise("0.2", "correct\nI am done"))
    assert report(path)[1][1:3] == ["0.1 not yet: no", "0.2 correct"]


@pytest.mark.parametrize("line", ["correct, I think", "not attempted", "correct yet", "Correct"])
def test_a_line_that_no_checker_prints_is_no_verdict(save, report, line):
    assert report(save(*exercise("0.1", line)))[1][1].startswith("0.1 not checked")


def test_the_line_of_another_exercise_is_no_verdict(save, report):
    cells = exercise("0.2")
    cells[1].outputs[0].text = "Exercise 0.1 - correct\n"
    assert report(save(*cells))[1][1].startswith("0.2 not checked")


@pytest.mark.parametrize("source", ["print('Exercise 0.1 - correct')", "# check.share(answer)", ""])
def test_a_check_cell_that_does_not_check_is_not_checked(save, report, source):
    status, lines = report(save(*exercise("0.1", source=source)))
    assert status == 1 and lines[1] == "0.1 not checked: its check cell does not call check."


def test_a_check_cell_that_fails_is_not_yet(save, report):
    cells = exercise("0.1", None)
    cells[1].outputs = [new_output("error", ename="NameError", evalue="answer", traceback=[])]
    assert report(save(*cells))[1][1] == "0.1 not yet: its check cell stops with NameError"


def test_a_deleted_exercise_is_missing(save, report):
    save(*exercise("0.1", "not attempted yet"), *exercise("0.2", None), name="course/mine.ipynb")
    status, lines = report(save(*exercise("0.2")))
    assert status == 1 and lines[1:3] == ["0.1 missing: its check cell was deleted", "0.2 correct"]
    assert report(save(*exercise("0.2"), name="other.ipynb"))[0] == 0


def test_a_deleted_check_cell_is_missing(save, report):
    cells = exercise("0.1")
    assert report(save(cells[0], *cells[2:]))[1][1].startswith("0.1 missing")


def test_a_deleted_solution_does_not_matter(save, report):
    save(*exercise("0.1"), *exercise("0.2"), name="course/mine.ipynb")
    path = save(*exercise("0.1", None)[:3], *exercise("0.2", "not attempted yet")[:3])
    assert report(path)[1][1:3] == ["0.1 not run", "0.2 not attempted"]


def test_a_reason_is_printed_as_one_short_line_of_ascii(save, report):
    line = report(save(*exercise("0.1", "not yet: \x1b[31m“no”\a " + "x" * 9999)))[1][1]
    assert line.startswith("0.1 not yet: [31m?no? x") and len(line) <= 300


def test_a_folder_stands_for_its_notebooks(save, report, tmp_path):
    for name in ["a/0.ipynb", "a/1.ipynb", "a/.ipynb_checkpoints/1.ipynb", "b.ipynb"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        save(*exercise("0.1"), name=name)
    assert report(tmp_path)[1][-1] == "Total: 3 of 3 exercises correct"


def test_without_a_path_it_reads_the_copies_in_work(save, report):
    save(*exercise("0.1"), name="work/00.ipynb")
    assert report()[1][-1] == "Total: 1 of 1 exercises correct"


# --- notebooks that cannot be read

FAULTY = {
    "empty": b"",
    "text": b"Exercise 0.1 - correct",
    "binary": bytes(range(256)),
    "list": b"[]",
    "string": b'"x"',
    "no cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    "no format": b'{"cells": []}',
    "format 99": b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "odd cells": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1, null, {"cell_type": "code"}]}',
    "deep": b"[" * 100_000,
    "cut off": json.dumps(new_notebook(cells=exercise())).encode()[:-30],
}


@pytest.mark.parametrize("content", FAULTY.values(), ids=FAULTY)
def test_what_is_no_notebook_is_2_and_the_others_are_reported(save, report, tmp_path, content):
    (tmp_path / "a.ipynb").write_bytes(content)
    status, lines = report(tmp_path / "a.ipynb", save(*exercise("0.1", "not attempted yet")))
    assert status == 2 and len(lines) == 4 and "a.ipynb: cannot be read: " in lines[0]
    assert lines[-1] == "Total: 0 of 1 exercises correct, 1 not attempted; cannot be read: 1"


def test_a_folder_a_missing_file_and_an_empty_folder_are_2(report, tmp_path):
    (tmp_path / "x.ipynb").mkdir()
    (tmp_path / "empty").mkdir()
    status, lines = report(tmp_path / "x.ipynb", tmp_path / "none.ipynb", tmp_path / "empty", tmp_path)
    assert status == 2 and lines[-1].endswith("cannot be read: 4")
    faults = ["a folder, not a notebook", "No such file or directory", "no notebook in this folder"]
    assert [line.rpartition("read: ")[2] for line in lines[:3]] == faults


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_is_not_waited_for(report, tmp_path):
    os.mkfifo(tmp_path / "x.ipynb")
    assert report(tmp_path / "x.ipynb")[0] == 2


def test_a_huge_file_is_not_read(save, report, monkeypatch):
    monkeypatch.setattr(progress, "LARGEST_FILE", 1000)
    status, lines = report(save(*exercise(), code("1", text="x" * 1000)))
    assert status == 2 and "larger than" in lines[0]


def test_older_notebooks_and_byte_order_marks_are_read(report, tmp_path):
    notebook = new_notebook(cells=exercise())
    old = nbformat.convert(notebook, 3)
    (tmp_path / "3.ipynb").write_text(json.dumps(old), encoding="utf-8")
    (tmp_path / "4.ipynb").write_text(json.dumps(notebook), encoding="utf-8-sig")
    assert report(tmp_path / "3.ipynb", tmp_path / "4.ipynb")[0] == 0


@pytest.mark.parametrize("arguments", [["--timeout", "0"], ["--timeout", "soon"], ["--ruin"]])
def test_misuse_is_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        progress.main(arguments)


# --- notebooks that are run


def test_a_run_reports_what_it_finds_not_what_is_stored(save, report, tmp_path):
    failing = exercise("0.1", "not yet: old", stub="1 / 0")
    path = save(code(SETUP), *exercise("0.1", "not yet: old"), name="right.ipynb")
    other = save(code(SETUP), *failing, code("open('other.ipynb', 'w')"), name="other.ipynb")
    status, lines = report("--run", path, other)
    assert status == 1 and lines[1] == "0.1 correct"
    assert lines[3] == "0.1 not yet: its check cell stops with NameError"
    assert {p.name for p in tmp_path.iterdir()} == {"right.ipynb", "other.ipynb"}


def test_an_endless_loop_is_interrupted_and_the_rest_goes_on(save, report):
    loop = exercise("0.2", "correct", stub="while True: pass", source="check.path(2)\nwhile True: pass")
    status, lines = report("--run", "--timeout", 2, save(code(SETUP), *exercise("0.2", None)[3:], *loop, *exercise()))
    assert status == 1 and "0.1 correct" in lines
    assert lines[-2] == "run: In [3] ran longer than 2 s; In [4] ran longer than 2 s"


def test_a_kernel_that_dies_ends_its_notebook_only(save, report):
    dead = save(code(SETUP), *exercise(stub="import os; os._exit(1)"), name="dead.ipynb")
    status, lines = report("--run", dead, save(code(SETUP), *exercise()))
    assert status == 1
    assert lines[1:3] == ["0.1 not run", "run: stopped, because the kernel died in In [2]"]
    assert lines[4] == "0.1 correct"


def test_a_broken_notebook_is_not_run(report, tmp_path):
    (tmp_path / "x.ipynb").write_text("{}")
    assert report("--run", tmp_path / "x.ipynb")[0] == 2


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
    assert process.communicate(timeout=60) == ("", "interrupted\n") and process.returncode == 130
    assert not psutil.pid_exists(int(begun.read_text()))


FLOODS = [
    "print('x' * 100_000_000)",
    "while True: display('x' * 1_000_000)",
    "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: print('x' * 1000)",
]
#: Runs the tool and prints its status and the megabytes that it took at most.
MEASURED = """
import sys
from course_utils import progress
status = progress.main(sys.argv[1:])
# what this program itself has used: getrusage would count the test runner it was forked from
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(status, int(peak[0]) // 1024)
"""


def test_output_without_end_is_stopped_and_does_not_fill_the_memory(save):
    if not Path("/proc/self/status").exists():
        pytest.skip("needs Linux's own account of a program's memory")
    cells = [code(SETUP), *exercise()]
    call = [sys.executable, "-c", MEASURED, "--run", "--timeout", "1"]
    started = []
    for i, source in enumerate(FLOODS):
        path = save(*cells, *exercise("0.2", source=f"check.path(1)\n{source}"), name=f"{i}.ipynb")
        started.append(subprocess.Popen([*call, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    try:
        for process in started:
            text, complaints = process.communicate(timeout=60)
            status, megabytes = map(int, text.splitlines()[-1].split())
            assert status == 1 and megabytes < 300 and not complaints
            assert "0.1 correct" in text and re.search(r"run: (stopped, because )?In \[6\]", text)
    finally:
        for process in [process for process in started if process.poll() is None]:  # no flood outlives the test
            for part in [*psutil.Process(process.pid).children(recursive=True), process]:
                part.kill()
