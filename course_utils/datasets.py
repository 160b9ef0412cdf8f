"""From a file of sequences to batches of tensors, without a leak on the way (notebook 02)."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from course_utils.encoding import NUCLEOTIDES, PAD, STATES, decode, encode
from course_utils.files import read_text, write_whole
from course_utils.hmm import TOY
from course_utils.inputs import quoted, whole_number

COLUMNS = ["dna", "hidden_state"]


def to_frame(symbols: ArrayLike, states: ArrayLike) -> pd.DataFrame:
    """Simulated sequences as the table that a file holds: integers (N, L) twice -> columns dna and hidden_state.

    Raises: ValueError if the shapes differ or a code is out of range.
    """
    if np.ndim(symbols) != 2 or np.shape(symbols) != np.shape(states):
        raise ValueError(f"symbols and states must both be (N, L); got {np.shape(symbols)} and {np.shape(states)}")
    rows = [(decode(x, NUCLEOTIDES), decode(z, STATES)) for x, z in zip(symbols, states, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def make_toy_data() -> pd.DataFrame:
    """The rows of data/toy_hmm.tsv: 100 sequences of 500 from the toy chain, row i drawn with seed i."""
    symbols, states = zip(*(TOY.sample(500, seed=i) for i in range(100)), strict=True)
    return to_frame(np.stack(symbols), np.stack(states))


def write_sequences(frame: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write dna and hidden_state as tab-separated text. The file appears whole or not at all.

    Raises: ValueError for a frame that `read_sequences` would not read back; OSError if the folder cannot be written.
    """
    _encode_rows(frame)
    write_whole(path, frame[COLUMNS].to_csv(sep="\t", index=False, lineterminator="\n"))


def read_sequences(path: str | os.PathLike) -> pd.DataFrame:
    """Read tab-separated columns dna (A, C, G, T) and hidden_state (H, L) into a DataFrame of those two.

    Taken as they come: lower case (made upper), a byte-order mark, Windows line ends, blank lines at the end, spaces
    around a field or a column's name, gzip (whatever the name), other columns (left out), columns in another order.
    Raises: ValueError with file, line and reason for anything else; OSError if the file cannot be opened.
    """
    lines = read_text(path).split("\n")
    while not lines[-1].strip():
        lines.pop()
    header = [name.strip() for name in lines[0].split("\t")]
    if any(header.count(column) != 1 for column in COLUMNS):
        raise ValueError(
            f"{path}, line 1: the header must name dna and hidden_state, each once; it is {quoted(lines[0])}"
        )
    if len(lines) == 1:
        raise ValueError(f"{path}: a header, but no sequences")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(header):
            raise ValueError(f"{path}, line {number}: {len(fields)} fields where the header has {len(header)}")
        rows.append([fields[header.index(column)].strip().upper() for column in COLUMNS])
        _encode_row(rows[-1], where=f"{path}, line {number}")
    return pd.DataFrame(rows, columns=COLUMNS)


def split(frame: pd.DataFrame, parts: Sequence[float] | Sequence[int], seed) -> tuple[pd.DataFrame, ...]:
    """Deal the rows out at random, each to exactly one part: usually (train, validation, test).

    Parameters: parts, fractions that sum to 1, such as (.6, .2, .2), or counts that sum to the number of rows;
    seed, an integer or a numpy Generator.  Returns: one DataFrame a part, in shuffled order, with the index labels of
    `frame`.
    Raises: ValueError if the parts do not add up or one would be empty.
    """
    n = len(frame)
    if len(parts) == 0:
        raise ValueError("no parts to deal the rows out to")
    if all(isinstance(part, (int, np.integer)) for part in parts):
        ends = np.cumsum(parts)
    elif abs(sum(parts) - 1) < 1e-9:
        ends = np.floor(np.cumsum(parts) * n + 0.5).astype(int)  # halves go up
    else:
        raise ValueError(f"fractions must sum to 1; {tuple(parts)} sum to {sum(parts):g}")
    starts = [0, *ends[:-1]]
    if ends[-1] != n or any(end <= start for start, end in zip(starts, ends, strict=True)):
        raise ValueError(
            f"{n} rows cannot be dealt out as {tuple(parts)}: every row belongs to one part, and no part may be empty"
        )
    order = np.random.default_rng(seed).permutation(n)
    pieces = [order[start:end] for start, end in zip(starts, ends, strict=True)]
    assert len(set(np.concatenate(pieces))) == sum(map(len, pieces)), "a row landed in two parts"
    return tuple(frame.iloc[piece] for piece in pieces)


def split_groups(frame: pd.DataFrame, groups: ArrayLike, fractions: Sequence[float], seed) -> tuple[pd.DataFrame, ...]:
    """As `split`, but rows of one group land in the same part: relatives do not meet across the cut.

    The groups are put in a random order; each goes to the part in which its middle row falls. So a part may be larger
    or smaller than asked for, by up to the size of a group.
    Parameters: groups, one label a row (N,); fractions that sum to 1; seed, an integer or a numpy Generator.
    Raises: ValueError if there is not one label a row, the fractions do not sum to 1, or a part would be empty.
    """
    if np.shape(groups) != (len(frame),):
        raise ValueError(f"{len(frame)} rows need one group each; groups have shape {np.shape(groups)}")
    if abs(sum(fractions) - 1) > 1e-9:
        raise ValueError(f"fractions must sum to 1; {tuple(fractions)} sum to {sum(fractions):g}")
    labels, group = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(labels))
    sizes = np.bincount(group)[order]
    part = np.empty(len(labels), dtype=int)
    part[order] = np.searchsorted(np.cumsum(fractions)[:-1] * len(frame), np.cumsum(sizes) - sizes / 2, side="right")
    pieces = [np.flatnonzero(part[group] == i) for i in range(len(fractions))]
    if min(map(len, pieces)) == 0:
        raise ValueError(f"the groups are too large, or too few, to fill the parts {tuple(fractions)}")
    return tuple(frame.iloc[piece] for piece in pieces)


def make_loader(
    frame: pd.DataFrame, batch_size: int, window: int | None = None, shuffle: bool = False, seed: int = 0,
    *, columns: Sequence[str] = COLUMNS, alphabets: Sequence[Sequence[str]] = (NUCLEOTIDES, STATES),
) -> DataLoader:  # fmt: skip
    """Batches of x (B, L) int64 and y (B, L) int64, the codes of dna and hidden_state (or of two other columns).

    Where sequences of a batch differ in length, the shorter ones end in PAD (-100), in x and in y.
    window: cut every sequence into pieces of this many positions first (the last piece may be shorter).
    shuffle: a new order every epoch, drawn from the loader's own generator, which starts at `seed`.
    columns, alphabets: what stands in x and in y, text or sequences of tokens, and the symbols of each.
    Raises: ValueError naming the row and what is wrong with it; if a column is missing or there are no rows; if
    batch_size or window is not a whole number of at least 1.
    """
    batch_size = whole_number("batch_size", batch_size)
    window = None if window is None else whole_number("window", window)
    pairs = []
    for x, y in _encode_rows(frame, columns, alphabets):
        for start in range(0, len(x), window or len(x)):
            piece = slice(start, start + (window or len(x)))
            pairs.append((torch.from_numpy(x[piece]), torch.from_numpy(y[piece])))
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(pairs, batch_size, shuffle=shuffle, generator=generator, collate_fn=pad_batch)


def pad_batch(pairs: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of x (L_i,) and y (L_i,) as one x (B, L) and one y (B, L): L is the longest, PAD follows the shorter."""
    xs, ys = zip(*pairs, strict=True)
    return tuple(pad_sequence(column, batch_first=True, padding_value=PAD) for column in (xs, ys))


def _encode_rows(
    frame: pd.DataFrame, columns: Sequence[str] = COLUMNS, alphabets: Sequence[Sequence[str]] = (NUCLEOTIDES, STATES)
) -> list[tuple[np.ndarray, np.ndarray]]:
    for column in columns:
        if list(frame.columns).count(column) != 1:
            raise ValueError(f"the frame must have one column {column!r}; it has {quoted(list(frame.columns))}")
    if len(frame) == 0:
        raise ValueError("no rows: the frame is empty")
    rows = enumerate(zip(*(frame[column] for column in columns), strict=True))
    return [_encode_row(row, f"row {i}", columns, alphabets) for i, row in rows]


def _encode_row(
    row: tuple, where: str, columns: Sequence[str] = COLUMNS, alphabets: Sequence[Sequence[str]] = (NUCLEOTIDES, STATES)
) -> tuple[np.ndarray, np.ndarray]:
    codes = []
    for column, tokens, alphabet in zip(columns, row, alphabets, strict=True):
        if not isinstance(tokens, (str, tuple, list)):
            raise ValueError(f"{where}, column {column}: not text but {quoted(tokens)}")
        try:
            codes.append(encode(tokens, alphabet))
        except ValueError as error:
            raise ValueError(f"{where}, column {column}: {error}") from None
    lengths = [len(c) for c in codes]
    if lengths[0] != lengths[1] or not lengths[0]:
        names = ("nucleotides", "states") if columns == COLUMNS else (f"symbols in {columns[0]}", f"in {columns[1]}")
        raise ValueError(f"{where}: {lengths[0]} {names[0]}, but {lengths[1]} {names[1]}")
    return tuple(codes)
