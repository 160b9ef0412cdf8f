"""The guide's tables: every objective of every lesson with its exercises, and minutes that add up."""

import re

import pytest
from notebook_files import NOTEBOOKS, ROOT, read, script

make_guide = script("tools/make_guide.py")
TABLE = make_guide.mapping()


def test_the_stored_tables_are_what_the_tool_makes():
    for name, page in {"minutes": make_guide.minutes_page(), "objectives": make_guide.objectives_page(TABLE)}.items():
        assert (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") == page, "run: python tools/make_guide.py"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_objective_is_mapped_to_something_that_the_lesson_has(path):
    lesson = read(path)
    opening = re.search(r"\*\*Afterwards you can\*\* (.*)", lesson.cells[0].source)[1]
    rows = [row[1:] for row in TABLE if row[0] == path.stem]
    assert opening.rstrip(".") in (
        "; ".join(o for o, _ in rows),
        "; and ".join(["; ".join(o for o, _ in rows[:-1]), rows[-1][0]]),
    )
    text = "\n".join(cell.source for cell in lesson.cells)
    for _, numbers in rows:
        assert numbers
        for number in numbers.split():
            exercise = rf"^### ✎ Exercise {re.escape(number)} · "
            question = rf"## Check yourself.*^\*\*{number[1:]}\.\*\* "
            assert re.search(question if number[0] == "S" else exercise, text, re.MULTILINE | re.DOTALL), number


def test_most_objectives_have_an_exercise_and_the_others_are_named():
    bare = [objective for _, objective, numbers in TABLE if not re.search(r"\d+\.\d+", numbers)]
    page = (ROOT / "docs/objectives.md").read_text(encoding="utf-8").partition("## Without an exercise")[2]
    assert len(re.findall(r"^- \d\d: ", page, re.MULTILINE)) == len(bare) <= len(TABLE) / 5
    assert all(objective in page for objective in bare)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_minutes_of_a_lesson_add_up_to_the_lower_end_of_its_range(path):
    lesson = read(path)
    stated = re.search(r"\*\*Time\.\*\* (\d+) to", lesson.cells[0].source)[1]
    parts = make_guide.minutes(lesson)
    assert sum(parts.values()) == pytest.approx(int(stated))
    assert make_guide.exercises(lesson).keys() < parts.keys() and min(parts.values()) > 0
