"""No checker lets a slip pass that a learner makes in good faith: tests/honest_bugs*.py."""

import importlib
from pathlib import Path

import pytest
from test_checks import CHECKERS

from course_utils.checks import Function

MODULES = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("honest_bugs*.py"))]
BUGS = [(number, bug) for module in MODULES for number, bugs in module.HONEST_BUGS.items() for bug in bugs]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("number", "bug"), BUGS, ids=[f"{number}: {bug.__name__}" for number, bug in BUGS])
def test_an_honest_bug_is_found(number, bug, capsys):
    CHECKERS[number](bug)
    printed = capsys.readouterr().out
    print(printed)
    assert printed.startswith(f"Exercise {CHECKERS[number].exercise} - not yet: ") and "could not read" not in printed


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_function_exercise_has_at_least_six(module):
    notebooks = {number.split(".")[0] for number in module.HONEST_BUGS}
    asked = {n for n, c in CHECKERS.items() if isinstance(c, Function) and n.split(".")[0] in notebooks}
    assert asked <= set(module.HONEST_BUGS)
    assert all(len({bug.__name__ for bug in bugs}) == len(bugs) >= 6 for bugs in module.HONEST_BUGS.values())
