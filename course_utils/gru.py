"""The gated recurrent unit from its equations, and the tagger built on PyTorch's (lesson 04)."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_utils.encoding import PAD
from course_utils.inputs import whole_number


def gru_step(x: Tensor, h: Tensor, w_x: Tensor, w_h: Tensor, b_x: Tensor, b_h: Tensor) -> Tensor:
    """One step of a GRU: the new hidden vector, shape (B, D), from the input and the old hidden vector.

    Parameters
    ----------
    x, h : shapes (B, E) and (B, D)
    w_x, w_h, b_x, b_h : shapes (3D, E), (3D, D), (3D,), (3D,); reset gate, update gate, candidate, as in `nn.GRU`

    References
    ----------
    The equations of `torch.nn.GRU`. Cho et al. (2014) apply the reset gate before the matrix product with h.
    """
    x_reset, x_update, x_new = (x @ w_x.T + b_x).chunk(3, dim=-1)
    h_reset, h_update, h_new = (h @ w_h.T + b_h).chunk(3, dim=-1)
    reset = torch.sigmoid(x_reset + h_reset)  # how much of the memory the candidate may see
    update = torch.sigmoid(x_update + h_update)  # how much of the old memory stays
    candidate = torch.tanh(x_new + reset * h_new)
    return update * h + (1 - update) * candidate


def count_parameters(n_symbols=4, n_states=2, embedding_size=4, hidden_size=10, n_layers=1, bidirectional=False) -> int:
    """The number of weights of a GRUTagger, by formula; the sizes are those of `GRUTagger`."""
    directions = 2 if bidirectional else 1
    size_in, total = embedding_size, n_symbols * embedding_size
    for _ in range(n_layers):
        # three gates, each with a matrix for the input, one for the hidden vector, and two biases
        total += directions * 3 * hidden_size * (size_in + hidden_size + 2)
        size_in = directions * hidden_size
    return total + (directions * hidden_size + 1) * n_states


class GRUTagger(nn.Module):
    """Symbols in, one row of state logits a position out: embedding -> GRU -> linear.

    Called with codes (B, L) int64, which may end in PAD, and a hidden vector (layers * directions, B, D) or None, it
    gives logits (B, L, S) and the hidden vector after each last symbol. Raises ValueError for a code that is no symbol.

    Parameters
    ----------
    n_symbols, n_states, embedding_size, hidden_size, n_layers : int, at least 1
    bidirectional : bool
    seed : int, draws the first weights and leaves the global random state alone; None draws from the global one
    """

    def __init__(
        self, n_symbols=4, n_states=2, embedding_size=4, hidden_size=10, n_layers=1, bidirectional=False, *, seed=None
    ):
        super().__init__()
        sizes = dict(n_symbols=n_symbols, n_states=n_states, embedding_size=embedding_size, hidden_size=hidden_size)
        sizes = {name: whole_number(name, size) for name, size in (sizes | {"n_layers": n_layers}).items()}
        self.architecture = sizes | {"bidirectional": bool(bidirectional)}
        n_symbols, n_states, embedding_size, hidden_size, n_layers = sizes.values()
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.embedding = nn.Embedding(n_symbols, embedding_size)
            self.gru = nn.GRU(embedding_size, hidden_size, n_layers, batch_first=True, bidirectional=bidirectional)
            self.linear = nn.Linear(hidden_size * (2 if bidirectional else 1), n_states)

    def forward(self, x: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        if x.ndim != 2 or x.dtype != torch.int64 or x.numel() == 0:
            raise ValueError(f"x must be integer codes (B, L) of type int64; got shape {tuple(x.shape)}, {x.dtype}")
        n_symbols = self.embedding.num_embeddings
        is_symbol = (x >= 0) & (x < n_symbols)
        lengths = is_symbol.sum(1)
        in_sequence = torch.arange(x.shape[1], device=x.device) < lengths.clamp(min=1)[:, None]
        wrong = torch.where(in_sequence, ~is_symbol, x != PAD)  # symbols first, then PAD, and nothing else
        if wrong.any():
            row, position = wrong.nonzero()[0].tolist()
            what = f"sequence {row}, position {position}: code {x[row, position]} is not a symbol"
            raise ValueError(f"{what} (0..{n_symbols - 1}), or padding ({PAD}) stands before a symbol")
        embedded = self.embedding(x.clamp(min=0))
        if (lengths == x.shape[1]).all():
            vectors, hidden = self.gru(embedded, hidden)
        else:  # packing stops each sequence at its own end, so that a backward reader starts at the last real symbol
            packed = pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
            packed, hidden = self.gru(packed, hidden)
            vectors, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        return self.linear(vectors), hidden
