"""The learners' copy: no solutions, no outputs, links that resolve, only what git tracks, the same bytes every time."""

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from notebook_files import NOTEBOOKS, ROOT, read, script, tags

TOP = "reading-hidden-states"
make_workshop = script("tools/make_workshop.py")
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def git(root: Path, *words: str) -> None:
    dated = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    command = ["git", *dated, *words]
    subprocess.run(command, cwd=root, check=True, capture_output=True, env=ENVIRONMENT)


#: Nothing of the machine's own settings, and a date that one can recognise.
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_GLOBAL": os.devnull}
ENVIRONMENT |= {"GIT_AUTHOR_DATE": "2026-05-06T07:08:10Z", "GIT_COMMITTER_DATE": "2026-05-06T07:08:10Z"}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A clone of the course as it stands here, with files in it that git does not track."""
    root = tmp_path_factory.mktemp("course")
    for name in make_workshop.PARTS:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        without = shutil.ignore_patterns("__pycache__", ".*")
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, root / name, **({"ignore": without} if (ROOT / name).is_dir() else {}))
    (root / "data/secret.txt").write_text("mine")
    (root / "data/link.txt").symlink_to(root / "data/secret.txt")
    git(root, "init", "-q")
    git(root, "add", *make_workshop.PARTS)
    git(root, "rm", "-q", "--cached", "data/secret.txt")
    git(root, "commit", "-q", "-m", "a course")
    (root / "data/grades.csv").write_text("nobody's business")
    (root / "notebooks/99_mine.ipynb").write_text("{}")
    return root


@pytest.fixture(scope="module")
def real(course):
    """The course's zip, unpacked."""
    assert make_workshop.main(["--root", str(course)]) == 0
    zipfile.ZipFile(course / "build/workshop.zip").extractall(course / "unpacked")
    assert [path.name for path in (course / "unpacked").iterdir()] == [TOP]
    return course / "unpacked" / TOP


def links(folder: Path):
    texts = {path: path.read_text(encoding="utf-8") for path in folder.rglob("*.md")}
    for path in (folder / "notebooks").glob("*.ipynb"):
        texts[path] = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return [(path, link) for path, text in texts.items() for link in re.findall(r"\]\(([^)#\s]+)", text)]


def test_only_what_git_tracks_is_packed_and_no_link_is_followed(course, real):
    tracked = subprocess.run(["git", "ls-files"], cwd=course, capture_output=True, text=True).stdout.split()
    assert "data/link.txt" in tracked
    packed = {path.relative_to(real).as_posix() for path in real.rglob("*") if path.is_file()}
    assert packed == {make_workshop.PARTS.get(name, name) for name in tracked if name != "data/link.txt"}


def test_the_same_course_gives_the_same_bytes_dated_by_its_last_commit(course, real):
    for name in ("workshop.zip", "solutions.zip"):
        before = (course / "build" / name).read_bytes()
        assert make_workshop.main(["--root", str(course)]) == 0
        assert (course / "build" / name).read_bytes() == before
        with zipfile.ZipFile(course / "build" / name) as archive:
            assert {info.date_time for info in archive.infolist()} == {(2026, 5, 6, 7, 8, 10)}
            assert archive.namelist() == sorted(archive.namelist())
    assert sorted(path.name for path in (course / "build").iterdir()) == ["solutions.zip", "workshop", "workshop.zip"]


def test_a_missing_part_is_named_and_what_was_made_stays(course, real, capsys):
    before = (course / "build/workshop.zip").read_bytes()
    (course / "constraints.txt").rename(course / "aside")
    try:
        assert make_workshop.main(["--root", str(course)]) == 2
    finally:
        (course / "aside").rename(course / "constraints.txt")
    assert "constraints.txt" in capsys.readouterr().err
    assert (course / "build/workshop.zip").read_bytes() == before


def test_the_solutions_come_folded_in_a_zip_of_their_own(course, real):
    with zipfile.ZipFile(course / "build/solutions.zip") as archive:
        names = archive.namelist()
        assert [name.rpartition("/")[2] for name in names] == [path.name for path in NOTEBOOKS]
        text = archive.read(names[0]).decode()
    assert "<summary>Solution of " in text and '"solution"' not in text


def test_every_notebook_is_there_without_solutions_and_outputs(real):
    for path in NOTEBOOKS:
        copy, original = read(real / "notebooks" / path.name), read(path)
        kept = [cell.source for cell in original.cells if "solution" not in tags(cell)]
        assert [cell.source for cell in copy.cells] == kept
        for cell in copy.cells:
            assert not cell.get("outputs") and cell.get("execution_count") is None


def test_links_resolve_inside_the_zip(real):
    assert links(real)
    for path, link in links(real):
        target = (path.parent / link).resolve()
        assert "://" in link or (target.exists() and target.is_relative_to(real)), f"{path.name}: {link}"


def test_the_overview_names_every_lesson_with_its_minutes(real):
    readme = (real / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d\d) · .+\]\(notebooks/(\d\d)_\w+\.ipynb\) \| (\d+-\d+) \|$", readme, re.MULTILINE)
    assert [row[:2] for row in rows] == [(path.stem[:2],) * 2 for path in NOTEBOOKS]


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_every_make_target_of_the_copy_finds_what_it_runs(real):
    """Asked without running: make says what it would do, and every module in that is there."""
    targets = re.search(r"^\.PHONY: (.*)$", (real / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    said = subprocess.run(["make", "--dry-run", *targets], cwd=real, check=True, capture_output=True, text=True).stdout
    modules = re.findall(r"-m (course_utils\.\w+)", said)
    assert modules and all((real / f"{module.replace('.', '/')}.py").is_file() for module in modules)
