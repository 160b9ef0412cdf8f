"""Make the tables of the instructor's guide from the notebooks: docs/minutes.md and docs/objectives.md.

Usage: python tools/make_guide.py
docs/objectives.tsv says which exercises practise which objective. A test compares all three with the notebooks.
"""

import csv
import re
import sys
from pathlib import Path

import nbformat

from course_utils.commands import command
from course_utils.files import write_whole

ROOT = Path(__file__).resolve().parent.parent
OWN_WORDS = re.compile(r"^### ✎ In your own words \((\d+) min\)$", re.MULTILINE)
EXERCISE = re.compile(r"^### ✎ Exercise (\d+\.\d+) · (.+) \((\d+) min\)$", re.MULTILINE)


def lessons() -> dict[str, nbformat.NotebookNode]:
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return {path.stem: nbformat.read(path, as_version=4) for path in paths}


def objectives(lesson: nbformat.NotebookNode) -> list[str]:
    """What one can do afterwards, as the opening says it, one by one."""
    sentence = re.search(r"\*\*Afterwards you can\*\* (.+)\.$", lesson.cells[0].source, re.MULTILINE)[1]
    return [part.removeprefix("and ") for part in sentence.split("; ")]


def exercises(lesson: nbformat.NotebookNode) -> dict[str, str]:
    """Number -> title."""
    texts = [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
    return {number: title for text in texts for number, title, _ in EXERCISE.findall(text)}


def minutes(lesson: nbformat.NotebookNode) -> dict[str, float]:
    """Section or exercise -> minutes. They add up to the lower end of the lesson's stated range.

    The range is shared out by 130 words a minute, 45 seconds a code cell, 90 a guess, and exercises at 1.3 times their
    stated minutes.
    """
    weights, section = {}, "Opening"
    for cell in lesson.cells:
        if cell.cell_type == "code" and not {"exercise", "check", "solution"} & set(cell.metadata.get("tags", [])):
            weights[section] += 0.75
        elif cell.cell_type == "markdown" and not cell.source.startswith("<details>"):
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                section = part.splitlines()[0][3:] if part.startswith("## ") else section
                guesses = len(re.findall(r"\*\*(?:Predict first|Decide first|Spot the flaw)\.\*\*", part))
                weights[section] = weights.get(section, 0) + len(part.split()) / 130 + 1.5 * guesses
                weights |= {number: 1.3 * int(stated) for number, _, stated in EXERCISE.findall(part)}
                if own := OWN_WORDS.search(part):
                    weights["In your own words"] = 1.3 * int(own[1])
    stated = int(re.search(r"\*\*Time\.\*\* (\d+) to \d+ minutes", lesson.cells[0].source)[1])
    return {name: weight * stated / sum(weights.values()) for name, weight in weights.items()}


def link(name: str, lesson: nbformat.NotebookNode) -> str:
    """The lesson's title, which leads to the lesson."""
    return f"[{lesson.cells[0].source.splitlines()[0].removeprefix('# ')}](../notebooks/{name}.ipynb)"


def minutes_page() -> str:
    rows = []
    for name, lesson in lessons().items():
        titles = exercises(lesson)
        parts = minutes(lesson)
        rows += ["", f"## {link(name, lesson)}", "", "| minutes | part |", "|---|---|"]
        rows += [
            f"| {f'{n:.0f}' if n >= 0.5 else '< 1'} | {f'✎ {part} {titles[part]}' if part in titles else part} |"
            for part, n in parts.items()
        ]
    return "\n".join([HEAD.format("Minutes a section", MINUTES), *rows]) + "\n"


def objectives_page(table: list[list[str]]) -> str:
    rows, bare, before, known = [], [], "", lessons()
    for name, objective, numbers in table:
        if name != before:
            head = ["| afterwards you can | practised in |", "|---|---|"]
            rows += ["", f"## {link(name, known[name])}", "", *head]
            before = name
        titles = exercises(known[name])
        words = [f"{n} {titles[n]}" if n in titles else f"question {n[1:]} of Check yourself" for n in numbers.split()]
        rows.append(f"| {objective} | {', '.join(words)} |")
        bare += [] if titles.keys() & set(numbers.split()) else [f"- {name[:2]}: {objective}"]
    rows += [
        "",
        "## Without an exercise of its own",
        "",
        "A cell of the lesson does it, and a question asks for it.",
        "",
        *bare,
    ]
    return "\n".join([HEAD.format("Objectives and exercises", OBJECTIVES), *rows]) + "\n"


HEAD = "# {}\n\nMade by `python tools/make_guide.py`. {}"
MINUTES = (
    "The minutes of a lesson add up to the lower end of its stated range: a reader who is fast, or a leader who keeps "
    "time. For a room, add 20 % at least. The range is shared out by words (130 a minute), code cells (45 seconds), "
    "guesses (90 seconds) and exercises (1.3 times their stated minutes), and all is scaled to the lesson's minutes."
)
OBJECTIVES = (
    "Each objective of each lesson, and where it is practised: the exercises, or the questions at the "
    "end (`docs/objectives.tsv`)."
)


def mapping() -> list[list[str]]:
    with open(ROOT / "docs/objectives.tsv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t"))[1:]


@command
def main() -> int:
    write_whole(ROOT / "docs/minutes.md", minutes_page())
    write_whole(ROOT / "docs/objectives.md", objectives_page(mapping()))
    print("made docs/minutes.md and docs/objectives.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
