"""The chain of a genome, and tables along it. Positions in tables count from 1 and include both ends, as in GenBank."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from tqdm import tqdm

from course_utils.genome.fasta import UNKNOWN, codes, read_fasta
from course_utils.hmm import HMM, fit, smoother_probabilities, viterbi


def fit_genome(sequences: str | Sequence[str], n_states: int = 2, *, seed=0, most: int = 1_000_000, **options) -> HMM:
    """The chain of a genome by Baum-Welch, its states in order of their GC share, the highest first.

    Parameters
    ----------
    sequences : str or list of str, DNA, cut in two at each ambiguous letter; fewer than two others are a ValueError
    most : of a genome longer than this, twenty stretches spread evenly over it are read
    options : go to `hmm.fit`; `stay` is .999 unless given: runs of genes, not of letters
    """
    letters = fitted_letters(sequences, most)
    if sum(map(len, letters)) < 2:
        raise ValueError("nothing to fit to: fewer than two known letters")
    chain = fit(letters, n_states, seed=seed, **{"stay": 0.999, "n_symbols": 4} | options)
    order = np.argsort(-chain.emission[:, 1:3].sum(1), kind="stable")  # C and G
    return HMM(chain.start[order], chain.transition[np.ix_(order, order)], chain.emission[order])


def fitted_letters(sequences: str | Sequence[str], most: int = 1_000_000) -> list[np.ndarray]:
    """The letters that `fit_genome` reads, as numbers: stretches without an ambiguous letter."""
    x = codes(sequences if isinstance(sequences, str) else "N".join(sequences))
    known = x != UNKNOWN
    x = x[known | np.append(True, known[:-1])]  # of unknown letters in a row the first one stays
    if len(x) > most:
        width = most // 20
        starts = np.linspace(0, len(x) - width, 20).astype(int)
        x = np.concatenate([np.append(x[start : start + width], UNKNOWN) for start in starts])
    edges = np.flatnonzero(np.diff(np.concatenate([[True], x == UNKNOWN, [True]])))
    return [x[begin:end] for begin, end in edges.reshape(-1, 2)]


def state_names(n_states: int) -> list[str]:
    """H and L for two states; S1, S2, ... for more: always from high GC to low."""
    return ["H", "L"] if n_states == 2 else [f"S{i + 1}" for i in range(n_states)]


def segments(hmm: HMM, sequence: str, *, progress: bool = False) -> pd.DataFrame:
    """The most probable path through one sequence, as a table of its runs. Ambiguous letters say nothing.

    Returns
    -------
    DataFrame with columns start, end, state, length, gc (of the known letters), posterior (mean probability of the
        state, given the whole sequence); if no letter is known, one segment of the state "-"

    Raises
    ------
    ValueError: an empty sequence, other letters, or a chain of other symbols or that cannot produce it
    """
    x = codes(sequence)
    if len(x) == 0 or hmm.emission.shape[1] != 4:
        raise ValueError(f"needs a sequence and a chain of 4 letters; got {len(x)} and {hmm.emission.shape[1]}")
    if (x == UNKNOWN).all():
        return pd.DataFrame([dict(start=1, end=len(x), state="-", length=len(x), gc=np.nan, posterior=np.nan)])
    # A fifth symbol that all states emit alike. Whatever its share, seeing it changes no belief.
    chain = HMM(hmm.start, hmm.transition, np.hstack([hmm.emission * 0.99, np.full((len(hmm.start), 1), 0.01)]))
    with tqdm(total=len(x), unit="bp", unit_scale=True, disable=not progress) as bar:
        path, shares = viterbi(chain, x), smoother_probabilities(chain, x)
        bar.update(len(x))
    starts = np.append(0, np.flatnonzero(np.diff(path)) + 1)
    ends, names = np.append(starts[1:], len(x)), np.array(state_names(len(hmm.start)))[path[starts]]
    of_path = np.take_along_axis(shares, path[:, None], -1)[:, 0]
    gc, known, posterior = (np.add.reduceat(row, starts) for row in ((x == 1) | (x == 2), x != UNKNOWN, of_path))
    columns = dict(start=starts + 1, end=ends, state=names, length=ends - starts)
    return pd.DataFrame(columns | dict(gc=gc / np.where(known, known, np.nan), posterior=posterior / (ends - starts)))


def segment_fasta(path, n_states: int = 2, *, hmm: HMM | None = None, seed=0, progress: bool = False) -> pd.DataFrame:
    """From file to segments: read, fit one chain to all records (unless `hmm` is given), read each with it."""
    records = read_fasta(path)
    return segment_records(records, hmm or fit_genome(list(records.values()), n_states, seed=seed), progress=progress)


def segment_records(records: dict[str, str], hmm: HMM, *, progress: bool = False) -> pd.DataFrame:
    """Each record read with the same chain: the table of `segments` with a first column, record."""
    tables = {name: segments(hmm, sequence, progress=progress) for name, sequence in records.items()}
    return pd.concat(tables, names=["record"]).reset_index(level=0).reset_index(drop=True)
