"""Checkers of lesson 13."""

import math

import numpy as np

from course_utils.checks import Choice, Function, Number
from course_utils.checks._values import show

ways_to_write = Number(
    "13.1",
    answer=108,
    also_right=(6 * 6 * 3, np.int64(108)),
    wrong=[
        (13, "the choices do not add up, they multiply; and the stop can be chosen too"),
        (16, "the choices do not add up, they multiply: each place can be chosen whatever stands at the others"),
        (36, "the stop can be written in three ways too"),
        (64**4, "not every codon fits: only the synonyms of each letter"),
        (256, "that would be four ways at each place; count the synonyms of each letter"),
        (18, "L and S have six codons each"),
        (48, "L and S have six codons each; look at the list again"),
    ],
    tolerance=0.001,
    otherwise="multiply the numbers of synonyms of M, L, S and the stop",
)

choices = Number(
    "13.2",
    answer=math.exp(1.141),
    also_right=(3.13, np.exp(1.141)),
    wrong=[
        (2**1.141, "nats are undone by exp; powers of 2 undo bits"),
        (math.log(1.141), "that is the logarithm once more; undo it instead"),
        (10**1.141, "nats are undone by exp, not by powers of ten"),
        (64 / 21, "that is the mean number of codons a letter; the question is about the NLL"),
        (3.49, "that is the mean number of synonyms; the NLL averages logarithms"),
        (1 / 0.358, "that is one over the share right; the question is about the NLL"),
        (math.exp(1.012), "that is the usage table's; the question is about the reader that takes any synonym"),
        (3.1, "nearly; two decimals, please"),
        (3.0, "nearly; two decimals, please"),
        (1.141, "that is the NLL itself; of how many choices is it the logarithm?"),
        (math.exp(-1.141), "that is a probability; how many such choices are there?"),
    ],
    tolerance=0.006,
    otherwise="which k has ln(k) = 1.141?",
)


def _mean(nll_per_gene, codons_per_gene):
    return np.average(nll_per_gene, weights=codons_per_gene)


def _mean_by_hand(nll_per_gene, codons_per_gene):
    total = sum(float(nll) * int(n) for nll, n in zip(nll_per_gene, codons_per_gene, strict=True))
    return total / int(sum(codons_per_gene))


_DIVIDED_AGAIN = (
    "that divides each gene's NLL by its codons; it is a mean a codon already. Multiply, to get the gene's total"
)
mean_per_codon = Function(
    "13.3",
    answer=_mean,
    also_right=(_mean_by_hand,),
    wrong=[
        (
            lambda a, n: np.mean(a),
            "that is the mean over genes: a gene of thirty codons has as much say as one of a thousand",
        ),
        (lambda a, n: np.sum(a * n) / len(n), "divide by the number of codons, not of genes"),
        (lambda a, n: np.sum(a) / np.sum(n), "multiply the NLL of each gene by its number of codons before summing"),
        (lambda a, n: np.mean(a / n), _DIVIDED_AGAIN),
        (lambda a, n: np.sum(a / n), _DIVIDED_AGAIN),
        (lambda a, n: np.sum(a * n), "that is the total; the question is a mean"),
        (lambda a, n: np.average(a, weights=1 / n), "the other way round: long genes weigh more"),
        (lambda a, n: np.average(n, weights=a), "the NLLs come first, then the numbers of codons"),
        (lambda a, n: np.exp(_mean(a, n)), "that is the number of choices; the question is about the NLL"),
        (lambda a, n: np.median(a), "that is the median over genes; weigh by codons"),
    ],
    cases=[
        (np.array([0.9, 1.1]), np.array([300, 100])),
        (np.array([1.0, 1.0, 0.4]), np.array([10, 20, 1000])),
        (np.array([0.7]), np.array([50])),
        (np.array([0.5, 1.5, 0.9, 1.2]), np.array([100, 200, 300, 45])),
    ],
    expects=lambda nll_per_gene, codons_per_gene: (
        f"The genes contribute {show(nll_per_gene * codons_per_gene)} nats, in {sum(codons_per_gene)} codons"
    ),
)

which_split = Choice(
    "13.4",
    answer="c",
    also_right=("C", "(c)"),
    wrong=[
        ("a", "that cuts genes in two: most of each test gene stands in the training set"),
        ("b", "genes are apart then, but their near copies may be on the other side"),
        ("d", "near copies may stand anywhere in the file, and its last part may be of another kind"),
    ],
)

what_stands = Choice(
    "13.5",
    answer="b",
    also_right=("B", "(b)"),
    wrong=[
        ("a", '"learned" is not defined, and one could say the same of a table of counts'),
        ("c", "it is the best so far; nobody has computed the best possible"),
        ("d", "many readers beat chance without understanding anything"),
    ],
)
