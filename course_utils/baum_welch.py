"""Finding a chain from symbols alone, without any states: the Baum-Welch algorithm (notebooks 07 and 08).

Source: Baum, Petrie, Soules and Weiss (1970), Annals of Mathematical Statistics 41, 164-171; Rabiner (1989), III.C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from course_utils.inference import arithmetic_for, as_rows, backward, forward
from course_utils.inputs import whole_number
from course_utils.recursions import LOGARITHM, PROBABILITY

if TYPE_CHECKING:
    from course_utils.hmm import HMM


def fit(
    symbols: ArrayLike | Sequence[ArrayLike], n_states: int, *, n_symbols: int | None = None, n_starts: int = 6,
    seed=0, stay: float = 0.99, start: HMM | None = None, max_iterations: int = 500, tolerance: float = 1e-3,
    on_step: Callable[[int, float], object] | None = None,
) -> HMM:  # fmt: skip
    """The chain under which these symbols are most probable, as far as climbing from several starts can find it.

    Parameters: symbols, integers (L,) or (N, L), or a list of sequences (L_i,) of unequal lengths; n_symbols, the size
    of the alphabet (default: the largest symbol + 1); n_starts, random first chains to climb from, drawn from `seed`
    (an integer or a Generator), which keep their state with probability `stay` a step; start, one chain to climb from
    instead; tolerance, stop when a step gains less than this log-likelihood, in nats for all symbols together;
    on_step, called after each step with the number of the climb, from 1, and the log-likelihood (for a progress bar).
    Returns: the chain with the highest log-likelihood among the climbs. The order of its states means nothing.
    Raises: ValueError for symbols, sizes or probabilities that are none, or a `start` that cannot produce the symbols.
    """
    sequences = _sequences(symbols)
    top = max(int(s.max()) for s in sequences) + 1
    if n_symbols is None:
        n_symbols = top if start is None else start.emission.shape[1]
    if start is not None and start.emission.shape != (n_states, n_symbols):
        raise ValueError(f"start has {start.emission.shape} states and symbols, asked for are {n_states, n_symbols}")
    n_states, n_symbols = whole_number("n_states", n_states), whole_number("n_symbols", n_symbols)
    n_starts, max_iterations = whole_number("n_starts", n_starts), whole_number("max_iterations", max_iterations)
    if n_symbols < top:
        raise ValueError(f"symbol {top - 1} occurs, but n_symbols is {n_symbols}")
    if not 0 < stay < 1:
        raise ValueError(f"stay must lie between 0 and 1; got {stay}")
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be a number of nats, 0 or more; got {tolerance!r}")
    chains = [start]
    if start is None:
        random = np.random.default_rng(seed)
        counts = 1 + sum(np.bincount(s.ravel(), minlength=n_symbols) for s in sequences)
        chains = [random_chain(counts / counts.sum(), n_states, stay, random) for _ in range(n_starts)]
    climbs = [_climb(chain, sequences, max_iterations, tolerance, n, on_step) for n, chain in enumerate(chains, 1)]
    return max(climbs, key=lambda climb: climb[1])[0]


def random_chain(shares: ArrayLike, n_states: int, stay: float, seed) -> HMM:
    """A place to climb from: states that differ at random from the overall shares (V,) of the symbols.

    Emissions are drawn from a Dirichlet distribution around the shares; each state is kept with probability `stay`.
    Wilder guesses make longer climbs that end in worse places more often.
    """
    from course_utils.hmm import HMM

    change = (1 - stay) / max(n_states - 1, 1)
    transition = np.full((n_states, n_states), change) + np.eye(n_states) * (stay - change)
    shares = np.asarray(shares)
    emission = 0.99 * np.random.default_rng(seed).dirichlet(50 * shares, n_states) + 0.01 * shares  # no rare one at 0
    return HMM(np.full(n_states, 1 / n_states), transition / transition.sum(1, keepdims=True), emission)


def baum_welch_step(hmm: HMM, symbols: ArrayLike | Sequence[ArrayLike]) -> tuple[HMM, float]:
    """One step uphill: a chain that is at least as probable, and the log-likelihood of the one that came in (nats).

    What one would count if one saw the states (first states, changes, symbols in each state) is replaced by what one
    expects to count, given the symbols. The new chain has the shares of these counts; a state that is expected nowhere
    keeps its rows.  Raises: ValueError if the chain cannot produce the symbols, or as `filter_probabilities`.
    """
    from course_utils.hmm import HMM

    first, changes, emitted = np.zeros_like(hmm.start), np.zeros_like(hmm.transition), np.zeros_like(hmm.emission)
    log_likelihood = 0.0
    for sequence in _sequences(symbols):
        rows, _ = as_rows(hmm, sequence)
        counts = _expected_counts(hmm, rows)
        for total, count in zip((first, changes, emitted), counts, strict=False):
            total += count
        log_likelihood += counts[-1]
    new = HMM(_shares(first, hmm.start), _shares(changes, hmm.transition), _shares(emitted, hmm.emission))
    return new, log_likelihood


def _expected_counts(hmm: HMM, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Expected first states (S,), changes (S, S), symbols in each state (S, V); and the log-likelihood."""
    arithmetic = arithmetic_for(hmm)
    in_logs = arithmetic is LOGARITHM
    joint, evidence = forward(hmm, rows)
    if (evidence == arithmetic.zero).any():
        raise ValueError("the chain to climb from cannot produce these symbols")
    filtered = arithmetic.over(joint, evidence)
    smoothed = arithmetic.times(filtered, backward(hmm, rows)[0])
    smoothed = arithmetic.over(smoothed, arithmetic.total(smoothed))
    changes = _expected_changes(hmm, filtered[:, :-1], smoothed[:, 1:], in_logs)
    share = np.exp(smoothed) if in_logs else smoothed  # (S, L, N)
    emitted = [np.bincount(rows.T.ravel(), weights=s.ravel(), minlength=hmm.emission.shape[1]) for s in share]
    log_likelihood = float((evidence if in_logs else np.log(evidence)).sum())
    return share[:, 0].sum(-1), changes, np.stack(emitted), log_likelihood


def _expected_changes(hmm: HMM, filtered: np.ndarray, smoothed: np.ndarray, in_logs: bool) -> np.ndarray:
    """(S, S): the sum over all neighbours t, t + 1 of P(state i at t, state j at t + 1 | all symbols).

    Each is filter_t(i) * transition(i, j) * smoother_{t+1}(j) / prediction_{t+1}(j).
    """
    n = len(hmm.start)
    if not in_logs:
        predicted = PROBABILITY.carry(hmm.transition, filtered)
        later = smoothed / np.maximum(predicted, PROBABILITY.least)
        return hmm.transition * (filtered.reshape(n, -1) @ later.reshape(n, -1).T)
    with np.errstate(divide="ignore", invalid="ignore"):
        transition = np.log(hmm.transition)
        predicted = LOGARITHM.carry(transition, filtered)
        later = np.where(np.isneginf(predicted), -np.inf, smoothed - predicted)
    return np.array([[np.exp(filtered[i] + transition[i, j] + later[j]).sum() for j in range(n)] for i in range(n)])


def _climb(chain: HMM, sequences, max_iterations, tolerance, number, on_step) -> tuple[HMM, float]:
    """The chain where the climb stops, and its log-likelihood."""
    before = -np.inf
    for _ in range(max_iterations):
        higher, log_likelihood = baum_welch_step(chain, sequences)
        if on_step:
            on_step(number, log_likelihood)
        if log_likelihood - before < tolerance:
            break
        chain, before = higher, log_likelihood
    else:
        _, log_likelihood = baum_welch_step(chain, sequences)  # of the last step's chain, not of the one before
    return chain, log_likelihood


def _shares(counts: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    total = counts.sum(-1, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1), otherwise)


def _sequences(symbols: ArrayLike | Sequence[ArrayLike]) -> list[np.ndarray]:
    """Every form that symbols may come in, as a list of arrays (L,) or (N, L)."""
    if isinstance(symbols, (list, tuple)) and len(symbols) and np.ndim(symbols[0]) > 0:
        sequences = [np.asarray(s) for s in symbols]
    else:
        sequences = [np.asarray(symbols)]
    for number, sequence in enumerate(sequences):
        integers = np.issubdtype(sequence.dtype, np.integer)
        if sequence.ndim not in (1, 2) or sequence.size == 0 or not integers or (sequence < 0).any():
            raise ValueError(f"sequence {number}: symbols must be integers from 0 on, (L,) or (N, L), and at least one")
    return sequences
