"""The checkers as a product: every exercise accepts what is right, and tells every known wrong answer what is wrong."""

import importlib
import pkgutil
import random
import re
import signal
import sys
import time
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import torch
from notebook_files import NOTEBOOKS, read, tags

from course_utils import checks
from course_utils.checks import Checker, Choice, Function, Number, _safety
from course_utils.checks.chance import _symbols, _truth
from course_utils.datasets import PAD
from course_utils.encoding import NUCLEOTIDES
from course_utils.hmm import TOY

MODULES = [
    importlib.import_module(f"course_utils.checks.{found.name}")
    for found in pkgutil.iter_modules(checks.__path__)
    if not found.name.startswith("_")
]
#: what a solution finds in its notebook: data that can be mistaken for each other, and modules
DATA = {"TOY": TOY, "NUCLEOTIDES": NUCLEOTIDES, "PAD": PAD, "truth": _truth}
DATA["rule"] = np.where((_symbols == 1) | (_symbols == 2), 0, 1)
LESSON = DATA | {"np": np, "torch": torch}
FOUND = [(checker, module) for module in MODULES for checker in vars(module).values() if isinstance(checker, Checker)]
CHECKERS = {checker.exercise: checker for checker, _ in sorted(FOUND, key=lambda found: float(found[0].exercise))}
HOME = {checker.exercise: module for checker, module in FOUND}
each = pytest.mark.parametrize("checker", CHECKERS.values(), ids=CHECKERS)
each_number = pytest.mark.parametrize(
    "checker", [c for c in CHECKERS.values() if isinstance(c, Number)], ids=lambda c: c.exercise
)
each_function = pytest.mark.parametrize(
    "checker", [c for c in CHECKERS.values() if isinstance(c, Function)], ids=lambda c: c.exercise
)
WRONG = [(c, attempt, message) for c in CHECKERS.values() for attempt, message in c.wrong]


@pytest.fixture
def says(capsys):
    def says(checker, attempt):
        checker(attempt)
        printed = capsys.readouterr()
        assert printed.err == "" and printed.out.count("\n") == 1
        head, _, verdict = printed.out.rstrip("\n").partition(" - ")
        assert head == f"Exercise {checker.exercise}"
        return verdict

    return says


@each
def test_the_answer_and_its_other_forms_are_correct(checker, says):
    assert checker.also_right, "needs a right answer that looks different"
    for attempt in (checker.answer, *checker.also_right):
        assert says(checker, attempt) == "correct"


@pytest.mark.parametrize(("checker", "attempt", "message"), WRONG, ids=[f"{c.exercise}: {m[:40]}" for c, _, m in WRONG])
def test_every_wrong_answer_gets_its_own_message(checker, attempt, message, says):
    assert says(checker, attempt) == f"not yet: {message}"


@each
def test_there_are_at_least_three_wrong_answers(checker):
    assert len({message for _, message in checker.wrong}) >= 3


@each
def test_a_stub_is_not_attempted(checker, says):
    assert says(checker, ...) == "not attempted yet"
    if isinstance(checker, Function):
        assert says(checker, lambda *_: ...) == "not attempted yet"


@each
@pytest.mark.parametrize(
    "attempt",
    [None, object(), "nonsense", [1, 2, 3], np.zeros((2, 2)), {}, float("nan"), b"x", ValueError],
    ids=lambda attempt: type(attempt).__name__,
)
def test_anything_at_all_is_answered_in_one_line(checker, attempt, says):
    assert says(checker, attempt).startswith("not yet: ")


@each_number
def test_a_number_may_come_in_any_numeric_form(checker, says):
    for form in (float, np.float64, np.float32, np.array, torch.tensor, lambda v: [v], lambda v: torch.tensor([v])):
        assert says(checker, form(checker.answer)) == "correct"
    assert "should be one number" in says(checker, str(checker.answer))


@each_number
def test_the_tolerance_cannot_swallow_a_wrong_answer(checker):
    assert all(abs(wrong - checker.answer) > 2 * checker.tolerance for wrong, _ in checker.wrong)


@each_number
def test_a_number_that_nobody_foresaw_gets_a_nudge_not_the_answer(checker, says):
    verdict = says(checker, checker.answer * 7.3 + 11)
    assert verdict == f"not yet: {checker.otherwise}"
    assert f"{checker.answer:g}" not in verdict


@each_function
def test_a_function_may_return_lists_arrays_or_tensors(checker, says):
    for form in (np.asarray, torch.as_tensor, lambda v: np.asarray(v).tolist()):

        def in_this_form(*arguments, form=form):
            result = checker.answer(*arguments)
            plain = result.detach().numpy() if isinstance(result, torch.Tensor) else result
            return result if isinstance(result, (str, bool)) else form(plain)

        assert says(checker, in_this_form) == "correct"


@each_function
def test_a_function_that_fails_is_reported_not_raised(checker, says):
    def raises(*arguments):
        raise KeyError("oops")

    assert "KeyError" in says(checker, raises)
    assert "returns None" in says(checker, lambda *arguments: None)
    assert "not yet" in says(checker, lambda: 1)
    assert says(checker, checker.answer(*checker.cases[0])).startswith("not yet")


@each_function
def test_a_function_that_changes_its_input_is_told_so(checker, says):
    def spoils(*arguments):
        result = checker.answer(*arguments)
        for argument in arguments:
            if isinstance(argument, (np.ndarray, torch.Tensor)):
                argument[:] = 77
            elif isinstance(argument, list):
                argument.append(77)
            elif isinstance(argument, dict):
                argument["A"] = 77
        return result

    if any(isinstance(a, (np.ndarray, torch.Tensor, list, dict)) for a in checker.cases[0]):
        assert "changes its input" in says(checker, spoils)


# --- functions that do not come back ------------------------------------------------------------------------------

can_stop = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system cannot interrupt a function")


def endless(*arguments):
    while True:
        pass


def catches_exceptions(*arguments):
    while True:
        try:
            sum(range(1000))
        except Exception:
            continue


def catches_everything(*arguments):
    while True:
        try:
            len(arguments)
        except:  # noqa: E722
            continue


def sleeps(*arguments):
    time.sleep(60)


@can_stop
@pytest.mark.parametrize("never", [endless, catches_exceptions, catches_everything, sleeps])
def test_a_function_that_does_not_end_is_stopped(never, says, monkeypatch):
    monkeypatch.setattr(_safety, "TIME_LIMIT", 0.2)
    monkeypatch.setattr(_safety, "CLOCK_LIMIT", 1.0)
    handlers = signal.getsignal(signal.SIGPROF), signal.getsignal(signal.SIGALRM)
    assert "still running after several seconds" in says(CHECKERS["1.3"], never)
    assert handlers == (signal.getsignal(signal.SIGPROF), signal.getsignal(signal.SIGALRM))
    assert signal.getitimer(signal.ITIMER_PROF)[0] == signal.getitimer(signal.ITIMER_REAL)[0] == 0


@can_stop
def test_waiting_for_a_busy_machine_is_not_counted(says, monkeypatch):
    monkeypatch.setattr(_safety, "TIME_LIMIT", 0.2)

    def waits(*arguments):
        time.sleep(0.03)  # 12 cases: .36 seconds by the clock
        return CHECKERS["1.3"].answer(*arguments)

    assert says(CHECKERS["1.3"], waits) == "correct"


@each_function
def test_a_function_that_exits_is_reported(checker, says):
    assert "raises SystemExit" in says(checker, lambda *arguments: sys.exit("bad"))


def test_the_keyboard_still_interrupts():
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CHECKERS["1.3"](interrupted)


@each_function
def test_what_a_function_prints_does_not_come_between(checker, says):
    def prints(*arguments):
        print("here", arguments)
        return checker.answer(*arguments)

    assert says(checker, prints) == "correct"


@each_function
def test_the_global_random_state_is_left_alone(checker, says):
    def noisy(*arguments):
        random.random(), np.random.random(), torch.rand(1)  # noqa: NPY002
        return checker.answer(*arguments)

    random.seed(1), np.random.seed(1), torch.manual_seed(1)  # noqa: NPY002
    before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()  # noqa: NPY002
    assert says(checker, noisy) == "correct"
    assert random.getstate() == before[0] and torch.equal(torch.get_rng_state(), before[2])
    assert np.random.get_state()[1].tolist() == before[1]  # noqa: NPY002


@pytest.mark.parametrize("checker", [c for c in CHECKERS.values() if isinstance(c, Choice)], ids=lambda c: c.exercise)
def test_a_choice_says_which_letters_there_are(checker, says):
    assert "one of the letters a, b, c" in says(checker, "z")


# --- the exercises in the notebooks -------------------------------------------------------------------------------


def exercises():
    """exercise -> the notebook and the cells that belong to it, from its heading up to the solution."""
    found = {}
    for path in NOTEBOOKS:
        cells = read(path).cells
        for i, cell in enumerate(cells):
            if "exercise" in tags(cell):
                place = re.search(r"### (?:✎ )?Exercise \d+\.(\d+)", cells[i - 1].source)[1]
                found[f"{int(path.stem[:2])}.{place}"] = (path, cells[i - 1 : i + 4])
    return found


EXERCISES = exercises()
each_exercise = pytest.mark.parametrize("number", EXERCISES)


def test_every_checker_has_its_exercise_and_every_exercise_its_checker():
    assert len(FOUND) == len(CHECKERS) and set(EXERCISES) == set(CHECKERS) and len(EXERCISES) >= 55


@each_exercise
def test_an_exercise_is_complete(number):
    _, (prompt, stub, check, hints, solution) = EXERCISES[number]
    assert f"Exercise {CHECKERS[number].exercise} " in prompt.source
    assert re.search(r"\(\d+ min\)", prompt.source.splitlines()[0])
    assert "..." in stub.source and tags(check) == ["check"] and re.fullmatch(r"check\.\w+\(\w+\)", check.source)
    assert hints.cell_type == "markdown" and hints.source.count("<details>") >= 1
    assert "solution" in tags(solution) and solution.metadata.jupyter.source_hidden
    assert re.match(rf"# Solution {CHECKERS[number].exercise}(: click the dots to open)?\n", solution.source)
    assert solution.source.count("\n# ") >= 1
    assert solution.source.splitlines()[-1] == re.sub(r"\(my_", ".solution(solution_", check.source)


@each_exercise
def test_untouched_it_is_not_attempted_and_its_solution_is_correct_and_leaves_the_answer_alone(number, capsys):
    """Check, solution, check again: with the stub, with a wrong answer, and with the solution typed in."""
    _, (_, stub, check, _, solution) = EXERCISES[number]
    name, notebook = re.search(r"\((my_\w+)\)", check.source)[1], LESSON | {"check": HOME[number]}
    typed_in = solution.source.rpartition("\n")[0].replace("solution_", "my_")
    wrong = CHECKERS[number].wrong[0]
    for answer, verdict in ((stub.source, "not attempted yet"), (wrong, f"not yet: {wrong[1]}"), (typed_in, "correct")):
        exec(answer, notebook) if isinstance(answer, str) else notebook.update({name: answer[0]})
        for source in (check.source, solution.source, check.source):
            exec(source, notebook)
        before, of_solution, after = capsys.readouterr().out.splitlines()[-3:]
        assert before == after == f"Exercise {CHECKERS[number].exercise} - {verdict}"
        assert of_solution == f"Solution of {CHECKERS[number].exercise}: passes the check"


# --- small courtesies ---------------------------------------------------------------------------------------------


def test_a_number_rounded_too_far_or_in_per_cent_is_told_so(says):
    share = CHECKERS["3.4"]  # 847 / 1500 = .5647
    assert "one more decimal" in says(share, 0.56) and "per cent" in says(share, 56.5)


def test_a_choice_may_be_dressed_up(says):
    assert all(says(CHECKERS["2.2"], form) == "correct" for form in ("c", " C ", "(c)", "c.", "'c'"))


def test_what_python_said_is_passed_on(says):
    assert "IndexError: list index out of range" in says(CHECKERS["3.1"], lambda a, b: [][1])
    assert "True or False instead of asserting" in says(CHECKERS["2.3"], lambda c: [][0] if not c else _fail())
    assert "on every way through" in says(CHECKERS["2.3"], lambda c: True if c["T"] == 3 else None)


def _fail():
    raise AssertionError


A_LIST = Function("x", answer=lambda n: [1, 2], cases=[(1,)])
A_FLOAT = Function("x", answer=lambda n: 1 / 3, cases=[(1,)], tolerance=1e-9)
A_COUNT = Function("x", answer=lambda n: 2, cases=[(1,)])
A_BOOL = Function("x", answer=lambda n: True, cases=[(1,)])


@pytest.mark.parametrize(
    ("checker", "result"),
    [
        (A_LIST, pd.Series([1, 2])),
        (A_LIST, (torch.tensor(1), torch.tensor(2))),
        (A_LIST, range(1, 3)),
        (Function("x", answer=lambda n: np.eye(2), cases=[(1,)]), pd.DataFrame({"H": [1, 0], "L": [0, 1]})),
        (A_FLOAT, torch.tensor(1.0) / 3),
        (A_FLOAT, float(np.float32(1 / 3))),
        (A_FLOAT, Fraction(1, 3)),
        (A_FLOAT, np.array([[1 / 3]])),
        (A_FLOAT, torch.tensor([1 / 3], requires_grad=True)),
        (A_COUNT, 2.0),
        (A_COUNT, torch.tensor(2.0)),
        (A_COUNT, np.int8([2])),
        (A_BOOL, np.bool_(True)),
        (A_BOOL, torch.tensor(True)),
        (A_BOOL, np.array([True])),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_right_result_may_come_in_another_type(checker, result, says):
    assert says(checker, lambda n: result) == "correct"


@pytest.mark.parametrize(
    ("checker", "result", "verdict"),
    [
        (A_LIST, {1, 2}, "{1, 2} (set); return a list or an array of numbers"),
        (A_LIST, "12", "'12' (str); return a list or an array of numbers"),
        (A_LIST, (n for n in (1, 2)), "generator (generator); return a list or an array of numbers"),
        (A_LIST, [[1], [1, 2]], "[[1], [1, 2]]; its parts have different lengths, 1 and 2"),
        (A_LIST, [1.0, 2.0], "[1, 2] (float64); the result should be integers"),
        (A_LIST, [[1, 2]], "[[1, 2]]; the shape should be (2,), not (1, 2)"),
        (A_LIST, np.array([1, 3]), "[1, 3], which is not right"),
        (A_FLOAT, {"share": 1 / 3}, "{'share': 0.3333333333333333} (dict); return one number"),
        (A_FLOAT, [1 / 3, 2 / 3], "[0.3333, 0.6667] (list); return one number"),
        (A_FLOAT, torch.tensor(0.3333), "0.3333, which is rounded; return it as it is"),
        (A_FLOAT, torch.tensor(0.334), "0.334, which is not right"),
        (
            Function("x", answer=lambda n: np.eye(2), cases=[(1,)]),
            [[1, 0], [1, 1]],
            "[[1, 0], [1, 1]]; the first wrong entry is 1, at [1, 0]",
        ),
        (A_COUNT, 2.5, "2.5 (float64); the result should be integers"),
        (A_COUNT, True, "True (bool); the result should be integers"),
        (A_BOOL, 1, "1 (int); return True or False"),
        (A_BOOL, "True", "'True' (str); return True or False"),
        (A_BOOL, np.bool_(False), "False, which is not right"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_result_is_shown_with_what_to_return(checker, result, verdict, says):
    assert says(checker, lambda n: result) == f"not yet: for 1 it returns {verdict}"


def test_small_arguments_are_shown_and_large_ones_by_shape(says):
    checker = Function(
        "x", answer=lambda x, w: 1.0, cases=[(torch.tensor([[0.1, 1 / 3]]), np.zeros((3, 30)))], expects="Add them up."
    )
    shown = "x = [[0.1, 0.3333]], w = array of shape (3, 30)"
    assert says(checker, lambda x, w: 2) == f"not yet: for {shown} it returns 2, which is not right. Add them up."


def test_what_is_expected_may_depend_on_the_case(says):
    double = Function("x", answer=lambda n: 2 * n, cases=[(0,), (4,)], expects=lambda n: f"Double the {n}.")
    assert says(double, lambda n: n) == "not yet: for 4 it returns 4, which is not right. Double the 4."


def test_the_nearest_wrong_number_is_named_if_it_is_near_enough(says):
    checker = Number(
        "x", answer=5.0, wrong=[(0.01, "a"), (0.0101, "b"), (3, "c"), (1 / 64, "d")], tolerance=0.1, otherwise="none"
    )
    for value, message in [(0.01, "a"), (0.0101, "b"), (0.0105, "none"), (0.016, "d"), (3.02, "c"), (3.04, "none")]:
        assert says(checker, value) == f"not yet: {message}"


@each
def test_a_solution_is_judged_as_an_attempt_is(checker, capsys):
    for attempt in (checker.answer, *checker.also_right, *(wrong for wrong, _ in checker.wrong), ..., None, object()):
        checker(attempt)
        verdict = capsys.readouterr().out.partition(" - ")[2].strip().removeprefix("not yet: ")
        checker.solution(attempt)
        passes = "passes the check" if verdict == "correct" else f"does not pass the check: {verdict}"
        assert capsys.readouterr().out == f"Solution of {checker.exercise}: {passes}\n"


def test_a_short_wrong_result_is_shown_and_the_right_one_is_not(says):
    verdict = says(CHECKERS["3.1"], lambda a, b: 17)
    assert verdict.startswith("not yet: for train = [1, 2, 3], test = [3, 4] it returns 17, which is not right. Count ")
