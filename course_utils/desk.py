"""A desk of one's own: copies of the lessons in work/, to write in. Type: python -m course_utils.desk [--fresh 03]

It copies the lessons that are missing in work/, never touches a copy that is there, and opens JupyterLab on the first.
"""

import argparse
import contextlib
import hashlib
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import nbformat

from course_utils import DATA
from course_utils.commands import command
from course_utils.files import write_whole


def learners_copy(lesson: nbformat.NotebookNode, solutions: bool = True) -> nbformat.NotebookNode:
    """The lesson without outputs; its solutions as folded text, so that nothing in it runs by itself, or left out."""
    marks = {"kernelspec": lesson.metadata.kernelspec, "made_from": _fingerprint(lesson)}
    copy = nbformat.v4.new_notebook(metadata=marks)
    for cell in deepcopy(lesson.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if "solution" in cell.metadata.get("tags", []):
            cell = nbformat.v4.new_markdown_cell(_folded(cell.source), id=cell.id) if solutions else None
        copy.cells += [cell] if cell else []
    return copy


def _folded(source: str) -> str:
    """A solution cell as text that opens with a click: the code, with the learner's names, then the reasons."""
    title, *lines = source.replace("solution_", "my_").splitlines()
    code = "\n".join(line for line in lines if not line.startswith(("# ", "check."))).strip()
    reasons = " ".join(line.removeprefix("# ") for line in lines if line.startswith("# "))
    summary = f"<summary>Solution of {re.search(r'[0-9.]*[0-9]', title)[0]}</summary>"
    return f"<details>{summary}\n\n```python\n{code}\n```\n\n{reasons}\n\n</details>"


def _fingerprint(lesson: nbformat.NotebookNode) -> str:
    """A copy carries it, so that one can say later whether the lesson has changed."""
    return hashlib.sha256("\0".join(cell.source for cell in lesson.cells).encode()).hexdigest()


def lay(course: Path, fresh: str = "") -> str:
    """Copy the lessons that work/ lacks; an old copy of lesson `fresh` is moved aside first.  Returns: what to open."""
    lessons = {path.name[:2]: path for path in sorted((course / "notebooks").glob("[0-9][0-9]_*.ipynb"))}
    if fresh and fresh not in lessons:
        raise ValueError(f"there is no lesson {fresh!r}; there are {', '.join(lessons)}")
    (course / "work").mkdir(exist_ok=True)
    for number, path in lessons.items():
        lesson, copy = nbformat.read(path, as_version=4), course / "work" / path.name
        if number == fresh and copy.exists():
            asides = (copy.with_stem(f"{copy.stem}_old{n}") for n in range(1, 10**6))
            aside = copy.rename(next(aside for aside in asides if not aside.exists()))
            print(f"{copy.name}: your old copy is now {aside.name}")
        if not copy.exists():
            write_whole(copy, nbformat.writes(learners_copy(lesson)) + "\n")
            print(f"{copy.name}: a new copy for you in work/")
        elif _fingerprint(lesson) not in copy.read_text(encoding="utf-8", errors="replace"):
            print(f"{copy.name}: the lesson has changed. For a new copy that keeps yours: make lab FRESH={number}")
    return f"work/{lessons[fresh or min(lessons)].name}"


@command
def main(arguments: list[str] | None = None) -> int:
    """Make the copies and open the first lesson, or the one that is made anew; 0 when JupyterLab ends."""
    parser = argparse.ArgumentParser(prog="python -m course_utils.desk", description=__doc__.partition("\n")[0])
    parser.add_argument("--fresh", default="", metavar="NUMBER", help="a new copy of this lesson; the old one is kept")
    to_open = lay(DATA.parent, parser.parse_args(arguments).fresh)
    with contextlib.suppress(KeyboardInterrupt):  # JupyterLab has asked, and said good-bye
        root = "--ServerApp.root_dir=."  # not work/, or the drawings in docs/ would not be found
        page = f"--LabApp.default_url=/lab/tree/{to_open}"  # so that the address that it prints leads there too
        subprocess.call([sys.executable, "-m", "jupyterlab", root, page], cwd=DATA.parent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
