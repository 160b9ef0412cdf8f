"""Which exercises are done? Type: python -m course_utils.progress PATH [PATH ...] [--run] [--timeout SECONDS]

A learner's record without a server: it reads saved notebooks, and believes only the last verdict that the cells
tagged `check` printed. `--run` first runs a copy in memory, from the top, in a fresh kernel and an empty temporary
folder.

That is no sandbox: a notebook can do whatever the user who runs it can, and its kernel may take what memory there is.
This tool stays small: it refuses files above 20 MB and messages above 8 MB, and keeps nothing of a run but the last
lines of its check cells. A kernel that sends a larger message (a print of 10 MB) cannot be heard after it; its notebook
is given up there, and the next one begins.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from jupyter_client.asynchronous import AsyncKernelClient
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course_utils import DATA
from course_utils.commands import command

COURSE, WORK = DATA.parent / "notebooks", DATA.parent / "work"
LARGEST_FILE, LARGEST_MESSAGE, LAST_LINES = 20_000_000, 8_000_000, 10_000  # bytes, bytes, characters
TIME_UP = {"ename": "TimeUp", "evalue": "", "traceback": []}

CALL = re.compile(r"^[^#\n]*\bcheck\.(\w+)\s*\(", re.MULTILINE)
TITLE = re.compile(r"# Solution ([0-9]{1,3}\.[0-9]{1,3})\b")
VERDICT = re.compile(r"Exercise ([0-9]{1,3}\.[0-9]{1,3}) - (correct$|not attempted(?= yet$)|not yet: .*)(?: yet)?")


def find_notebooks(paths: Iterable[Path]) -> Iterator[Path]:
    """The notebooks at and below the paths, hidden folders left out; a folder without one stands for itself."""
    for path in paths:
        below = []
        with contextlib.suppress(OSError):  # a name that is too long, say: `read_notebook` will tell
            below = sorted(path.rglob("*.ipynb")) if path.suffix != ".ipynb" else []
        yield from [p for p in below if not any(part[0] == "." for part in p.relative_to(path).parts)] or [path]


def read_notebook(path: Path) -> NotebookNode:
    """A saved notebook, in format 4.  Raises: OSError, ValueError or nbformat's ValidationError if it is none."""
    if path.is_dir():
        raise ValueError("a folder, not a notebook" if path.suffix == ".ipynb" else "no notebook in this folder")
    if path.stat().st_size > LARGEST_FILE or not path.is_file():
        raise ValueError(f"not a file, or larger than {LARGEST_FILE // 10**6} MB (clear its outputs and save it)")
    text = path.read_text(encoding="utf-8-sig")
    if "nbformat" not in nbformat.reader.parse_json(text):
        raise ValueError("not a notebook")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # older notebooks have cells without ids
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook, relax_add_props=True)
    return notebook


def find_checks(notebook: NotebookNode, numbers: dict[str, str]) -> dict[str, NotebookNode | None]:
    """The check cell of every exercise, by number; None if only its solution is there. A repeated cell: the last.

    The number is the one that the course gives to the checker called, else that of the solution before the next check
    cell, else the one printed.  Parameters: numbers, of the course's exercises by the name of their checker.
    """
    checks: dict[str, NotebookNode | None] = {}
    cells = [cell for cell in notebook.cells if _is_check(cell) or "solution" in _tags(cell)]
    for cell, following in zip(cells, [*cells[1:], None], strict=False):
        if _is_check(cell):
            title = TITLE.match(following.source) if following and not _is_check(following) else None
            call, printed = CALL.search(cell.source), _verdict(cell)
            number = numbers.get(call[1]) if call else None
            checks[number or (title or printed or ["", f"? (check cell {len(checks) + 1})"])[1]] = cell
        elif title := TITLE.match(cell.source):
            checks.setdefault(title[1], None)
    return checks


def judge(number: str, cell: NotebookNode | None) -> str:
    """One of: correct, not yet, not attempted, not run, not checked, missing; after a colon, the reason if any."""
    if cell is None:
        return "missing: its check cell was deleted"
    if not CALL.search(cell.source):
        return "not checked: its check cell does not call check."
    if not cell.outputs:
        return "not run"
    verdict = _verdict(cell)
    if verdict and verdict[1] == number:
        return verdict[2]
    errors = [output.ename for output in cell.outputs if output.output_type == "error"]
    if errors:
        return f"not yet: its check cell stops with {errors[-1]}"
    return f"not checked: its check cell does not hold the line of exercise {number}"


def report(path: Path, run: bool = False, seconds: int = 60) -> tuple[list[str], list[str]]:
    """The lines to print for one notebook, and the status of each exercise. Raises nothing: a line says why."""
    course: dict[str, NotebookNode | None] = {}
    with contextlib.suppress(Exception):  # a notebook of the learner's own has no counterpart
        course = find_checks(read_notebook(COURSE / path.name), {})
    calls = {number: CALL.search(cell.source) for number, cell in course.items() if cell}
    try:
        notebook = read_notebook(path)
        note = rerun(notebook, seconds) if run else ""
        checks = dict.fromkeys(course) | find_checks(notebook, {call[1]: n for n, call in calls.items() if call})
        numbers = sorted(checks, key=lambda number: ("?" in number, [int(n) for n in re.findall("[0-9]+", number)]))
        verdicts = {number: judge(number, checks[number]) for number in numbers}
    except Exception as error:  # whatever the file holds, the others are still reported
        return [_plain(f"{path}: cannot be read: {_reason(error)}")], ["unreadable"]
    statuses = [verdict.partition(":")[0] for verdict in verdicts.values()]
    done = f"{statuses.count('correct')} of {len(statuses)} correct" if statuses else "no exercises"
    lines = [f"{number} {verdict}" for number, verdict in verdicts.items()] + [f"run: {note}"] * bool(note)
    return [_plain(f"{path}: {done}"), *(f"  {_plain(line)}" for line in lines)], statuses


class _Client(AsyncKernelClient):
    """Takes no large message, and few at a time, so that a kernel cannot fill this process' memory."""

    def _context_default(self):
        context = super()._context_default()
        context.maxmsgsize, context.rcvhwm = LARGEST_MESSAGE, 16
        return context


class _Rerun(NotebookClient):
    """Keeps the last lines that each check cell printed, and the name of its error; no other output, no widgets."""

    def create_kernel_manager(self):
        manager = super().create_kernel_manager()
        manager.client_factory = _Client
        return manager

    def output(self, outs, msg, display_id, cell_index):
        out, kept = nbformat.v4.output_from_msg(msg), {output.output_type: output for output in outs}
        if out.get("name") == "stdout":
            before = kept["stream"].text if "stream" in kept else ""
            kept["stream"] = nbformat.v4.new_output("stream", text=(before + out.text)[-LAST_LINES:])
        elif out.output_type == "error":
            kept["error"] = nbformat.v4.new_output("error", ename=out.ename[:100])
        outs[:] = kept.values() if _is_check(self.nb.cells[cell_index]) else []

    def handle_comm_msg(self, outs, msg, cell_index):
        pass


def rerun(notebook: NotebookNode, seconds: int) -> str:
    """Run the notebook in a fresh kernel, in place; afterwards only its check cells have outputs.

    A cell that takes longer than `seconds` is interrupted, and the next one begins. A kernel that died, that ignores
    the interrupt or that cannot be heard any more ends the run.  Returns: what went wrong, or "".
    Raises: KeyboardInterrupt after Ctrl-C, when the kernel is gone; nothing else.
    """

    def note_time_up(execute_reply, **_):
        if execute_reply["content"]["ename"] == TIME_UP["ename"]:
            notes.append(f"In [{client.code_cells_executed}] ran longer than {seconds} s")

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    notes: list[str] = []
    client = _Rerun(notebook, kernel_name="python3", timeout=seconds, interrupt_on_timeout=True)
    client.error_on_timeout, client.on_cell_error = TIME_UP, note_time_up
    client.allow_errors = client.raise_on_iopub_timeout = True
    client.record_timing, client.shutdown_kernel = False, "immediate"
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            client.execute(cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except DeadKernelError:
        notes.append(f"stopped, because the kernel died in In [{client.code_cells_executed}]")
    except CellTimeoutError:
        what = f"printed too much at once, or did not end after {seconds} s"
        notes.append(f"stopped, because In [{client.code_cells_executed}] {what}")
    except (Exception, asyncio.CancelledError) as error:
        notes.append(f"stopped, because of {_reason(error)}")
    if hasattr(client, "_async_cleanup_kernel_future"):  # nbclient's answer to Ctrl-C: it ends the kernel, not us
        raise KeyboardInterrupt
    return "; ".join(notes)


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", []) if cell.cell_type == "code" else []


def _is_check(cell: NotebookNode) -> bool:
    return "check" in _tags(cell) and "solution" not in _tags(cell)


def _verdict(cell: NotebookNode) -> re.Match | None:
    """The last verdict among the lines on stdout; a learner's own lines may stand before and after it."""
    text = "".join(output.text for output in cell.outputs if output.get("name") == "stdout")
    return next(filter(None, map(VERDICT.fullmatch, map(str.strip, reversed(text.splitlines())))), None)


def _reason(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error).partition("\n")[0]
    return text if text and isinstance(error, (OSError, ValueError)) else f"{type(error).__name__}: {text}"


def _plain(text: str) -> str:
    """One printable line of ASCII, cut at 300 characters."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())
    return text.encode("ascii", "replace").decode()[:300]


@command
def main(arguments: list[str] | None = None) -> int:
    """Print the report; 0 if all is correct, 2 if a notebook cannot be read, else 1.  Raises: SystemExit on misuse."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.progress", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="notebook or folder (default: your copies in work/)"
    )
    parser.add_argument("--run", action="store_true", help="run each notebook in a fresh kernel; no file is written")
    parser.add_argument("--timeout", type=int, default=60, metavar="SECONDS", help="of --run, a cell (default: 60)")
    asked = parser.parse_args(arguments)
    if asked.timeout < 1:
        parser.error("--timeout: at least 1 second")
    counts: Counter[str] = Counter()
    for path in find_notebooks(asked.paths or [WORK]):
        lines, statuses = report(path, asked.run, asked.timeout)
        print(*lines, sep="\n", flush=True)
        counts.update(statuses)
    unreadable, total = counts.pop("unreadable", 0), counts.total()
    rest = [f", {n} {status}" for status, n in counts.items() if status != "correct"]
    broken = f"; cannot be read: {unreadable}" if unreadable else ""
    print(f"\nTotal: {counts['correct']} of {total} exercises correct{''.join(rest)}{broken}")
    return 2 if unreadable else int(counts["correct"] < total)


if __name__ == "__main__":
    sys.exit(main())
