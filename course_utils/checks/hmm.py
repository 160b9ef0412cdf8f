"""Checkers of notebook 00."""

import numpy as np

from course_utils.checks import Choice, Function, Number
from course_utils.checks._values import show
from course_utils.encoding import NUCLEOTIDES
from course_utils.hmm import TOY, lookup_probabilities

run_length = Number(
    "0.1",
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
    "0.2",
    answer=_p_h,
    also_right=(np.float32(_p_h), 8 / 23),
    wrong=[
        (0.4, "that would be right if both states were equally common; weigh them with the stationary law"),
        (0.2, "that is P(A | H), the question turned round"),
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
    "0.3",
    answer=_step,
    also_right=(_step_in_loops,),
    wrong=[
        (_forgot_to_normalise, "the two numbers do not sum to 1: normalise"),
        (_forgot_to_predict, "the belief has not moved along the chain: predict with the transition matrix first"),
        (
            _transposed,
            "the matrix is turned round: row i of the transition is where state i goes, so belief @ transition",
        ),
        (_weighed_first, "you weigh before you predict: the letter belongs to the position after the step"),
        (_ignored_letter, "the letter has no part in it yet: weigh by its emission"),
        (_from_the_start, "every step begins at TOY.start: begin at the argument `belief`"),
    ],
    cases=[(np.array([p, 1 - p]), symbol) for p in (0.6, 0.1, 1.0) for symbol in range(4)],
    expects=_in_words,
)

always_l = Number(
    "0.4",
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

best_path = Choice(
    "0.5",
    answer="a",
    also_right=("A", "(a)"),
    wrong=[
        ("b", "it finds the best path exactly; the search through all 512 agreed"),
        ("c", "it uses the whole sequence, more than the table does"),
        ("d", "logarithms keep the order of the paths; nothing is lost"),
    ],
)
