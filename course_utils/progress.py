"""Which exercises are done? Type: python -m course_utils.progress [PATH ...] [--all] [--csv FILE]

It reads saved notebooks and runs nothing. It believes the last verdict that a cell tagged `check` printed: an answer
that was changed later counts once its check has run again and the notebook is saved.
"""

import argparse
import csv
import io
import json
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path

from course_utils import DATA
from course_utils.commands import command, one_line
from course_utils.files import read_text, write_whole

COURSE, WORK = DATA.parent / "notebooks", DATA.parent / "work"
HEADING = re.compile(r"^#+ .*?Exercise (\d+\.\d+)(?: · (.+?))?(?: \(.*)?$", re.MULTILINE)
CALL = re.compile(r"^[^#\n]*\bcheck\.(\w+)\s*\(", re.MULTILINE)
VERDICT = re.compile(r"^Exercise (\d+\.\d+) - (correct|not attempted(?= yet)|not yet: .*)(?: yet)?$", re.MULTILINE)


def check_cells(notebook: dict) -> list[tuple]:
    """Of each cell tagged `check`: exercise, title, the checker that it calls, last verdict, outputs, errors above."""
    found, number, title, stops = [], "", "", []
    for i, cell in enumerate(notebook["cells"], start=1):
        source, tags = "".join(cell["source"]), cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown" and (heading := HEADING.search(source)):
            number, title, stops = heading[1], heading[2] or "", []
        elif cell["cell_type"] == "code":
            stops += [f"{o['ename']}: {o['evalue']}" for o in cell["outputs"] if o["output_type"] == "error"]
        if "check" in tags:
            text = "".join("".join(output["text"]) for output in cell["outputs"] if output.get("name") == "stdout")
            call, verdict = CALL.search(source), [None, *VERDICT.finditer(text)][-1]
            place = number or (verdict[1] if verdict else f"? (cell {i})")
            found.append((place, title, call[1] if call else "", verdict, cell["outputs"], stops))
            stops = []
    return found


@cache
def lessons(folder: Path) -> dict[str, list[tuple]]:
    """The check cells of every lesson of the course, by its name."""
    return {path.stem: check_cells(json.loads(read_text(path))) for path in sorted(folder.glob("*.ipynb"))}


def judge(path: Path) -> tuple[str, dict[str, str]]:
    """The lesson of a notebook; and exercise -> correct, not yet, not attempted, not run, not checked or missing.

    After a colon stands the reason, if any. Whatever a file is called, its checkers say which lesson it is; where there
    is none of them, its name does. A notebook of no lesson has the exercises that it speaks of.
    """
    cells = check_cells(json.loads(read_text(path)))
    used = {checker for _, _, checker, *_ in cells}
    known = {name: {cell[2]: cell[0] for cell in lesson} for name, lesson in lessons(COURSE).items()}
    likeness = {name: (len(used & asked.keys()), name in path.stem) for name, asked in known.items()}
    lesson = max(likeness, key=likeness.get, default="")
    numbers = known[lesson] if lesson and any(likeness[lesson]) else {}
    found = dict.fromkeys(numbers.values(), "missing: its check cell was deleted")
    for place, _, checker, verdict, outputs, stops in cells:
        number = numbers.get(checker, place)
        if not checker:
            found[number] = "not checked: its check cell does not call check."
        elif stops and not (verdict and verdict[2] == "correct"):
            found[number] = f"not yet: a cell stops with {stops[0]}"
        elif verdict and verdict[1] == number:
            found[number] = verdict[2]
        else:
            found[number] = "not checked: no line of this exercise" if outputs else "not run"
    return lesson if numbers else "", found


def learner(path: Path, root: Path, lesson: str) -> str:
    """The first folder below the one that was asked for; without one, what the file's name adds to the lesson's."""
    inside = path.relative_to(root).parts if root.is_dir() else ()
    name = re.sub(r"[\W_]+", " ", path.stem.replace(lesson, "").replace("Copy of", "")).strip()
    return inside[0] if len(inside) > 1 else name or path.stem


def shown(text: str) -> str:
    """Printable, on one line, in any alphabet that the terminal knows."""
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:300])
    code = sys.stdout.encoding or "utf-8"
    return text.encode(code, "backslashreplace").decode(code)


@command
def main(arguments: list[str] | None = None) -> int:
    """Print the report; 0 if all is correct, 2 if a notebook cannot be read, else 1."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.progress", description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="notebook or folder (default: work/)")
    parser.add_argument("--all", action="store_true", help="list every exercise of every notebook")
    parser.add_argument("--csv", metavar="FILE", help="write a table: learner, exercise, title, verdict, reason, file")
    options = parser.parse_args(arguments)
    titles = {cell[0]: cell[1] for lesson in lessons(COURSE).values() for cell in lesson}
    counts, reasons, rows = Counter(), {}, [["learner", "exercise", "title", "verdict", "reason", "file"]]
    below = [(root, path) for root in options.paths or [WORK] for path in sorted(root.rglob("*.ipynb")) or [root]]
    for root, path in below:
        if ".ipynb_checkpoints" in path.parts:
            continue
        try:
            lesson, found = judge(path)
        except Exception as error:  # whatever the file holds, the others are still reported
            counts["cannot be read"] += 1
            print(shown(f"{path}: cannot be read: {one_line(error).removeprefix(f'{path}: ')}"))
            continue
        split = {number: verdict.partition(": ") for number, verdict in found.items()}
        states = Counter(verdict for verdict, _, _ in split.values())
        rest = [f"{n} {state}" for state, n in states.items() if state != "correct"]
        print(shown(f"{path}: " + ", ".join([f"{states['correct']} of {len(found)} correct", *rest])))
        for number, (verdict, colon, reason) in split.items():
            title = titles.get(number, "")
            if options.all:
                print(shown(f"  {number} {title}{' - ' * bool(title)}{verdict}{colon}{reason}"))
            if verdict == "not yet":
                reasons.setdefault(number, Counter())[reason] += 1
            row = [learner(path, root, lesson), number, title, verdict, reason, path.as_posix()]
            rows.append([f"'{word}" if word[:1] in "=+-@" and word else word for word in row])  # no formulas in Excel
        counts.update(states)
    print("\nNot yet:" if reasons else "")
    for number, why in sorted(reasons.items(), key=lambda item: [int(n) for n in re.findall(r"\d+", item[0])]):
        reason, n = why.most_common(1)[0]
        often = f"{why.total()} notebooks, most often ({n}): " if why.total() > 1 else ""
        print(shown(f"  {number} {titles.get(number, '')}: {often}{reason}"))
    if options.csv:
        csv.writer(table := io.StringIO()).writerows(rows)
        write_whole(options.csv, table.getvalue().encode("utf-8-sig"))  # with the mark by which Excel knows UTF-8
    print("Total:", ", ".join(f"{n} {status}" for status, n in counts.items()) or "no exercises")
    return 2 if counts["cannot be read"] else int(counts["correct"] < counts.total())


if __name__ == "__main__":
    sys.exit(main())
