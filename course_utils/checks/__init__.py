"""Checkers for the exercises: one line of feedback that names the misconception, and never an exception.

A notebook says `from course_utils.checks import encoding as check` and then `check.my_encode(my_encode)`. A checker
prints *not attempted yet*, *not yet: ...* with the reason, or *correct*. It never prints the answer, and leaves the
global random state alone.

The module of a notebook builds its checkers from three kinds: `Number`, `Choice` and `Function`. Each carries the right
answer, at least one right answer that looks different, and the wrong answers that people give with the message each
deserves, so that tests/test_checks.py can hold every checker to all of them.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from course_utils.checks import _safety
from course_utils.checks._safety import run
from course_utils.checks._values import array, close, same, show

NOT_ATTEMPTED = "not attempted yet"


@dataclass
class Checker:
    """What all checkers share: the number of the exercise, the right answers, the wrong ones with their messages."""

    exercise: str
    answer: Any
    #: answers that are right too, though they look different
    also_right: Sequence[Any] = ()
    #: pairs of a wrong answer and the message that names what went wrong
    wrong: Sequence[tuple[Any, str]] = ()

    def __call__(self, attempt: Any) -> None:
        """Print the verdict on a learner's answer."""
        fault = self._fault(attempt)
        verdict = "correct" if fault is None else fault if fault == NOT_ATTEMPTED else f"not yet: {fault}"
        print(f"Exercise {self.exercise} - {verdict}")

    def solution(self, attempt: Any) -> None:
        """Print the same verdict on the solution in the notebook, and say that it is the solution."""
        fault = self._fault(attempt)
        verdict = "passes the check" if fault is None else f"does not pass the check: {fault}"
        print(f"Solution of {self.exercise}: {verdict}")

    def _fault(self, attempt: Any) -> str | None:
        """What is wrong; None if nothing is."""
        try:
            with _safety.random_state_kept():
                return NOT_ATTEMPTED if attempt is ... else self._judge(attempt)
        except Exception as error:  # whatever a learner hands in, the notebook goes on
            return f"the check could not read your answer ({type(error).__name__}: {_first_line(error)})"

    def _judge(self, attempt: Any) -> str | None:
        raise NotImplementedError


@dataclass
class Number(Checker):
    """A number within `tolerance` of the answer: integer, float, NumPy scalar or tensor of one number."""

    tolerance: float = 0.0005
    #: said to a number that no wrong answer explains
    otherwise: str = "that is not the number asked for"

    def _judge(self, attempt: Any) -> str | None:
        value = array(attempt)
        if value.size != 1 or value.dtype.kind not in "iuf":
            return f"the answer should be one number; yours is {show(attempt)}"
        value = float(value.reshape(()))
        if abs(value - self.answer) <= self.tolerance:
            return None
        wrong, message = min(self.wrong, key=lambda pair: abs(value - pair[0]))
        rounded = value != 0 and abs(value - round(wrong, 3)) < 1e-7
        if rounded or abs(value - wrong) <= min(self.tolerance, 0.01 * abs(wrong)):
            return message
        if any(abs(value - round(self.answer, digits)) < 1e-12 for digits in (2, 3)):
            return "nearly; give one more decimal"
        if 0 < self.answer < 1 and abs(value / 100 - self.answer) <= max(self.tolerance, 0.0006):
            return "give it as a share between 0 and 1, not in per cent"
        return self.otherwise


@dataclass
class Choice(Checker):
    """One letter among those offered; upper or lower case, with or without brackets."""

    def _judge(self, attempt: Any) -> str | None:
        letter = attempt.strip(" ().'\"").lower() if isinstance(attempt, str) else None
        messages = {self.answer: None, **dict(self.wrong)}
        if letter in messages:
            return messages[letter]
        return f"answer with one of the letters {', '.join(sorted(messages))}, in quotes; yours is {show(attempt)}"


@dataclass
class Function(Checker):
    """A function that does what the answer does on `cases`, tuples of arguments: type, shape, kind, values.

    The first case that goes wrong is shown to the learner: put small ones first.
    """

    cases: Sequence[tuple] = ()
    tolerance: float = 1e-6
    #: what is expected of a case, in words: a text, or a function of the case's arguments that returns one. It follows
    #: the case and what came, when no wrong answer explains the result
    expects: str | Callable[..., str] = ""

    def _judge(self, attempt: Any) -> str | None:
        if not callable(attempt):
            return f"this asks for a function; hand in its name, without brackets. Yours is {show(attempt)}"
        outcomes = []
        try:
            with _safety.prints_dropped(), _safety.time_limit():
                for case in self.cases:
                    outcomes.append(run(attempt, case))
        except _safety.TooLong:
            return "your function was stopped: it was still running after several seconds. Does a loop never end?"
        if any(value is ... for _, value in outcomes):
            return NOT_ATTEMPTED
        nones = sum(kind == "returned" and value is None for kind, value in outcomes)
        if 0 < nones < len(outcomes):
            return "your function returns None in some cases; is there a `return` on every way through?"
        for case, outcome in zip(self.cases, outcomes, strict=True):
            fault = self._compare(case, outcome, run(self.answer, case))
            if fault is not None:
                return self._named(outcomes) or fault
        return None

    def _named(self, outcomes: list[tuple]) -> str | None:
        """The message of the wrong answer that does the same on every case."""
        for wrong, message in self.wrong:
            with warnings.catch_warnings():  # what a wrong answer divides by zero is not the learner's concern
                warnings.simplefilter("ignore")
                theirs = [run(wrong, case) for case in self.cases]
            if all(same(a, b, self.tolerance) for a, b in zip(outcomes, theirs, strict=True)):
                return message
        return None

    def _compare(self, case: tuple, outcome: tuple, right_outcome: tuple) -> str | None:
        (kind, value), (right_kind, right) = outcome, right_outcome
        if kind == "changed":
            return f"for {self._shown(case)} your function changes its input; work on a copy"
        if right_kind == "raised":
            if kind == "raised" and isinstance(value, type(right)):
                return None
            what = f"raises {type(value).__name__}" if kind == "raised" else f"returns {show(value)}"
            return f"for {self._shown(case)} it should raise {type(right).__name__}; it {what}"
        if isinstance(value, AssertionError):
            return "it stops at an assertion; return True or False instead of asserting"
        if value is None:
            return "your function returns None; is there a `return`?"
        if kind == "raised":
            fault = f"raises {type(value).__name__}: {_first_line(value)}"
        elif (difference := _difference(value, right, self.tolerance)) is not None:
            fault = f"returns {difference}"
        else:
            return None
        words = self.expects(*case) if callable(self.expects) else self.expects
        return ". ".join(filter(None, [f"for {self._shown(case)} it {fault}", words]))

    def _shown(self, case: tuple) -> str:
        """The arguments, small ones in full; with their names if there are several."""
        names = inspect.signature(self.answer).parameters
        if len(case) == 1 or len(case) != len(names):
            return ", ".join(map(show, case))
        return ", ".join(f"{name} = {show(argument)}" for name, argument in zip(names, case, strict=True))


def _difference(value: Any, right: Any, tolerance: float) -> str | None:
    """What came instead of the right result, and how it differs; None if it does not."""
    came, right = array(value), array(right)
    single, kind = right.ndim == 0, right.dtype.kind
    if single and came.size == 1:
        came = came.reshape(())
    if came.dtype.kind not in {"b": "b", "U": "U"}.get(kind, "biuf") or (single and came.ndim):
        parts = {len(part) for part in value if hasattr(part, "__len__")} if isinstance(value, (list, tuple)) else ()
        if len(parts) > 1:
            return f"{show(value)}; its parts have different lengths, {' and '.join(map(str, sorted(parts)))}"
        asked = {"b": "True or False", "U": "one text in quotes"}.get(kind, "one number")
        return f"{show(value)} ({type(value).__name__}); return {asked if single else 'a list or an array of numbers'}"
    if came.shape != right.shape:
        return f"{show(value)}; the shape should be {right.shape}, not {came.shape}"
    whole = came.dtype.kind in "iu" or (single and came.dtype.kind == "f" and came == np.round(came))
    if kind in "iu" and right.size and not whole:
        return f"{show(value)} ({came.dtype}); the result should be integers"
    wrong = np.argwhere(came != right if kind in "bU" else ~close(came, right, tolerance))
    if not len(wrong):
        return None
    if kind == "f" and any(close(came, right.round(digits), 0).all() for digits in (2, 3, 4)):
        return f"{show(value)}, which is rounded; return it as it is"
    if right.size <= 2:
        return f"{show(value)}, which is not right"
    return f"{show(value)}; the first wrong entry is {show(came[tuple(wrong[0])])}, at {wrong[0].tolist()}"


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0][:100]
