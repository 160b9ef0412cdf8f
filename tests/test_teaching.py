"""The pages for a workshop: schedules that keep time, answers that come out, numbers that the lessons hold."""

import contextlib
import io
import re
from importlib import import_module
from itertools import pairwise

import pytest
from notebook_files import NOTEBOOKS, ROOT, read, script

from course_utils.checks import Checker
from course_utils.encoding import NUCLEOTIDES
from course_utils.hmm import TOY

make_guide = script("tools/make_guide.py")
LESSONS = {name[:2]: lesson for name, lesson in make_guide.lessons().items()}


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


GUIDE = page("instructor.md")
ROW = re.compile(r"^\| (\d\d):(\d\d) \| (\d+) \| (.+?) \| ([\d. ]*) ?\| (.*) \|$", re.MULTILINE)
REST = ("break", "lunch", "stand up")
SCHEDULES = {
    title: ROW.findall(text)
    for title, text in re.findall(
        r"^(?:###|\*\*)(.+?)\n(.*?)(?=^###? |^\*\*The second|\Z)", GUIDE, re.MULTILINE | re.DOTALL
    )
    if ROW.search(text)
}
each_schedule = pytest.mark.parametrize("rows", SCHEDULES.values(), ids=[title.strip(" *:") for title in SCHEDULES])


# --- schedules


def test_there_are_five_of_them():
    assert len(SCHEDULES) == 5


@each_schedule
def test_each_part_begins_when_the_one_before_ends_and_there_are_breaks(rows):
    begins = [60 * int(hour) + int(minute) for hour, minute, *_ in rows]
    ends = [begin + int(row[2]) for begin, row in zip(begins, rows, strict=True)]
    assert all(end == begin for end, (_, begin) in zip(ends, pairwise(begins), strict=False))
    rests = [(begin, end) for begin, end, row in zip(begins, ends, rows, strict=True) if row[3] in REST]
    worked = zip([begins[0], *(end for _, end in rests)], [*(begin for begin, _ in rests), ends[-1]], strict=True)
    assert all(stop - start <= 100 for start, stop in worked)
    assert rows[0][3] == "welcome back" or (rows[0][3], rows[0][2]) == ("set-up", "15")


@each_schedule
def test_each_part_has_a_fifth_more_than_its_sections_and_exercises_take(rows):
    taught = 0
    for *_, allotted, part, exercises, _ in rows:
        lesson = re.match(r"\[(\d\d)\]\(\.\./notebooks/(\d\d)_\w+\.ipynb\)(, all)?", part)
        if lesson:
            parts = make_guide.minutes(LESSONS[lesson[1]])
            titles = re.findall(r'"([^"]+)"', part)
            known = [[name for name in parts if name.startswith(title)] for title in titles]
            assert lesson[3] or (titles and all(len(names) == 1 for names in known)), part
            wanted = list(parts) if lesson[3] else [*(names[0] for names in known), *exercises.split()]
            needed = 1.2 * sum(parts[name] for name in wanted)
            assert int(allotted) >= needed - 0.2, f"{part} needs {needed:.0f} minutes: move the clock"
            taught += int(allotted)
    assert taught > 50


def test_the_guide_can_be_read_in_half_an_hour():
    assert len(GUIDE.split()) < 6000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_numbers_in_the_guide_are_those_of_the_lesson(path):
    """Its own text and outputs, its checks, and the drawings' descriptions."""
    section = re.search(rf"^### \[{path.stem[:2]}\](.*?)(?=^###? )", GUIDE, re.MULTILINE | re.DOTALL)[1]
    module = re.search(
        r"from course_utils\.checks import (\w+) as check", "\n".join(c.source for c in read(path).cells)
    )
    checks = vars(import_module(f"course_utils.checks.{module[1]}")).values()
    known = f"{path.read_text(encoding='utf-8')} {[(c.answer, c.wrong) for c in checks if isinstance(c, Checker)]}"
    section = re.sub(r"(?<!\S)\d+\.\d:|\b[Ll]essons? \d\d|\b\d\d and \d\d\b|\.\./\S+|1/64", "", section)
    for number in re.findall(r"(?<![\w.])\d*\.\d+|(?<![\w.,])\d\d+(?:,\d{3})*", section):
        value = float(number.replace(",", ""))
        forms = {number, number.lstrip("0"), f"0{number}", f"{value:.3f}", f"{value:.2f}", f"{value:g}"}
        assert any(form in known for form in forms), number


# --- the self-check


@pytest.mark.parametrize(
    ("code", "answer"),
    re.findall(r"```python\n(.*?)```\n\n<details>.*?```text\n(.*?)```", page("self_check.md"), re.DOTALL),
)
def test_every_answer_of_the_self_check_is_what_its_code_prints(code, answer):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, {})
    assert printed.getvalue() == answer


def test_the_self_check_has_eight_questions_with_folded_answers():
    text = page("self_check.md")
    assert (
        len(re.findall(r"^\*\*\d\.\*\* ", text, re.MULTILINE))
        == text.count("<details>")
        == text.count("```python")
        == 8
    )


# --- the worksheet


def test_the_worksheet_is_solved_right():
    cells = re.findall(r"^\| ([GCA]) \| (\.\d{3} \| .*) \|$", page("worksheet.md"), re.MULTILINE)
    assert "".join(letter for letter, _ in cells) == "GGCA" == "GGCACTGAA"[:4]
    h, low = 0.5, 0.5  # a belief, as a learner computes it: no function of the course
    for i, (letter, row) in enumerate(cells):
        if i:
            h, low = 0.5 * h + 0.4 * low, 0.5 * h + 0.6 * low
        weighed = h * TOY.emission[0, NUCLEOTIDES.index(letter)], low * TOY.emission[1, NUCLEOTIDES.index(letter)]
        expected = [h, low, *weighed, sum(weighed), weighed[0] / sum(weighed), weighed[1] / sum(weighed)]
        assert row == " | ".join(f"{value:.3f}"[1:] for value in expected)
        h, low = expected[-2:]


def test_the_worksheet_states_the_chain():
    def row(numbers):
        return " | ".join(f"{number:.1f}"[1:] for number in numbers)

    for state, moves, writes in zip("HL", TOY.transition, TOY.emission, strict=True):
        assert f"| **{state}** | {row(moves)} | | **{state}** | {row(writes)} |" in page("worksheet.md")


# --- the other pages


def test_the_start_of_the_project_runs():
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(re.search(r"```python\n(.*?)```", page("project.md"), re.DOTALL)[1], {})
    assert printed.getvalue() == "(4, 2) (90, 300, 2) 90 30 30\n"


def test_the_project_does_not_give_its_answer_away():
    answer = make_guide.ROOT / "docs/answers/mystery.json"
    rows = re.findall(r"\[([\d., ]+)\]", answer.read_text(encoding="utf-8"))
    texts = [page("project.md"), (ROOT / "data/README.md").read_text(encoding="utf-8")]
    for numbers in rows[-2:]:
        shown = [" | ".join(f"{float(n):.2f}".removeprefix("0") for n in numbers.split(",")), numbers]
        assert not any(form in text for form in shown for text in texts)


def test_the_survey_has_a_key_for_every_question_and_a_contact_is_marked_as_missing():
    survey = page("survey.md")
    questions = re.findall(r"^\*\*(\d)\. ", survey, re.MULTILINE)
    assert re.findall(r"^\| (\d) \| [a-d] \|", survey, re.MULTILINE) == questions
    assert "PLACEHOLDER" in page("code_of_conduct.md")
