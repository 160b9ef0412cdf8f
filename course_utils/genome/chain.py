"""The chain of a genome, found from its letters alone."""

from collections.abc import Sequence

import numpy as np

from course_utils.genome.fasta import UNKNOWN, codes
from course_utils.hmm import HMM, fit


def fit_genome(sequences: str | Sequence[str], n_states: int = 2, *, seed=0, most: int = 1_000_000, **options) -> HMM:
    """The chain of a genome by Baum-Welch, its states in order of their GC share, the highest first.

    Ambiguous letters are left out: they cut a sequence in two. Of a genome longer than `most`, twenty stretches spread
    evenly over it are read. Other options go to `hmm.fit`; `stay` is .999 unless given: runs of genes, not of letters.
    Raises: ValueError if there is nothing to fit to, or as `hmm.fit`.
    """
    known = fitted_letters(sequences, most)
    if sum(map(len, known)) < 2:
        raise ValueError("nothing to fit to: fewer than two known letters")
    options = {"stay": 0.999, "n_symbols": 4} | options
    chain = fit(known, n_states, seed=seed, **options)
    order = np.argsort(-gc_shares(chain), kind="stable")
    return HMM(chain.start[order], chain.transition[np.ix_(order, order)], chain.emission[order])


def fitted_letters(sequences: str | Sequence[str], most: int = 1_000_000) -> list[np.ndarray]:
    """The letters that `fit_genome` reads, as numbers: stretches without an ambiguous letter."""
    sequences = [sequences] if isinstance(sequences, str) else sequences
    return _spread([run for text in sequences for run in _known_runs(codes(text))], most)


def gc_shares(chain: HMM) -> np.ndarray:
    """(S,): the probability of C or G in each state."""
    return chain.emission[:, 1] + chain.emission[:, 2]


def n_free(n_states: int) -> int:
    """How many numbers of a chain over A, C, G, T are free: all but one of each row."""
    return (n_states - 1) + n_states * (n_states - 1) + 3 * n_states


def bic(log_likelihood: float, n_states: int, n_letters: int) -> float:
    """The Bayesian information criterion (Schwarz 1978), lower is better; it compares chains for the same letters.

    Minus twice the log-likelihood, plus a penalty of ln(number of letters) for each free number.
    """
    return n_free(n_states) * np.log(n_letters) - 2 * log_likelihood


def _known_runs(x: np.ndarray) -> list[np.ndarray]:
    """The stretches between unknown letters."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], x == UNKNOWN, [True]]).astype(np.int8)))
    return [x[begin:end] for begin, end in edges.reshape(-1, 2)]


def _spread(runs: list[np.ndarray], most: int, n_stretches: int = 20) -> list[np.ndarray]:
    """All of it, or n_stretches pieces spread evenly over the whole, about `most` letters together and never more.

    The end of a run cuts a stretch in two.
    """
    ends = np.cumsum([len(run) for run in runs])
    if not runs or ends[-1] <= most:
        return runs
    n_stretches = max(min(n_stretches, most), 1)
    width = max(most, 0) // n_stretches
    stretches = []
    for begin in np.linspace(0, ends[-1] - width, n_stretches).astype(int):
        first, last = np.searchsorted(ends, [begin, begin + width - 1], side="right")
        for run, end in zip(runs[first : last + 1], ends[first : last + 1], strict=True):
            here = begin - (end - len(run))
            stretches.append(run[max(here, 0) : here + width])
    return [stretch for stretch in stretches if len(stretch)]
