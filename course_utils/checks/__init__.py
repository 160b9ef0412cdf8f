"""Checkers for the exercises: one line of feedback that names the misconception, and never an exception.

A notebook says `from course_utils.checks import encoding as check` and then `check.my_encode(my_encode)`. A checker
prints *not attempted yet*, *not yet: ...* with the reason, or *correct*. It never prints the answer, and leaves the
global random state alone.

The module of a notebook builds its checkers from three kinds: `Number`, `Choice` and `Function`. Each carries the right
answer, at least one right answer that looks different, and the wrong answers that people give with the message each
deserves, so that tests/test_checks.py can hold every checker to all of them.
"""

from __future__ import annotations

import contextlib
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: What a learner's function may take, in seconds, all cases together.
TIME_LIMIT = 1.0


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
        try:
            with _random_state_kept():
                fault = "not attempted yet" if attempt is ... else self._judge(attempt)
        except Exception as error:  # whatever a learner hands in, the notebook goes on
            fault = f"not yet: the check could not read your answer ({type(error).__name__}: {_first_line(error)})"
        print(f"Exercise {self.exercise} - {'correct' if fault is None else fault}")

    def _judge(self, attempt: Any) -> str | None:
        raise NotImplementedError


@dataclass
class Number(Checker):
    """A number within `tolerance` of the answer: integer, float, NumPy scalar or tensor of one number."""

    tolerance: float = 0.0005
    #: said to a number that no wrong answer explains
    otherwise: str = "that is not the number asked for"

    def _judge(self, attempt: Any) -> str | None:
        if isinstance(attempt, (str, bytes, bool)) or attempt is None or callable(attempt):
            return f"not yet: the answer should be a number; yours is {_describe(attempt)}"
        value = _plain(attempt)
        if np.size(value) != 1 or not np.issubdtype(np.asarray(value).dtype, np.number):
            return f"not yet: the answer should be one number; yours is {_describe(attempt)}"
        value = float(np.asarray(value).reshape(()))
        if abs(value - self.answer) <= self.tolerance:
            return None
        for wrong, message in self.wrong:
            if abs(value - wrong) <= self.tolerance:
                return f"not yet: {message}"
        if any(abs(value - round(self.answer, digits)) < 1e-12 for digits in (2, 3)):
            return "not yet: nearly; give one more decimal"
        if 0 < self.answer < 1 and abs(value / 100 - self.answer) <= max(self.tolerance, 0.0006):
            return "not yet: give it as a share between 0 and 1, not in per cent"
        return f"not yet: {self.otherwise}"


@dataclass
class Choice(Checker):
    """One letter among those offered; upper or lower case, with or without brackets."""

    def _judge(self, attempt: Any) -> str | None:
        letter = attempt.strip(" ().'\"").lower() if isinstance(attempt, str) else attempt
        if letter == self.answer:
            return None
        for wrong, message in self.wrong:
            if letter == wrong:
                return f"not yet: {message}"
        offered = ", ".join(sorted([self.answer, *(wrong for wrong, _ in self.wrong)]))
        return f"not yet: answer with one of the letters {offered}, in quotes; yours is {_describe(attempt)}"


@dataclass
class Function(Checker):
    """A function that does what the answer does on `cases`, tuples of arguments: type, shape, kind, values."""

    cases: Sequence[tuple] = ()
    tolerance: float = 1e-6

    def _judge(self, attempt: Any) -> str | None:
        if not callable(attempt):
            return (
                f"not yet: this asks for a function; hand in its name, without brackets. Yours is {_describe(attempt)}"
            )
        outcomes = []
        try:
            with _time_limit(TIME_LIMIT):
                for case in self.cases:
                    outcomes.append(_run(attempt, case))
        except TimeoutError:
            return "not yet: your function was stopped, because it was still running after a second"
        if any(value is ... for _, value in outcomes):
            return "not attempted yet"
        nones = sum(kind == "returned" and value is None for kind, value in outcomes)
        if 0 < nones < len(outcomes):
            return "not yet: your function returns None in some cases; is there a `return` on every way through?"
        for number, (case, outcome) in enumerate(zip(self.cases, outcomes, strict=True), start=1):
            fault = self._compare(_shown(case, number), outcome, _run(self.answer, case))
            if fault is not None:
                return f"not yet: {self._named(outcomes) or fault}"
        return None

    def _named(self, outcomes: list[tuple]) -> str | None:
        """The message of the wrong answer that does the same on every case."""
        for wrong, message in self.wrong:
            with warnings.catch_warnings():  # what a wrong answer divides by zero is not the learner's concern
                warnings.simplefilter("ignore")
                theirs = [_run(wrong, case) for case in self.cases]
            if all(_same(a, b, self.tolerance) for a, b in zip(outcomes, theirs, strict=True)):
                return message
        return None

    def _compare(self, shown: str, outcome: tuple, right_outcome: tuple) -> str | None:
        (kind, value), (right_kind, right) = outcome, right_outcome
        if kind == "changed":
            return f"for {shown} your function changes its input; work on a copy"
        if right_kind == "raised":
            if kind == "raised" and isinstance(value, type(right)):
                return None
            what = f"raises {type(value).__name__}" if kind == "raised" else f"returns {_describe(value)}"
            return f"for {shown} it should raise {type(right).__name__}; it {what}"
        if isinstance(value, AssertionError):
            return "it stops at an assertion; return True or False instead of asserting"
        if kind == "raised":
            return f"for {shown} it raises {type(value).__name__}: {_first_line(value)}"
        if value is None:
            return "your function returns None; is there a `return`?"
        if isinstance(right, (str, bool)) or right is None:
            if type(value) is not type(right) and not (isinstance(right, bool) and isinstance(value, np.bool_)):
                return f"for {shown} it should return a {type(right).__name__}; it returns {_describe(value)}"
            return None if value == right else f"for {shown} it returns {_describe(value)}, which is not right"
        if not isinstance(value, (int, float, complex, list, tuple)) and not hasattr(value, "dtype"):
            return f"it returns a {type(value).__name__}; return a number, a list or an array"
        value, right = np.asarray(_plain(value)), np.asarray(_plain(right))
        if value.shape != right.shape:
            return f"for {shown} the result should have shape {right.shape}; yours has {value.shape}"
        if right.size == 0:
            return None
        if np.issubdtype(right.dtype, np.integer) and not np.issubdtype(value.dtype, np.integer):
            return f"for {shown} the result should be integers; yours are {value.dtype}"
        if not np.issubdtype(value.dtype, np.number) and value.dtype != bool:
            return f"for {shown} the result should be numbers; yours are {value.dtype}"
        if np.allclose(value, right, rtol=0, atol=self.tolerance):
            return None
        if value.ndim == 0:
            return f"for {shown} it returns {value:.6g}, which is not right"
        where = np.argwhere(~np.isclose(value, right, rtol=0, atol=self.tolerance))[0].tolist()
        return f"for {shown} the result is not right, first at {where}"


def _run(function: Callable, case: tuple) -> tuple:
    """("returned", value), ("raised", error) or ("changed", None) if the function wrote into its arguments."""
    arguments, before = _copies(case), _copies(case)
    try:
        value = function(*arguments)
    except TimeoutError:
        raise
    except Exception as error:
        return "raised", error
    if not all(_equal(a, b) for a, b in zip(arguments, before, strict=True)):
        return "changed", None
    return "returned", value


def _copies(case: tuple) -> tuple:
    return tuple(c.clone() if hasattr(c, "clone") else c.copy() if hasattr(c, "copy") else c for c in case)


def _equal(a: Any, b: Any) -> bool:
    return a is b or bool(np.array_equal(_plain(a), _plain(b)))


def _same(a: tuple, b: tuple, tolerance: float) -> bool:
    if a[0] != b[0] or a[0] != "returned":
        return a[0] == b[0] and type(a[1]) is type(b[1])
    a, b = _plain(a[1]), _plain(b[1])
    if isinstance(a, (str, type(None))) or isinstance(b, (str, type(None))):
        return type(a) is type(b) and a == b
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape or not all(np.issubdtype(x.dtype, np.number) or x.dtype == bool for x in (a, b)):
        return bool(np.array_equal(a, b))
    return bool(np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True))


def _shown(case: tuple, number: int) -> str:
    text = ", ".join(_describe(argument) for argument in case)
    return text if len(text) <= 60 else f"case {number}"


def _plain(value: Any) -> Any:
    """Tensors as arrays; everything else as it is."""
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value


def _describe(value: Any) -> str:
    text = repr(value)
    if len(text) <= 40 and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    if shape is not None:
        return f"{type(value).__name__} of shape {tuple(shape)}"
    return f"{type(value).__name__} of length {len(value)}" if hasattr(value, "__len__") else type(value).__name__


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:100]


@contextlib.contextmanager
def _random_state_kept():
    """Give back the global random states of Python, NumPy and (if it is loaded) PyTorch as they were."""
    torch = sys.modules.get("torch")
    states = random.getstate(), np.random.get_state(), torch.random.get_rng_state() if torch else None  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        if torch:
            torch.random.set_rng_state(states[2])


@contextlib.contextmanager
def _time_limit(seconds: float):
    """Stop a function that does not end, where the system can (not on Windows, nor outside the main thread)."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
