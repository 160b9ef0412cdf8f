"""Reading a genome in bins: letters counted, then a GRU over the counts."""

import math

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from course_utils.inputs import whole_number


def bin_counts(codes: ArrayLike, size: int) -> np.ndarray:
    """How often A, C, G, T stand in each full bin: codes (L,) or (N, L) -> float32 (..., L // size, 4)."""
    binned = _cut(codes, size)
    return np.stack([(binned == code).sum(-1) for code in range(4)], axis=-1).astype(np.float32)


def bin_states(states: ArrayLike, size: int) -> np.ndarray:
    """The state of most letters in each bin (of two states; H if there are as many): (N, L) -> int64 (N, L // size)."""
    return (_cut(states, size).mean(-1) > 0.5).astype(np.int64)


def _cut(values: ArrayLike, size: int) -> np.ndarray:
    """(..., L) -> (..., L // size, size)."""
    values = np.asarray(values)
    n_bins = values.shape[-1] // whole_number("size", size)
    return values[..., : n_bins * size].reshape(*values.shape[:-1], n_bins, size)


class BinTagger(nn.Module):
    """Counts in, one row of state logits a bin out: a GRUTagger whose bins are vectors already, their four counts."""

    def __init__(self, bin_size=50, n_states=2, hidden_size=16, bidirectional=True, *, seed=None):
        super().__init__()
        sizes = dict(bin_size=bin_size, n_states=n_states, hidden_size=hidden_size)
        sizes = {name: whole_number(name, size) for name, size in sizes.items()}
        self.architecture = sizes | {"bidirectional": bidirectional}
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.gru = nn.GRU(4, sizes["hidden_size"], batch_first=True, bidirectional=bidirectional)
            self.linear = nn.Linear(sizes["hidden_size"] * (2 if bidirectional else 1), sizes["n_states"])

    def forward(self, counts: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits for every bin, and the hidden vector at the end: counts (B, L, 4) float32 -> (B, L, S), (D, B, H)."""
        size = self.architecture["bin_size"]
        # the counts of equally likely letters have mean size / 4 and variance size * 3 / 16: now 0 and 1
        vectors, hidden = self.gru((counts - size / 4) / math.sqrt(size * 3 / 16), hidden)
        return self.linear(vectors), hidden
