"""Checkers of lesson 14."""

import numpy as np

from course_utils.checks import Choice, Function, Number

moves = Number(
    "14.1",
    answer=10_000,
    also_right=(200 * 50, np.int64(10_000)),
    wrong=[
        (1_000_000, "that is the number of letters; a hundred windows make each move together"),
        (200, "that is the number of batches; each makes as many moves as a window has letters"),
        (20_000, "that is the number of windows; they go 100 at a time, and each batch makes 50 moves"),
        (9_800, "a window of 50 letters takes 50 moves: the first letter is read too"),
        (50, "that is one batch; how many are there?"),
        (500_000, "count how many windows a sequence gives: ten, not five"),
        (1_000, "every one of the 2000 sequences gives ten windows"),
        (100_000, "the moves of a batch are as many as a window has letters, 50"),
    ],
    tolerance=0.001,
    otherwise="batches an epoch, times moves a batch",
)


def _share(lengths):
    return 1 - sum(lengths) / (len(lengths) * max(lengths))


def _share_row_by_row(lengths):
    longest = max(lengths)
    return sum(longest - n for n in lengths) / (longest * len(lengths))


padding = Function(
    "14.2",
    answer=_share,
    also_right=(_share_row_by_row,),
    wrong=[
        (lambda n: 100 * _share(n), "that is in per cent; give a share between 0 and 1"),
        (lambda n: sum(n) / (len(n) * max(n)), "that is the share that is real; padding is the rest"),
        (lambda n: sum(max(n) - k for k in n), "that is a number of positions; the question is a share"),
        (lambda n: sum(max(n) - k for k in n) / sum(n), "divide by the whole rectangle, not by the real letters"),
        (lambda n: 1 - min(n) / max(n), "that is the shortest row alone; count all rows"),
        (lambda n: 1 - sum(n) / (len(n) * min(n)), "the rectangle is as wide as the longest"),
        (lambda n: 1 - sum(n) / max(n), "the rectangle has as many rows as there are sequences"),
    ],
    cases=[([1, 4],), ([10, 10, 10, 1000],), ([7],), ([5, 5, 5],), ([3, 9, 2, 9, 4],)],
    expects=lambda lengths: f"The rectangle has {len(lengths)} rows and {max(lengths)} columns",
)

unequal_shares = Choice(
    "14.3",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "work out the weight of a single sequence in each share"),
        ("c", "the length of the step is right; but the sequences do not count equally in it"),
        ("d", "both make the same step from the same average, so they stay alike"),
    ],
)


def _time(n, compute, message):
    return compute / n + 2 * (n - 1) * message


paper_model = Function(
    "14.4",
    answer=_time,
    also_right=(lambda n, compute, message: (compute + 2 * n * (n - 1) * message) / n,),
    wrong=[
        (lambda n, c, m: c / n + 2 * n * m, "one worker alone sends nothing: n - 1, not n"),
        (
            lambda n, c, m: c / n + 2 * m,
            "that counts two messages for any n; there are 2 (n - 1), and each waits for the one before",
        ),
        (lambda n, c, m: c / n + 2 * n - 1 * m, "brackets are missing: 2 * (n - 1) * message"),
        (lambda n, c, m: max(c / n, 2 * (n - 1) * m), "first the work, then the messages: the two times add up"),
        (lambda n, c, m: c / n + (n - 1) * m, "the gradients go round twice: once to add up, once to hand out"),
        (lambda n, c, m: c / n, "the messages take time too"),
        (lambda n, c, m: c + 2 * (n - 1) * m, "the work is divided by n"),
        (lambda n, c, m: (c + 2 * (n - 1) * m) / n, "only the work is divided; the messages follow one another"),
        (lambda n, c, m: c / (c / n + 2 * (n - 1) * m), "that is the speed-up; the question is the time"),
    ],
    cases=[(1, 0.02, 0.0001), (2, 1.0, 0.5), (8, 0.02, 0.0001), (64, 2.0, 0.001), (3, 0.5, 0.0)],
    expects=lambda n, compute, message: (
        f"The work takes {compute} / {n}; then {2 * (n - 1)} messages of {message} follow, one by one"
    ),
)

what_first = Choice(
    "14.5",
    answer="a",
    also_right=("A", "(a)"),
    wrong=[
        ("b", "a batch of one sequence cannot be shared; and two processes are twice as fast at the very best"),
        ("c", "a GPU works on many sequences side by side; here it gets one, and as many moves as before"),
        ("d", "time is counted in moves, and a smaller network makes as many"),
    ],
)
