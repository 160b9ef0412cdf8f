"""Checkers of lesson 02."""

from itertools import product

import numpy as np

from course_utils.checks import Choice, Function
from course_utils.encoding import STATES, encode, one_hot


def _with_dict(sequence):
    place = {"H": 0, "L": 1}
    if set(sequence) - set(place):
        raise ValueError("only H and L")
    return [place[symbol] for symbol in sequence]


encode_states = Function(
    "2.1",
    answer=lambda sequence: encode(sequence, STATES),
    also_right=(_with_dict,),
    wrong=[
        (lambda s: [0 if c == "H" else 1 for c in s], "everything that is not H becomes L, also an X: refuse it"),
        (lambda s: [1 if c == "L" else 0 for c in s], "everything that is not L becomes H, also an X: refuse it"),
        (
            lambda s: ["HL".find(c) for c in s],
            "a letter that is neither H nor L gets the code -1, and the -1 stays in: refuse it",
        ),
        (lambda s: [c for c in _with_dict(s)][::-1], "the codes come out in reverse order"),
        (lambda s: [1 - c for c in _with_dict(s)], "H and L are swapped: H is 0"),
    ],
    cases=[(s,) for s in ("HHL", "LL", "H", "", "LLLLH", "HXL", "X", "hl", "H" * 40 + "N", "HL\n", "H L", "01", "H-L")],
    expects="H is 0, L is 1, and the codes stand in the order of the letters",
)


def _whole(codes_of):
    return [codes_of[letter] for letter in "ACGT"] == [0, 1, 2, 3]


def _one_by_one(codes_of):
    return codes_of["A"] == 0 and codes_of["C"] == 1 and codes_of["G"] == 2 and codes_of["T"] == 3


catches_all = Function(
    "2.3",
    answer=_whole,
    also_right=(_one_by_one, lambda c: sorted(c.items()) == [("A", 0), ("C", 1), ("G", 2), ("T", 3)]),
    wrong=[
        (lambda c: c["G"] == 2 and c["A"] == 0, "C and T may still have any code"),
        (lambda c: len(set(c.values())) == 4, "four different codes in any order pass: say which code each letter has"),
        (
            lambda c: list(c.values()) == [0, 1, 2, 3],
            "the order inside a dictionary is not the map: ask for each letter",
        ),
        (lambda c: sum(c.values()) == 6, "many wrong maps have the same sum"),
        (lambda c: True, "it lets everything pass"),
    ],
    cases=[
        *((dict(zip("ACGT", codes, strict=True)),) for codes in product(range(4), repeat=4)),
        ({"T": 3, "G": 2, "C": 1, "A": 0},),
        ({"G": 0, "C": 1, "A": 2, "T": 3},),
    ],
    expects="True for A 0, C 1, G 2, T 3 in any order; False for every other map",
)

minus_one = Choice(
    "2.2",
    answer="c",
    also_right=("C", "(c)"),
    wrong=[
        ("a", "Python counts negative indices from the end; no error"),
        ("b", "A is at index 0, not -1"),
        ("d", "an index in range always gives something, and -1 is in range"),
    ],
)


def _fill(codes, n_symbols):
    rows = np.zeros((len(codes), n_symbols))
    rows[np.arange(len(codes)), codes] = 1
    return rows


def _all_in_every_row(codes, n_symbols):
    rows = np.zeros((len(codes), n_symbols))
    rows[:, codes] = 1
    return rows


my_one_hot = Function(
    "2.4",
    answer=one_hot,
    also_right=(_fill, lambda codes, n: [[int(c == k) for k in range(n)] for c in codes]),
    wrong=[
        (lambda codes, n: np.eye(n)[codes].T, "rows and columns are swapped: one row a letter, one column a symbol"),
        (
            lambda codes, n: np.eye(n)[codes - 1],
            "every 1 sits one column too far left: code 0 belongs to the first column",
        ),
        (_all_in_every_row, "every row gets all the 1s: pair row i with codes[i]"),
        (lambda codes, n: 1 - np.eye(n)[codes], "zeros and ones are swapped"),
        (
            lambda codes, n: np.eye(codes.max() + 1)[codes],
            "the number of columns is n_symbols, also if some do not occur",
        ),
        (lambda codes, n: np.eye(n)[codes] * codes[:, None], "the switch is on or off; it does not carry the code"),
    ],
    cases=[(np.array([2, 0, 1, 1, 2]), 4), (np.array([1, 0]), 2), (np.array([3]), 5)],
    expects="Row i has its single 1 in column codes[i], counted from 0",
)
