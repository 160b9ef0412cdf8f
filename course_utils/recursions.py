"""The loop behind filter, smoother and Viterbi: one recursion, three arithmetics (used by inference.py, notebook 08).

Layout here: states first, sequences last, so that every step works on long rows: weights (S, L, N) holds
P(symbol at t | state), beliefs are (S, N). A few long sequences are cut into blocks that are read side by side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from math import isqrt

import numpy as np


@dataclass(frozen=True)
class Arithmetic:
    """What "times" and "plus" mean: carry(transition, beliefs) takes beliefs (S, ...) one step along the chain."""

    carry: Callable
    times: Callable
    total: Callable  # "plus" over the states; a loop over their few rows beats NumPy's own sum over a first axis
    over: Callable  # undoes `times`
    one: float
    zero: float
    least: float  # below every total that is possible: nothing is divided by zero


def _transition_for(beliefs: np.ndarray, transition: np.ndarray) -> np.ndarray:
    return transition.reshape(transition.shape + (1,) * (beliefs.ndim - 1))


#: Products and sums of probabilities: fast.
PROBABILITY = Arithmetic(
    carry=lambda transition, b: (transition.T @ b.reshape(len(b), -1)).reshape(b.shape),
    times=np.multiply, total=lambda b: reduce(np.add, b), over=np.divide, one=1.0, zero=0.0, least=np.finfo(float).tiny,
)  # fmt: skip
#: The same on logarithms, for chains that forbid transitions: slower, and nothing shrinks to zero.
LOGARITHM = Arithmetic(
    carry=lambda transition, b: reduce(np.logaddexp, _transition_for(b, transition) + b[:, None]),
    times=np.add, total=lambda b: reduce(np.logaddexp, b), over=np.subtract, one=0.0, zero=-np.inf,
    least=np.finfo(float).min,
)  # fmt: skip
#: Logarithms, and the best way in place of the sum over all ways: Viterbi.
BEST_WAY = Arithmetic(
    carry=lambda transition, b: reduce(np.maximum, _transition_for(b, transition) + b[:, None]),
    times=np.add, total=lambda b: reduce(np.maximum, b), over=np.subtract, one=0.0, zero=-np.inf,
    least=np.finfo(float).min,
)  # fmt: skip


def predictions(arithmetic: Arithmetic, transition: np.ndarray, weights: np.ndarray, first: np.ndarray) -> np.ndarray:
    """What is believed about the state at t before the symbol at t is seen: (S, L, N), each up to a factor.

    Parameters: transition (S, S), weights (S, L, N), first (S, N), the belief at t = 0.
    Run it on reversed weights with the transposed transition, and it gives P(symbols after t | state at t).
    """
    n_states, length, n = weights.shape
    if 2 * n_states**2 * n >= length:  # reading from every state costs S times as much: blocks must save more than that
        return _one_by_one(arithmetic, transition, weights, first)
    return _in_blocks(arithmetic, transition, weights, first)


def _one_by_one(arithmetic, transition, weights, first):
    """Position by position, all N sequences together."""
    predicted = np.empty_like(weights)
    predicted[:, 0] = first
    for t in range(1, weights.shape[1]):
        predicted[:, t] = step(arithmetic, transition, weights[:, t - 1], predicted[:, t - 1])
    return predicted


def step(arithmetic: Arithmetic, transition: np.ndarray, weights: np.ndarray, belief: np.ndarray) -> np.ndarray:
    """Weigh a belief (S, N) by the symbol seen, bring it back into range, carry it on to the next position."""
    joint = arithmetic.times(belief, weights)
    return arithmetic.carry(transition, _in_range(arithmetic, joint, arithmetic.total))


def _in_range(arithmetic: Arithmetic, beliefs: np.ndarray, total: Callable) -> np.ndarray:
    """Beliefs over their total. Viterbi's may do without: sums of logarithms do not leave the range of floats."""
    if arithmetic is BEST_WAY:
        return beliefs
    return arithmetic.over(beliefs, np.maximum(total(beliefs), arithmetic.least))


def _in_blocks(arithmetic, transition, weights, first):
    """The same in about 3 * sqrt(L) steps instead of L, for sequences much longer than they are many.

    A block does not know the belief it starts from. But a step is linear: read the block once from each possible
    state, and the answer for any start is a mixture of those. So: (1) read all blocks at once from every state, which
    gives each block's matrix; (2) chain the matrices, which gives each block's start; (3) read all blocks at once.
    """
    n_states, length, n = weights.shape
    size = isqrt(length)
    n_blocks = length // size
    cut = n_blocks * size
    blocks = weights[:, :cut].reshape(n_states, n_blocks, size, n).swapaxes(1, 2).reshape(n_states, size, -1)

    matrices = np.full((n_states, n_states, n_blocks * n), arithmetic.zero)  # [state now, state at the block's start]
    matrices[np.arange(n_states), np.arange(n_states)] = arithmetic.one
    for t in range(size):
        matrices = arithmetic.times(matrices, blocks[:, t, None])
        matrices = arithmetic.carry(transition, _in_range(arithmetic, matrices, lambda m: m.max((0, 1))))

    starts = np.empty((n_states, n_blocks + 1, n))
    starts[:, 0] = first
    matrices = matrices.reshape(n_states, n_states, n_blocks, n)
    for b in range(n_blocks):
        ways = arithmetic.times(matrices[:, :, b], starts[None, :, b]).swapaxes(0, 1)  # [start, now]
        starts[:, b + 1] = _in_range(arithmetic, arithmetic.total(ways), arithmetic.total)

    predicted = np.empty_like(weights)
    within = _one_by_one(arithmetic, transition, blocks, starts[:, :-1].reshape(n_states, -1))
    predicted[:, :cut] = within.reshape(n_states, size, n_blocks, n).swapaxes(1, 2).reshape(n_states, cut, n)
    if cut < length:
        predicted[:, cut:] = _one_by_one(arithmetic, transition, weights[:, cut:], starts[:, -1])
    return predicted


def trace_back(pointers: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The path (L, N) that ends in `last` (N,): pointers (S, L, N) give, for each state at t, the best one at t - 1.

    A few long sequences go in blocks, as above: followed from every possible end at once, then chained.
    """
    n_states, length, n = pointers.shape
    if 2 * n_states**2 * n >= length:
        return _follow(pointers, last)[1:]
    size = isqrt(length)
    cut = length % size  # the odd piece is the first one: this reading starts at the end
    n_blocks = length // size
    blocks = pointers[:, cut:].reshape(n_states, n_blocks, size, n).swapaxes(1, 2).reshape(n_states, size, -1)
    every_end = np.repeat(np.arange(n_states)[:, None], n_blocks * n, axis=1)
    before = _follow(blocks, every_end)[0].reshape(n_states, n_blocks, n)
    ends = np.empty((n_blocks + 1, n), dtype=np.int64)  # ends[b]: the state just before block b
    ends[-1] = last
    for b in range(n_blocks - 1, -1, -1):
        ends[b] = before[ends[b + 1], b, np.arange(n)]
    within = _follow(blocks, ends[1:].reshape(-1))[1:].reshape(size, n_blocks, n).swapaxes(0, 1).reshape(-1, n)
    return np.concatenate([_follow(pointers[:, :cut], ends[0])[1:], within])


def _follow(pointers: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The paths (L + 1, ..., N) that end in `last` (..., N), with the state before the first position in front."""
    n_states, length, n = pointers.shape
    by_position = pointers.swapaxes(0, 1).reshape(length, n_states * n)  # for `take`: faster than three indices
    path = np.empty((length + 1, *last.shape), dtype=np.int64)
    path[-1] = last
    sequence = np.arange(n)
    for t in range(length - 1, -1, -1):
        path[t] = by_position[t].take(path[t + 1] * n + sequence)
    return path
