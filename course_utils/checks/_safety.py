"""Running what a learner wrote: it may print, exit, draw random numbers or never end, and the notebook goes on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import threading
from collections.abc import Callable

import numpy as np

from course_utils.checks._values import plain

#: What a learner's function may take, all cases together: seconds of computing, which leave room for the import of a
#: large library, and seconds by the clock, for a function that only waits.
TIME_LIMIT, CLOCK_LIMIT = 5.0, 20.0


class TooLong(BaseException):
    """The time is up. Not an Exception: a learner's `except Exception` must not hold it up."""


def run(function: Callable, case: tuple) -> tuple:
    """("returned", value), ("raised", error) or ("changed", None) if the function wrote into its arguments."""
    arguments, before = _copies(case), _copies(case)
    try:
        value = function(*arguments)
    except (Exception, SystemExit) as error:
        return "raised", error
    if not all(_equal(a, b) for a, b in zip(arguments, before, strict=True)):
        return "changed", None
    return "returned", value


def _copies(case: tuple) -> tuple:
    return tuple(c.clone() if hasattr(c, "clone") else c.copy() if hasattr(c, "copy") else c for c in case)


def _equal(a: object, b: object) -> bool:
    return a is b or bool(np.array_equal(plain(a), plain(b)))


@contextlib.contextmanager
def prints_dropped():
    """What is printed inside goes nowhere, so that the verdict is the only line."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


@contextlib.contextmanager
def random_state_kept():
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
def time_limit():
    """Raise TooLong in what does not end, where the system can (not on Windows, nor outside the main thread).

    The timers go off again and again: an `except:` in a loop catches one TooLong, but hardly every one.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_, frame):
        while frame is not None and frame.f_code is not run.__code__:
            frame = frame.f_back
        if frame is not None:  # else the function is over, and the lines below must not be interrupted
            raise TooLong

    timers = [(signal.ITIMER_PROF, signal.SIGPROF, TIME_LIMIT), (signal.ITIMER_REAL, signal.SIGALRM, CLOCK_LIMIT)]
    before = [signal.signal(number, stop) for _, number, _ in timers]
    for timer, _, seconds in timers:
        signal.setitimer(timer, seconds, 0.01)
    try:
        yield
    finally:
        for (timer, number, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
