"""The exact answers: what anyone could possibly know about the hidden states (notebook 00).

Shapes: S states, V symbols, N sequences of L positions; each function takes one sequence (L,) or many at once (N, L).
The loops over positions are in recursions.py.
Source: Rabiner (1989), A tutorial on hidden Markov models, Proceedings of the IEEE 77(2), section III.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils.recursions import BEST_WAY, LOGARITHM, PROBABILITY, Arithmetic, predictions, step, trace_back

if TYPE_CHECKING:
    from course_utils.hmm import HMM

PIECE = 2**20  # symbols worked on at a time, so that what is needed on the way does not grow with the sequence


def filter_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | symbols up to t), for every position: what a reader can know who reads from left to right.

    The forward recursion: predict with the transition matrix, weigh by the emission of the symbol seen, normalise.
    Normalising at each step keeps the numbers from shrinking to zero; where a chain forbids transitions that is
    not enough, and the same recursion runs on logarithms.

    Parameters: symbols, integers (L,) or (N, L).  Returns: float64 (L, S) or (N, L, S), rows sum to 1.
    Raises: ValueError if a symbol is not an emission index, or if a sequence is impossible under the chain.
    """
    rows, unwrap = as_rows(hmm, symbols)
    joint, evidence = forward(hmm, rows)
    _refuse(evidence.T == arithmetic_for(hmm).zero)
    return unwrap(posterior(hmm, joint))


def smoother_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the whole sequence), for every position: what a reader can know who also reads on.

    The filter weighted by what the symbols after t say: the same recursion, run from the end.

    Parameters, returns, raises: as `filter_probabilities`.
    """
    rows, unwrap = as_rows(hmm, symbols)
    smoothed = np.empty((*rows.shape, len(hmm.start)))
    for piece, probabilities in smoother_pieces(hmm, rows):
        smoothed[:, piece] = probabilities
    return unwrap(smoothed)


def smoother_pieces(hmm: HMM, rows: np.ndarray, size: int = PIECE) -> Iterator[tuple[slice, np.ndarray]]:
    """The smoother piece by piece, the last one first: (where, probabilities (N, size, S)).

    For sequences whose probabilities do not fit into memory. Only what is believed at the seams is kept on the way to
    the end; on the way back every piece is read once more.
    Parameters: rows (N, L) of valid symbols.  Raises: as `filter_probabilities`.
    """
    arithmetic = arithmetic_for(hmm)
    pieces = _pieces(rows.shape, size)
    starts, joint = [_form(arithmetic, hmm.start)[:, None]], None
    for piece in pieces:
        joint, evidence = forward(hmm, rows[:, piece], starts[-1])
        _refuse(evidence.T == arithmetic.zero, piece.start)
        starts.append(_carry_on(hmm, joint))
    after = None
    for piece, start in zip(reversed(pieces), reversed(starts[:-1]), strict=True):
        if piece is not pieces[-1]:
            joint, _ = forward(hmm, rows[:, piece], start)
        later, after = backward(hmm, rows[:, piece], after)
        yield piece, posterior(hmm, arithmetic.times(joint, later))


def lookup_probabilities(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """P(state at t | the symbol at t alone), by Bayes' rule from the stationary law: a table with one row a symbol.

    Parameters, returns: as `filter_probabilities`.  Raises: ValueError if a symbol is not an emission index or
    one that the chain never emits, or if the chain has more than one stationary law.
    """
    rows, unwrap = as_rows(hmm, symbols)
    joint = hmm.stationary[:, None] * hmm.emission
    evidence = joint.sum(0)
    _refuse((evidence == 0)[rows])
    return unwrap((joint / np.where(evidence > 0, evidence, 1)).T[rows])


def viterbi(hmm: HMM, symbols: ArrayLike) -> np.ndarray:
    """The single most probable path of states given the whole sequence, in log space.

    Parameters: symbols, integers (L,) or (N, L).  Returns: int64 of the same shape.  Where two paths tie, one of them:
    compare paths by `path_log_probability`, never letter by letter.  Raises: as `filter_probabilities`.
    """
    rows, unwrap = as_rows(hmm, symbols)
    log_start, log_transition, log_emission = map(_log, (hmm.start, hmm.transition, hmm.emission))
    n_states = len(hmm.start)
    came_from = np.zeros((n_states, *rows.T.shape), dtype=np.int8 if n_states < 128 else np.int64)
    first, before = log_start[:, None], np.empty((n_states, 0, len(rows)))
    for piece in _pieces(rows.shape, PIECE):
        log_weights = np.take(log_emission, rows[:, piece].T, axis=1)
        best = predictions(BEST_WAY, log_transition, log_weights, first)
        best += log_weights  # (S, L, N): log P of the best path up to t that ends in each state, up to a constant
        _refuse(np.isneginf(BEST_WAY.total(best)).T, piece.start)
        before = np.concatenate([before, best], axis=1)  # in front: the last position of the piece before
        for state in range(n_states):
            came_from[state, piece.stop - before.shape[1] + 1 : piece.stop] = _argmax(
                before[:, :-1] + log_transition[:, state, None, None]
            )
        before, first = best[:, -1:], BEST_WAY.carry(log_transition, best[:, -1])
    return unwrap(trace_back(came_from, best[:, -1].argmax(0)).T)


def log_likelihood(hmm: HMM, symbols: ArrayLike) -> float | np.ndarray:
    """log P(symbols), in nats, summed over all paths of states: a float for (L,), float64 (N,) for (N, L).

    An impossible sequence has log-likelihood -inf.  Raises: ValueError if a symbol is not an emission index.
    """
    rows, unwrap = as_rows(hmm, symbols)
    _, evidence = forward(hmm, rows)
    total = unwrap((evidence if arithmetic_for(hmm) is LOGARITHM else _log(evidence)).sum(0))
    return total if total.ndim else float(total)


def path_log_probability(hmm: HMM, symbols: ArrayLike, states: ArrayLike) -> float | np.ndarray:
    """log P(symbols and this path of states), in nats: a float for (L,), float64 (N,) for (N, L); -inf if impossible.

    Raises: ValueError if shapes differ or an entry is not an index of a symbol or state.
    """
    rows, unwrap = as_rows(hmm, symbols)
    if np.shape(states) != np.shape(symbols):
        raise ValueError(f"symbols have shape {np.shape(symbols)}, states {np.shape(states)}")
    path, _ = as_rows(hmm, states, n_codes=len(hmm.start), what="state")
    steps = _log(hmm.emission[path, rows]).sum(-1) + _log(hmm.transition[path[:, :-1], path[:, 1:]]).sum(-1)
    total = unwrap(_log(hmm.start[path[:, 0]]) + steps)
    return total if total.ndim else float(total)


def forward(hmm: HMM, rows: np.ndarray, start: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """P(state and symbol at t | symbols before t) (S, L, N), and its sum over the states, the evidence (L, N).

    rows (N, L) of valid symbols; start (S, N) or (S, 1): another belief about the first state than the chain's own.
    All are logarithms if the chain forbids transitions (`arithmetic_for`).
    """
    arithmetic, transition, weights = _as_needed(hmm, rows)
    first = _form(arithmetic, hmm.start)[:, None] if start is None else start
    joint = arithmetic.times(predictions(arithmetic, transition, weights, first), weights)
    return joint, arithmetic.total(joint)


def backward(hmm: HMM, rows: np.ndarray, after: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """P(symbols after t | state at t) (S, L, N), up to a factor for each t: the same recursion from the other end.

    after (S, N) or (S, 1): the same for the last position, if something follows that is not in `rows`.
    Returns also what it would be one position before the first, (S, N), for the rows that stand before these.
    All are logarithms if the chain forbids transitions.
    """
    arithmetic, transition, weights = _as_needed(hmm, rows[:, ::-1])
    last = np.full((len(hmm.start), 1), arithmetic.one) if after is None else after
    later = predictions(arithmetic, transition.T, weights, last)
    return later[:, ::-1], step(arithmetic, transition.T, weights[:, -1], later[:, -1])


def _carry_on(hmm: HMM, joint: np.ndarray) -> np.ndarray:
    """(S, N): what is believed about the state after the last position, before a symbol is seen there."""
    arithmetic = arithmetic_for(hmm)
    last = arithmetic.over(joint[:, -1], arithmetic.total(joint[:, -1]))
    return arithmetic.carry(_form(arithmetic, hmm.transition), last)


def posterior(hmm: HMM, joint: np.ndarray) -> np.ndarray:
    """(S, L, N), up to a factor for each position, as probabilities (N, L, S)."""
    arithmetic = arithmetic_for(hmm)
    shares = arithmetic.over(joint, arithmetic.total(joint))
    return np.ascontiguousarray((np.exp(shares) if arithmetic is LOGARITHM else shares).transpose(2, 1, 0))


def arithmetic_for(hmm: HMM) -> Arithmetic:
    """With a transition of (almost) 0 a state's share can fall below the smallest float, and yet matter again later.

    Where all are possible, no share that matters is smaller than what filter and smoother multiply at one position:
    a change or a start, an emission, and a change from there. Emissions and starts of exactly 0 never matter again.
    """
    start, emission = (table[table > 0].min() for table in (hmm.start, hmm.emission))
    change = hmm.transition.min()
    return LOGARITHM if change * min(change, start) * emission < 1e-280 else PROBABILITY


def _as_needed(hmm: HMM, rows: np.ndarray) -> tuple[Arithmetic, np.ndarray, np.ndarray]:
    """The arithmetic, and in its form the transition (S, S) and the weights (S, L, N)."""
    arithmetic = arithmetic_for(hmm)
    emission = _form(arithmetic, hmm.emission)
    return arithmetic, _form(arithmetic, hmm.transition), np.take(emission, rows.T, axis=1)


def _form(arithmetic: Arithmetic, table: np.ndarray) -> np.ndarray:
    return _log(table) if arithmetic is LOGARITHM else table


def _log(probabilities: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):  # log 0 = -inf is right: impossible
        return np.log(probabilities)


def _argmax(scores: np.ndarray) -> np.ndarray:
    """The first axis is short: comparing its rows one after the other is faster than NumPy's argmax(0)."""
    best, where = scores[0], np.zeros(scores.shape[1:], dtype=np.int64 if len(scores) > 127 else np.int8)
    for i, row in enumerate(scores[1:], start=1):
        where[row > best] = i
        best = np.maximum(best, row)
    return where


def as_rows(hmm: HMM, codes: ArrayLike, n_codes: int | None = None, what: str = "symbol"):
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


def _pieces(shape: tuple[int, int], size: int) -> list[slice]:
    """Consecutive pieces of rows (N, L) with about `size` symbols in all N rows together."""
    n, length = shape
    width = max(size // n, 1)
    return [slice(begin, min(begin + width, length)) for begin in range(0, length, width)]


def _refuse(impossible: np.ndarray, offset: int = 0) -> None:
    """impossible (N, L): True where the chain cannot produce what is there, counted from `offset`."""
    if impossible.any():
        row, position = np.argwhere(impossible)[0]
        raise ValueError(f"sequence {row}, position {position + offset}: the chain cannot produce this symbol here")
