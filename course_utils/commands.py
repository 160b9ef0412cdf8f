"""How the commands of the course end: with a status, and with one line where something is wrong."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Callable


def command(main: Callable[..., int]) -> Callable[..., int]:
    """For a `main` that returns the exit status: what stops it becomes one line on stderr and a status.

    2 for an error that says what is wrong (a file, a number, a full disk); 130 for Ctrl-C; 141 without a line where
    nobody reads the output any more (`| head`). A KeyboardInterrupt may carry words for the user.
    """

    @functools.wraps(main)
    def ending(*arguments) -> int:
        try:
            try:
                return main(*arguments)
            finally:
                sys.stdout.flush()  # here, not after everything: there Python could only complain
        except BrokenPipeError:
            status = 141  # as a shell reports it
        except KeyboardInterrupt as stop:
            status = 130
            say(f"interrupted{f'; {stop}' if str(stop) else ''}")
        except MemoryError:
            status = 2
            say("error: there is not enough memory")
        except (ValueError, OSError, ArithmeticError) as error:
            status = 2
            say(f"error: {one_line(error)}")
        _forget_output()
        return status

    return ending


def say(line: str) -> None:
    """One line on stderr, from the first of the processes that torchrun started."""
    with contextlib.suppress(OSError):
        if os.environ.get("RANK", "0") == "0":
            print(line, file=sys.stderr, flush=True)


def one_line(error: BaseException) -> str:
    """What an error says, on one line of at most 300 printable characters."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror:  # without "[Errno 2]"
        text = (f"{error.filename}: " if error.filename else "") + error.strerror.lower()
    text = " ".join(text[:1000].split())
    return "".join(c if c.isprintable() else "?" for c in text)[:300]


def _forget_output() -> None:
    """What still waits to be printed, and cannot be, would make Python complain at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
