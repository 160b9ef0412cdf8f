"""Make the learners' copy of the course, without solutions and outputs: build/workshop/ and build/workshop.zip.

Usage: python docs/make_workshop.py [--no-run] [--root FOLDER]
Every copied notebook is run to its end first, unless --no-run is given. --root is this repository unless told.
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert.preprocessors import ClearOutputPreprocessor, TagRemovePreprocessor

NAME = "reading-hidden-states"
PARTS = "course_utils data environment.yml pyproject.toml constraints.txt Makefile LICENSE* docs/glossary.md".split()


def fill(folder: Path, root: Path) -> None:
    """Put what a learner needs of the course at `root` into `folder`."""
    for pattern in (*PARTS, "notebooks/*.ipynb"):
        if not (found := sorted(root.glob(pattern))):
            raise FileNotFoundError(f"there is no {pattern} in {root}")
        for path in found:
            target = folder / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".ipynb":
                notebook = nbformat.read(path, as_version=4)
                notebook, _ = TagRemovePreprocessor(remove_cell_tags={"solution"}).preprocess(notebook, {})
                notebook.metadata.pop("jupytext", None)  # the text twins stay behind
                notebook, _ = ClearOutputPreprocessor().preprocess(notebook, {})
                mark_slides(notebook)
                nbformat.write(notebook, target)
            elif path.is_dir():
                shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copyfile(path, target)
    shutil.copyfile(root / "docs/workshop_readme.md", folder / "README.md")


def mark_slides(notebook: nbformat.NotebookNode) -> None:
    """For jupyterlab-rise: a heading opens a slide, other text one below it with its code; hints are skipped."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            kind = "-"
        elif cell.source.startswith("<details>"):
            kind = "skip"
        else:
            kind = "slide" if cell.source.startswith("#") else "subslide"
        cell.metadata["slideshow"] = {"slide_type": kind}


def faults_of(path: Path) -> list[str]:
    """Run a notebook, storing nothing. An error is a fault, and a check that says more than 'not attempted yet'."""
    notebook, begun, faults = nbformat.read(path, as_version=4), ["no cell"], []
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}})
    client.on_cell_execute = lambda cell, cell_index: begun.append(f"cell `{cell.source.partition(chr(10))[0]}`")
    try:
        client.execute(env={**os.environ, "PYTHONPATH": str(path.parent.parent), "PYTHONDONTWRITEBYTECODE": "1"})
    except Exception as error:  # in a cell, or a cell does not end, or the kernel dies
        reason = f"{error.ename}: {error.evalue}" if hasattr(error, "ename") else type(error).__name__
        faults.append(f"{path.name}, {begun[-1]}: {reason}")
    for cell in notebook.cells:
        printed = "".join(output.get("text", "") for output in cell.get("outputs", []))
        for line in re.findall(r"^Exercise \S+ - (?!not attempted yet).*", printed, re.MULTILINE):
            faults.append(f"{path.name}, cell `{cell.source.partition(chr(10))[0]}`, nothing attempted: {line}")
    return faults


def pack(folder: Path, target: Path) -> None:
    """The same files give the same bytes: sorted names, one date, one set of permissions."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{NAME}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)


def main(words: list[str] | None = None) -> int:
    """Build in a temporary folder; what was made before is replaced only if there is no fault."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--no-run", action="store_true", help="do not run the notebooks")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args(words)
    if not os.path.isfile(arguments.root / "docs/workshop_readme.md"):
        parser.error(f"--root: there is no course in {arguments.root}")
    build, faults = arguments.root.resolve() / "build", []
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as temporary:
        new = Path(temporary) / NAME
        try:
            fill(new, build.parent)
        except (OSError, ValueError) as error:
            faults.append(f"cannot copy: {error}")
        for path in sorted(new.glob("notebooks/*.ipynb")) if not (arguments.no_run or faults) else []:
            print("running", path.name, flush=True)
            faults += faults_of(path)
        if faults:
            print("Nothing was made.", *faults, sep="\n  ", file=sys.stderr)
            return 1
        pack(new, Path(temporary) / "zip")
        if (build / "workshop").exists():  # moved away, not deleted in place: whatever happens, no half of it is left
            (build / "workshop").rename(Path(temporary) / "old")
        new.rename(build / "workshop")
        (Path(temporary) / "zip").replace(build / "workshop.zip")
    print("made build/workshop/ and build/workshop.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
