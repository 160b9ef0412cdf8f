"""From a file of sequences to batches of tensors, without a leak on the way (notebook 02)."""

import gzip
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import ArrayLike
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from course_utils.encoding import NUCLEOTIDES, STATES, decode, encode
from course_utils.hmm import TOY

#: Stands where a batch has no symbol: in x and in y, always after the end of a sequence. No symbol or state has this
#: code, and PyTorch's losses skip it in y (it is their default `ignore_index`).
PAD = -100

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
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    try:
        frame[COLUMNS].to_csv(partial, sep="\t", index=False, lineterminator="\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read_sequences(path: str | os.PathLike) -> pd.DataFrame:
    """Read tab-separated columns dna (A, C, G, T) and hidden_state (H, L) into a DataFrame of those two.

    Taken as they come: lower case (made upper), a byte-order mark, Windows line ends, blank lines at the end, spaces
    around a field, gzip (whatever the name), other columns (left out), columns in another order.
    Raises: ValueError with file, line and reason for anything else; OSError if the file cannot be opened.
    """
    lines = _read_text(Path(path)).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while not lines[-1].strip():
        lines.pop()
    header = lines[0].split("\t")
    if any(header.count(column) != 1 for column in COLUMNS):
        raise ValueError(
            f"{path}, line 1: the header must name dna and hidden_state, each once; it is {lines[0][:60]!r}"
        )
    if len(lines) == 1:
        raise ValueError(f"{path}: a header, but no sequences")
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split("\t")
        if len(fields) != len(header):
            raise ValueError(f"{path}, line {number}: {len(fields)} fields where the header has {len(header)}")
        rows.append([fields[header.index(column)].strip().upper() for column in COLUMNS])
        _encode_row(*rows[-1], where=f"{path}, line {number}")
    return pd.DataFrame(rows, columns=COLUMNS)


def _read_text(path: Path) -> str:
    content = path.read_bytes()
    try:
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        text = content.decode("utf-8-sig")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path}: a damaged gzip file ({error})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file (byte {error.start} is not UTF-8)") from None
    if not text.strip():
        raise ValueError(f"{path}: the file is empty")
    return text


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


def make_loader(
    frame: pd.DataFrame, batch_size: int, window: int | None = None, shuffle: bool = False, seed: int = 0
) -> DataLoader:
    """Batches of x (B, L) int64 and y (B, L) int64, the codes of dna and hidden_state.

    Where sequences of a batch differ in length, the shorter ones end in PAD (-100), in x and in y.
    window: cut every sequence into pieces of this many positions first (the last piece may be shorter).
    shuffle: a new order every epoch, drawn from the loader's own generator, which starts at `seed`.
    Raises: ValueError naming the row and what is wrong with it; if a column is missing or there are no rows; if
    batch_size or window is not a whole number of at least 1.
    """
    for name, size in (("batch_size", batch_size), ("window", window)):
        if (size is not None or name == "batch_size") and (not isinstance(size, (int, np.integer)) or size < 1):
            raise ValueError(f"{name} must be a whole number of at least 1; got {size!r}")
    pairs = []
    for x, y in _encode_rows(frame):
        for start in range(0, len(x), window or len(x)):
            piece = slice(start, start + (window or len(x)))
            pairs.append((torch.from_numpy(x[piece]), torch.from_numpy(y[piece])))
    generator = torch.Generator().manual_seed(seed)
    return DataLoader(pairs, batch_size, shuffle=shuffle, generator=generator, collate_fn=pad_batch)


def pad_batch(pairs: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of x (L_i,) and y (L_i,) as one x (B, L) and one y (B, L): L is the longest, PAD follows the shorter."""
    xs, ys = zip(*pairs, strict=True)
    return tuple(pad_sequence(column, batch_first=True, padding_value=PAD) for column in (xs, ys))


def _encode_rows(frame: pd.DataFrame) -> list[tuple[np.ndarray, np.ndarray]]:
    for column in COLUMNS:
        if list(frame.columns).count(column) != 1:
            raise ValueError(f"the frame must have one column {column!r}; it has {list(frame.columns)}")
    if len(frame) == 0:
        raise ValueError("no rows: the frame is empty")
    rows = zip(frame["dna"], frame["hidden_state"], strict=True)
    return [_encode_row(dna, hidden_state, where=f"row {i}") for i, (dna, hidden_state) in enumerate(rows)]


def _encode_row(dna: str, hidden_state: str, where: str) -> tuple[np.ndarray, np.ndarray]:
    codes = []
    for column, text, alphabet in zip(COLUMNS, (dna, hidden_state), (NUCLEOTIDES, STATES), strict=True):
        if not isinstance(text, str):
            raise ValueError(f"{where}, column {column}: not text but {text!r}")
        try:
            codes.append(encode(text, alphabet))
        except ValueError as error:
            raise ValueError(f"{where}, column {column}: {error}") from None
    if len(dna) != len(hidden_state) or not dna:
        raise ValueError(f"{where}: {len(dna)} nucleotides, but {len(hidden_state)} states")
    return tuple(codes)
