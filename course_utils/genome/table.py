"""Tables along a genome: its GC share in windows, and the segments that a chain reads in it.

Positions in tables count from 1 and include both ends, as in GenBank; positions in arrays count from 0.
"""

import os

import numpy as np
import pandas as pd
from tqdm import tqdm

from course_utils.encoding import NUCLEOTIDES
from course_utils.genome.chain import fit_genome
from course_utils.genome.fasta import UNKNOWN, codes, read_fasta
from course_utils.hmm import HMM, smoother_probabilities, viterbi
from course_utils.inputs import whole_number


def gc_windows(sequence: str, window: int) -> pd.DataFrame:
    """GC share of consecutive windows: columns start, end, gc (of the known letters; NaN if there are none).

    The last window may be shorter.  Raises: ValueError if window is below 1 or the sequence holds other letters.
    """
    window = whole_number("window", window)
    x = codes(sequence)
    starts = np.arange(0, len(x), window)
    ends = np.minimum(starts + window, len(x))
    return pd.DataFrame({"start": starts + 1, "end": ends, "gc": _gc(x, starts, ends)})


def _gc(x: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """GC share among the known letters of x[start:end], for many pieces at once, by differences of running totals."""
    gc = np.append(0, np.cumsum((x == 1) | (x == 2)))
    known = np.append(0, np.cumsum(x != UNKNOWN))
    with np.errstate(invalid="ignore"):
        return (gc[ends] - gc[starts]) / (known[ends] - known[starts])


def state_names(n_states: int) -> list[str]:
    """H and L for two states; S1, S2, ... for more: always from high GC to low."""
    return ["H", "L"] if n_states == 2 else [f"S{i + 1}" for i in range(n_states)]


def segments(hmm: HMM, sequence: str, *, progress: bool = False) -> pd.DataFrame:
    """The most probable path through one sequence, as a table of its runs.

    Columns: start and end (from 1, both included), state, length, gc (of the known letters), posterior (the mean
    probability of the named state over the segment, given the whole sequence). Ambiguous letters say nothing: the chain
    reads over them. Where no letter is known, there is one segment of the state "-", without gc and posterior.
    progress: show a bar on stderr.  Memory: about 50 bytes a letter with two states.
    Raises: ValueError for an empty sequence, other letters, or a chain of other symbols or that cannot produce it.
    """
    x = codes(sequence)
    if len(x) == 0:
        raise ValueError("the sequence is empty")
    chain = _with_unknown(hmm)
    if (x == UNKNOWN).all():
        nothing = {"start": 1, "end": len(x), "state": "-", "length": len(x), "gc": np.nan, "posterior": np.nan}
        return pd.DataFrame([nothing])
    with tqdm(total=len(x), unit="bp", unit_scale=True, disable=not progress) as bar:
        path = viterbi(chain, x)
        shares = smoother_probabilities(chain, x)
        bar.update(len(x))
    starts = np.append(0, np.flatnonzero(np.diff(path)) + 1)
    ends = np.append(starts[1:], len(x))
    of_path = np.take_along_axis(shares, path[:, None], -1)[:, 0]
    posterior = np.add.reduceat(of_path, starts) / (ends - starts)
    columns = {"start": starts + 1, "end": ends, "state": np.array(state_names(len(hmm.start)))[path[starts]]}
    columns |= {"length": ends - starts, "gc": _gc(x, starts, ends), "posterior": posterior}
    return pd.DataFrame(columns)


def _with_unknown(hmm: HMM, share: float = 0.01) -> HMM:
    """A fifth symbol that all states emit alike. Whatever its share, seeing it changes no belief."""
    if hmm.emission.shape[1] != len(NUCLEOTIDES):
        raise ValueError(f"the chain emits {hmm.emission.shape[1]} symbols, not A, C, G and T")
    emission = np.column_stack([hmm.emission * (1 - share), np.full(len(hmm.start), share)])
    return HMM(hmm.start, hmm.transition, emission)


def segment_fasta(
    path: str | os.PathLike, n_states: int = 2, *, hmm: HMM | None = None, seed=0, progress: bool = False
) -> pd.DataFrame:
    """From file to segments: read, fit one chain to all records (unless `hmm` is given), read each with it.

    Returns: the table of `segments` with a first column, record.  Raises: as `read_fasta`, `fit_genome`, `segments`.
    """
    records = read_fasta(path)
    if hmm is None:
        hmm = fit_genome(list(records.values()), n_states, seed=seed)
    return segment_records(records, hmm, progress=progress)


def segment_records(records: dict[str, str], hmm: HMM, *, progress: bool = False) -> pd.DataFrame:
    """Each record read with the same chain: the table of `segments` with a first column, record."""
    tables = {name: segments(hmm, sequence, progress=progress) for name, sequence in records.items()}
    return pd.concat(tables, names=["record"]).reset_index(level=0).reset_index(drop=True)
