"""Finding a chain from symbols alone, without any states: the Baum-Welch algorithm (notebooks 07 and 08).

Source: Baum, Petrie, Soules and Weiss (1970), Annals of Mathematical Statistics 41, 164-171; Rabiner (1989), III.C.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm._door import as_rows, read
from course_utils.hmm.chain import HMM
from course_utils.inputs import whole_number


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
    all_rows = [as_rows(chains[0], sequence)[0] for sequence in sequences]
    climbs = [_climb(chain, all_rows, max_iterations, tolerance, n, on_step) for n, chain in enumerate(chains, 1)]
    return max(climbs, key=lambda climb: climb[1])[0]


def random_chain(shares: ArrayLike, n_states: int, stay: float, seed) -> HMM:
    """A place to climb from: states that differ at random from the overall shares (V,) of the symbols.

    Emissions are drawn from a Dirichlet distribution around the shares; each state is kept with probability `stay`.
    Wilder guesses make longer climbs that end in worse places more often.
    """
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
    return _step(hmm, [as_rows(hmm, sequence)[0] for sequence in _sequences(symbols)])


def _step(hmm: HMM, all_rows: list[np.ndarray]) -> tuple[HMM, float]:
    """`baum_welch_step` on checked rows (N, L)."""
    counts = [_expected_counts(hmm, rows) for rows in all_rows]
    first, changes, emitted, log_likelihood = (sum(of_all) for of_all in zip(*counts, strict=True))
    new = HMM(_shares(first, hmm.start), _shares(changes, hmm.transition), _shares(emitted, hmm.emission))
    return new, float(log_likelihood)


def _expected_counts(hmm: HMM, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Expected first states (S,), changes (S, S), symbols in each state (S, V); and the log-likelihood."""
    changes, n_symbols = np.zeros_like(hmm.transition), hmm.emission.shape[1]
    shares, log_p = read(hmm, rows, changes)
    if np.isneginf(log_p).any():
        raise ValueError("the chain to climb from cannot produce these symbols")
    emitted = [
        np.bincount(rows.ravel(), weights=share.ravel(), minlength=n_symbols) for share in shares.T.swapaxes(1, 2)
    ]
    return shares[:, 0].sum(0), changes, np.stack(emitted), log_p.sum()


def _climb(chain: HMM, all_rows, max_iterations, tolerance, number, on_step) -> tuple[HMM, float]:
    """The chain where the climb stops, and its log-likelihood."""
    before = -np.inf
    for _ in range(max_iterations):
        higher, log_likelihood = _step(chain, all_rows)
        if on_step:
            on_step(number, log_likelihood)
        if log_likelihood - before < tolerance:
            break
        chain, before = higher, log_likelihood
    else:
        _, log_likelihood = _step(chain, all_rows)  # of the last step's chain, not of the one before
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
