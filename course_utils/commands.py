"""How the commands of the course end: with a status, and with one line where something is wrong."""

import os
import sys
from collections.abc import Callable


def command(main: Callable[..., int]) -> Callable[..., int]:
    """What stops a `main` becomes one line on stderr and a status: 2, 130 for Ctrl-C, 141 where nobody reads on."""

    def ending(*arguments) -> int:
        try:
            status = main(*arguments)
            sys.stdout.flush()
        except BrokenPipeError:
            status = 141
        except KeyboardInterrupt as stop:
            say(f"interrupted; {stop}".removesuffix("; "))
            status = 130
        except (ValueError, OSError, ArithmeticError, MemoryError) as error:
            say(f"error: {one_line(error)}")
            status = 2
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would complain at its end
        return status

    return ending


def say(line: str) -> None:
    """One line on stderr, from the first of the processes that torchrun started."""
    if os.environ.get("RANK", "0") == "0":
        print(line, file=sys.stderr, flush=True)


def one_line(error: BaseException) -> str:
    """What an error says, on one printable line, without the number that the system gives it."""
    known = getattr(error, "strerror", None)
    text = f"{error.filename or ''}: {known.lower()}" if known else str(error) or type(error).__name__
    return " ".join("".join(c if c.isprintable() else " " for c in text[:1000]).split())[:300].removeprefix(": ")
