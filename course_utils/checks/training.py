"""Checkers of lesson 05."""

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from course_utils.checks import Choice, Function, Number
from course_utils.encoding import PAD

_shares = np.array([0.25, 0.75])
shares_only = Number(
    "5.1",
    answer=float(-(_shares * np.log(_shares)).sum()),
    also_right=(np.float32(0.56233),),
    wrong=[
        (float(np.log(2)), "that is chance; knowing the shares is worth something"),
        (float(-(_shares * np.log2(_shares)).sum()), "that is in bits; take natural logarithms"),
        (float(-np.log(0.75)), "that is the price when the common state comes; one time in four the other one comes"),
        (float(-np.log(_shares).mean()), "weigh the two prices by how often each state comes"),
        (0.25, "that is the share of mistakes, not the loss"),
        (float((_shares * np.log(_shares)).sum()), "a loss is minus the logarithm: positive"),
        (float(-np.log(0.25)), "that is the price when the rare state comes; three times in four the other one comes"),
    ],
    tolerance=0.002,
    otherwise="what does each state cost, and how often does it come?",
)


def _by_hand(logits, y):
    real = y != PAD
    log_probabilities = logits[real] - logits[real].exp().sum(-1, keepdim=True).log()
    return -log_probabilities[torch.arange(int(real.sum())), y[real]].mean()


def _loss(table, finish=torch.mean):
    """A loss from the true states' entries of a table, which is made of the real rows' logits."""

    def loss(logits, y):
        real = y != PAD
        return -finish(table(logits[real])[torch.arange(int(real.sum())), y[real]])

    return loss


def _padding_kept(logits, y):
    return -logits.log_softmax(-1)[torch.arange(len(y)), y].mean()


def _padding_as_zero(logits, y):
    return cross_entropy(logits, y.clamp(min=0))


def _divided_by_all(logits, y):
    return cross_entropy(logits, y, reduction="sum") / len(y)


def _all_pairs(logits, y):
    real = y != PAD
    return -logits[real].log_softmax(-1)[:, y[real]].mean()


def _in_words(logits, y):
    if len(y) > 3:
        return ""
    shares = [f"{p[state]:.4f}" for p, state in zip(logits.softmax(-1), y, strict=True) if state != PAD]
    return (
        f"Softmax gives the true states the probabilities {' and '.join(shares)} at the real positions; take minus the "
        "natural logarithm of each, then the mean"
    )


_LOG_LAST = "that is the logarithm of the mean probability; take logarithms first, then their mean"
_OTHER_STATE = "that is the probability of the other state: column 0 is state 0, column 1 is state 1"
_small = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 0.5]]), torch.tensor([0, PAD, 1])
_stream = torch.Generator().manual_seed(40)
_logits = torch.randn(6, 2, generator=_stream)
_y = torch.tensor([0, 1, 1, PAD, 0, PAD])

my_loss = Function(
    "5.2",
    answer=lambda logits, y: cross_entropy(logits, y),
    also_right=(_by_hand,),
    wrong=[
        (_loss(lambda t: t.softmax(-1)), "that averages probabilities; the loss averages their logarithms"),
        (_loss(lambda t: t.softmax(-1), lambda p: p.mean().log()), _LOG_LAST),
        (_loss(lambda t: t), "logits are not log-probabilities: log_softmax first"),
        (_loss(torch.log), "that takes the logarithm of raw logits; softmax makes them probabilities"),
        (_loss(lambda t: t.log_softmax(0)), "softmax over the two states, the last dimension, not over the positions"),
        (
            _loss(torch.nn.functional.logsigmoid),
            "sigmoid judges each logit alone; softmax weighs the two states together",
        ),
        (_loss(lambda t: t.softmax(-1).log_softmax(-1)), "softmax is applied twice; once is enough"),
        (_loss(lambda t: t.log_softmax(-1).flip(-1)), _OTHER_STATE),
        (_all_pairs, "`[:, y]` takes every true state in every row; pair row i with its own y[i]"),
        (_padding_kept, "-100 is no column: leave the padding out first"),
        (_padding_as_zero, "padding counts as state 0: leave it out"),
        (_divided_by_all, "divide by the number of real positions, not of all"),
        (lambda t, y: cross_entropy(t, y, reduction="sum"), "that is the sum; take the mean over real positions"),
        (lambda t, y: -cross_entropy(t, y), "the sign: a loss is minus the logarithm"),
        (lambda t, y: cross_entropy(t, y) / np.log(2), "that is in bits (log2); nats are natural logarithms"),
        (lambda t, y: cross_entropy(t, y) / np.log(10), "log10 is another unit; take the natural logarithm"),
    ],
    cases=[_small, (_logits, _y), (_logits[:3], _y[:3]), (3 * _logits, _y)],
    tolerance=1e-5,
    expects=_in_words,
)

diagnosis = Choice(
    "5.4",
    answer="a",
    also_right=("A", "(a)"),
    wrong=[
        ("b", "overfitting would leave the accuracy on new rows near .6, not far below a coin"),
        ("c", "a coin scores .5; .404 is as far below it as .596 is above"),
        ("d", "then the training loss would not be at the limit"),
    ],
)

_filter, _network = np.array([0.9, 0.1]), np.array([0.8, 0.2])
_terms = _filter * np.log(_filter / _network)
two_beliefs = Number(
    "5.3",
    answer=float(_terms.sum()),
    also_right=(0.037, 0.0367, 0.9 * np.log(9 / 8) + 0.1 * np.log(0.5)),
    wrong=[
        (float(_terms[0]), "that is the part of the first state only; add the part of the other state"),
        (float(_terms[1]), "that is the part of the other state only; add the part of the first state"),
        (float(np.abs(_terms).sum()), "keep the signs: the part of the second state is negative"),
        (
            float((_network * np.log(_network / _filter)).sum()),
            "the two beliefs are the wrong way round: the filter's probabilities weigh the logarithms",
        ),
        (
            float((_network * np.log(_filter / _network)).sum()),
            "the weights are the filter's probabilities, not the network's",
        ),
        (
            float(np.log(_filter / _network).sum()),
            "weigh each logarithm by the filter's probability, .9 or .1, before you add them",
        ),
        (float(-_terms.sum()), "the ratios are upside down: filter over network. A gap is never negative"),
        (
            float(-(_filter * np.log(_network)).sum()),
            "that is the network's loss; subtract what the filter pays",
        ),
        (float(_terms.sum() / np.log(2)), "that is in bits (log2); nats are natural logarithms"),
        (float(_terms.sum() / np.log(10)), "that is with log10; nats are natural logarithms"),
        (0.1, "that is the difference of the probabilities; the gap compares logarithms"),
        (0, "the beliefs differ, so the gap is not 0: the two parts do not cancel"),
    ],
    otherwise="for each state: the filter's probability times ln(filter / network); then add the two",
)
