"""Symbols to integers and back (lesson 02)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_utils.inputs import quoted

NUCLEOTIDES = "ACGT"
STATES = "HL"

#: Stands in x and y where a batch has no symbol: after the end of a sequence. PyTorch's losses skip it by default.
PAD = -100


def encode(sequence: str | Sequence[str], alphabet: str | Sequence[str]) -> np.ndarray:
    """The place of each symbol in the alphabet. Raises ValueError naming the first symbol that has none, and where.

    Parameters
    ----------
    sequence, alphabet : str, or sequences of tokens such as codons; the alphabet holds each symbol once

    Returns
    -------
    array of int64, shape (L,)
    """
    place = {symbol: code for code, symbol in enumerate(alphabet)}
    if len(place) != len(alphabet):
        raise ValueError(f"an alphabet holds each symbol only once; got {quoted(alphabet)}")
    if isinstance(sequence, str) and sequence.isascii() and len(alphabet) < 128:  # all letters at once; 255 is -1
        table = bytes(place.get(chr(i), 255) for i in range(256))
        codes = np.frombuffer(sequence.encode().translate(table), dtype=np.int8)
    else:
        codes = np.array([place.get(symbol, -1) for symbol in sequence], dtype=np.int64)
    if (codes < 0).any():
        position = int((codes < 0).argmax())
        raise ValueError(f"{quoted(sequence[position])} at position {position} is not in {quoted(alphabet)}")
    return codes.astype(np.int64)


def decode(codes: ArrayLike, alphabet: str | Sequence[str]) -> str:
    """The symbols behind the integers, joined to one string. Raises ValueError for a code that is none.

    Parameters
    ----------
    codes, alphabet : array of int from 0 to len(alphabet) - 1, shape (L,); as for `encode`
    """
    if np.ndim(codes) != 1:
        raise ValueError(f"decode takes one sequence, shape (L,); got shape {np.shape(codes)}")
    return "".join(np.array(list(alphabet), dtype=object)[_checked(codes, len(alphabet), quoted(alphabet))])


def one_hot(codes: ArrayLike, n_symbols: int) -> np.ndarray:
    """Each code as a row of zeros with a single one. Raises ValueError for a code that is none.

    Parameters
    ----------
    codes, n_symbols : array of int from 0 to n_symbols - 1, shape (..., L); int

    Returns
    -------
    array of float32, shape (..., L, n_symbols)
    """
    return np.eye(n_symbols, dtype=np.float32)[_checked(codes, n_symbols, f"{n_symbols} symbols")]


def _checked(codes: ArrayLike, n: int, of: str) -> np.ndarray:
    codes = np.asarray(codes)
    if codes.size and not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"codes must be integers; got {codes.dtype}")
    wrong = (codes < 0) | (codes >= n)  # with a negative one Python would count from the end
    if wrong.any():
        position = wrong.argmax()
        raise ValueError(f"code {codes.ravel()[position]} at position {position} is outside 0..{n - 1} of {of}")
    return codes.astype(np.int64)
