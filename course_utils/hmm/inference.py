"""The exact answers: what anyone could possibly know about the hidden states (lesson 01).

Source: Rabiner (1989), Proceedings of the IEEE 77(2), 257-286, section III.
"""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm._loops import LEAST, backward, best_path, forward, log_backward, log_forward
from course_utils.hmm.chain import HMM


def filter_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | symbols up to t), for every position: what a reader knows who reads from left to right.

    Parameters
    ----------
    hmm, symbols : HMM, and array of int from 0 to V - 1, shape (L,) or (N, L)

    Returns
    -------
    array of float64, shape (L, S) or (N, L, S)

    Raises
    ------
    ValueError: a symbol is no emission index, or the chain cannot produce the sequence; names the position
    """
    return _possible(*read(hmm, as_rows(symbols, hmm.emission.shape[1])), symbols)


def smoother_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the whole sequence): the filter, then corrected from the last position back to the first.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`; returns and raises as there
    """
    rows, changes = as_rows(symbols, hmm.emission.shape[1]), np.zeros_like(hmm.transition)
    return _possible(*read(hmm, rows, changes), symbols)


def lookup_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the symbol at t alone), by Bayes' rule from the stationary law: a table with one row a symbol.

    Parameters
    ----------
    hmm, symbols : as for `filter_probabilities`; returns and raises as there
    """
    rows = as_rows(symbols, hmm.emission.shape[1])
    joint = (hmm.stationary[:, None] * hmm.emission).T
    with np.errstate(divide="ignore", invalid="ignore"):  # a symbol that nothing emits has no shares
        table, log_p = np.nan_to_num(joint / joint.sum(1, keepdims=True)), np.log(joint.sum(1))
    return _possible(table[rows], log_p[rows].sum(-1), symbols)


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
        filter_probabilities(hmm, rows)  # which names the position
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
    if path.shape != rows.shape:
        raise ValueError(f"symbols have shape {np.shape(symbols)}, states {np.shape(states)}")
    start, transition, emission = logs(hmm)
    total = start[path[:, 0]] + emission[path, rows].sum(-1) + transition[path[:, :-1], path[:, 1:]].sum(-1)
    return total if np.ndim(symbols) == 2 else float(total[0])


def as_rows(codes: ArrayLike, n_codes: int, what: str = "symbol") -> np.ndarray:
    """One sequence (L,) or many (N, L) as int64 (N, L), fit for the loops. Raises ValueError for all other codes."""
    codes = np.asarray(codes)
    if codes.ndim not in (1, 2) or codes.size == 0:
        raise ValueError(f"{what}s must have shape (L,) or (N, L), none of them empty; got {codes.shape}")
    if not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"{what}s must be integers (encode letters first); got {codes.dtype}")
    if codes.min() < 0 or codes.max() >= n_codes:
        bad = np.argwhere((codes < 0) | (codes >= n_codes))[0]
        raise ValueError(f"{what} {codes[tuple(bad)]} at position {bad.tolist()} is outside 0..{n_codes - 1}")
    return np.ascontiguousarray(np.atleast_2d(codes), dtype=np.int64)


def read(hmm: HMM, rows: np.ndarray, changes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the states (N, L, S) in checked rows (N, L), and log P of each row (N,), -inf if it is impossible.

    The shares are the filter's; with `changes` (S, S), the smoother's, and the expected steps are added to it.
    """
    tables, log_tables = (hmm.start, hmm.transition, hmm.emission), logs(hmm)
    tiny = any(((table > 0) & (table < LEAST)).any() for table in tables)  # then all is read on logarithms
    shares, log_p = np.empty((*rows.shape, len(hmm.start))), np.empty(len(rows))
    for n, (row, share) in enumerate(zip(rows, shares, strict=True)):
        log_p[n] = np.nan if tiny else forward(*tables, row, share)
        on_logs = np.isnan(log_p[n])
        if on_logs:
            log_p[n] = log_forward(*log_tables, row, share)
        if changes is not None and log_p[n] > -np.inf:
            log_backward(log_tables[1], share, changes) if on_logs else backward(hmm.transition, share, changes)
        if on_logs:
            np.exp(share, out=share)
    return shares, log_p


def logs(hmm: HMM) -> list[np.ndarray]:
    """Start, transition and emission as logarithms."""
    with np.errstate(divide="ignore"):  # log 0 = -inf: impossible
        return [np.log(table) for table in (hmm.start, hmm.transition, hmm.emission)]


def _possible(shares: np.ndarray, log_p: np.ndarray, symbols: ArrayLike) -> np.ndarray:
    """The shares in the shape of the symbols, if the chain can produce these."""
    if np.isneginf(log_p).any():
        row, position = np.argwhere(shares.sum(-1) == 0)[0]
        raise ValueError(f"sequence {row}, position {position}: the chain cannot produce this symbol here")
    return shares.reshape(*np.shape(symbols), -1)
