"""The exact answers: what anyone could possibly know about the hidden states (lesson 01).

Source: Rabiner (1989), Proceedings of the IEEE 77(2), 257-286, section III.
"""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm._door import as_rows, logs, read
from course_utils.hmm._loops import best_path
from course_utils.hmm.chain import HMM


def filter_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | symbols up to t), for every position: what a reader knows who reads from left to right.

    Parameters
    ----------
    hmm : HMM
    symbols : array of int from 0 to V - 1, shape (L,) or (N, L)

    Returns
    -------
    array of float64, shape (L, S) or (N, L, S)

    Raises
    ------
    ValueError
        If a symbol is no emission index, or the chain cannot produce the sequence; names the position.
    """
    return _shares(hmm, symbols)


def smoother_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the whole sequence): the filter, then corrected from the last position back to the first.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`; returns and raises as there
    """
    return _shares(hmm, symbols, changes=np.zeros_like(hmm.transition))


def _shares(hmm: HMM, symbols: ArrayLike, changes: np.ndarray | None = None) -> np.ndarray:
    shares, log_p = read(hmm, as_rows(symbols, hmm.emission.shape[1]), changes)
    if np.isneginf(log_p).any():
        raise _impossible(shares.sum(-1) == 0)
    return shares.reshape(*np.shape(symbols), -1)


def _impossible(here: np.ndarray) -> ValueError:
    row, position = np.argwhere(here)[0]
    return ValueError(f"sequence {row}, position {position}: the chain cannot produce this symbol here")


def lookup_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the symbol at t alone), by Bayes' rule from the stationary law: a table with one row a symbol.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`; returns and raises as there
    """
    rows = as_rows(symbols, hmm.emission.shape[1])
    joint = hmm.stationary[:, None] * hmm.emission
    evidence = joint.sum(0)
    if not evidence[rows].all():
        raise _impossible(evidence[rows] == 0)
    return (joint / np.where(evidence > 0, evidence, 1)).T[rows].reshape(*np.shape(symbols), -1)


def viterbi(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """The most probable path of states, given the whole sequence; of equally probable ones, any.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`, and refused as there

    Returns
    -------
    array of int64 from 0 to S - 1, shape (L,) or (N, L)
    """
    rows = as_rows(symbols, hmm.emission.shape[1])
    tables, paths = logs(hmm), np.empty_like(rows)
    log_p = [best_path(*tables, row, path) for row, path in zip(rows, paths, strict=True)]
    if np.isneginf(log_p).any():
        _shares(hmm, symbols)  # which names the position
    return paths.reshape(np.shape(symbols))


def log_likelihood(hmm: HMM, symbols: ArrayLike) -> float | np.ndarray:
    """log P(symbols), summed over all paths of states, in nats; -inf for what the chain cannot produce.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`

    Returns
    -------
    float for (L,), array of float64, shape (N,), for (N, L)
    """
    _, log_p = read(hmm, as_rows(symbols, hmm.emission.shape[1]))
    return log_p if np.ndim(symbols) == 2 else float(log_p[0])


def path_log_probability(hmm: HMM, symbols: ArrayLike, states: ArrayLike) -> float | np.ndarray:
    """log P(symbols and this path of states), in nats; -inf if it is impossible.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`
    states : array of int from 0 to S - 1, of the shape of symbols; returns as `log_likelihood`
    """
    rows, path = as_rows(symbols, hmm.emission.shape[1]), as_rows(states, len(hmm.start), "state")
    if np.shape(states) != np.shape(symbols):
        raise ValueError(f"symbols have shape {np.shape(symbols)}, states {np.shape(states)}")
    start, transition, emission = logs(hmm)
    total = start[path[:, 0]] + emission[path, rows].sum(-1) + transition[path[:, :-1], path[:, 1:]].sum(-1)
    return total if np.ndim(symbols) == 2 else float(total[0])
