"""From a file of sequences to batches of tensors, without a leak on the way (lesson 03)."""

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
    """Simulated sequences as the table that a file holds: columns dna and hidden_state.

    Parameters
    ----------
    symbols, states : arrays of int, shape (N, L)
    """
    rows = [(decode(x, NUCLEOTIDES), decode(z, STATES)) for x, z in zip(*np.stack([symbols, states]), strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def make_toy_data() -> pd.DataFrame:
    """The rows of data/toy_hmm.tsv: 100 sequences of 500 from the toy chain, row i drawn with seed i."""
    return to_frame(*zip(*(TOY.sample(500, seed=i) for i in range(100)), strict=True))


def write_sequences(frame: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write dna and hidden_state as tab-separated text. The file appears whole or not at all.

    Parameters
    ----------
    frame, path : what `read_sequences` will give back, and where
    """
    _encode(frame)
    write_whole(path, frame[COLUMNS].to_csv(sep="\t", index=False, lineterminator="\n"))


def read_sequences(path: str | os.PathLike) -> pd.DataFrame:
    """Read tab-separated columns dna (A, C, G, T) and hidden_state (H, L), in upper or lower case, plain or gzip.

    Parameters
    ----------
    path : the file; its other columns are left out

    Returns
    -------
    DataFrame with columns dna and hidden_state, in upper case

    Raises
    ------
    OSError, or ValueError, which names the file, the line and what is wrong there
    """
    head, *lines = read_text(path).split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    names = [name.strip() for name in head.split("\t")]
    if any(names.count(column) != 1 for column in COLUMNS):
        raise ValueError(f"{path}, line 1: the header must name dna and hidden_state, each once; it is {quoted(head)}")
    rows = []
    for number, line in enumerate(lines, start=2):
        fields = line.split("\t")
        if len(fields) != len(names):
            raise ValueError(f"{path}, line {number}: {len(fields)} fields where the header has {len(names)}")
        rows.append([fields[names.index(column)].strip().upper() for column in COLUMNS])
    frame = pd.DataFrame(rows, columns=COLUMNS)
    _encode(frame, where=f"{path}, line", first=2)
    return frame


def split(frame: pd.DataFrame, parts: Sequence[float] | Sequence[int], seed) -> tuple[pd.DataFrame, ...]:
    """Deal the rows out at random, each to exactly one part: usually (train, validation, test).

    Parameters
    ----------
    frame, seed : DataFrame with N rows; int or numpy Generator
    parts : fractions that sum to 1, such as (.6, .2, .2), or counts that sum to N (otherwise ValueError); none empty
    """
    n = len(frame)
    whole, rows = (n, 1) if all(isinstance(part, (int, np.integer)) for part in parts) else (1, n)
    ends = np.floor(np.cumsum(parts) * rows + 0.5).astype(int)  # halves of a row go up
    if not abs(sum(parts) - whole) < 1e-9 or np.diff(ends, prepend=0).min() < 1:
        raise ValueError(f"{n} rows cannot be dealt out as {tuple(parts)}: the sum must be {whole}, no part empty")
    order = np.random.default_rng(seed).permutation(n)
    return tuple(frame.iloc[piece] for piece in np.split(order, ends[:-1]))


def make_loader(
    frame: pd.DataFrame, batch_size: int, window: int | None = None, shuffle: bool = False, seed: int = 0,
    *, columns: Sequence[str] = COLUMNS, alphabets: Sequence[Sequence[str]] = (NUCLEOTIDES, STATES),
) -> DataLoader:  # fmt: skip
    """Batches of x (B, L) int64 and y (B, L) int64. Shorter sequences of a batch end in PAD, in x and in y.

    Parameters
    ----------
    frame, batch_size : the table, and how many sequences a batch holds
    window : cut every sequence into pieces of this many positions first (the last piece may be shorter)
    shuffle, seed : a new order every epoch, drawn from the loader's own generator, which starts at seed
    columns, alphabets : what stands in x and in y, text or sequences of tokens, and the symbols of each

    Raises
    ------
    ValueError: names the row and what is wrong with it
    """
    batch_size, pairs = whole_number("batch_size", batch_size), []
    for row in _encode(frame, columns, alphabets):
        size = len(row[0]) if window is None else whole_number("window", window)
        pairs += zip(*(torch.from_numpy(codes).split(size) for codes in row), strict=True)
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(pairs, batch_size, shuffle=shuffle, generator=generator, collate_fn=pad_batch)


def pad_batch(pairs: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of x (L_i,) and y (L_i,) as one x (B, L) and one y (B, L): L is the longest, PAD follows the shorter."""
    return tuple(pad_sequence(column, batch_first=True, padding_value=PAD) for column in zip(*pairs, strict=True))


def _encode(frame, columns=COLUMNS, alphabets=(NUCLEOTIDES, STATES), where="row", first=0) -> list[list[np.ndarray]]:
    if len(frame) == 0 or not set(columns) <= set(frame.columns):
        raise ValueError(f"no {where}, or no column {' or '.join(columns)}, in {quoted(list(frame.columns))}")
    encoded = []
    for number, row in enumerate(zip(*(frame[column] for column in columns), strict=True), first):
        encoded.append([])
        for column, tokens, alphabet in zip(columns, row, alphabets, strict=True):
            try:
                encoded[-1].append(encode(tokens, alphabet))
            except (ValueError, TypeError) as error:  # TypeError: a missing value is no text
                raise ValueError(f"{where} {number}, column {column}: {error}") from None
        x, y = map(len, encoded[-1])
        if x != y or x == 0:
            raise ValueError(f"{where} {number}: {x} nucleotides, but {y} states")
    return encoded
