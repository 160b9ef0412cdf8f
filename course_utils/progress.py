"""Which exercises are done? Type: python -m course_utils.progress [PATH ...] [--run] [--timeout SECONDS]

It reads saved notebooks, and believes only the last verdict that the cells tagged `check` printed. `--run` first runs a
copy in memory, in a fresh kernel: a notebook can then do whatever you can, so do that with people you trust.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from asyncio import CancelledError
from collections import Counter
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from course_utils import DATA
from course_utils.commands import command, one_line
from course_utils.files import read_text

COURSE, WORK = DATA.parent / "notebooks", DATA.parent / "work"
HEADING = re.compile(r"^#+ .*?Exercise (\d+\.\d+)", re.MULTILINE)
CALL = re.compile(r"^[^#\n]*\bcheck\.(\w+)\s*\(", re.MULTILINE)
VERDICT = re.compile(r"^Exercise (\d+\.\d+) - (correct|not attempted(?= yet)|not yet: .*)(?: yet)?$", re.MULTILINE)


def check_cells(notebook: dict) -> list[tuple]:
    """Of each cell tagged `check`: its exercise, the checker that it calls, its last verdict, and its outputs."""
    found, number = [], ""
    for i, cell in enumerate(notebook["cells"], start=1):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":  # a workshop's lesson has no outputs: the heading says which exercise it is
            number = HEADING.search(source)[1] if HEADING.search(source) else number
        elif "check" in cell["metadata"].get("tags", []):
            text = "".join("".join(output["text"]) for output in cell["outputs"] if output.get("name") == "stdout")
            call, verdict = CALL.search(source), [None, *VERDICT.finditer(text)][-1]
            place = number or (verdict[1] if verdict else f"? (cell {i})")
            found.append((place, call[1] if call else "", verdict, cell["outputs"]))
    return found


def judge(path: Path, run: bool = False, seconds: int = 60) -> dict[str, str]:
    """Exercise -> correct, not yet, not attempted, not run, not checked or missing; after a colon, the reason if any.

    A copy has the exercises of the lesson whose name its own begins with; another notebook, those that it speaks of.
    """
    text, stopped = read_text(path), ""
    notebook = json.loads(text)
    if run:
        notebook, stopped = rerun(nbformat.reads(text, as_version=4), seconds)
    lesson = next((p for p in COURSE.glob("*.ipynb") if path.stem.startswith(p.stem)), None)
    asked = check_cells(json.loads(read_text(lesson))) if lesson else []
    numbers = {checker: number for number, checker, _, _ in asked}
    found = dict.fromkeys(numbers.values(), "missing: its check cell was deleted")
    for place, checker, verdict, outputs in check_cells(notebook):
        number = numbers.get(checker, place)
        errors = [output["ename"] for output in outputs if output["output_type"] == "error"]
        if not checker:
            found[number] = "not checked: its check cell does not call check."
        elif verdict and verdict[1] == number:
            found[number] = verdict[2]
        elif errors:
            found[number] = f"not yet: its check cell stops with {errors[-1]}"
        else:
            found[number] = "not checked: no line of this exercise" if outputs else f"not run{stopped}"
    return found


def rerun(notebook: nbformat.NotebookNode, seconds: int) -> tuple[nbformat.NotebookNode, str]:
    """Run from the top, in an empty folder, until a cell takes too long or ends the kernel; and which did, if any."""
    for cell in notebook.cells:
        cell.update({"outputs": []} if cell.cell_type == "code" else {})
    settings = {"kernel_name": "python3", "allow_errors": True, "shutdown_kernel": "immediate"}
    client = NotebookClient(notebook, timeout=seconds, **settings)
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            client.execute(cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (Exception, CancelledError) as error:
        if hasattr(client, "_async_cleanup_kernel_future"):  # nbclient's answer to Ctrl-C: it ends the kernel, not us
            raise KeyboardInterrupt from None
        return notebook, f": stopped before it, with {type(error).__name__}"
    return notebook, ""


@command
def main(arguments: list[str] | None = None) -> int:
    """Print the report; 0 if all is correct, 2 if a notebook cannot be read, else 1."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.progress", description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="notebook or folder (default: work/)")
    parser.add_argument("--run", action="store_true", help="run each notebook in a fresh kernel; no file is written")
    parser.add_argument("--timeout", type=int, default=60, metavar="SECONDS", help="of --run, a cell (default: 60)")
    options = parser.parse_args(arguments)
    below = [sorted(path.rglob("*.ipynb")) or [path] for path in options.paths or [WORK]]
    counts = Counter()
    for path in [p for paths in below for p in paths if ".ipynb_checkpoints" not in p.parts]:
        try:
            verdicts = judge(path, options.run, options.timeout)
            done = f"{list(verdicts.values()).count('correct')} of {len(verdicts)} correct"
        except Exception as error:  # whatever the file holds, the others are still reported
            verdicts, done = {}, f"cannot be read: {one_line(error)}"
            counts["cannot be read"] += 1
        lines = [f"{path}: {done}", *(f"  {number} {verdict}" for number, verdict in verdicts.items())]
        print(*(ascii(line[:300])[1:-1] for line in lines), sep="\n", flush=True)
        counts.update(verdict.partition(":")[0] for verdict in verdicts.values())
    print("\nTotal:", ", ".join(f"{n} {status}" for status, n in counts.items()) or "no exercises")
    return 2 if counts["cannot be read"] else int(counts["correct"] < counts.total())


if __name__ == "__main__":
    sys.exit(main())
