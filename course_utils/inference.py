"""The exact answers: what anyone could possibly know about the hidden states (notebook 00).

Shapes: S states, V symbols, N sequences of L positions; each function takes one sequence (L,) or many at once (N, L).
The Python loops run over positions; all sequences take each step together.
Source: Rabiner (1989), A tutorial on hidden Markov models, Proceedings of the IEEE 77(2), section III.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils import log_space

if TYPE_CHECKING:
    from course_utils.hmm import HMM


def filter_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | symbols up to t), for every position: what a reader can know who reads from left to right.

    The forward recursion: predict with the transition matrix, weigh by the emission of the symbol seen, normalise.
    Normalising at each step keeps the numbers from shrinking to zero; where a chain forbids transitions that is
    not enough, and the same recursion runs on logarithms.

    Parameters: symbols, integers (L,) or (N, L).  Returns: float64 (L, S) or (N, L, S), rows sum to 1.
    Raises: ValueError if a symbol is not an emission index, or if a sequence is impossible under the chain.
    """
    rows, unwrap = _rows(hmm, symbols)
    filtered, log_evidence = _forward(hmm, rows)
    _refuse_impossible(log_evidence)
    return unwrap(filtered)


def smoother_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the whole sequence), for every position: what a reader can know who also reads on.

    The filter weighted by what the symbols after t say (the backward recursion, scaled like the forward one).

    Parameters, returns, raises: as `filter_probabilities`.
    """
    rows, unwrap = _rows(hmm, symbols)
    posterior, log_evidence = _forward(hmm, rows)
    _refuse_impossible(log_evidence)
    if _forbids_transitions(hmm):
        return unwrap(log_space.smoother(hmm, rows))
    evidence = np.exp(log_evidence)
    after = np.ones(len(hmm.start))  # P(symbols after t | state at t), up to a factor
    for t in range(rows.shape[1] - 2, -1, -1):
        after = (hmm.emission[:, rows[:, t + 1]].T * after) @ hmm.transition.T / evidence[:, t + 1, None]
        posterior[:, t] *= after
    return unwrap(posterior / posterior.sum(-1, keepdims=True))


def lookup_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the symbol at t alone), by Bayes' rule from the stationary law: a table with one row a symbol.

    Parameters, returns: as `filter_probabilities`.  Raises: ValueError if a symbol is not an emission index or
    one that the chain never emits, or if the chain has more than one stationary law.
    """
    rows, unwrap = _rows(hmm, symbols)
    joint = hmm.stationary[:, None] * hmm.emission
    evidence = joint.sum(0)
    with np.errstate(divide="ignore"):
        _refuse_impossible(np.log(evidence)[rows])
    return unwrap((joint / np.where(evidence > 0, evidence, 1)).T[rows])


def viterbi(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """The single most probable path of states given the whole sequence, in log space.

    Parameters: symbols, integers (L,) or (N, L).  Returns: int64 of the same shape.  Where two paths tie, one of them:
    compare paths by `path_log_probability`, never letter by letter.  Raises: as `filter_probabilities`.
    """
    rows, unwrap = _rows(hmm, symbols)
    with np.errstate(divide="ignore"):  # log 0 = -inf is right: that step is impossible
        log_start, log_transition, log_emission = map(np.log, (hmm.start, hmm.transition, hmm.emission))
    n, length = rows.shape
    came_from = np.empty((n, length, len(log_start)), dtype=np.int64)
    best = log_start + log_emission[:, rows[:, 0]].T  # (N, S): log P of the best path that ends in each state
    for t in range(1, length):
        candidates = best[:, :, None] + log_transition  # (N, from, to)
        came_from[:, t] = candidates.argmax(1)
        best = candidates.max(1) + log_emission[:, rows[:, t]].T
    _refuse_impossible(best.max(-1))
    path = np.empty((n, length), dtype=np.int64)
    path[:, -1] = best.argmax(-1)
    for t in range(length - 1, 0, -1):
        path[:, t - 1] = came_from[np.arange(n), t, path[:, t]]
    return unwrap(path)


def log_likelihood(hmm: HMM, symbols: ArrayLike) -> float | np.ndarray:
    """log P(symbols), in nats, summed over all paths of states: a float for (L,), float64 (N,) for (N, L).

    An impossible sequence has log-likelihood -inf.  Raises: ValueError if a symbol is not an emission index.
    """
    rows, unwrap = _rows(hmm, symbols)
    _, log_evidence = _forward(hmm, rows)
    total = unwrap(log_evidence.sum(-1))
    return total if total.ndim else float(total)


def path_log_probability(hmm: HMM, symbols: ArrayLike, states: ArrayLike) -> float | np.ndarray:
    """log P(symbols and this path of states), in nats: a float for (L,), float64 (N,) for (N, L); -inf if impossible.

    Raises: ValueError if shapes differ or an entry is not an index of a symbol or state.
    """
    rows, unwrap = _rows(hmm, symbols)
    if np.shape(states) != np.shape(symbols):
        raise ValueError(f"symbols have shape {np.shape(symbols)}, states {np.shape(states)}")
    path, _ = _rows(hmm, states, n_codes=len(hmm.start), what="state")
    with np.errstate(divide="ignore"):
        steps = np.log(hmm.emission[path, rows]).sum(-1) + np.log(hmm.transition[path[:, :-1], path[:, 1:]]).sum(-1)
        total = unwrap(np.log(hmm.start[path[:, 0]]) + steps)
    return total if total.ndim else float(total)


def _forward(hmm: HMM, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The filter (N, L, S) and the log evidence (N, L): log P(symbol at t | symbols before t), -inf if impossible."""
    if _forbids_transitions(hmm):
        log_filter, log_evidence = log_space.forward(hmm, rows)
        return np.exp(log_filter), log_evidence
    n, length = rows.shape
    filtered = np.empty((n, length, len(hmm.start)))
    evidence = np.empty((n, length))
    predicted = np.broadcast_to(hmm.start, (n, len(hmm.start)))
    for t in range(length):
        joint = predicted * hmm.emission[:, rows[:, t]].T
        evidence[:, t] = joint.sum(-1)
        filtered[:, t] = joint / np.where(evidence[:, t] > 0, evidence[:, t], 1)[:, None]
        predicted = filtered[:, t] @ hmm.transition
    with np.errstate(divide="ignore"):
        return filtered, np.log(evidence)


def _forbids_transitions(hmm: HMM) -> bool:
    """With a transition of 0 a state's share can fall below the smallest float, and yet matter again later."""
    return bool((hmm.transition == 0).any())


def _rows(hmm: HMM, codes: ArrayLike, n_codes: int | None = None, what: str = "symbol"):
    """The input as integers (N, L), and the function that gives a result the shape of the input again."""
    codes = np.asarray(codes)
    n_codes = hmm.emission.shape[1] if n_codes is None else n_codes
    if codes.dtype.kind in "US":
        raise ValueError(f"{what}s must be integers: encode the letters first")
    if codes.ndim not in (1, 2) or codes.size == 0:
        raise ValueError(f"{what}s must have shape (L,) or (N, L), none of them empty; got {codes.shape}")
    if not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"{what}s must be integers; got {codes.dtype}")
    bad = np.argwhere((codes < 0) | (codes >= n_codes))
    if len(bad):
        raise ValueError(f"{what} {codes[tuple(bad[0])]} at position {bad[0].tolist()} is outside 0..{n_codes - 1}")
    if codes.ndim == 1:
        return codes[None], lambda result: result[0]
    return codes, lambda result: result


def _refuse_impossible(log_evidence: np.ndarray) -> None:
    bad = np.argwhere(np.isneginf(log_evidence))
    if len(bad):
        where = f"sequence {bad[0][0]}" + (f", position {bad[0][1]}" if log_evidence.ndim == 2 else "")
        what = "this symbol here" if log_evidence.ndim == 2 else "these symbols"
        raise ValueError(f"{where}: the chain cannot produce {what}")
