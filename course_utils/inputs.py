"""What a function is given: checked in one place, and quoted in errors without filling the screen."""

import numbers
import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80
_SHORT.maxlevel = 3


def whole_number(name: str, value: object, least: int = 1) -> int:
    """The value as an int.  Raises: ValueError naming it, if it is not a whole number of at least `least`.

    >>> whole_number("batch_size", 0)
    Traceback (most recent call last):
    ValueError: batch_size must be a whole number of at least 1; got 0
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {quoted(value)}")
    return int(value)


def quoted(value: object) -> str:
    """The value as Python writes it, cut at 80 characters; what would be cut is not even written.

    >>> quoted([[[[[1, 2]]]], "ACGT"])
    "[[[[...]]], 'ACGT']"
    """
    return _SHORT.repr(value)[:80]
