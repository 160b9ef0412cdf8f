"""Collect every guess and every choice of the lessons as polls, with answers: build/polls.md and build/polls.csv.

Usage: python tools/make_polls.py
A guess is a paragraph that begins with **Predict first.**, **Decide first.** or **Spot the flaw.** Its answer is what
the cells below it print, up to the next section, and the first sentence after them. An exercise with choices is a vote;
its answer and the reason are those of its solution.
"""

import csv
import io
import re
import sys
from pathlib import Path

import nbformat

from course_utils.commands import command
from course_utils.files import write_whole

ROOT = Path(__file__).resolve().parent.parent
GUESS = re.compile(r"^(?:> )?\*\*(Predict first|Decide first|Spot the flaw)\.\*\* (.+)$", re.MULTILINE)
LISTED = re.compile(r"^- \([a-z]\) (.+)$", re.MULTILINE)
CHOICE = re.compile(r"^### ✎ Exercise (\d+\.\d+) · .+\n\n((?:.|\n)+?)\n\n(?=- \(a\) )", re.MULTILINE)
SOLUTION = r"# Solution {}\n((?:# .+\n)+)solution_\w+ = \"([a-z])\"\n"
#: ... 10, 40 or 80? -- in a question without a list
INLINE = re.compile(r"(?:: |answer |state )([^,:?]+), ([^,:?]+?),? or ([^,?]+?)[?.](?: |$)|: ([^:?]+), or ([^,?]+)\?")
COLUMNS = ["lesson", "section", "kind", "question", "options", "answer", "afterwards"]


def polls(path: Path) -> list[dict]:
    """The guesses of one lesson, in order."""
    cells, found, section = nbformat.read(path, as_version=4).cells, [], ""
    for i, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            continue
        for part in re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE):
            heading = re.match(r"#+ (?!✎)(.+)", part)
            section = heading[1] if heading else section
            for guess in GUESS.finditer(part):
                below, question = part[guess.end() :], guess[2]
                options = LISTED.findall(below) or offered(question)
                answer, afterwards = answered(cells[i + 1 :])
                if folded := re.search(r"</summary>\s*(.+?)\s*</details>", below.replace("\n> ", "\n"), re.DOTALL):
                    answer = folded[1].strip("> \n")
                row = (path.stem, section, guess[1], guess[2], options, answer, afterwards)
                found.append(dict(zip(COLUMNS, row, strict=True)))
            for vote in CHOICE.finditer(part):
                wanted = SOLUTION.format(re.escape(vote[1]))
                solution = next(filter(None, (re.match(wanted, cell.source) for cell in cells[i + 1 :])))
                question = re.sub(r"\s*Answer a, b.*? in quotes\.", "", vote[2])
                reason = " ".join(re.findall("# (.+)", solution[1]))
                row = (path.stem, section, f"Exercise {vote[1]}", question, LISTED.findall(part), solution[2], reason)
                found.append(dict(zip(COLUMNS, row, strict=True)))
    return found


def offered(question: str) -> list[str]:
    """The options that a question without a list names; yes and no where it asks for no more; none if it is open."""
    if inline := INLINE.search(question):
        return [option for option in inline.groups() if option]
    *_, last = re.split(r"(?<=[.?]) (?=[A-Z])", question)
    closed = re.match(r"(Is|Are|Do|Does|Can|Will) [^?]*\?$", last) and " or " not in last
    return ["yes", "no"] if closed or last == "Write down yes or no." else []


def answered(cells: list) -> tuple[str, str]:
    """What is printed below a guess, and the sentence after the first output (of the lesson's text or of a caption)."""
    printed, afterwards = [], ""
    for cell in cells:
        if cell.cell_type == "markdown":
            if printed and not afterwards and not cell.source.startswith("<details>"):
                before = re.split(r"^#", cell.source, flags=re.MULTILINE)[0].split("\n\n")
                texts = sorted(filter(None, before), key=lambda text: bool(re.match(r"\*[^*]|!\[", text)))
                text = re.sub(r"^\([^)]*\) *", "", texts[0].strip("*")) if texts else ""
                afterwards = re.match(r".*?(?:[.?!](?= [A-Z(`*])|$)", text)[0]
            if GUESS.search(cell.source) or re.search(r"^## ", cell.source, re.MULTILINE):
                break
        elif not {"exercise", "check", "solution"} & set(cell.metadata.get("tags", [])):
            texts = [o.get("text", "") or o.data.get("text/plain", "") for o in cell.outputs]
            printed += ["(a figure)" if "<Figure" in text else text.rstrip() for text in texts if text.strip()]
    return "\n".join(printed), afterwards


def page(found: list[dict]) -> str:
    """All polls to read, a lesson after the other."""
    lines, lesson = ["# Every guess and every choice", "", "Made from the notebooks by `make polls`."], ""
    for n, poll in enumerate(found, start=1):
        if poll["lesson"] != lesson:
            lesson = poll["lesson"]
            lines += ["", f"## {lesson}"]
        vote = poll["kind"].startswith("Exercise")
        lines += ["", f"**{n}** ({poll['kind'] if vote else poll['section']}) {poll['question']}", ""]
        lines += [f"- ({letter}) {option}" for letter, option in zip("abcdefgh", poll["options"], strict=False)] or [
            "(hands, or everyone writes it down)"
        ]
        if vote:
            lines += ["", f"**Answer: ({poll['answer']}).** {poll['afterwards']}"]
            continue
        lines += [
            "",
            "Printed below it, up to the next section:",
            "",
            "```",
            poll["answer"] or "(nothing: the answer comes in a later section)",
            "```",
        ]
        lines += ["", poll["afterwards"]] if poll["afterwards"] else []
    return "\n".join(lines) + "\n"


@command
def main() -> int:
    found = [poll for path in sorted((ROOT / "notebooks").glob("*.ipynb")) for poll in polls(path)]
    (ROOT / "build").mkdir(exist_ok=True)
    write_whole(ROOT / "build/polls.md", page(found))
    table = csv.DictWriter(text := io.StringIO(), COLUMNS)
    table.writeheader()
    table.writerows(poll | {"options": " | ".join(poll["options"])} for poll in found)
    write_whole(ROOT / "build/polls.csv", text.getvalue().encode("utf-8-sig"))
    print(f"made build/polls.md and build/polls.csv: {len(found)} polls")
    return 0


if __name__ == "__main__":
    sys.exit(main())
