"""Symbols to integers and back (notebook 01)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_utils.inputs import quoted

NUCLEOTIDES = "ACGT"
STATES = "HL"

#: Stands where a batch has no symbol: in x and in y, always after the end of a sequence. No symbol or state has this
#: code, and PyTorch's losses skip it in y (it is their default `ignore_index`).
PAD = -100


def encode(sequence: str | Sequence[str], alphabet: str | Sequence[str]) -> np.ndarray:
    """The place of each symbol in the alphabet.

    Parameters: sequence, a string or a sequence of tokens (such as codons), length L;
    alphabet, the symbols in order, each once.  Returns: int64 (L,).
    Raises: ValueError naming the first symbol that is not in the alphabet and its position.

    >>> encode("GATTACA", NUCLEOTIDES).tolist()
    [2, 0, 3, 3, 0, 1, 0]
    >>> encode("GAN", NUCLEOTIDES)
    Traceback (most recent call last):
    ValueError: 'N' at position 2 is not in 'ACGT'
    """
    _check_alphabet(alphabet)
    if isinstance(sequence, str) and all(len(symbol) == 1 and ord(symbol) < 128 for symbol in alphabet):
        codes = _encode_characters(sequence, alphabet)
    else:
        place = {symbol: code for code, symbol in enumerate(alphabet)}
        sequence = list(sequence)
        codes = np.array([place.get(symbol, -1) for symbol in sequence], dtype=np.int64)
    if (codes < 0).any():
        position = int((codes < 0).argmax())
        raise ValueError(f"{quoted(str(sequence[position]))} at position {position} is not in {_show(alphabet)}")
    return codes.astype(np.int64)


def _encode_characters(sequence: str, alphabet: str | Sequence[str]) -> np.ndarray:
    """int8: one look-up in a table of all 128 ASCII characters instead of one search per symbol; -1 = unknown."""
    table = np.full(256, -1, dtype=np.int8)
    for code, symbol in enumerate(alphabet):
        table[ord(symbol)] = code
    if sequence.isascii():
        return np.frombuffer(sequence.encode("ascii").translate(table.tobytes()), dtype=np.int8)
    # UTF-32 spends exactly four bytes on every character, so position and index agree whatever was typed.
    characters = np.frombuffer(sequence.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    return table[np.minimum(characters, 128)]


def decode(codes: ArrayLike, alphabet: str | Sequence[str]) -> str:
    """The symbols behind the integers: the inverse of `encode`, joined to one string.

    Parameters: codes, integers (L,), each from 0 to len(alphabet) - 1.
    Raises: ValueError naming the first code out of range (negative ones too: Python's list[-1] would
    quietly give the last symbol), or if codes are not integers or not one-dimensional.

    >>> decode([2, 0, 3], NUCLEOTIDES)
    'GAT'
    >>> decode([2, -1], NUCLEOTIDES)
    Traceback (most recent call last):
    ValueError: code -1 at position 1 is outside 0..3 of 'ACGT'
    """
    _check_alphabet(alphabet)
    codes = _integers(codes)
    if codes.ndim != 1:
        raise ValueError(f"decode takes one sequence, shape (L,); got shape {codes.shape}")
    bad = (codes < 0) | (codes >= len(alphabet))
    if bad.any():
        position = int(bad.argmax())
        limit = len(alphabet) - 1
        raise ValueError(f"code {codes[position]} at position {position} is outside 0..{limit} of {_show(alphabet)}")
    return "".join(np.array(list(alphabet), dtype=object)[codes].tolist())


def one_hot(codes: ArrayLike, n_symbols: int) -> np.ndarray:
    """Each code as a row of zeros with a single one.

    Parameters: codes, integers (L,) or (..., L), each from 0 to n_symbols - 1.
    Returns: float32 (..., L, n_symbols).  Raises: ValueError for a code out of range or not an integer.

    >>> one_hot([1, 0], 3).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    codes = _integers(codes)
    if codes.size and not 0 <= codes.min() <= codes.max() < n_symbols:
        raise ValueError(
            f"codes run from {codes.min()} to {codes.max()}; {n_symbols} symbols have codes 0..{n_symbols - 1}"
        )
    return np.eye(n_symbols, dtype=np.float32)[codes]


def _integers(codes: ArrayLike) -> np.ndarray:
    codes = np.asarray(codes)
    if codes.size == 0:
        return codes.astype(np.int64)
    if not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"codes must be integers; got {codes.dtype}")
    return codes


def _check_alphabet(alphabet: str | Sequence[str]) -> None:
    if len(alphabet) == 0 or len(set(alphabet)) != len(alphabet) or not all(isinstance(s, str) for s in alphabet):
        raise ValueError(f"an alphabet needs at least one symbol, all strings, each only once; got {_show(alphabet)}")


def _show(alphabet: str | Sequence[str]) -> str:
    """'ACGT' as it is; 64 codons as the first few."""
    if isinstance(alphabet, str):
        return repr(alphabet)
    return (
        f"the {len(alphabet)} symbols {', '.join(map(repr, list(alphabet)[:4]))}{', ...' if len(alphabet) > 4 else ''}"
    )
