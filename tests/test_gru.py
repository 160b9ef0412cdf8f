"""gru.py against PyTorch's own cells with the same weights, and against the equations written out with floats."""

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.datasets import PAD
from course_utils.gru import GRUTagger, count_parameters, gru_step

SHAPES = [(False, 1), (False, 2), (True, 1), (True, 2)]
every_shape = pytest.mark.parametrize(("bidirectional", "n_layers"), SHAPES)


def random_codes(*shape, seed=0):
    return torch.randint(4, shape, generator=torch.Generator().manual_seed(seed))


def close(a, b, atol=1e-6):
    return torch.allclose(a, b, rtol=0, atol=atol)


def weights_of(module, end=""):
    return [getattr(module, name + end) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


@pytest.mark.parametrize(("batch", "size_in", "size"), [(1, 1, 1), (3, 4, 10), (7, 5, 2)])
def test_a_step_is_that_of_the_gru_cell(batch, size_in, size):
    torch.manual_seed(0)
    cell, x, h = nn.GRUCell(size_in, size), torch.randn(batch, size_in), torch.randn(batch, size)
    assert close(gru_step(x, h, *weights_of(cell)), cell(x, h))


def test_steps_in_a_row_are_the_gru():
    torch.manual_seed(0)
    gru, x, h = nn.GRU(4, 10, batch_first=True), torch.randn(3, 30, 4), torch.randn(1, 3, 10)
    expected, last = gru(x, h)
    h = h[0]
    for t in range(30):
        h = gru_step(x[:, t], h, *weights_of(gru, "_l0"))
        assert close(h, expected[:, t])
    assert close(h, last[0])


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 10**6), st.floats(0.1, 30))
def test_the_memory_never_leaves_the_range_it_started_in(seed, scale):
    random = torch.Generator().manual_seed(seed)
    x, h, *weights = (
        scale * torch.randn(shape, generator=random) for shape in [(2, 3), (2, 5), (15, 3), (15, 5), (15,), (15,)]
    )
    assert gru_step(x, h, *weights).abs().max() <= max(1, h.abs().max()) + 1e-5


@every_shape
def test_logits_are_embedding_then_gru_then_linear(bidirectional, n_layers):
    model = GRUTagger(5, 3, 6, 7, n_layers, bidirectional, seed=1)
    weights = model.state_dict()
    gru = nn.GRU(6, 7, n_layers, batch_first=True, bidirectional=bidirectional)
    gru.load_state_dict({name[4:]: w for name, w in weights.items() if name.startswith("gru.")})
    x = random_codes(3, 20)
    vectors, last = gru(weights["embedding.weight"][x])
    logits, hidden = model(x)
    assert close(logits, vectors @ weights["linear.weight"].T + weights["linear.bias"])
    assert close(hidden, last)
    assert logits.shape == (3, 20, 3) and hidden.shape == (n_layers * (1 + bidirectional), 3, 7)


@pytest.mark.parametrize("n_layers", [1, 2])
def test_reading_in_two_halves_with_the_memory_handed_over_is_reading_at_once(n_layers):
    model, x = GRUTagger(n_layers=n_layers, seed=0), random_codes(3, 20)
    first, hidden = model(x[:, :8])
    second, hidden = model(x[:, 8:], hidden)
    whole, last = model(x)
    assert close(torch.cat([first, second], 1), whole) and close(hidden, last)


@every_shape
def test_a_sequence_alone_and_in_a_padded_batch_get_the_same(bidirectional, n_layers):
    model = GRUTagger(bidirectional=bidirectional, n_layers=n_layers, seed=0)
    rows = [random_codes(length, seed=length) for length in (3, 40, 1, 17)]
    batch = torch.full((4, 50), PAD)
    for i, row in enumerate(rows):
        batch[i, : len(row)] = row
    memory = torch.randn(n_layers * (1 + bidirectional), 4, 10, generator=torch.Generator().manual_seed(0))
    for start in (None, memory):
        logits, hidden = model(batch, start)
        assert logits.shape[:2] == (4, 50)
        for i, row in enumerate(rows):
            alone, last = model(row[None], None if start is None else memory[:, i : i + 1].contiguous())
            assert close(logits[i, : len(row)], alone[0]) and close(hidden[:, i], last[:, 0])


@every_shape
def test_only_a_bidirectional_reader_sees_the_future(bidirectional, n_layers):
    model, x = GRUTagger(bidirectional=bidirectional, n_layers=n_layers, seed=0), random_codes(2, 40)
    flipped = x.clone()
    flipped[:, 25] = 3 - x[:, 25]
    change = (model(flipped)[0] - model(x)[0]).abs().amax((0, 2))
    assert (change[25:30] > 0).all()
    assert (change[20:25] > 0).all() if bidirectional else (change[:25] == 0).all()


@pytest.mark.parametrize("sizes", [(), *product([4, 64], [3], [1, 4], [10], [1, 3], [False, True])])
def test_the_formula_counts_what_pytorch_holds(sizes):
    assert count_parameters(*sizes) == sum(p.numel() for p in GRUTagger(*sizes).parameters())


def test_the_seed_decides_the_weights_and_leaves_the_global_stream_alone():
    def same(a, b):
        return all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))

    a, b = GRUTagger(seed=0), GRUTagger(seed=1)
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    assert same(GRUTagger(seed=0), a) and not same(a, b)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert same(GRUTagger(), b)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(2, 3), r"type int64; got shape \(2, 3\), torch.float32"),
        (torch.zeros(3, dtype=torch.int64), r"\(B, L\).*got shape \(3,\)"),
        (torch.zeros(2, 0, dtype=torch.int64), r"got shape \(2, 0\)"),
        (torch.tensor([[0, 1], [2, 4]]), "sequence 1, position 1: code 4 is not a symbol"),
        (torch.tensor([[0, 1], [-1, 2]]), "sequence 1, position 0: code -1 is not a symbol"),
        (torch.tensor([[0, PAD, 1]]), "sequence 0, position 1: code -100 is not a symbol"),
        (torch.tensor([[0, PAD, -1]]), "sequence 0, position 2: code -1 is not a symbol"),
        (torch.tensor([[0, 1], [PAD, PAD]]), "sequence 1, position 0: code -100 is not a symbol"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(x, message):
    with pytest.raises(ValueError, match=message):
        GRUTagger(seed=0)(x)
