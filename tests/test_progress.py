"""course_utils.progress: believes the last line of the check cells and nothing else, and survives any notebook."""

import csv
import io
import json
import shutil
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import NOTEBOOKS, read

from course_utils import progress


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
        path.parent.mkdir(exist_ok=True, parents=True)
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
        assert text.replace("\n", "").isprintable() and not complaints
        assert files == {path: path.read_bytes() for path in files}
        return status, [line.strip() for line in text.splitlines() if line]

    return run


def test_the_status_of_every_exercise_and_the_exit_status(save, report):
    status, lines = report(save(check(), check(number="0.2"), name="mine_anna.ipynb"))
    assert status == 0 and lines[0].endswith("mine_anna.ipynb: 2 of 2 correct") and lines[1:] == ["Total: 2 correct"]
    status, lines = report("--all", save(check("not attempted yet"), check(None, "0.2")))
    assert status == 1 and lines[0].endswith("mine.ipynb: 0 of 2 correct, 1 not attempted, 1 not run")
    assert lines[1:] == ["0.1 a title - not attempted", "0.2 a title - not run", "Total: 1 not attempted, 1 not run"]
    status, lines = report(save(code("1 + 1"), name="other.ipynb"))
    assert status == 0 and lines[-1] == "Total: no exercises"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (check("not yet: too high"), "not yet: too high"),
        (check("correct\nExercise 0.1 - not yet: no\n\n"), "not yet: no"),  # the last verdict counts
        (check("not yet: no\nExercise 0.1 - correct\nI am done"), "correct"),
        (check("not yet: \x1b[31m“no”\a " + "x" * 9999), r"not yet: \x1b[31m“no”\x07 xxx"),
        *((check(line), "not checked") for line in ("correct, I think", "Correct", "correct too")),
        (check("correct", source="check.path(0)"), "missing: its check cell was deleted"),  # that of another exercise
        *((check(source=source), "not checked") for source in ("print('Exercise 0.1 - correct')", "# check.share(1)")),
        (code("Exercise 0.1 - correct", "", "Exercise 0.1 - correct\n"), "missing"),  # not a check cell
        (code("check.share(1)", "check", "x" * 5_000_000 + "\n" * 50_000), "not checked"),
    ],
)
def test_only_the_last_verdict_of_the_exercises_own_check_cell_counts(save, report, cell, shown):
    status, lines = report("--all", save(cell, check(number="0.2")))
    assert lines[1].startswith(f"0.1 a title - {shown}") and len(lines[1]) < 400 and status == int(shown != "correct")


STOPPED = [new_output("error", ename="SyntaxError", evalue="expected ':' (1.py, line 1)", traceback=[])]
NAME_ERROR = [new_output("error", ename="NameError", evalue="name 'answer' is not defined", traceback=[])]


@pytest.mark.parametrize(
    ("above", "below", "line", "shown"),
    [
        ([], NAME_ERROR, None, "not yet: a cell stops with NameError: name 'answer' is not defined"),
        (STOPPED, NAME_ERROR, None, "not yet: a cell stops with SyntaxError: expected ':' (1.py, line 1)"),
        (STOPPED, [], "not attempted yet", "not yet: a cell stops with SyntaxError: expected ':' (1.py, line 1)"),
        (STOPPED, [], None, "not yet: a cell stops with SyntaxError: expected ':' (1.py, line 1)"),
        ([], [], "correct", "correct"),
    ],
)
def test_an_error_is_reported_as_the_one_that_came_first(save, report, above, below, line, shown):
    answer, verdict = code("def answer()\n    return 1", "exercise"), check(line)
    answer.outputs, verdict.outputs = above, below or verdict.outputs
    heading = new_markdown_cell("### ✎ Exercise 0.1 · a title (5 min)")
    lines = report("--all", save(code("1 / 0", "", "x"), heading, answer, verdict, check(number="0.2")))[1]
    assert lines[1:3] == [f"0.1 a title - {shown}", "0.2 a title - correct"]


def test_folders_stand_for_their_notebooks_and_work_is_read_by_default(save, report, tmp_path):
    for name in ["work/0.ipynb", "work/.ipynb_checkpoints/0.ipynb", "work/1.ipynb"]:
        save(check(), name=name)
    assert report()[1][-1] == report(tmp_path / "work")[1][-1] == "Total: 2 correct, 2 missing"


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
def test_what_is_no_notebook_is_2_and_the_others_are_reported(save, report, tmp_path, content):
    (tmp_path / "a.ipynb").write_bytes(content)
    status, lines = report(tmp_path / "a.ipynb")
    assert status == 2 and "a.ipynb: cannot be read: " in lines[0] and lines[1:] == ["Total: 1 cannot be read"]


def test_a_missing_file_and_an_empty_folder_are_2_and_the_rest_is_reported(save, report, tmp_path):
    (tmp_path / "empty").mkdir()
    status, lines = report(tmp_path / "none.ipynb", tmp_path / "empty", save(check()))
    assert status == 2 and "no such file" in lines[0] and "a directory" in lines[1]
    assert lines[-1] == "Total: 2 cannot be read, 1 correct, 1 missing"


def test_the_checkers_say_which_lesson_a_renamed_file_is(save, report):
    bare = [check(source=f"check.{checker}(answer)", line=None) for checker in ("share", "path")]
    status, lines = report("--all", save(*bare, name="Copy of homework (2).ipynb"))
    assert status == 1 and lines[1:3] == ["0.1 a title - not run", "0.2 a title - not run"]
    assert report("--all", save(bare[1], name="final.ipynb"))[1][1].startswith("0.1 a title - missing")


def test_a_whole_class_as_a_table_and_the_commonest_reason(save, report, tmp_path):
    for name, line in {"müller": "not yet: low", "张": "not yet: low", "=1+1": "not yet: high", "o": "correct"}.items():
        save(check(line), check(number="0.2"), name=f"class/mine_{name}.ipynb")
    (tmp_path / "class/郭").mkdir()
    save(check(), check(None, "0.2"), name="class/郭/homework.ipynb")
    status, lines = report(tmp_path / "class", "--csv", tmp_path / "table.csv")
    assert status == 1 and "mine_müller.ipynb: 1 of 2 correct, 1 not yet" in "\n".join(lines)
    assert lines[-3:] == [
        "Not yet:",
        "0.1 a title: 3 notebooks, most often (2): low",
        "Total: 3 not yet, 6 correct, 1 not run",
    ]
    with open(tmp_path / "table.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["learner", "exercise", "title", "verdict", "reason", "file"] and len(rows) == 11
    table = {(row[0], row[1]): row[2:5] for row in rows[1:]}
    assert table["müller", "0.1"] == ["a title", "not yet", "low"] and table["o", "0.1"][1] == "correct"
    assert table["郭", "0.2"][1] == "not run" and {row[0] for row in rows[1:]} == {"müller", "张", "1 1", "o", "郭"}


def test_a_formula_in_a_table_is_text(save, report, tmp_path):
    save(check(), name="class/=cmd()/mine.ipynb")
    report(tmp_path / "class", "--csv", tmp_path / "table.csv")
    assert "\n'=cmd(),0.1," in (tmp_path / "table.csv").read_text(encoding="utf-8-sig")


def test_a_terminal_without_the_letters_shows_their_numbers(monkeypatch):
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert progress.shown("张 m\n") == r"\u5f20 m\n"


def test_a_hundred_hand_ins_of_the_real_lessons_take_less_than_ten_seconds(tmp_path, capsys):
    sources = {path: read(path) for path in NOTEBOOKS}
    for i in range(100):
        path = NOTEBOOKS[i % len(NOTEBOOKS)]
        shutil.copy(path, tmp_path / f"{i}.ipynb")
    begin = time.perf_counter()
    progress.main([str(tmp_path), "--all"])
    assert time.perf_counter() - begin < 10
    said = capsys.readouterr().out
    exercises = sum("check" in cell.metadata.get("tags", []) for book in sources.values() for cell in book.cells)
    assert said.count(" - not attempted") >= 6 * exercises and "missing" not in said and "not checked" not in said
