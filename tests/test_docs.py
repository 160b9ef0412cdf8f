"""The texts beside the notebooks: their links lead somewhere, and they speak of what is there."""

import re
import subprocess
import tomllib

import pytest
from notebook_files import NOTEBOOKS, ROOT, code_cells, read, tags

TEXTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "data/README.md"]
TEXTS.remove(ROOT / "docs/workshop_readme.md")  # its links are those of the learners' copy: test_workshop.py
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/instructor.md").read_text(encoding="utf-8")
ENTRY = re.compile(r"^\*\*(.+?)\*\* \(\[(\d\d)\]\(\.\./(notebooks/\d\d_\w+\.ipynb)\)\): (.+)$", re.MULTILINE)

#: How the notebook says it, where it differs.
OTHER_FORMS = {
    "Baum-Welch algorithm": "Baum-Welch",
    "calibration": "calibrated",
    "confidence interval": "95 % interval",
    "exploding gradient": "exploding",
    "fresh-chain null": "fresh chain",
    "KL divergence": "Kullback-Leibler divergence",
    "next-letter law": "law of the next letter",
    "memory part": "the part of its **memory**",
    "permute null": "permute",
    "sign-flip test": "sign-flip p",
    "vanishing gradient": "vanishing",
    "Viterbi path": "Viterbi",
}


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    for link in re.findall(r"\]\(([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert "://" in link or (path.parent / link).exists(), link


def test_the_glossary_is_sorted_and_every_term_stands_there_once():
    terms = [entry[1].lower() for entry in ENTRY.finditer(GLOSSARY)]
    assert len(terms) >= 50
    assert terms == sorted(set(terms))


def test_every_entry_of_the_glossary_has_the_form():
    assert len(ENTRY.findall(GLOSSARY)) == len(re.findall(r"^\*\*", GLOSSARY, re.MULTILINE))
    for _, number, notebook, definition in ENTRY.findall(GLOSSARY):
        assert notebook.startswith(f"notebooks/{number}_")
        assert definition.endswith(".")


@pytest.mark.parametrize("entry", ENTRY.findall(GLOSSARY), ids=lambda entry: entry[0])
def test_a_term_occurs_in_the_notebook_that_is_said_to_introduce_it(entry):
    term, _, notebook, _ = entry
    text = "\n".join(cell.source for cell in read(ROOT / notebook).cells)
    form = OTHER_FORMS.get(term, term)
    assert re.sub(r"[-_ ]", "", form).lower() in re.sub(r"[-_ ]", "", text).lower()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_guide_speaks_of_every_notebook(path):
    section = re.search(rf"^### \[{path.stem[:2]}\]\(\.\./notebooks/{path.name}\)(.*?)(?=^###? )", GUIDE, re.M | re.S)
    assert section and all(word in section[1] for word in ("**Say", "**Asked.**", "**Stuck.**"))


def test_exercises_that_the_guide_names_exist():
    solutions = [cell.source for path in NOTEBOOKS for cell in code_cells(read(path)) if "solution" in tags(cell)]
    existing = {number for source in solutions for number in re.findall(r"^# Solution (\d+\.\d)", source)}
    schedules = GUIDE.split("## Schedules")[1].split("\n## ")[0]
    stuck = re.findall(r"^\*\*Stuck\.\*\* (.*)", GUIDE, re.M)
    named = {number for line in stuck for number in re.findall(r"(?<!\S)(\d+\.\d):", line)}
    assert named == existing and set(re.findall(r"(?<![\d.])\d+\.\d(?= |;|,)(?! times)", schedules)) <= existing


# --- README


def minutes(path) -> tuple[int, int]:
    least, most = re.search(r"\*\*Time\.\*\* (\d+) to (\d+) minutes", read(path).cells[0].source).groups()
    return int(least), int(most)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_readme_lists_every_lesson_with_its_title_and_its_minutes(path):
    title, (least, most) = read(path).cells[0].source.partition("\n")[0].removeprefix("# "), minutes(path)
    row = rf"^\| \[{re.escape(title)}\]\(notebooks/{path.name}\) \| .+ \| {least}-{most} \|$"
    assert re.search(row, README, re.MULTILINE), f"README should say: {title}, {least}-{most}"


def test_readme_says_how_long_the_core_takes():
    core = [minutes(path) for path in NOTEBOOKS if 1 <= int(path.stem[:2]) <= 8]
    least, most = ((sum(times) + 30) // 60 for times in zip(*core, strict=True))
    assert f"take {least} to {most} hours" in README


def test_readme_begins_with_what_one_needs_to_know():
    """What, for whom, why, a picture and the two commands, before anything else."""
    beginning = README.partition("\n## ")[0]
    assert len(beginning.split("![")[0].split()) < 100 and "docs/picture.png" in beginning
    assert all(command in beginning for command in ("git clone ", "\nmake lab ", "\nmake test "))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address = project.get("urls", {}).get("Repository", "ADDRESS")
    assert f"git clone {address} " in beginning
    assert ("`ADDRESS` stands for" in beginning) == (address == "ADDRESS")


def test_what_is_where_names_all_that_is_there_and_nothing_else():
    """Every folder that git tracks, and every name in course_utils."""
    tree = README.split("## What is where")[1].split("```")[1]
    top = set(re.findall(r"^(\w+)/", tree, re.MULTILINE))
    helpers = set(re.findall(r"^    (\w+)", tree, re.MULTILINE))
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    if tracked:
        folders = {name.split("/")[0] for name in tracked if "/" in name}
        assert top == {name for name in folders if not name.startswith(".")} | {"work"}
    there = {path.stem for path in (ROOT / "course_utils").iterdir() if not path.name.startswith("_")}
    assert helpers == there
