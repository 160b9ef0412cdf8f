"""Reading a genome in bins: letters counted, then a GRU over the counts (notebook 08)."""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from course_utils.encoding import NUCLEOTIDES
from course_utils.inputs import whole_number


def bin_counts(codes: ArrayLike, size: int) -> np.ndarray:
    """How often each letter stands in each bin: codes (L,) or (N, L) -> float32 (L // size, 4) or (N, L // size, 4).

    Letters after the last full bin are left out; codes above 3 (ambiguous letters) are counted nowhere.
    Raises: ValueError if size is not a whole number of at least 1, or there is not one full bin.
    """
    binned = _cut(codes, size)
    return np.stack([(binned == code).sum(-1) for code in range(len(NUCLEOTIDES))], axis=-1).astype(np.float32)


def bin_states(states: ArrayLike, size: int) -> np.ndarray:
    """The state of most letters in each bin (two states; H if there are as many): (N, L) -> int64 (N, L // size).

    Raises: ValueError as `bin_counts`, or for a state that is neither 0 nor 1.
    """
    binned = _cut(states, size)
    if not np.isin(binned, (0, 1)).all():
        raise ValueError("bins are for two states, 0 and 1")
    return (binned.mean(-1) > 0.5).astype(np.int64)


def _cut(values: ArrayLike, size: int) -> np.ndarray:
    """(..., L) -> (..., L // size, size)."""
    values = np.asarray(values)
    size = whole_number("size", size)
    if values.ndim == 0 or values.shape[-1] < size:
        raise ValueError(f"needs at least one full bin; got size {size}, {values.shape}")
    n_bins = values.shape[-1] // size
    return values[..., : n_bins * size].reshape(*values.shape[:-1], n_bins, size)


class BinTagger(nn.Module):
    """Counts in, one row of state logits a bin out: a GRUTagger without the embedding.

    An embedding turns one letter into a vector. A bin of letters is a vector already: its four counts.
    seed: as in GRUTagger.  Raises: ValueError for a size that is not a whole number of at least 1.
    """

    def __init__(self, bin_size=50, n_states=2, hidden_size=16, bidirectional=True, *, seed=None):
        super().__init__()
        sizes = {"bin_size": bin_size, "n_states": n_states, "hidden_size": hidden_size}
        self.architecture = {name: whole_number(name, size) for name, size in sizes.items()}
        _, n_states, hidden_size = self.architecture.values()
        self.architecture["bidirectional"] = bool(bidirectional)
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.gru = nn.GRU(len(NUCLEOTIDES), hidden_size, batch_first=True, bidirectional=bidirectional)
            self.linear = nn.Linear(hidden_size * (2 if bidirectional else 1), n_states)

    def forward(self, counts: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits for every bin, and the hidden vector at the end: counts (B, L, 4) float32 -> (B, L, S), (D, B, H).

        Raises: ValueError for another shape or type.
        """
        if counts.ndim != 3 or counts.shape[-1] != len(NUCLEOTIDES) or counts.dtype != torch.float32:
            raise ValueError(f"counts must be (B, L, 4) of type float32; got {tuple(counts.shape)}, {counts.dtype}")
        size = self.architecture["bin_size"]
        # the counts of equally likely letters have mean size / 4 and variance size * 3 / 16: now 0 and 1
        vectors, hidden = self.gru((counts - size / 4) / math.sqrt(size * 3 / 16), hidden)
        return self.linear(vectors), hidden
