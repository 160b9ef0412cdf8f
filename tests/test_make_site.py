"""tools/make_site.py: what is laid out for the web site. tests/browser looks at the site itself (make browser)."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from notebook_files import NOTEBOOKS, ROOT, code_cells, each_notebook, is_figure, read, script, tags

from course_utils.desk import learners_copy
from course_utils.plotting.style import READERS, STATES

make_site = script("tools/make_site.py")
REPOSITORY = "https://github.com/someone/some-course"


@pytest.fixture(scope="module")
def course():
    return make_site.course_at(ROOT)


@pytest.fixture(scope="module")
def published(course):
    """The course as it will be when pyproject.toml says where it is published."""
    return replace(course, project=course.project | {"urls": {"Repository": REPOSITORY + ".git"}})


@pytest.fixture(scope="module")
def stage(course, tmp_path_factory):
    target = tmp_path_factory.mktemp("stage")
    make_site.stage(replace(course, project=course.project | {"urls": {}}), target)
    return target


def texts(stage: Path) -> dict[Path, str]:
    """All that is read as Markdown, page by page."""
    found = {path: path.read_text(encoding="utf-8") for path in stage.rglob("*.md")}
    for path in stage.glob("notebooks/*.ipynb"):
        found[path] = "\n\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    return found


# --- words of the glossary


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("A filter reads. A filter.", "filter", "A {term}`filter <filter>` reads. A filter."),
        ("Filters read.", "filter", "{term}`Filters <filter>` read."),
        ("A filter; the **filter** is", "filter", "A filter; the **{term}`filter <filter>`** is"),
        ("Run it. A *run* is a piece.", "run", "Run it. A *{term}`run <run>`* is a piece."),
        ("Run it, then run it again.", "run", None),
        ("`filter`, $filter$, [filter](a.md), ![filter](a.png)", "filter", None),
        ("# The filter\n\n| filter | b |", "filter", None),
        ("<details><summary>A</summary>\n\nThe filter.\n\n</details>", "filter", None),
        ("```python\nfilter = 1\n```", "filter", None),
        ("prefilter, filter_step, filter-bank", "filter", None),
        (
            "The KL divergence; the divergence",
            "KL divergence",
            "The {term}`KL divergence <KL divergence>`; the divergence",
        ),
        ("gru and GRU", "GRU", "gru and {term}`GRU <GRU>`"),
    ],
)
def test_the_first_use_of_a_term_leads_to_the_glossary(text, term, expected):
    todo = {term}
    assert make_site.link_terms(text, todo) == (expected or text)
    assert todo == (set() if expected else {term})


def test_a_longer_term_comes_before_a_shorter_one_in_it():
    linked = make_site.link_terms("the *shift null*", {"null", "shift null"})
    assert linked == "the *{term}`shift null <shift null>`*"


def test_choices_stand_one_below_the_other():
    text = "**1.** Which?\n\n(a) this one  (b) that $x$  (c) none\n\nA line (a) and (b)."
    assert make_site.list_choices(text) == (
        "**1.** Which?\n\n(a) this one\\\n(b) that $x$\\\n(c) none\n\nA line (a) and (b)."
    )


def test_every_entry_becomes_one_of_the_glossary_page(course, stage):
    page = (stage / "docs/glossary.md").read_text(encoding="utf-8")
    assert len(course.terms) == len(re.findall(r"^  \(\[\d\d\]\(", page, re.MULTILINE)) >= 50
    before, _, entries = page.partition("```{glossary}\n")
    assert "Two things are called hidden" in before and "**accuracy**" not in page and entries.startswith("accuracy\n")


# --- the lessons


def test_a_lesson_says_its_title_its_minutes_and_its_group(course):
    assert [lesson.name for lesson in course.lessons] == [path.stem for path in NOTEBOOKS]
    for lesson in course.lessons:
        assert lesson.title.startswith(f"{lesson.name[:2]} · ") and 10 < lesson.minutes[0] < lesson.minutes[1] < 150
    assert [lesson.name[:2] for lesson in course.lessons if lesson.group == "The core"] == [
        f"{n:02}" for n in range(1, 9)
    ]


@each_notebook
def test_a_lesson_keeps_its_headings_code_and_outputs(path, stage):
    lesson, page = read(path), read(stage / "notebooks" / path.name)
    for cell, shown in zip(lesson.cells, page.cells, strict=True):
        if "solution" in tags(cell):
            title, _, code = cell.source.partition("\n")
            number = re.search(r"\d+\.\d", title)[0]
            assert shown.source == code and tags(shown) == ["solution", "hide-cell"]
            assert set(shown.metadata.mystnb.values()) == {f"Solution {number}"}
        elif cell.cell_type == "code":
            assert shown == cell
        headings = re.findall(r"^#+ .*", cell.source if "solution" not in tags(cell) else code, re.M)
        assert re.findall(r"^#+ .*", shown.source.replace("\N{NO-BREAK SPACE}", " "), re.M) == headings
        assert cell.cell_type == "markdown" or shown.outputs == cell.outputs
    assert "\nBack: " not in page.cells[-1].source and "\nNext: " not in page.cells[-1].source
    assert page.cells[-1].source.partition("## Check yourself")[2].count("<details>") == 3


def test_a_number_stays_with_its_unit_and_what_is_written_exactly_stays_so():
    text = "## ✎ A run (3 min)\n60 % of 8.5 s, `60 % 2`, $5 \\%$, 2 to 3\n```\n7 % 3\n```\n```python\n7 % 3\n```\n"
    nbsp = "\N{NO-BREAK SPACE}"
    assert make_site.typeset(text) == (
        f"## ✎ A run (3{nbsp}min)\n60{nbsp}% of 8.5{nbsp}s, `60 % 2`, $5 \\%$, 2{nbsp}to{nbsp}3\n```text\n7 % 3\n```\n"
        "```python\n7 % 3\n```\n"
    )


@each_notebook
def test_what_one_takes_along_is_the_lesson_itself_and_the_learners_copy(path, stage):
    lesson = read(path)
    assert read(stage / "extra/downloads/reference" / path.name) == lesson
    copy = read(stage / "extra/downloads/work" / path.name)
    assert copy == learners_copy(lesson) and not any(cell.outputs for cell in code_cells(copy))
    first = read(stage / "notebooks" / path.name).cells[0].source
    for link in re.findall(r'href="\.\./(downloads/[^"]+)"', first):
        assert (stage / "extra" / link).is_file()
    assert first.count("href=") == 2


def test_every_picture_has_words(stage):
    for path, text in texts(stage).items():
        for words, picture in re.findall(r"!\[(.*?)\]\((.+?)\)", text):
            assert len(words) > 30 and (path.parent / picture).is_file(), picture
    for path in stage.glob("notebooks/*.ipynb"):
        assert all(cell.metadata.mystnb.image.alt for cell in code_cells(read(path)) if is_figure(cell))


# --- the other pages


def test_links_between_the_pages_lead_somewhere(stage):
    for path, text in texts(stage).items():
        for link in re.findall(r"\]\(([^)#\s]+)", text):
            assert "://" in link or (path.parent / link).exists(), f"{link} in {path.relative_to(stage)}"


def test_the_quiz_holds_the_questions_of_all_lessons(course, stage):
    quiz = (stage / "docs/quiz.md").read_text(encoding="utf-8")
    assert quiz.count("<details>") == quiz.count("</details>") == 3 * len(NOTEBOOKS)
    for path in NOTEBOOKS:
        for question in re.findall(r"^\*\*[123]\.\*\* .*", read(path).cells[-1].source, re.MULTILINE):
            assert make_site.LINK.sub(r"](../notebooks/\1\2)", question) in quiz


def test_the_first_page_has_every_lesson_with_its_minutes(course, stage):
    page = (stage / "index.md").read_text(encoding="utf-8")
    assert "{{" not in page
    for lesson in course.lessons:
        least, most = lesson.minutes
        assert re.search(rf"\| \[{re.escape(lesson.title)}\]\(.*?\) \| .+ \| {least}-{most} \|", page)
        assert f"\nnotebooks/{lesson.name}\n" in page
    assert course.readme.split("\n\n")[1] in page


@pytest.mark.parametrize("there", [True, False])
def test_the_site_has_references_where_there_are_some(tmp_path, there):
    for path in ROOT.iterdir():
        if path.name not in ("docs", "build"):
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("references.md"))
    if there:
        (tmp_path / "docs/references.md").write_text("# References\n")
    menu = make_site.menu(make_site.course_at(tmp_path))
    assert ("References <docs/references.md>" in menu) == there and "Glossary <docs/glossary.md>" in menu


def test_an_address_brings_links_to_edit_and_to_binder(published, course, tmp_path):
    make_site.stage(published, tmp_path)
    lesson = read(tmp_path / "notebooks/05_training.ipynb").cells[0].source
    assert f'href="{REPOSITORY}/edit/main/notebooks_text/05_training.md"' in lesson
    assert "https://mybinder.org/v2/gh/someone/some-course/HEAD?urlpath=lab/tree/work/05_training.ipynb" in lesson
    assert f"{REPOSITORY}/edit/main/docs/glossary.md" in (tmp_path / "docs/glossary.md").read_text(encoding="utf-8")
    page = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert f"git clone {REPOSITORY} " in page and "ADDRESS" not in page
    assert make_site.metadata(published)["codeRepository"] == REPOSITORY
    elsewhere = replace(course, project=course.project | {"urls": {"Repository": "https://gitlab.com/a/b"}})
    assert not elsewhere.binder(course.lessons[0]) and "gitlab.com/a/b/edit" in elsewhere.edit("README.md")


def test_without_an_address_the_first_page_says_how_to_start(stage):
    page = (stage / "index.md").read_text(encoding="utf-8")
    assert "git clone ADDRESS" in page and "`ADDRESS` stands for" in page
    assert not any("mybinder.org/v2" in text or "/edit/main/" in text for text in texts(stage).values())


def test_registries_read_what_the_citation_says(course, stage):
    facts = json.loads((stage / "site.json").read_text(encoding="utf-8"))["metadata"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert facts["name"] == citation["title"] and facts["description"] == citation["abstract"]
    assert facts["keywords"] == citation["keywords"] and facts["version"] == str(citation["version"])
    assert facts["author"][0]["name"] == citation["authors"][0]["name"]
    assert any(citation["license"] in licence for licence in facts["license"])
    assert len(facts["hasPart"]) == len(facts["teaches"]) == len(NOTEBOOKS)
    assert re.fullmatch(r"PT\d+M", facts["timeRequired"])
    person = make_site.author_of({"given-names": "Ada", "family-names": "Lovelace"})
    assert person == {"@type": "Person", "name": "Ada Lovelace"}


# --- the live figure


def test_the_live_figure_has_the_looks_of_the_course_and_is_short():
    settings = make_site.live_settings()
    assert {name: look["color"] for name, look in settings["readers"].items()} == {
        name: READERS[name]["color"] for name in ("table", "filter", "smoother")
    }
    assert settings["states"] == {name: look["facecolor"] for name, look in STATES.items()}
    assert len({tuple(look["dash"]) for look in settings["readers"].values()}) == 3
    assert len((ROOT / "docs/site/_static/live.js").read_text(encoding="utf-8").splitlines()) <= 120


@pytest.mark.parametrize(
    "color", [look["color"] for look in READERS.values()] + [s["facecolor"] for s in STATES.values()]
)
def test_its_colours_stand_out_from_the_white_card(color):
    """At least 3:1, as WCAG asks of graphics. The card is white in the dark too."""
    parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    assert 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05) >= 3


# --- commands


def test_what_is_missing_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(make_site, "find_spec", lambda name: None if name == "mathjax" else True)
    with pytest.raises(ValueError, match=r"^mathjax missing; type: make site"):
        make_site.build(tmp_path, tmp_path)


def test_only_the_sources(tmp_path):
    for path in ROOT.iterdir():
        if path.name != "build":
            (tmp_path / path.name).symlink_to(path)
    old = tmp_path / "build/stage/old.md"
    old.parent.mkdir(parents=True)
    old.write_text("# Old")
    assert make_site.main(["--root", str(tmp_path), "--only-sources"]) == 0
    assert (tmp_path / "build/stage/index.md").is_file() and not old.exists() and not (tmp_path / "build/site").exists()


@pytest.mark.skipif(os.name == "nt", reason="Binder is Linux")
def test_binder_makes_copies_to_work_in(tmp_path):
    (tmp_path / "notebooks").mkdir()
    shutil.copy(NOTEBOOKS[0], tmp_path / "notebooks")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    place = {"PATH": path, "PYTHONPATH": str(ROOT)}
    subprocess.run(["bash", ROOT / "binder/postBuild"], cwd=tmp_path, check=True, env=os.environ | place)
    assert read(tmp_path / "work" / NOTEBOOKS[0].name) == learners_copy(read(NOTEBOOKS[0]))
    assert os.access(ROOT / "binder/postBuild", os.X_OK)
