"""Make the learners' copy of the course, without solutions and outputs: build/workshop/ and build/workshop.zip.

Usage: python tools/make_workshop.py [--root FOLDER]
build/solutions.zip, to hand out afterwards, holds the lessons with each solution folded in.
Only what git tracks is packed. --root is this repository unless told.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import nbformat

from course_utils.commands import command
from course_utils.desk import learners_copy

NAME = "reading-hidden-states"
#: Files and folders of the course -> their place in the copy.
PARTS = {
    "notebooks": "notebooks",
    "course_utils": "course_utils",
    "data": "data",
    "docs/glossary.md": "docs/glossary.md",
    "docs/self_check.md": "docs/self_check.md",
    "docs/worksheet.md": "docs/worksheet.md",
    "docs/project.md": "docs/project.md",
    "docs/cheat_sheet.md": "docs/cheat_sheet.md",
    "docs/references.md": "docs/references.md",
    "docs/drawings": "docs/drawings",
    "docs/workshop_readme.md": "README.md",
    "learners.mk": "Makefile",
    "environment.yml": "environment.yml",
    "pyproject.toml": "pyproject.toml",
    "constraints.txt": "constraints.txt",
    "LICENSE": "LICENSE",
    "LICENSE-TEXT.md": "LICENSE-TEXT.md",
}


def tracked(root: Path) -> list[str]:
    """The files of PARTS that git tracks, links left out.  Raises: ValueError if this is no clone or lacks one."""
    listed = subprocess.run(["git", "ls-files", "-z", "--stage", *PARTS], cwd=root, capture_output=True, text=True)
    if listed.returncode:
        raise ValueError(f"what belongs to the course is what git tracks, and {root} is no clone of it")
    entries = [line.split("\t") for line in listed.stdout.split("\0") if line]
    names = [name for mode, name in entries if mode.startswith("100")]
    missing = [part for part in PARTS if not any(name == part or name.startswith(part + "/") for name in names)]
    missing += [name for name in names if not (root / name).is_file()]
    if missing:
        raise ValueError(f"missing in {root}: {', '.join(missing)}")
    return names


def fill(folder: Path, root: Path) -> None:
    """Put what a learner needs of the course at `root` into `folder`."""
    overview = []
    for name in tracked(root):
        part = next(part for part in PARTS if name == part or name.startswith(part + "/"))
        target = folder / (PARTS[part] + name.removeprefix(part))
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix == ".ipynb":
            lesson = nbformat.read(root / name, as_version=4)
            overview.append(row_of(lesson, target.relative_to(folder)))
            nbformat.write(learners_copy(lesson, solutions=False), target)
        else:
            target.write_bytes((root / name).read_bytes())
    readme = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(readme.replace("{lessons}", "\n".join(overview)), encoding="utf-8", newline="\n")


def row_of(lesson: nbformat.NotebookNode, path: Path) -> str:
    """The lesson's row in the overview: its title, as a link, and its minutes."""
    opening = lesson.cells[0].source
    title = re.match(r"# (.+)", opening)[1]
    least, most = re.search(r"\*\*Time\.\*\* (\d+) to (\d+) minutes", opening).groups()
    return f"| [{title}]({path.as_posix()}) | {least}-{most} |"


def pack(folder: Path, target: Path, date: time.struct_time) -> None:
    """The same files give the same bytes: sorted names, one date, one set of permissions."""
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{NAME}/{name}", date_time=date[:6])
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)


def last_change(root: Path) -> time.struct_time:
    """When the course was last changed: the date of the last commit."""
    command = ["git", "log", "-1", "--format=%ct"]
    return time.gmtime(int(subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout))


@command
def main(words: list[str] | None = None) -> int:
    """Build in a temporary folder; what was made before is replaced only when all is there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args(words).root.resolve()
    tracked(root)
    build = root / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as temporary:
        new, solved = Path(temporary) / NAME, Path(temporary) / "solved"
        fill(new, root)
        (solved / "solutions").mkdir(parents=True)
        for path in [root / name for name in tracked(root) if name.endswith(".ipynb")]:
            nbformat.write(learners_copy(nbformat.read(path, as_version=4)), solved / "solutions" / path.name)
        pack(new, Path(temporary) / "workshop.zip", last_change(root))
        pack(solved, Path(temporary) / "solutions.zip", last_change(root))
        if (build / "workshop").exists():  # moved away, not deleted in place: whatever happens, no half of it is left
            (build / "workshop").rename(Path(temporary) / "old")
        new.rename(build / "workshop")
        for name in ("workshop.zip", "solutions.zip"):
            (Path(temporary) / name).replace(build / name)
    print("made build/workshop/, build/workshop.zip and, for afterwards, build/solutions.zip")
    return 0


if __name__ == "__main__":
    sys.exit(main())
