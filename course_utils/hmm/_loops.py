"""Predict, weigh, normalise: plain loops over positions and states, compiled to machine code by numba.

One sequence: symbols (L,), shares (L, S). The callers have checked every symbol; a wrong index can end the process.
No fastmath, nothing in parallel: every machine gives the same digits. The loops on logarithms are slower, and exact.
"""

import numpy as np
from numba import njit

LEAST = 1e-100  # a share below it could vanish, and matter again later: such a sequence is read on logarithms


def compiled(function):
    try:
        return njit(cache=True)(function)  # the machine code is kept for the next time
    except RuntimeError:  # there is no place where it could be written
        return njit(function)


@compiled
def forward(start, transition, emission, symbols, shares):
    """The filter. Returns log P(symbols): -inf if impossible (shares: 0 from there on), nan if one is below LEAST."""
    log_likelihood = 0.0
    for t in range(len(symbols)):
        total = 0.0
        for j in range(len(start)):
            predicted = start[j] if t == 0 else 0.0
            for i in range(len(start) if t > 0 else 0):
                predicted += shares[t - 1, i] * transition[i, j]  # predict
            shares[t, j] = predicted * emission[j, symbols[t]]  # weigh
            total += shares[t, j]
        if total == 0.0:
            shares[t:] = 0.0
            return -np.inf
        for j in range(len(start)):
            shares[t, j] /= total  # normalise
            if 0.0 < shares[t, j] < LEAST:
                return np.nan
        log_likelihood += np.log(total)
    return log_likelihood


@compiled
def backward(transition, shares, changes):
    """From filter to smoother, in place. changes[i, j] grows by the expected number of steps from i to j."""
    larger = np.empty(len(transition))
    for t in range(len(shares) - 2, -1, -1):
        for j in range(len(transition)):
            predicted = 0.0
            for i in range(len(transition)):
                predicted += shares[t, i] * transition[i, j]
            larger[j] = shares[t + 1, j] / predicted if predicted > 0.0 else 0.0  # than the filter expected
        for i in range(len(transition)):
            smoothed = 0.0
            for j in range(len(transition)):
                change = shares[t, i] * transition[i, j] * larger[j]
                changes[i, j] += change
                smoothed += change
            shares[t, i] = smoothed


@compiled
def log_sum(terms):
    """log(sum of exp(terms)), without leaving the logarithms."""
    most = terms.max()
    return most + np.log(np.exp(terms - most).sum()) if most > -np.inf else most


@compiled
def log_forward(start, transition, emission, symbols, shares):
    """`forward` on logarithms of the tables and the shares."""
    log_likelihood = 0.0
    for t in range(len(symbols)):
        for j in range(len(start)):
            predicted = start[j] if t == 0 else log_sum(shares[t - 1] + transition[:, j])
            shares[t, j] = predicted + emission[j, symbols[t]]
        total = log_sum(shares[t])
        if total == -np.inf:
            shares[t:] = -np.inf
            return -np.inf
        shares[t] -= total
        log_likelihood += total
    return log_likelihood


@compiled
def log_backward(transition, shares, changes):
    """`backward` on logarithms of the transition and the shares. The changes are counts, as there."""
    for t in range(len(shares) - 2, -1, -1):
        larger = shares[t + 1].copy()
        for j in range(len(larger)):
            if larger[j] > -np.inf:
                larger[j] -= log_sum(shares[t] + transition[:, j])
        for i in range(len(larger)):
            change = shares[t, i] + transition[i] + larger
            changes[i] += np.exp(change)
            shares[t, i] = log_sum(change)


@compiled
def best_path(start, transition, emission, symbols, path):
    """Viterbi, on logarithms of the tables. Returns the path's log-probability: -inf if there is no possible one."""
    came_from = np.zeros((len(symbols), len(start)), dtype=np.int16)
    best, new = start.copy(), np.empty(len(start))
    for t in range(len(symbols)):
        for j in range(len(start)):
            new[j] = start[j] if t == 0 else -np.inf
            for i in range(len(start) if t > 0 else 0):
                way = best[i] + transition[i, j]
                if way > new[j]:
                    new[j], came_from[t, j] = way, i
            new[j] += emission[j, symbols[t]]
        best, new = new, best
    path[-1] = best.argmax()
    for t in range(len(symbols) - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return best.max()
