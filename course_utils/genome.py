"""From a FASTA file to a table of segments: the two-state HMM on real genomes (notebook 08).

As a command:  python -m course_utils.genome my.fasta --out segments.tsv
Positions in tables count from 1 and include both ends, as in GenBank; positions in arrays count from 0.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence

import numpy as np
import pandas as pd
from tqdm import tqdm

from course_utils.encoding import NUCLEOTIDES
from course_utils.files import read_text, refuse_target, write_whole
from course_utils.hmm import HMM, fit, smoother_pieces, viterbi

#: The code of a letter that stands for more than one nucleotide: N, R, Y, ...
UNKNOWN = 4
_AMBIGUOUS = "NRYSWKMBDHV"
_CODES = np.full(128, -1, dtype=np.int8)
for _code, _letters in enumerate([*NUCLEOTIDES, _AMBIGUOUS]):
    _CODES[[ord(letter) for letter in _letters + _letters.lower()]] = _code


def read_fasta(path: str | os.PathLike) -> dict[str, str]:
    """The records of a FASTA file: name (the header's first word) -> sequence in upper case, in the file's order.

    Taken as they come: several records, lower case, ambiguous letters (N, R, Y, ...), Windows line ends, blank lines,
    gzip. Raises: ValueError with file, line and reason for anything else: a letter that is not DNA (protein, RNA,
    gaps), a header without a name or without a sequence, a name that comes twice, text before the first header, an
    empty or damaged file. OSError if the file cannot be opened.
    """
    parts, name = {}, None
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        line = line.strip()
        if line.startswith(">"):
            _refuse_bare(path, name, parts)
            name = (line[1:].split() or [""])[0]
            if not name or name in parts:
                reason = f"a second record is called {name!r}" if name else "a header without a name"
                raise ValueError(f"{path}, line {number}: {reason}")
            parts[name] = []
        elif line:
            if name is None:
                raise ValueError(f"{path}, line {number}: a FASTA file begins with '>'; this line is {line[:20]!r}")
            _refuse_letters(path, number, line)
            parts[name].append(line.upper())
    _refuse_bare(path, name, parts)
    return {name: "".join(lines) for name, lines in parts.items()}


def _refuse_bare(path, name, parts) -> None:
    if name is not None and not parts[name]:
        raise ValueError(f"{path}: record {name!r} has a header but no sequence; is the file cut off?")


def _refuse_letters(path, number: int, line: str) -> None:
    strange = re.search(f"[^{NUCLEOTIDES}{_AMBIGUOUS}]", line, re.IGNORECASE | re.ASCII)
    if strange:
        letter = strange[0].upper()
        hint = {"U": "is this RNA?", "-": "is this an alignment?"}.get(letter, "is this a protein?")
        hint = hint if letter.isalpha() or letter in "-*" else "only letters belong here"
        raise ValueError(f"{path}, line {number}: {strange[0]!r} is not a letter of DNA; {hint}")


def codes(sequence: str) -> np.ndarray:
    """int8 (L,): A, C, G, T as 0 to 3, ambiguous letters as UNKNOWN = 4.

    Raises: ValueError naming the first character that is no letter of DNA, and its position.
    """
    found = _CODES[np.minimum(np.frombuffer(sequence.encode("utf-32-le", "surrogatepass"), dtype="<u4"), 127)]
    if (found < 0).any():
        position = int((found < 0).argmax())
        raise ValueError(f"{sequence[position]!r} at position {position} is not a letter of DNA")
    return found


def gc_windows(sequence: str, window: int) -> pd.DataFrame:
    """GC share of consecutive windows: columns start, end, gc (of the known letters; NaN if there are none).

    The last window may be shorter.  Raises: ValueError if window is below 1 or the sequence holds other letters.
    """
    if not isinstance(window, (int, np.integer)) or window < 1:
        raise ValueError(f"window must be a whole number of at least 1; got {window!r}")
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


def fit_genome(sequences: str | Sequence[str], n_states: int = 2, *, seed=0, most: int = 1_000_000, **options) -> HMM:
    """The chain of a genome by Baum-Welch, its states in order of their GC share, the highest first.

    Ambiguous letters are left out: they cut a sequence in two. Of a genome longer than `most`, twenty stretches spread
    evenly over it are read. Other options go to `hmm.fit`; `stay` is .999 unless given: runs of genes, not of letters.
    Raises: ValueError if there is nothing to fit to, or as `hmm.fit`.
    """
    known = _spread([run for text in _listed(sequences) for run in _known_runs(codes(text))], most)
    if sum(map(len, known)) < 2:
        raise ValueError("nothing to fit to: fewer than two known letters")
    options = {"stay": 0.999, "n_symbols": 4} | options
    chain = fit(known, n_states, seed=seed, **options)
    order = np.argsort(-(chain.emission[:, 1] + chain.emission[:, 2]), kind="stable")
    return HMM(chain.start[order], chain.transition[np.ix_(order, order)], chain.emission[order])


def _listed(sequences: str | Sequence[str]) -> list[str]:
    return [sequences] if isinstance(sequences, str) else list(sequences)


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


def state_names(n_states: int) -> list[str]:
    """H and L for two states; S1, S2, ... for more: always from high GC to low."""
    return ["H", "L"] if n_states == 2 else [f"S{i + 1}" for i in range(n_states)]


def segments(hmm: HMM, sequence: str, *, progress: bool = False) -> pd.DataFrame:
    """The most probable path through one sequence, as a table of its runs.

    Columns: start and end (from 1, both included), state, length, gc (of the known letters), posterior (the mean
    probability of the named state over the segment, given the whole sequence). Ambiguous letters say nothing: the chain
    reads over them.  progress: show a bar on stderr.  Memory: about 40 bytes a letter, the rest does not grow.
    Raises: ValueError for an empty sequence, other letters, or a chain of other symbols or that cannot produce it.
    """
    x = codes(sequence)
    if len(x) == 0:
        raise ValueError("the sequence is empty")
    chain = _with_unknown(hmm)
    path = viterbi(chain, x)
    starts = np.append(0, np.flatnonzero(np.diff(path)) + 1)
    ends = np.append(starts[1:], len(x))
    of_path = np.zeros(len(starts))
    with tqdm(total=len(x), unit="bp", unit_scale=True, disable=not progress) as bar:
        for piece, probabilities in smoother_pieces(chain, x[None]):
            here = np.take_along_axis(probabilities[0], path[piece, None], -1)[:, 0]
            number = np.searchsorted(starts, np.arange(piece.start, piece.stop), side="right") - 1
            of_path += np.bincount(number, weights=here, minlength=len(starts))
            bar.update(len(here))
    columns = {"start": starts + 1, "end": ends, "state": np.array(state_names(len(hmm.start)))[path[starts]]}
    columns |= {"length": ends - starts, "gc": _gc(x, starts, ends), "posterior": of_path / (ends - starts)}
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
    tables = {name: segments(hmm, sequence, progress=progress) for name, sequence in records.items()}
    return pd.concat(tables, names=["record"]).reset_index(level=0).reset_index(drop=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m course_utils.genome", description="Segment a genome by an HMM.")
    parser.add_argument("fasta", help="a FASTA file of DNA, plain or gzip")
    parser.add_argument("--out", default="segments.tsv", help="the table to write (default: segments.tsv)")
    parser.add_argument("--states", type=int, default=2, help="states of the chain (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="where the search for the chain starts (default: 0)")
    options = parser.parse_args(arguments)
    try:
        refuse_target(options.out)  # before minutes of work, not after them
        table = segment_fasta(options.fasta, options.states, seed=options.seed, progress=True)
        write_whole(options.out, table.to_csv(sep="\t", index=False, float_format="%.4f", lineterminator="\n"))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{len(table)} segments of {table['record'].nunique()} record(s) in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
