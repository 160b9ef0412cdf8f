"""Checkers of lesson 10."""

import numpy as np

from course_utils.checks import Choice, Function, Number
from course_utils.checks._values import show

table_accuracy = Number(
    "10.1",
    answer=0.8,
    also_right=(4 / 5, np.float64(0.5 * 0.8 + 0.5 * 0.8)),
    wrong=[
        (0.4, "that is the probability of C alone; C and G both count"),
        (0.5, "a coin; but C and G are more common in H"),
        (0.999, "that is how often the state stays; the table does not know about that"),
        (0.6, "that is the table's share on STICKY; these letters say more"),
        (0.64, "do not multiply the two: weigh each state by how common it is, and add"),
        (0.2, "that is how often the table is wrong"),
    ],
    tolerance=0.0005,
    otherwise="in H, how often does the table say H? And in L, how often L?",
)

which_reference = Choice(
    "10.2",
    answer="c",
    also_right=("C", "(c)"),
    wrong=[
        ("a", "the filter knows what comes before; this reader knows what comes after"),
        ("b", "the smoother knows both sides; this reader has seen only one"),
        ("d", "the table knows one letter; this reader has seen all that follow"),
    ],
)


def _r2(truth, prediction):
    return 1 - np.mean((truth - prediction) ** 2) / np.var(truth)


def _r2_by_sums(truth, prediction):
    return 1 - sum((truth - prediction) ** 2) / sum((truth - np.mean(truth)) ** 2)


_random = np.random.default_rng(0)
_truth = _random.normal(1, 2, 200)
explained = Function(
    "10.3",
    answer=_r2,
    also_right=(_r2_by_sums,),
    wrong=[
        (lambda t, p: np.corrcoef(t, p)[0, 1] ** 2, "the squared correlation forgives a wrong slope; this must not"),
        (lambda t, p: np.corrcoef(t, p)[0, 1], "that is the correlation; the question is about squared errors"),
        (lambda t, p: np.mean((t - p) ** 2) / np.var(t), "that is the share that is left over; take it from 1"),
        (
            lambda t, p: 1 - np.mean((t - p) ** 2) / np.var(p),
            "divide by the variance of the truth, not of the prediction",
        ),
        (
            lambda t, p: np.var(p) / np.var(t),
            "a prediction may vary a lot and still be wrong: look at what is left over",
        ),
        (
            lambda t, p: 1 - np.mean((t - p) ** 2) / np.var(t, ddof=1),
            "this variance divides by n - 1 (ddof=1), the mean squared error by n; both must divide by n",
        ),
        (
            lambda t, p: 1 - np.sum((t - p) ** 2) / np.var(t),
            "a sum stands above the line and a mean below it; take two means or two sums",
        ),
        (
            lambda t, p: 1 - np.sqrt(np.mean((t - p) ** 2)) / np.std(t),
            "squared errors and variances, without the roots",
        ),
        (
            lambda t, p: 1 - np.var(t - p) / np.var(t),
            "nearly: a variance forgives a prediction that is always too high; take the mean square",
        ),
        (lambda t, p: 1 - np.mean((t - p) ** 2), "measure the squared error in variances of the truth"),
        (lambda t, p: max(0.0, _r2(t, p)), "it may be below 0: then the prediction is worse than the mean"),
    ],
    cases=[
        (np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0])),
        (np.array([1.0, 2.0, 3.0, 6.0]), np.array([6.0, 3.0, 2.0, 1.0])),
        (_truth, _truth),
        (_truth, 2 * _truth + _random.normal(0, 1, 200)),
        (_truth, 0.5 * _truth + 3),
        (_truth, np.full(200, 0.5) + 0.01 * _truth),
        (_truth, _random.normal(0, 1, 200)),
    ],
    expects=lambda truth, prediction: (
        f"The mean squared error is {show(np.mean((truth - prediction) ** 2))}, "
        f"and the variance of the truth {show(np.var(truth))}"
    ),
)

probe_alone = Choice(
    "10.4",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "perhaps it does; but .999 is no evidence while a random network has nearly as much"),
        ("c", "it was judged on other sequences than it was fitted on"),
        ("d", "a probe of the log-odds cannot show that: on this chain they hardly need a memory"),
    ],
)

free_parameters = Number(
    "10.5",
    answer=9,
    also_right=(9.0, np.int64(9)),
    wrong=[
        (14, "each row sums to 1, so its last entry is not free"),
        (12, "in the start and the emission rows, too, the last entry follows from the others"),
        (10, "in the start, too, one probability follows from the other"),
        (8, "the start counts too: the chain must begin somewhere"),
        (11, "in each row of the transition only one entry is free, and in the start one"),
        (18, "that is too many; count row by row: entries minus one"),
        (6, "those are the emissions; start and transition have free entries too"),
    ],
    tolerance=0.001,
    otherwise="count row by row (start, two transition rows, two emission rows): entries minus one",
)
