"""Checkers of lesson 00."""

import numpy as np

from course_utils.checks import Choice, Function, Number
from course_utils.encoding import NUCLEOTIDES, STATES
from course_utils.hmm import TOY

_writes = dict(zip(NUCLEOTIDES, TOY.emission[STATES.index("H")], strict=True))

c_or_g = Number(
    "0.1",
    answer=float(100 * (_writes["C"] + _writes["G"])),
    also_right=(60, 60.0, np.int64(60)),
    wrong=[
        (30, "that is C alone; G counts as well"),
        (0.6, "that is the share; how many of 100 letters are that?"),
        (0.3, "that is the chance of a C; G counts as well, and there are 100 letters"),
        (40, "those are the A and T; C and G are more common in `H`"),
        (9, "do not multiply the two chances: a letter is C *or* G, so add them"),
        (50, "half would be right if all four letters were equally common; in `H` they are not"),
        (100, "`H` *prefers* C and G; it writes A and T too"),
    ],
    tolerance=0.1,
    otherwise="add the chances of C and of G, and take that share of 100 letters",
)


def _rule(dna):
    return "".join("H" if letter in "CG" else "L" for letter in dna)


def _rule_by_translation(dna):
    return dna.translate(str.maketrans("ACGT", "LHHL"))


def _rule_by_replacement(dna):
    for letter, state in zip("CGAT", "HHLL", strict=True):
        dna = dna.replace(letter, state)
    return dna


def _rule_in_numpy(dna):
    return "".join(np.where(np.isin(list(dna), ["C", "G"]), "H", "L").tolist())


_ONE_ONLY = "both C and G become H, not only one of them"

simple_rule = Function(
    "0.2",
    answer=_rule,
    also_right=(_rule_by_translation, _rule_by_replacement, _rule_in_numpy),
    wrong=[
        (lambda s: "".join("L" if c in "CG" else "H" for c in s), "H and L are swapped: C and G become H"),
        (lambda s: "".join("H" if c == "C" else "L" for c in s), _ONE_ONLY),
        (lambda s: "".join("H" if c == "G" else "L" for c in s), _ONE_ONLY),
        (
            lambda s: "H" * len(s),
            'every letter becomes H. Did you write `letter == "C" or "G"`? That is always true; `letter in "CG"` asks',
        ),
        (lambda s: "L" * len(s), "every letter becomes L: the condition is never true"),
        (lambda s: "".join("H" if c in "AG" else "L" for c in s), "H stands for C and G, here it is A and G"),
        (lambda s: "".join("H" if c in "GT" else "L" for c in s), "H stands for C and G, here it is G and T"),
        (lambda s: list(_rule(s)), 'return one text: join the letters with "".join(...)'),
        (lambda s: [int(c in "AT") for c in s], "return the letters H and L in one text, not their codes"),
        (lambda s: [c in "CG" for c in s], "return the letters H and L in one text, not True and False"),
        (lambda s: _rule(s[:1]), "that is the state of the first letter; is the `return` inside the loop?"),
        (
            lambda s: _rule(s[-1:]),
            "that is the state of the last letter; add each state, do not replace the text",
        ),
        (lambda s: " ".join(_rule(s)), 'there are spaces between the letters: join with "", not with " "'),
        (lambda s: _rule(s).lower(), "use capital letters, H and L"),
        (lambda s: _rule(s)[::-1], "the states come in the wrong order: the first state belongs to the first letter"),
        (lambda s: s, "the DNA comes back unchanged: each letter should become H or L"),
    ],
    cases=[("GAT",), ("ACGT",), ("C",), ("TTAGC",), ("CCGATTACAGGTTGCATACC",)],
    expects="C and G become H, A and T become L, and the states stand in the order of the letters",
)

what_may_one_say = Choice(
    "0.3",
    answer="a",
    also_right=("A", "(a)"),
    wrong=[
        ("b", "the rule about single letters also reaches 60 %, and it has no past"),
        ("c", "60 % is the limit: the exact filter does not get more, and no training can change that"),
        ("d", "p is the chance of such a score *for a coin*; it is not the chance that nothing was learned"),
    ],
)
