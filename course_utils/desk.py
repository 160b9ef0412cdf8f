"""A desk of one's own: copies of the lessons in work/, to write in. Type: python -m course_utils.desk [--fresh 03]

It copies the lessons that are missing in work/, never touches a copy that is there, and opens JupyterLab on the first.
A copy has no outputs, and each solution is folded text, so that nothing in it runs before the learner runs it.
"""

import argparse
import contextlib
import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course_utils import DATA
from course_utils.commands import command
from course_utils.files import write_whole

ROOT = DATA.parent


def learners_copy(lesson: NotebookNode, solutions: bool = True) -> NotebookNode:
    """The lesson without outputs; its solutions as folded text, or left out.

    The copy remembers what it was made from, so that one can say later whether the lesson has changed since.
    """
    copy = deepcopy(lesson)
    copy.metadata = NotebookNode(kernelspec=lesson.metadata.kernelspec, made_from=_print_of(lesson))
    for i, cell in enumerate(copy.cells):
        if "solution" in cell.metadata.get("tags", []) and cell.cell_type == "code":
            copy.cells[i] = nbformat.v4.new_markdown_cell(_folded(cell.source), id=cell.id) if solutions else None
        elif cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    copy.cells = [cell for cell in copy.cells if cell]
    return copy


def _folded(source: str) -> str:
    """A solution cell as text that opens with a click: the code, with the learner's names, then the reasons."""
    title, *lines = source.splitlines()
    number = re.search(r"[\d.]*\d", title)[0]
    code = "\n".join(line for line in lines if not line.startswith(("# ", "check."))).strip()
    reasons = " ".join(line.removeprefix("# ") for line in lines if line.startswith("# "))
    code = code.replace("solution_", "my_")
    return f"<details><summary>Solution of {number}</summary>\n\n```python\n{code}\n```\n\n{reasons}\n\n</details>"


def _print_of(lesson: NotebookNode) -> str:
    """A fingerprint of the lesson's text and code; outputs do not count."""
    return hashlib.sha256("\0".join(cell.source for cell in lesson.cells).encode()).hexdigest()


def lay(lessons: Path, work: Path, fresh: Sequence[str] = ()) -> list[str]:
    """Put a copy of each lesson that is missing into the folder `work`; an existing file is never changed.

    fresh: numbers of lessons ("03" or "3") whose old copy is first moved aside, to NAME_old1.ipynb and so on.
    Returns: lines that say what was done.
    Raises: ValueError for a number that no lesson has; OSError if the folder cannot be written.
    """
    paths = {int(path.name[:2]): path for path in sorted(lessons.glob("[0-9][0-9]_*.ipynb"))}
    for number in fresh:
        if not number.isdecimal() or int(number) not in paths:
            raise ValueError(f"there is no lesson {number!r}; there are {', '.join(f'{n:02d}' for n in paths)}")
    work.mkdir(exist_ok=True)
    said = []
    for number, path in paths.items():
        lesson, copy = nbformat.read(path, as_version=4), work / path.name
        now = _print_of(lesson)
        if number in map(int, fresh) and copy.exists():
            aside = next(p for n in range(1, 10**6) if not (p := copy.with_stem(f"{copy.stem}_old{n}")).exists())
            copy.rename(aside)
            said.append(f"{copy.name}: your old copy is now {aside.name}")
        if not copy.exists():
            write_whole(copy, nbformat.writes(learners_copy(lesson)) + "\n")
            said.append(f"{copy.name}: a new copy for you in {work.name}/")
        elif (_made_from(copy) or now) != now:
            said.append(
                f"{copy.name}: the lesson has changed since your copy was made. For a new copy that keeps yours: "
                f"--fresh {number:02d} (with make: make lab FRESH={number:02d})"
            )
    return said


def _made_from(copy: Path) -> str:
    try:
        return nbformat.read(copy, as_version=4).metadata.get("made_from", "")
    except Exception:  # the learner's file may hold anything; JupyterLab will say what is wrong with it
        return ""


@command
def main(arguments: Sequence[str] | None = None) -> int:
    """Make the copies and open the first lesson, or the first of those that are made anew; 0 when JupyterLab ends."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.desk", description=__doc__.partition("\n")[0])
    parser.add_argument("--fresh", nargs="+", default=[], metavar="NUMBER", help="a new copy; the old one is kept")
    parser.add_argument("--no-open", action="store_true", help="make the copies, and do not open JupyterLab")
    options = parser.parse_args(arguments)
    work = ROOT / "work"
    print(*lay(ROOT / "notebooks", work, options.fresh), sep="\n", flush=True)
    if options.no_open:
        return 0
    number = min(map(int, options.fresh), default=0)
    (lesson,) = (ROOT / "notebooks").glob(f"{number:02d}_*.ipynb")
    with contextlib.suppress(KeyboardInterrupt):  # JupyterLab has asked, and said good-bye
        return subprocess.call([sys.executable, "-m", "jupyterlab", f"{work.name}/{lesson.name}"], cwd=ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
