"""The exact answers: what anyone could possibly know about the hidden states (notebook 00).

Shapes: S states, V symbols, N sequences of L positions; each function takes one sequence (L,) or many at once (N, L).
What comes in is checked in _door.py; the loops over positions are in _loops.py.
"""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm._door import as_rows, logs, read, refuse, refuse_impossible
from course_utils.hmm._loops import best_path
from course_utils.hmm.chain import HMM


def filter_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | symbols up to t), for every position: what a reader knows who reads from left to right.

    The forward recursion: predict with the transition matrix, weigh by the emission of the symbol seen, normalise.

    Parameters
    ----------
    hmm : HMM
        The chain, with S states and V symbols.
    symbols : array of int, shape (L,) or (N, L)
        Indices 0 to V - 1.

    Returns
    -------
    array of float64, shape (L, S) or (N, L, S)
        Each row sums to 1.

    Raises
    ------
    ValueError
        If a symbol is not an emission index, or the chain cannot produce the sequence; names the position.

    References
    ----------
    Rabiner (1989), Proceedings of the IEEE 77(2), section III.A.
    """
    rows, unwrap = as_rows(hmm, symbols)
    shares, log_p = read(hmm, rows)
    refuse_impossible(shares, log_p)
    return unwrap(shares)


def smoother_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the whole sequence), for every position: what a reader knows who has read to the end.

    The filter, then back from the last position to the first: each belief is corrected by what came after it.

    Parameters
    ----------
    hmm, symbols
        As for `filter_probabilities`.

    Returns
    -------
    array of float64, shape (L, S) or (N, L, S)
        Each row sums to 1.

    Raises
    ------
    ValueError
        As `filter_probabilities`.

    References
    ----------
    Rabiner (1989), section III.A.
    """
    rows, unwrap = as_rows(hmm, symbols)
    shares, log_p = read(hmm, rows, changes=np.zeros_like(hmm.transition))
    refuse_impossible(shares, log_p)
    return unwrap(shares)


def lookup_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the symbol at t alone), by Bayes' rule from the stationary law: a table with one row a symbol.

    Parameters
    ----------
    hmm, symbols
        As for `filter_probabilities`.

    Returns
    -------
    array of float64, shape (L, S) or (N, L, S)
        Each row sums to 1.

    Raises
    ------
    ValueError
        If a symbol is not an emission index or one that the chain never emits, or if the chain has more than one
        stationary law.
    """
    rows, unwrap = as_rows(hmm, symbols)
    joint = hmm.stationary[:, None] * hmm.emission
    evidence = joint.sum(0)
    refuse(evidence[rows] == 0)
    return unwrap((joint / np.where(evidence > 0, evidence, 1)).T[rows])


def viterbi(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """The single most probable path of states, given the whole sequence.

    Parameters
    ----------
    hmm, symbols
        As for `filter_probabilities`.

    Returns
    -------
    array of int64, shape (L,) or (N, L)
        States 0 to S - 1. Where two paths are equally probable, one of them: compare paths by
        `path_log_probability`, never letter by letter.

    Raises
    ------
    ValueError
        As `filter_probabilities`.

    References
    ----------
    Viterbi (1967), IEEE Transactions on Information Theory 13(2); Rabiner (1989), section III.B.
    """
    rows, unwrap = as_rows(hmm, symbols)
    tables, paths = logs(hmm), np.empty_like(rows)
    log_p = np.array([best_path(*tables, row, path) for row, path in zip(rows, paths, strict=True)])
    if np.isneginf(log_p).any():
        refuse_impossible(*read(hmm, rows))
    return unwrap(paths)


def log_likelihood(hmm: HMM, symbols: ArrayLike) -> float | np.ndarray:
    """log P(symbols), summed over all paths of states.

    Parameters
    ----------
    hmm, symbols
        As for `filter_probabilities`.

    Returns
    -------
    float for (L,), array of float64, shape (N,), for (N, L)
        In nats; -inf for a sequence that the chain cannot produce.

    Raises
    ------
    ValueError
        If a symbol is not an emission index.
    """
    rows, unwrap = as_rows(hmm, symbols)
    total = unwrap(read(hmm, rows)[1])
    return total if total.ndim else float(total)


def path_log_probability(hmm: HMM, symbols: ArrayLike, states: ArrayLike) -> float | np.ndarray:
    """log P(symbols and this path of states).

    Parameters
    ----------
    hmm, symbols
        As for `filter_probabilities`.
    states : array of int, of the shape of symbols
        Indices 0 to S - 1.

    Returns
    -------
    float for (L,), array of float64, shape (N,), for (N, L)
        In nats; -inf if it is impossible.

    Raises
    ------
    ValueError
        If shapes differ or an entry is not an index of a symbol or state.
    """
    rows, unwrap = as_rows(hmm, symbols)
    if np.shape(states) != np.shape(symbols):
        raise ValueError(f"symbols have shape {np.shape(symbols)}, states {np.shape(states)}")
    path, _ = as_rows(hmm, states, n_codes=len(hmm.start), what="state")
    start, transition, emission = logs(hmm)
    total = start[path[:, 0]] + emission[path, rows].sum(-1) + transition[path[:, :-1], path[:, 1:]].sum(-1)
    total = unwrap(total)
    return total if total.ndim else float(total)
