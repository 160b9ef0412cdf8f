"""The gated recurrent unit from its equations, and the tagger built on PyTorch's (notebook 03)."""

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from course_utils.encoding import PAD
from course_utils.inputs import quoted, whole_number


def gru_step(x: Tensor, h: Tensor, w_x: Tensor, w_h: Tensor, b_x: Tensor, b_h: Tensor) -> Tensor:
    """One step of a GRU: the new hidden vector from the input and the old hidden vector.

    The weights are stacked as in `nn.GRU` (weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0): reset gate, update
    gate, candidate.
    Parameters: x (B, E), h (B, D), w_x (3D, E), w_h (3D, D), b_x (3D,), b_h (3D,).  Returns: (B, D).
    Source: the equations of `torch.nn.GRU`. They apply the reset gate after the matrix product with h;
    Cho et al. (2014) apply it before.
    """
    x_reset, x_update, x_new = (x @ w_x.T + b_x).chunk(3, dim=-1)
    h_reset, h_update, h_new = (h @ w_h.T + b_h).chunk(3, dim=-1)
    reset = torch.sigmoid(x_reset + h_reset)  # how much of the memory the candidate may see
    update = torch.sigmoid(x_update + h_update)  # how much of the old memory stays
    candidate = torch.tanh(x_new + reset * h_new)
    return update * h + (1 - update) * candidate


def count_parameters(n_symbols=4, n_states=2, embedding_size=4, hidden_size=10, n_layers=1, bidirectional=False) -> int:
    """The number of weights of a GRUTagger, by formula.  Raises: ValueError for a size below 1.

    >>> count_parameters(), count_parameters(hidden_size=1)
    (518, 41)
    """
    sizes = check_architecture(**locals())
    n_symbols, n_states, embedding_size, hidden_size, n_layers, _ = sizes.values()
    directions = 2 if bidirectional else 1
    total = n_symbols * embedding_size
    size_in = embedding_size
    for _ in range(n_layers):
        # three gates, each with a matrix for the input, one for the hidden vector, and two biases
        total += directions * 3 * hidden_size * (size_in + hidden_size + 2)
        size_in = directions * hidden_size
    return total + (directions * hidden_size + 1) * n_states


class GRUTagger(nn.Module):
    """Symbols in, one row of state logits a position out: embedding -> GRU -> linear.

    The arguments are sizes (positive integers) and are kept in `.architecture`, from which a checkpoint rebuilds the
    model.
    seed: draw the first weights from this seed, leaving the global random state alone; None draws from the global one.
    Raises: ValueError for a size that is not a whole number of at least 1, or a direction that is not True or False.
    """

    def __init__(
        self, n_symbols=4, n_states=2, embedding_size=4, hidden_size=10, n_layers=1, bidirectional=False, *, seed=None
    ):
        super().__init__()
        self.architecture = check_architecture(
            n_symbols=n_symbols,
            n_states=n_states,
            embedding_size=embedding_size,
            hidden_size=hidden_size,
            n_layers=n_layers,
            bidirectional=bidirectional,
        )
        n_symbols, n_states, embedding_size, hidden_size, n_layers, _ = self.architecture.values()
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.embedding = nn.Embedding(n_symbols, embedding_size)
            self.gru = nn.GRU(embedding_size, hidden_size, n_layers, batch_first=True, bidirectional=bidirectional)
            self.linear = nn.Linear(hidden_size * (2 if bidirectional else 1), n_states)

    def forward(self, x: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logits for every position, and the hidden vector after each sequence's last symbol.

        Parameters: x (B, L) int64 codes, shorter sequences ending in PAD = -100; hidden (layers * directions, B, D) or
        None for zeros.  Returns: logits (B, L, S) (at padded positions: of no meaning) and hidden, shaped like the
        argument. Padding never changes a prediction.  Raises: ValueError naming the first code that is neither a
        symbol nor padding after the end, or a shape or type that is not (B, L) int64.
        """
        lengths = self._lengths(x)
        embedded = self.embedding(x.clamp(min=0))
        if (lengths == x.shape[1]).all():
            vectors, hidden = self.gru(embedded, hidden)
        else:  # packing stops each sequence at its own end, so that a backward reader starts at the last real symbol
            packed = pack_padded_sequence(embedded, lengths.cpu(), batch_first=True, enforce_sorted=False)
            packed, hidden = self.gru(packed, hidden)
            vectors, _ = pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        return self.linear(vectors), hidden

    def _lengths(self, x: Tensor) -> Tensor:
        if x.ndim != 2 or x.dtype != torch.int64:
            raise ValueError(f"x must be integer codes (B, L) of type int64; got shape {tuple(x.shape)}, {x.dtype}")
        if x.numel() == 0:
            raise ValueError(f"x holds no symbols: its shape is {tuple(x.shape)}")
        is_symbol = (x >= 0) & (x < self.embedding.num_embeddings)
        lengths = is_symbol.sum(1)
        in_sequence = torch.arange(x.shape[1], device=x.device) < lengths[:, None]
        # every symbol before every PAD, and nothing else anywhere; a row without a symbol is wrong at position 0
        wrong = (is_symbol != in_sequence) | (~is_symbol & (x != PAD)) | (lengths == 0)[:, None]
        if wrong.any():
            row, position = wrong.nonzero()[0].tolist()
            raise ValueError(
                f"sequence {row}, position {position}: code {x[row, position]} is not a symbol "
                f"(0..{self.embedding.num_embeddings - 1}), or padding ({PAD}) stands before a symbol"
            )
        return lengths


def check_architecture(*, bidirectional: bool, **sizes: int) -> dict:
    """As a dict, sizes first.  Raises: ValueError for a size below 1, or a direction that is not True or False."""
    if not isinstance(bidirectional, bool):
        raise ValueError(f"bidirectional must be True or False; got {quoted(bidirectional)}")
    return {name: whole_number(name, size) for name, size in sizes.items()} | {"bidirectional": bidirectional}
