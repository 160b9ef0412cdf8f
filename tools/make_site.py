"""Make the web site of the course from its notebooks and texts: build/site/index.html.

Usage: python tools/make_site.py [--root FOLDER] [--only-sources]
First the sources are laid out in build/stage/ (docs/site/ has the settings of Sphinx), then Sphinx builds them, without
running any notebook and without a network. A warning is an error. --root is this repository unless told.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import nbformat
import yaml

from course_utils.commands import command
from course_utils.desk import learners_copy
from course_utils.hmm import TOY
from course_utils.plotting.style import READERS, STATES

GROUPS = {"The tour": range(1), "The core": range(1, 9), "Electives": range(9, 100)}
#: Pages of the site beside the lessons, each with its title in the menu; docs/quiz.md and api.md are made here.
PAGES = {
    "docs/cheat_sheet.md": "Cheat sheet",
    "docs/glossary.md": "Glossary",
    "docs/quiz.md": "Quiz",
    "docs/references.md": "References",
    "docs/setup.md": "Set-up and troubleshooting",
    "docs/self_check.md": "Are you ready?",
    "docs/worksheet.md": "Worksheet",
    "docs/project.md": "The closing project",
    "docs/instructor.md": "Leading a workshop",
    "docs/minutes.md": "Minutes a section",
    "docs/objectives.md": "Objectives and exercises",
    "docs/survey.md": "Survey",
    "docs/minute_cards.md": "Minute cards",
    "docs/code_of_conduct.md": "Code of conduct",
    "docs/criteria.md": "Review criteria",
    "api.md": "The helpers",
    "data/README.md": "Data cards",
    "benchmarks/RESULTS.md": "Benchmarks",
    "benchmarks/README.md": "How they are measured",
    "CONTRIBUTING.md": "Changing the course",
    "CHANGELOG.md": "Changelog",
}
#: Terms that are everyday words too. They lead to the glossary only where a lesson sets them in italics or bold.
EVERYDAY = set(
    "candidate confidence control family ladder margin mask memory move power run seed segment split state stream "
    "table unit weight window".split()
)
#: What is no prose: code, formulas, links, tags, what is folded, headings, rows of tables.
NO_PROSE = re.compile(
    r"(<details>.*?</details>|```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|!?\[[^\]]*\]\([^)]*\)|<[^>]+>|^#.*?$|^\|.*?$)",
    re.DOTALL | re.MULTILINE,
)
#: What stays as it is written: code and formulas.
EXACT = re.compile(r"(^```.*?^```$|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$)", re.DOTALL | re.MULTILINE)
ENTRY = re.compile(r"^\*\*(.+?)\*\* (\(\[\d\d\]\(.*?\)\)): (.+)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")


@dataclass
class Lesson:
    """A notebook, and what the site says about it: all of it stands in its first cell."""

    name: str
    notebook: nbformat.NotebookNode

    @property
    def title(self) -> str:
        return re.match(r"# (.+)", self.notebook.cells[0].source)[1]

    @property
    def minutes(self) -> tuple[int, int]:
        least, most = re.search(r"\*\*Time\.\*\* (\d+) to (\d+) minutes", self.notebook.cells[0].source).groups()
        return int(least), int(most)

    @property
    def aims(self) -> str:
        return re.search(r"\*\*Afterwards you can\*\* (.+?)\n\n", self.notebook.cells[0].source, re.DOTALL)[1]

    @property
    def group(self) -> str:
        return next(group for group, numbers in GROUPS.items() if int(self.name[:2]) in numbers)


@dataclass
class Course:
    """What the pages of the site have in common."""

    root: Path
    lessons: list[Lesson]
    project: dict
    citation: dict
    readme: str
    terms: list[str]

    @property
    def repository(self) -> str:
        """Where the course is published, or nothing: `Repository` among the urls in pyproject.toml."""
        return self.project.get("urls", {}).get("Repository", "").removesuffix(".git").rstrip("/")

    def edit(self, path: str) -> str:
        """A link to edit a file of the course, where it is published."""
        return f'<a href="{self.repository}/edit/main/{path}">Edit this page</a>' if self.repository else ""

    def binder(self, lesson: Lesson) -> str:
        """A link that opens one's own copy of a lesson on mybinder.org, which builds from GitHub."""
        if not (match := re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", self.repository)):
            return ""
        url = f"https://mybinder.org/v2/gh/{match[1]}/HEAD?urlpath=lab/tree/work/{lesson.name}.ipynb"
        return f'<a href="{url}">Open on Binder</a>'


def course_at(root: Path) -> Course:
    """Read what the site is made of.  Raises: OSError where a part of the course is missing."""
    paths = sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return Course(
        root,
        [Lesson(path.stem, nbformat.read(path, as_version=4)) for path in paths],
        tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"],
        yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8")),
        (root / "README.md").read_text(encoding="utf-8"),
        [entry[1] for entry in ENTRY.finditer((root / "docs/glossary.md").read_text(encoding="utf-8"))],
    )


# --- the lessons


def lesson_page(course: Course, lesson: Lesson) -> nbformat.NotebookNode:
    """The lesson as the site shows it: solutions folded, words that lead to the glossary, files to take along."""
    page, todo = nbformat.from_dict(lesson.notebook), set(course.terms)
    for cell in page.cells:
        if "solution" in cell.metadata.get("tags", []):
            fold(cell)
        elif cell.cell_type == "markdown":
            cell.source = typeset(list_choices(link_terms(cell.source, todo)))
    title, _, rest = page.cells[0].source.partition("\n")
    page.cells[0].source = f"{title}\n\n{files_of(course, lesson)}\n{rest}"
    page.cells[-1].source = re.sub(r"\n---\n(Back|Next): .*\Z", "\n", page.cells[-1].source, flags=re.DOTALL)
    return page


def fold(cell: nbformat.NotebookNode) -> None:
    """A solution, with its output, opens with a click on its number."""
    title, _, cell.source = cell.source.partition("\n")
    number = re.search(r"[\d.]*\d", title)[0]
    cell.metadata["tags"] = ["solution", "hide-cell"]
    cell.metadata["mystnb"] = {"code_prompt_show": f"Solution {number}", "code_prompt_hide": f"Solution {number}"}


def files_of(course: Course, lesson: Lesson) -> str:
    """One line: the learner's copy, the reference, and where the course is published also Binder and the editor."""
    files = {"work": "Your copy, without outputs", "reference": "Reference, with outputs"}
    links = [f'<a href="../downloads/{kind}/{lesson.name}.ipynb" download>{text}</a>' for kind, text in files.items()]
    links += [course.binder(lesson), course.edit(f"notebooks_text/{lesson.name}.md")]
    return f'<p class="files">{" · ".join(filter(None, links))}</p>\n'


def list_choices(text: str) -> str:
    """The choices of a question, "(a) ...  (b) ...", each on a line of its own."""
    return re.sub(r"^\(a\) .*", lambda line: re.sub(r" +(?=\([b-e]\) )", "\\\\\n", line[0]), text, flags=re.MULTILINE)


def typeset(text: str) -> str:
    """A number stays on one line with its unit, and code of no language has no colours."""
    parts, number = EXACT.split(text), r"(?<=\d) (?=(?:%|min|ms|µs|s|MB)(?!\w))|(?<=\d) (?=to \d)|(?<=\d to) (?=\d)"
    parts[::2] = [re.sub(number, "\N{NO-BREAK SPACE}", part) for part in parts[::2]]
    parts[1::2] = [re.sub(r"\A```\n", "```text\n", part) for part in parts[1::2]]
    return "".join(parts)


def link_terms(text: str, todo: set[str]) -> str:
    """Lead the first use of each term in `todo` to the glossary, and take it out of `todo`."""
    for term in sorted(todo, key=lambda term: (-len(term), term)):
        word = r"[ -]".join(map(re.escape, re.split("[ -]", term)))
        word = word if term != term.lower() else f"[{word[0]}{word[0].upper()}]{word[1:]}"
        marked = rf"(?<![*\w])(\*\*?)({word}s?)(?=\1(?!\*))"
        plain = rf"(?<![\w*{{-])()({word}s?)(?![\w*-])"
        for pattern in [marked] if term in EVERYDAY else [marked, plain]:
            parts = NO_PROSE.split(text)  # prose, something else, prose, ...
            for i in range(0, len(parts), 2):
                parts[i], n = re.subn(pattern, rf"\1{{term}}`\2 <{term}>`", parts[i], count=1)
                if n:
                    break
            else:
                continue
            text = "".join(parts)
            todo.discard(term)
            break
    return text


# --- the other pages


def glossary_page(text: str) -> str:
    """The glossary with entries that lessons can lead to."""
    text = ENTRY.sub(lambda entry: f"{entry[1]}\n  {entry[2]} {entry[3]}", text)
    first = re.search(r"^.+\n  \(\[", text, re.MULTILINE).start()
    return f"{text[:first]}```{{glossary}}\n{text[first:].strip()}\n```\n"


def quiz_page(course: Course) -> str:
    """The questions at the end of all lessons, on one page."""
    parts = [
        "# Quiz\n\nThree questions from the end of each lesson. Answer first. Then open the answer: it has a reason "
        "for every choice."
    ]
    for lesson in course.lessons:
        questions = lesson.notebook.cells[-1].source.partition("## Check yourself\n")[2].partition("\n---\n")[0]
        questions = LINK.sub(lambda link: f"](../notebooks/{link[1]}{link[2] or ''})", questions)
        parts.append(f"## [{lesson.title}](../notebooks/{lesson.name}.ipynb)\n\n{list_choices(questions.strip())}")
    return "\n\n".join(parts) + "\n"


def landing_page(course: Course, template: str) -> str:
    """The first page: README's own sentences, and tables whose minutes come from the lessons."""
    promise, picture, caption = re.search(
        r"\A# .+\n\n(.+?)\n\n(!\[.+?\]\(.+?\))\n\n(\*.+?\*)\n", course.readme, re.DOTALL
    ).groups()
    parts = {"promise": promise, "picture": picture, "caption": caption, "settings": json.dumps(live_settings())}
    parts |= {"start": start(course), "menu": menu(course)}
    for group in GROUPS:
        lessons = [lesson for lesson in course.lessons if lesson.group == group]
        rows = "\n".join(row(course, lesson) for lesson in lessons)
        parts[group] = f"| lesson | you leave with | minutes |\n|---|---|---|\n{rows}"
        parts[f"time: {group}"] = hours(lessons)
    for name, part in parts.items():
        template = template.replace(f"{{{{{name}}}}}", part)
    return template


def row(course: Course, lesson: Lesson) -> str:
    """A lesson in a table: what one leaves with is README's, or its own aims where README does not know it yet."""
    known = re.search(rf"^\| \[.*?\]\(notebooks/{lesson.name}\.ipynb\) \| (.*?) \|", course.readme, re.MULTILINE)
    least, most = lesson.minutes
    return (
        f"| [{lesson.title}](notebooks/{lesson.name}.ipynb) | {known[1] if known else lesson.aims} | {least}-{most} |"
    )


def hours(lessons: list[Lesson]) -> str:
    """The time of some lessons together: minutes up to 90, then hours."""
    least, most = (sum(times) for times in zip(*(lesson.minutes for lesson in lessons), strict=True))
    return f"{least} to {most} minutes" if most <= 90 else f"{(least + 30) // 60} to {(most + 30) // 60} hours"


def start(course: Course) -> str:
    """README's first commands, with the address of the course; where it has none yet, README's line about that."""
    commands, rest = re.search(r"^(```\n.+?^```\n)(.*?)^#", course.readme, re.DOTALL | re.MULTILINE).groups()
    if course.repository:
        return commands.replace("ADDRESS", course.repository)
    return commands + next((line for line in rest.splitlines() if "`ADDRESS`" in line), "")


def menu(course: Course) -> str:
    """The menu of all pages, for Sphinx."""
    entries = {group: [] for group in GROUPS}
    for lesson in course.lessons:
        entries[lesson.group].append(f"notebooks/{lesson.name}")
    made = {"docs/quiz.md", "api.md"}
    pages = [f"{title} <{path}>" for path, title in PAGES.items() if path in made or (course.root / path).exists()]
    trees = {**entries, "Beside the lessons": pages}
    return "\n\n".join(
        f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n" + "\n".join(lines) + "\n```"
        for caption, lines in trees.items()
    )


def live_settings() -> dict:
    """For the figure on the first page: the letters' probabilities, and the looks of readers and states."""
    dashes = {"-": (), "-.": (6.4, 1.6, 1, 1.6)}
    readers = {}
    for name in ("table", "filter", "smoother"):
        look = READERS[name]
        width = round(look.get("lw", 1.5) * 4 / 3, 2)  # points to the pixels of a browser
        dash = dashes[look["ls"]] if isinstance(look["ls"], str) else look["ls"][1]
        readers[name] = {"color": look["color"], "width": width, "dash": [round(d * width, 2) for d in dash]}
    return {
        "emission": TOY.emission.tolist(),
        "readers": readers,
        "states": {name: look["facecolor"] for name, look in STATES.items()},
    }


def metadata(course: Course) -> dict:
    """What registries read: schema.org's LearningResource, by the Bioschemas profile TrainingMaterial."""
    about = course.citation
    found = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "http://purl.org/dc/terms/conformsTo": {
            "@type": "CreativeWork",
            "@id": "https://bioschemas.org/profiles/TrainingMaterial/1.0-RELEASE",
        },
        "name": about["title"],
        "description": about["abstract"],
        "keywords": about["keywords"],
        "author": [author_of(author) for author in about["authors"]],
        "license": [f"https://spdx.org/licenses/{name}.html" for name in course.project["license"].split(" AND ")],
        "version": str(about["version"]),
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "learningResourceType": ["course", "tutorial", "Jupyter notebook"],
        "educationalLevel": "Intermediate",
        "audience": [{"@type": "Audience", "audienceType": kind} for kind in ("biologists", "data scientists")],
        "competencyRequired": "Python, and a first acquaintance with NumPy",
        "timeRequired": f"PT{sum(lesson.minutes[1] for lesson in course.lessons)}M",
        "teaches": [re.sub(r"[*`]", "", lesson.aims) for lesson in course.lessons],
        "hasPart": [
            {"@type": "LearningResource", "name": lesson.title, "timeRequired": f"PT{lesson.minutes[1]}M"}
            for lesson in course.lessons
        ],
    }
    if course.repository:
        found |= {"codeRepository": course.repository}
    if address := about.get("url"):
        found |= {"url": address}
    return found


def author_of(author: dict) -> dict:
    """A person or, where CITATION.cff has one name only, an organization."""
    if "name" in author:
        return {"@type": "Organization", "name": author["name"]}
    return {"@type": "Person", "name": f"{author['given-names']} {author['family-names']}"}


# --- laying out


def stage(course: Course, target: Path) -> None:
    """Write all sources of the site into the empty folder `target`, in the same order as in the repository."""
    shutil.copytree(course.root / "docs/site", target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for lesson in course.lessons:
        downloads = {"work": learners_copy(lesson.notebook), "reference": lesson.notebook}
        for kind, notebook in downloads.items():
            write(target / f"extra/downloads/{kind}/{lesson.name}.ipynb", nbformat.writes(notebook) + "\n")
        write(target / f"notebooks/{lesson.name}.ipynb", nbformat.writes(lesson_page(course, lesson)) + "\n")
    for page in PAGES:
        if (course.root / page).exists():
            text = (course.root / page).read_text(encoding="utf-8")
            text = glossary_page(text) if page == "docs/glossary.md" else text
            edit = course.edit(page)
            text = f'{text}\n<p class="files">{edit}</p>\n' if edit else text
            write(target / page, typeset(text))
    write(target / "docs/quiz.md", quiz_page(course))
    write(target / "index.md", landing_page(course, (course.root / "docs/site/index.md").read_text(encoding="utf-8")))
    write(target / "site.json", json.dumps({"metadata": metadata(course), "version": course.project["version"]}))
    for page in [*target.rglob("*.md"), *target.glob("notebooks/*.ipynb")]:
        mend_links(course, target, page)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def mend_links(course: Course, target: Path, page: Path) -> None:
    """Bring along the files that a page leads to. README leads to the first page, a folder to where it is published."""

    def mended(link: re.Match) -> str:
        address = Path(os.path.normpath(page.parent / link[1])).relative_to(target)
        up = os.path.relpath(target, page.parent)
        if address.as_posix() == "README.md":
            return f"]({up}/index.md)"
        source = course.root / address
        if source.is_dir():
            folder = f"{course.repository}/tree/main/{address.as_posix()}"
            return f"]({folder})" if course.repository else f"]({up}/index.md)"
        if not (target / address).exists() and source.is_file():
            (target / address).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / address)
        return link[0]

    text = page.read_text(encoding="utf-8")
    write(page, LINK.sub(mended, text))


def build(sources: Path, site: Path) -> int:
    """Let Sphinx make the pages; 0 if nothing is wrong with them.  Raises: ValueError where Sphinx is not installed."""
    missing = [name for name in ("sphinx", "myst_nb", "sphinx_book_theme", "mathjax") if not find_spec(name)]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing; type: make site, or python -m pip install -e '.[site]'")
    words = ["-b", "html", "-W", "--keep-going", "-q", "-d", str(sources.parent / "doctrees")]
    return subprocess.call([sys.executable, "-m", "sphinx", *words, str(sources), str(site)])


@command
def main(words: list[str] | None = None) -> int:
    """Make sources and site anew; the status is Sphinx's."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--only-sources", action="store_true", help="lay out build/stage/ and stop")
    arguments = parser.parse_args(words)
    root = arguments.root.resolve()
    for name in ("stage", "doctrees", "site"):
        shutil.rmtree(root / "build" / name, ignore_errors=True)
    (root / "build/stage").mkdir(parents=True)
    stage(course_at(root), root / "build/stage")
    if arguments.only_sources:
        return 0
    status = build(root / "build/stage", root / "build/site")
    if not status:
        print("made build/site/index.html")
    return status


if __name__ == "__main__":
    sys.exit(main())
