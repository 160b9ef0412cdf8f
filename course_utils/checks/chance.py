"""Checkers of lesson 07. The scores are computed from the toy data, not typed in."""

import numpy as np

from course_utils import DATA
from course_utils.checks import Choice, Function, Number
from course_utils.datasets import read_sequences
from course_utils.encoding import NUCLEOTIDES, STATES, encode

_data = read_sequences(DATA / "toy_hmm.tsv")
_symbols = np.stack([encode(dna, NUCLEOTIDES) for dna in _data["dna"]])
_truth = np.stack([encode(s, STATES) for s in _data["hidden_state"]])
_right = np.where((_symbols == 1) | (_symbols == 2), 0, 1) == _truth

honest_score = Number(
    "7.1",
    answer=float(_right[99].mean()),
    also_right=(293 / 500,),
    wrong=[
        (float(_right[49].mean()), "that is row 49, a training row"),
        (1 - float(_right[99].mean()), "H and L are swapped: C or G means H"),
        (float(_right[50:].mean()), "that is the mean over all held-out rows; the question is about row 99"),
        (int(_right[99].sum()), "that is the number of matches; what share is it?"),
        (float(_right.mean()), "that is the mean over all rows; the question is about row 99"),
    ],
    tolerance=0.0005,
    otherwise="name every position of row 99 by the rule, and take the share that matches",
)


def _p(observed, null):
    return (np.sum(np.asarray(null) >= observed) + 1) / (len(null) + 1)


def _p_in_a_loop(observed, null):
    reached = 1
    for draw in null:
        reached += draw >= observed
    return float(reached) / (1 + len(null))


_TIES = 'a draw that is equal to the observed value counts too: "at least as well" is `>=`'
_TWO_SIDED = 'that is two-sided: it counts draws far below too. The question is only "at or above"'
_draws = np.random.default_rng(0).binomial(20, 0.5, 999) / 20
my_p = Function(
    "7.4",
    answer=_p,
    also_right=(_p_in_a_loop,),
    wrong=[
        (lambda o, n: (n > o).mean(), _TIES),
        (lambda o, n: ((n > o).sum() + 1) / (len(n) + 1), _TIES),
        (
            lambda o, n: (n >= o).mean(),
            "b/n can be 0; the observed value is one of the possible draws: (b + 1)/(n + 1)",
        ),
        (
            lambda o, n: ((n <= o).sum() + 1) / (len(n) + 1),
            "that is the lower tail; the question is how often chance does at least as well",
        ),
        (lambda o, n: 2 * _p(o, n), _TWO_SIDED),
        (lambda o, n: min(1.0, 2 * _p(o, n)), _TWO_SIDED),
        (lambda o, n: _p(abs(o - n.mean()), abs(n - n.mean())), _TWO_SIDED),
        (lambda o, n: min(_p(o, n), _p(-o, -n)), "that is the smaller tail; count the draws at or above, always"),
        (lambda o, n: ((n >= o).sum() + 1) / len(n), "the observed value counts below the line too: n + 1"),
        (lambda o, n: (n >= o).sum() + 1 / (len(n) + 1), "brackets are missing: (b + 1) / (n + 1)"),
        (lambda o, n: (n >= o).sum() / (len(n) + 1), "the observed value counts above the line too: b + 1"),
    ],
    # one observed value above the mean of the draws, one below it; then one that no draw reaches
    cases=[
        (0.7, np.array([0.5, 0.7, 0.8])),
        (0.4, np.array([0.3, 0.4, 0.5, 0.6])),
        (1.0, np.array([0.5, 0.6])),
        (14 / 20, _draws),
        (0.55, _draws[:99]),
        (0.7, _draws[:298]),
    ],
    expects=lambda observed, null: (
        f"Draws above the observed value: {(null > observed).sum()}; equal to it: {(null == observed).sum()}; "
        f"in all: {len(null)}. The observed value itself is one draw more"
    ),
)

majority = Number(
    "7.2",
    answer=float((_truth[50:] == 1).mean()),
    also_right=(np.mean(_truth[50:]),),
    wrong=[
        (
            float((_truth[:50] == 1).mean()),
            "that is the share of L in the training rows; what does the rule score on the test rows?",
        ),
        (float((_truth == 1).mean()), "all 100 rows: the training rows leaked into the score"),
        (5 / 9, "that is the stationary law, not these data"),
        (
            float(np.maximum(_truth[50:].mean(1), 1 - _truth[50:].mean(1)).mean()),
            "choosing the majority row by row peeks at the test truth",
        ),
        (float((_truth[50:] == 0).mean()), "that is always H, the rarer state"),
        (0.5, "a coin ignores that L is more common"),
    ],
    tolerance=0.0001,
    otherwise="learn the more common state on rows 0-49, say it at every position of rows 50-99, and count",
)

which_null = Choice(
    "7.3",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "a coin has no runs; anything that comes in blocks would look significant"),
        ("c", "the shares stay, but the runs are lost; anything that comes in blocks would look significant"),
        ("d", "that swaps the truths of several sequences; here there is only one"),
    ],
)

one_or_two = Choice(
    "7.5",
    answer="d",
    also_right=("D", "(d)"),
    wrong=[
        ("a", "you chose the side after you saw the result; had the other network been better, you would have said so"),
        ("b", "two-sided counts more draws than one-sided, not fewer: p gets larger"),
        ("c", 'that is roughly the one-sided p of "the other network is better"; you asked whether the two differ'),
    ],
)

whose_chance = Choice(
    "7.6",
    answer="c",
    also_right=("C", "(c)"),
    wrong=[
        ("a", "the map comes in blocks; what is left of them when its letters are shuffled?"),
        ("b", "read the last sentence again: p is the chance of such a score *if* nothing was learned"),
        ("d", "the smallest p of 10,000 draws is 1/10,001, so they can show .0001; what is wrong is the null"),
    ],
)
