"""Finding a chain from symbols alone, without any states: the Baum-Welch algorithm (lesson 12)."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm.chain import HMM
from course_utils.hmm.inference import as_rows, read
from course_utils.inputs import whole_number


def fit(
    symbols: ArrayLike | Sequence[ArrayLike], n_states: int, *, n_symbols: int | None = None, n_starts: int = 6,
    seed=0, stay: float = 0.99, start: HMM | None = None, max_iterations: int = 500, tolerance: float = 1e-3,
    on_step: Callable[[int, float], object] | None = None,
) -> HMM:  # fmt: skip
    """The chain under which these symbols are most probable, as far as climbing from several starts can find it.

    Parameters
    ----------
    symbols : array of int, shape (L,) or (N, L), or a list of sequences (L_i,); ValueError for all others
    n_states, n_symbols : int (n_symbols None: the largest symbol + 1)
    n_starts, seed, stay : how many first chains to draw, from which seed or Generator; their chance to keep a state
    start : HMM, the one chain to climb from instead
    max_iterations, tolerance : a climb ends after so many steps, or when one gains fewer nats
    on_step : function, called after each step with the number of the climb, from 1, and the log-likelihood

    Returns
    -------
    HMM, the best of all climbs; the order of its states means nothing

    References
    ----------
    Baum, Petrie, Soules and Weiss (1970), Annals of Mathematical Statistics 41, 164-171.
    """
    for name, size in {"n_states": n_states, "n_starts": n_starts, "max_iterations": max_iterations}.items():
        whole_number(name, size)
    if start is not None and start.emission.shape != (n_states, n_symbols or start.emission.shape[1]):
        raise ValueError(f"start has {start.emission.shape} states and symbols, not {n_states, n_symbols}")
    all_rows, chains = _all_rows(symbols, n_symbols if start is None else start.emission.shape[1]), [start]
    if start is None:
        random = np.random.default_rng(seed)
        n_symbols = n_symbols or 1 + max(int(rows.max()) for rows in all_rows)
        counts = 1 + sum(np.bincount(rows.ravel(), minlength=n_symbols) for rows in all_rows)
        chains = [random_chain(counts / counts.sum(), n_states, stay, random) for _ in range(n_starts)]
    climbs = [_climb(chain, all_rows, max_iterations, tolerance, n, on_step) for n, chain in enumerate(chains, 1)]
    return max(climbs, key=lambda climb: climb[1])[0]


def random_chain(shares: np.ndarray, n_states: int, stay: float, seed) -> HMM:
    """A place to climb from: each state's emission is drawn from a Dirichlet law around the symbols' shares (V,).

    Wilder guesses make longer climbs that end in worse places more often.
    """
    change = (1 - stay) / max(n_states - 1, 1)
    transition = np.full((n_states, n_states), change) + np.eye(n_states) * (stay - change)
    emission = 0.99 * np.random.default_rng(seed).dirichlet(50 * shares, n_states) + 0.01 * shares  # no rare one at 0
    return HMM(np.full(n_states, 1 / n_states), transition / transition.sum(1, keepdims=True), emission)


def _climb(chain: HMM, all_rows, max_iterations, tolerance, number, on_step) -> tuple[HMM, float]:
    """The chain where the climb stops, and its log-likelihood."""
    before = -np.inf
    for _ in range(max_iterations):
        higher, log_likelihood = baum_welch_step(chain, all_rows)
        if on_step:
            on_step(number, log_likelihood)
        if log_likelihood - before < tolerance:
            return chain, log_likelihood
        chain, before = higher, log_likelihood
    return chain, baum_welch_step(chain, all_rows)[1]  # of the last step's chain, not of the one before


def baum_welch_step(hmm: HMM, symbols: ArrayLike | Sequence[ArrayLike]) -> tuple[HMM, float]:
    """One step uphill: the shares of what one expects to count where one cannot see the states.

    Parameters
    ----------
    hmm, symbols : the chain to climb from, and symbols as for `fit` that it can produce (otherwise ValueError)

    Returns
    -------
    HMM, float : a chain that is at least as probable, and the log-likelihood of the one that came in (nats)
    """
    first, changes, emitted = (np.zeros_like(table) for table in (hmm.start, hmm.transition, hmm.emission))
    log_likelihood = 0.0
    for rows in _all_rows(symbols, hmm.emission.shape[1]):
        shares, log_p = read(hmm, rows, changes)
        if np.isneginf(log_p).any():
            raise ValueError("the chain to climb from cannot produce these symbols")
        first += shares[:, 0].sum(0)
        for state, row in enumerate(emitted):
            row += np.bincount(rows.ravel(), weights=shares[..., state].ravel(), minlength=len(row))
        log_likelihood += float(log_p.sum())
    return HMM(_norm(first, hmm.start), _norm(changes, hmm.transition), _norm(emitted, hmm.emission)), log_likelihood


def _norm(counts: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    total = counts.sum(-1, keepdims=True)
    return np.where(total > 0, counts / np.where(total > 0, total, 1), otherwise)


def _all_rows(symbols: ArrayLike | Sequence[ArrayLike], n_symbols: int | None) -> list[np.ndarray]:
    many = isinstance(symbols, (list, tuple)) and len(symbols) and np.ndim(symbols[0]) > 0
    most = 2**31 if n_symbols is None else whole_number("n_symbols", n_symbols)
    return [as_rows(s, most, f"sequence {i}: symbol") for i, s in enumerate(symbols if many else [symbols])]
