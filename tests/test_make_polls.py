"""The poll file holds every guess of the lessons, with options and answer, as the notebooks have them."""

import csv
import re
from importlib import import_module

import pytest
from notebook_files import NOTEBOOKS, read, script

make_polls = script("tools/make_polls.py")
POLLS = [poll for path in NOTEBOOKS for poll in make_polls.polls(path)]


def poll(words: str) -> dict:
    (found,) = [poll for poll in POLLS if words in poll["question"]]
    return found


@pytest.mark.parametrize("kind", ["Predict first", "Decide first", "Spot the flaw"])
def test_every_guess_of_every_lesson_is_found(kind):
    text = "\n".join(cell.source for path in NOTEBOOKS for cell in read(path).cells if cell.cell_type == "markdown")
    assert sum(poll["kind"] == kind for poll in POLLS) == text.count(f"**{kind}.**") > 0


def test_every_exercise_with_choices_is_a_vote_and_has_the_checkers_answer():
    texts = {path.stem: "\n".join(cell.source for cell in read(path).cells) for path in NOTEBOOKS}
    votes = [poll for poll in POLLS if poll["kind"].startswith("Exercise")]
    assert len(votes) == sum(text.count("Answer a, b") for text in texts.values()) > 0
    for vote in votes:
        text = texts[vote["lesson"]]
        name = re.search(r"from course_utils\.checks import (\w+) as check", text)[1]
        module = import_module(f"course_utils.checks.{name}")
        checker = re.search(rf"# Solution {vote['kind'][9:]}\n.*?check\.(\w+)\.solution", text, re.DOTALL)[1]
        assert getattr(module, checker).answer == vote["answer"] and vote["afterwards"]
        assert ord(vote["answer"]) - ord("a") < len(vote["options"])


def test_every_answer_stands_in_the_lesson_and_all_but_a_drawing_has_one():
    for poll in POLLS:
        (path,) = [path for path in NOTEBOOKS if path.stem == poll["lesson"]]
        text = path.read_text(encoding="utf-8").replace("\\n", "").replace('\\"', '"')
        for line in poll["answer"].splitlines():
            assert line == "(a figure)" or line.strip("> ") in text, line
        assert poll["answer"] or "here would you cut" in poll["question"]


def test_options_come_from_a_list_or_from_the_sentence():
    assert poll("How many of 100 states")["options"] == ["95", "80", "60"]
    assert poll("coin test say")["options"] == ["10", "40", "80"]
    assert poll("will contain the true value")["options"] == ["190", "130", "75"]
    assert poll("What is left after 60 steps")["options"] == ["about .5", "about .01", "about .000001"]
    assert poll("the true state .1, .5 or .9")["options"] == [".1", ".5", ".9"]
    assert poll("the mean of the four batches")["options"] == ["yes", "no"]
    assert poll("How many of the 256 pass")["options"] == poll("Which mistake changes")["options"] == []


def test_the_answer_is_what_is_printed_below_up_to_the_next_section():
    limit = poll("How many of 100 states")
    assert limit["section"] == "How good could anyone be?" and limit["lesson"] == "01_hmm"
    assert re.match(r"table +0\.5997\nfilter +0\.5997\n", limit["answer"]) and "0.454" not in limit["answer"]
    assert limit["afterwards"] == "The best possible reader gets 60 of 100."
    assert poll("matches 80.3 %")["answer"].startswith("The score of a random synonym.")
    assert poll("Put in order")["answer"].count("KL to the filter") == 6  # below an exercise that stands between


def test_both_files_hold_all_of_them(tmp_path, monkeypatch):
    (tmp_path / "notebooks").symlink_to(NOTEBOOKS[0].parent)
    monkeypatch.setattr(make_polls, "ROOT", tmp_path)
    assert make_polls.main() == 0
    with open(tmp_path / "build/polls.csv", encoding="utf-8-sig", newline="") as file:
        assert [row["question"] for row in csv.DictReader(file)] == [poll["question"] for poll in POLLS]
    page = (tmp_path / "build/polls.md").read_text(encoding="utf-8")
    assert all(poll["question"] in page and poll["answer"] in page for poll in POLLS)
