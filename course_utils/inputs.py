"""What a function is given: checked in one place, and quoted in errors without filling the screen."""

import numbers
import reprlib


def whole_number(name: str, value: object, least: int = 1) -> int:
    """The value as an int. Raises ValueError if it is not a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {quoted(value)}")
    return int(value)


def quoted(value: object) -> str:
    """The value as Python writes it, cut where it is long."""
    return reprlib.repr(value)[:80]
