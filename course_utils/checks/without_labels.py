"""Checkers of lesson 11."""

import numpy as np

from course_utils.checks import Choice, Function
from course_utils.checks._values import show


def _pairs(codes):
    return codes[:-1], codes[1:]


my_pairs = Function(
    "11.1",
    answer=_pairs,
    also_right=(lambda codes: np.stack([codes[:-1], codes[1:]]),),
    wrong=[
        (lambda codes: (codes[1:], codes[:-1]), "the two are exchanged: the first is what the network sees"),
        (
            lambda codes: (codes, np.roll(codes, -1)),
            "after the last letter the first one does not come again; leave it out",
        ),
        (lambda codes: (codes[:-1], codes[:-1]), "the network would have to say the letter that it sees"),
        (lambda codes: (codes[:-2], codes[2:]), "shifted by two; the next letter is one step away"),
        (lambda codes: (codes[0], codes[1]), "that is only the first pair; take all of them"),
    ],
    cases=[
        (np.array([0, 1, 2, 3]),),
        (np.array([2, 2, 1, 0, 1]),),
        (np.array([3, 0]),),
        (np.random.default_rng(0).integers(4, size=30),),
    ],
    expects=lambda codes: (
        f"Both have {len(codes) - 1} letters; the last one seen is {codes[-2]}, the first one said {codes[1]}"
    ),
)


def _law(belief, transition, emission):
    return belief @ transition @ emission


def _law_in_loops(belief, transition, emission):
    law = [0.0] * len(emission[0])
    for i, p in enumerate(belief):
        for j, change in enumerate(transition[i]):
            for letter, share in enumerate(emission[j]):
                law[letter] += p * change * share
    return law


_STICKY_TABLE = np.array([[0.99, 0.01], [0.01, 0.99]])
_UNEVEN = np.array([[0.5, 0.5], [0.4, 0.6]])
_LETTERS = np.array([[0.2, 0.3, 0.3, 0.2], [0.3, 0.2, 0.2, 0.3]])
_THREE = np.array([[0.8, 0.1, 0.1], [0.3, 0.3, 0.4], [0.0, 0.5, 0.5]]), np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]])
my_next_law = Function(
    "11.2",
    answer=_law,
    also_right=(_law_in_loops,),
    wrong=[
        (lambda b, t, e: b @ e, "one step is missing: that is the law of a letter written *now*"),
        (
            lambda b, t, e: t @ b @ e,
            "this goes backwards: row i of the transition belongs to the state *before*; `belief @ transition`",
        ),
        (lambda b, t, e: b @ t @ t @ e, "that is one step too many: the letter after the next"),
        (lambda b, t, e: b @ t, "that is the belief about the next state; what does it write?"),
        (lambda b, t, e: (t @ e)[np.argmax(b)], "this trusts the more probable state alone; weigh both"),
        (
            lambda b, t, e: e[np.argmax(b @ t)],
            "this takes one state's emissions; weigh all states by their probabilities",
        ),
        (lambda b, t, e: t @ e, "the belief is missing: there is one row for each state; weigh them"),
        (lambda b, t, e: np.log(b @ t @ e), "that is its logarithm"),
    ],
    cases=[
        (np.array([1.0, 0.0]), _UNEVEN, _LETTERS),
        (np.array([0.3, 0.7]), _UNEVEN, _LETTERS),
        (np.array([0.9, 0.1]), _STICKY_TABLE, _LETTERS),
        (np.array([0.2, 0.3, 0.5]), *_THREE),
    ],
    expects=lambda belief, transition, emission: f"The belief about the *next* state is {show(belief @ transition)}",
)

against_it = Choice(
    "11.3",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", "two draws from one distribution differ at most positions as well"),
        ("c", "so do two simulations of the chain with different seeds"),
        ("d", "it does, but that says nothing about what the trained network writes"),
    ],
)


def _distance(says, w, d):
    return -2 * says / (d @ w)


my_distance = Function(
    "11.4",
    answer=_distance,
    also_right=(lambda says, w, d: -(says + says) / sum(a * b for a, b in zip(w, d, strict=True)),),
    wrong=[
        (lambda says, w, d: -says / (d @ w), "this brings the reading to 0; it should become -says"),
        (lambda says, w, d: 2 * says / (d @ w), "the sign is wrong: this doubles the reading and more"),
        (
            lambda says, w, d: -2 * says / (w @ w),
            "that is right only if d is w; by how much does a step along d change the reading?",
        ),
        (lambda says, w, d: -2 * says / (d @ d), "the reading changes by a times w·d, not d·d"),
        (lambda says, w, d: -2 * says * (d @ w), "divide by w·d: a longer direction needs a smaller number"),
        (
            lambda says, w, d: -2 * says / np.sqrt(d @ d),
            "the length of d does not say how much the probe sees of it; w·d does",
        ),
        (lambda says, w, d: -2 * says / abs(d @ w), "w·d may be below 0; then a must have the other sign"),
        (lambda says, w, d: -2 * says, "the direction counts too: a step along d changes the reading by w·d"),
    ],
    cases=[
        (1.0, np.array([1.0, 0.0]), np.array([2.0, 5.0])),
        (-3.0, np.array([1.0, 2.0]), np.array([-1.0, 0.0])),
        (0.5, np.array([0.3, -0.2, 0.1]), np.array([1.0, 1.0, -2.0])),
    ],
    expects=lambda says, w, d: f"Here w·d is {show(float(w @ d))}, and the reading should go from {says} to {-says}",
)

what_is_missing = Choice(
    "11.5",
    answer="c",
    also_right=("C", "(c)"),
    wrong=[
        ("a", "the reading is already .99; the question is what training had to do with it"),
        ("b", "a stronger probe finds more, also where nothing was learned"),
        ("d", "the size is not the point; a small random network remembers letters too"),
    ],
)
