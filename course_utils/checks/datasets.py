"""Checkers of lesson 03."""

import numpy as np

from course_utils.checks import Choice, Function, Number
from course_utils.checks._values import show
from course_utils.encoding import PAD


def _shared(train, test):
    return len(set(train) & set(test))


def _shared_by_counting(train, test):
    return sum(label in list(train) for label in set(test))


shared_rows = Function(
    "3.1",
    answer=_shared,
    also_right=(_shared_by_counting, lambda a, b: int(np.isin(np.unique(b), a).sum())),
    wrong=[
        (
            lambda a, b: sum(x == y for x, y in zip(a, b, strict=False)),
            "it compares place by place; a shared row may stand at another place",
        ),
        (lambda a, b: len(set(a) | set(b)), "that counts the rows that are in one part or the other"),
        (lambda a, b: list(set(a) & set(b)), "those are the rows; how many are they?"),
        (lambda a, b: len(set(b) - set(a)), "that counts the test rows that are new"),
        (lambda a, b: bool(set(a) & set(b)), "say how many, not only whether"),
        (lambda a, b: len(a) + len(b) - 100, "that assumes there are 100 rows in all"),
    ],
    cases=[
        ([1, 2, 3], [3, 4]),
        ([5, 1, 9, 2], [2, 9, 5]),
        ([1], [2]),
        (list(range(70)), list(range(50, 100))),
        ([7, 3], [3, 7]),
        ([2, 0], [0, 3]),
        ([1, 2], []),
    ],
    expects="Count the rows that stand in both lists, wherever they stand; row 0 is a row",
)


def _accuracy(named, truth):
    real = truth != PAD
    return float((named == truth)[real].mean())


def _accuracy_in_a_loop(named, truth):
    pairs = [(n, t) for n, t in zip(np.ravel(named), np.ravel(truth), strict=True) if t != PAD]
    return sum(n == t for n, t in pairs) / len(pairs)


def _mean_of_rows(named, truth):
    return float(np.mean([(n == t)[t != PAD].mean() for n, t in zip(named, truth, strict=True)]))


_random = np.random.default_rng(20)
_truth = _random.integers(0, 2, size=(3, 8))
_named = _random.integers(0, 2, size=(3, 8))
_truth[1, 3:] = PAD
_truth[2, 6:] = PAD

masked_accuracy = Function(
    "3.5",
    answer=_accuracy,
    also_right=(_accuracy_in_a_loop,),
    wrong=[
        (lambda n, t: float((n == t).mean()), "the padding is counted as mistakes: average over real positions only"),
        (_mean_of_rows, "a mean of row means counts a position in a short row for more"),
        (lambda n, t: float(((n == t) | (t == PAD)).mean()), "the padding is counted as right: leave it out"),
        (
            lambda n, t: int((n == t)[t != PAD].sum()),
            "that is the number of matches; divide by the number of real positions",
        ),
    ],
    cases=[
        (np.array([[0, 1, 1], [1, 0, 0]]), np.array([[0, 0, 1], [1, PAD, PAD]])),
        (_named, _truth),
        (_named[:1], _truth[:1]),
        (1 - _named, _truth),
    ],
    expects=lambda named, truth: (
        f"Of the {truth.size} positions, {(truth != PAD).sum()} are real, and {(named == truth)[truth != PAD].sum()} "
        "of these are named right"
    ),
)

_lengths = np.array([500, 20, 133])
share_of_padding = Number(
    "3.4",
    answer=float(1 - _lengths.sum() / (3 * 500)),
    also_right=((3 * 500 - 653) / 1500,),
    wrong=[
        (653 / 1500, "that is the share of real letters"),
        (847, "that is the number of padding positions; what share of the rectangle is that?"),
        (847 / 653, "that is padding per real letter; the whole rectangle is 3 times 500"),
        (847 / 3 / 653, "the rectangle has 3 times 500 positions"),
    ],
    tolerance=0.002,
    otherwise="the rectangle has 3 times 500 positions; how many of them are real?",
)

_means, _sizes = np.array([0.70, 0.68, 0.61]), np.array([16, 16, 4])
weighted_mean = Function(
    "3.2",
    answer=lambda means, sizes: float((means * sizes).sum() / sizes.sum()),
    also_right=(lambda means, sizes: np.average(means, weights=sizes),),
    wrong=[
        (lambda m, s: float(np.mean(m)), "the small last batch counts as much as a full one"),
        (lambda m, s: float((m * s).sum()), "divide by the number of rows in all batches"),
        (lambda m, s: float((m * s).sum() / len(s)), "divide by the number of rows, not of batches"),
        (lambda m, s: float((m / s).sum() / (1 / s).sum()), "a larger batch should weigh more, not less"),
    ],
    cases=[
        (_means, _sizes),
        (_means[:2], _sizes[1:]),
        (np.array([0.5]), np.array([3])),
        (np.array([0.2, 0.4, 0.9]), np.array([1, 5, 2])),
    ],
    expects=lambda means, sizes: (
        f"The {sizes.sum()} rows have a total loss of {show((means * sizes).sum())}: divide it by the number of rows"
    ),
)

shuffled_apart = Choice(
    "3.3",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "that is a coin; even without the letters one can learn that L is more common"),
        ("c", "that would need the letters to say something about the states; here they are another row's"),
        ("d", "nobody can be below the best reader of the letters on new rows, and here the letters say nothing"),
    ],
)
