"""Checkers of lesson 01."""

import numpy as np

from course_utils.checks import Function, Number
from course_utils.checks._values import show
from course_utils.encoding import NUCLEOTIDES
from course_utils.hmm import TOY, lookup_probabilities

run_length = Number(
    "1.1",
    answer=1 / (1 - 0.98),
    also_right=(50, np.float64(50)),
    wrong=[
        (1 / 0.98, "that is one over the chance to stay; a run ends when the chain leaves"),
        (49, "so many more positions follow on average; the first position of the run counts too"),
        (0.02, "that is the chance to leave at one step; how long does that take on average?"),
        (0.98, "that is the chance to stay; how many positions until it fails?"),
    ],
    tolerance=0.01,
    otherwise="a run ends with chance .02 at every step; how many positions does it last on average?",
)

_p_h = float(lookup_probabilities(TOY, np.array([NUCLEOTIDES.index("A")]))[0, 0])
p_h_given_a = Number(
    "1.2",
    answer=_p_h,
    also_right=(np.float32(_p_h), 8 / 23),
    wrong=[
        (0.4, "that would be right if both states were equally common; weigh them with the stationary law"),
        (0.2, "that is P(A | H), the other way round"),
        (1 - _p_h, "that is P(L | A)"),
        (4 / 9 * 0.2, "that is P(A and H); divide by the chance of an A"),
    ],
    tolerance=0.001,
    otherwise="weigh each state's share of time by its chance to write A, then divide by the sum",
)


def _step(belief, symbol):
    weighed = belief @ TOY.transition * TOY.emission[:, symbol]
    return weighed / weighed.sum()


def _step_in_loops(belief, symbol):
    weighed = []
    for to in range(2):
        arrives = sum(belief[origin] * TOY.transition[origin, to] for origin in range(2))
        weighed.append(arrives * TOY.emission[to, symbol])
    return [w / sum(weighed) for w in weighed]


def _forgot_to_normalise(belief, symbol):
    return belief @ TOY.transition * TOY.emission[:, symbol]


def _forgot_to_predict(belief, symbol):
    weighed = belief * TOY.emission[:, symbol]
    return weighed / weighed.sum()


def _transposed(belief, symbol):
    weighed = TOY.transition @ belief * TOY.emission[:, symbol]
    return weighed / weighed.sum()


def _weighed_first(belief, symbol):
    weighed = (belief * TOY.emission[:, symbol]) @ TOY.transition
    return weighed / weighed.sum()


def _ignored_letter(belief, symbol):
    return belief @ TOY.transition


def _from_the_start(belief, symbol):
    return _step(TOY.start, symbol)


def _in_words(belief, symbol):
    predicted = belief @ TOY.transition
    weighed = predicted * TOY.emission[:, symbol]
    return (
        f"From the argument belief = {show(belief)}: predict gives {show(predicted)}; weigh by the emission of symbol "
        f"{symbol} gives {show(weighed)}; normalise divides these two by their sum"
    )


filter_step = Function(
    "1.3",
    answer=_step,
    also_right=(_step_in_loops,),
    wrong=[
        (_forgot_to_normalise, "the two numbers do not sum to 1: normalise"),
        (_forgot_to_predict, "the belief has not moved along the chain: predict with the transition matrix first"),
        (
            _transposed,
            "the matrix is the wrong way round: its row i says where state i goes, so belief @ transition",
        ),
        (_weighed_first, "you weigh before you predict: the letter belongs to the position after the step"),
        (_ignored_letter, "the letter has no part in it yet: weigh by its emission"),
        (_from_the_start, "every step begins at TOY.start: begin at the argument `belief`"),
    ],
    cases=[(np.array([p, 1 - p]), symbol) for p in (0.6, 0.1, 1.0) for symbol in range(4)],
    expects=_in_words,
)

always_l = Number(
    "1.4",
    answer=float(TOY.stationary[1]),
    also_right=(5 / 9,),
    wrong=[
        (0.5, "that is the coin; L is more common than H"),
        (0.6, "that is the chance to stay in L, not the share of time in it"),
        (4 / 9, "that is the share of H"),
    ],
    tolerance=0.002,
    otherwise="someone who always says L is right whenever the state is L; how often is that?",
)

two_prices = Number(
    "1.5",
    answer=float(-(np.log(0.9) + np.log(0.1)) / 2),
    also_right=(1.2, np.float32(1.204), -np.log(0.9 * 0.1) / 2),
    wrong=[
        (float(-np.log(0.9 * 0.1)), "that is the sum of the two prices; the NLL is their mean"),
        (float(-np.log(0.5)), "that is the price of the mean probability; take logarithms first, then the mean"),
        (float(np.log(0.09) / 2), "the sign: the NLL is *minus* the mean logarithm, so it is positive"),
        (float(-np.log(0.9)), "that is the price of the first answer only; there are two positions"),
        (float(-np.log(0.1)), "that is the price of the second answer only; there are two positions"),
        (float(-np.log2(0.09) / 2), "that is in bits (log2); nats are natural logarithms"),
        (float(-np.log10(0.09) / 2), "that is with log10; nats are natural logarithms"),
        (0.5, "that is the mean probability; take minus the logarithm of each before the mean"),
    ],
    tolerance=0.006,
    otherwise="minus the natural logarithm of each probability, then the mean of the two",
)
