"""Checkers of lesson 08."""

import numpy as np

from course_utils.checks import Choice, Function, Number

n_eff = Number(
    "8.1",
    answer=25_000 / 20,
    also_right=(1250, np.int64(1250)),
    wrong=[
        (25_000, "that counts every position as independent; neighbours are not"),
        (50, "that counts each sequence once; it is worth more than one independent position"),
        (25, "a row has 500 positions, and all fifty rows have 25,000"),
        (500_000, "a design effect above 1 makes the data worth less, not more"),
        (0.0008, "that is the inverse"),
    ],
    tolerance=0.00001,
    otherwise="how many independent positions are 25,000 worth, if it takes 20 to make one?",
)

smallest_p = Number(
    "8.2",
    answer=2 / 2**6,
    also_right=(0.031, 1 / 32, np.float32(0.03125)),
    wrong=[
        (1 / 2**6, "that is one-sided: all minus is as far from 0 as all plus"),
        (2 / 2**5, "that is for five sequences; here there are six signs"),
        (3 / 65, "(b + 1)/(n + 1) is for random draws; here every pattern is counted, also the observed one"),
        (2 / 12, "each new sign doubles the number of patterns: multiply the twos, do not add them"),
        (2 / 36, "each of the six signs has two values: two to the power of six patterns, not six to the power of two"),
        (0, "the observed pattern counts too, so p is never 0"),
        (2, "that is the number of patterns as far from 0; which share of all patterns are they?"),
        (64, "that is the number of patterns; which share of them is as far from 0?"),
    ],
    otherwise="the number of patterns as far from 0 as all plus, divided by the number of all patterns",
)

# 2.8 is rounded: with more digits of 1.96 and .84 the result is 196.2
plan = Number(
    "8.3",
    answer=(2.8 * 0.010 / 0.002) ** 2,
    also_right=(196, 196.0, np.int64(196), 196.22),
    wrong=[
        (14, "that is 2.8 s/e; the formula squares it"),
        (70, "the square goes over the whole bracket, the 2.8 included"),
        (39.2, "the square goes over the whole bracket, s/e included"),
        (25, "2.8 is missing: (s/e) squared finds the effect in about one experiment of six"),
        ((1.96 * 5) ** 2, "1.96 alone finds the effect in half of the experiments; for 80 % it takes 2.8"),
        ((0.84 * 5) ** 2, "that is the .84 alone; 2.8 is 1.96 + .84"),
        (392, "twice as many would be for two separate groups; here each sequence gives one difference"),
        ((2.8 * 0.2) ** 2, "s and e have changed places: the smaller the effect, the more sequences"),
        (784, "that is for half the effect, .001"),
        (195, "nearly: `int` cuts off what a computer's rounding left below the whole number; use `round`"),
        (197, "nearly: with the 2.8 of the text the result is a whole number, and there is nothing to round up"),
    ],
    tolerance=0.4,
    otherwise="put s = .010 and e = .002 into the formula for n above",
)


def _inside(low, high, margin):
    return bool(-margin < low and high < margin)


is_equal = Function(
    "8.4",
    answer=_inside,
    also_right=(lambda low, high, margin: max(abs(low), abs(high)) < margin,),
    wrong=[
        (
            lambda low, high, margin: low < 0 < high,
            "a wide interval contains 0 as well, and shows nothing; compare both ends with the margin",
        ),
        (
            lambda low, high, margin: not low < 0 < high,
            "that says whether there is a difference; the question is whether it is smaller than the margin",
        ),
        (
            lambda low, high, margin: low < 0 < high and _inside(low, high, margin),
            "0 need not be in the interval: a difference that is not 0 may still be smaller than the margin",
        ),
        (
            lambda low, high, margin: abs(low + high) / 2 < margin and high - low < 2 * margin,
            "a middle inside and a narrow interval are not enough: one end may still be outside",
        ),
        (
            lambda low, high, margin: abs(low + high) / 2 < margin,
            "the middle lies inside, but the interval may still reach far out",
        ),
        (lambda low, high, margin: high < margin, "that checks one end only: not worse. Equal also means not better"),
        (lambda low, high, margin: high - low < 2 * margin, "a narrow interval can lie outside altogether"),
        (
            lambda low, high, margin: low < margin and high > -margin,
            "that asks whether they touch; it must lie inside altogether",
        ),
        (
            lambda low, high, margin: _inside(low, high, 0.002),
            "the margin is not always the same: use the one that comes in",
        ),
    ],
    cases=[
        (-0.001, 0.0015, 0.002),
        (-0.001, 0.004, 0.002),
        (-0.0005, 0.0025, 0.002),
        (0.0005, 0.0015, 0.002),
        (0.003, 0.004, 0.002),
        (-0.004, 0.001, 0.002),
        (-0.006, -0.005, 0.002),
        (-0.01, 0.012, 0.002),
        (0.0015, 0.004, 0.002),
        (-0.0015, 0.0005, 0.002),
        (-0.001, 0.0015, 0.001),
        (-0.01, 0.012, 0.02),
    ],
    expects=lambda low, high, margin: f"Does all of it, from {low} to {high}, lie between {-margin} and {margin}?",
)

which_flaw = Choice(
    "8.5",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "it is one: the best of 30 is partly the luckiest on these rows; other rows must judge it"),
        ("c", 'it is one: 12 sequences would often find no difference either way; "equal" needs a margin'),
        ("d", "it is one: the method made 30 networks, and the others may be far from the limit"),
    ],
)
