"""bins.py: counts against a plain loop, the reader of bins against PyTorch's GRU on counts standardised by hand."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import nn

from course_utils.genome import codes
from course_utils.genome.bins import BinTagger, bin_counts, bin_states
from course_utils.hmm import STICKY, simulate

quick = settings(max_examples=60, deadline=None)


def close(a, b):
    return torch.allclose(a, b, rtol=0, atol=1e-6)


@quick
@given(st.text("ACGTNRYacgtn", min_size=1, max_size=60), st.data())
@example("ACGT", None)
def test_counts_are_those_of_a_counter_and_unknown_letters_are_counted_nowhere(sequence, data):
    size = data.draw(st.integers(1, len(sequence))) if data else 4
    counts = bin_counts(codes(sequence), size)
    assert counts.dtype == np.float32 and counts.shape == (len(sequence) // size, 4)
    for i, row in enumerate(counts):
        letters = Counter(sequence[i * size : (i + 1) * size].upper())
        assert row.tolist() == [letters[letter] for letter in "ACGT"]
        assert row.sum() == size - sum(letters[letter] for letter in "NRY")


@quick
@given(st.lists(st.integers(0, 1), min_size=1, max_size=60), st.integers(1, 12))
@example([0, 1, 1, 0, 1, 1, 0, 0, 1], 4)
def test_the_state_of_a_bin_is_that_of_most_letters_and_h_if_there_are_as_many(states, size):
    size, expected = min(size, len(states)), []
    for start in range(0, len(states) - size + 1, size):
        piece = Counter(states[start : start + size])
        expected.append(0 if piece[0] >= piece[1] else 1)
    found = bin_states(states, size)
    assert found.dtype == np.int64 and found.tolist() == expected
    assert bin_states([states, states], size).tolist() == [expected, expected]


def test_bins_of_symbols_and_of_states_stand_side_by_side():
    symbols, states = simulate(STICKY, 3, 1037, seed=0)
    counts, most = bin_counts(symbols, 50), bin_states(states, 50)
    assert counts.shape == (3, 20, 4) and most.shape == (3, 20)
    gc = counts[..., 1:3].sum(-1)
    assert gc[most == 0].mean() > 28 > 22 > gc[most == 1].mean()  # 50 letters: 30 and 20 of them G or C, on the average


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("size", [1, 50])
def test_logits_are_those_of_a_gru_that_reads_standardised_counts(bidirectional, size):
    model = BinTagger(size, n_states=3, hidden_size=7, bidirectional=bidirectional, seed=1)
    weights = model.state_dict()
    gru = nn.GRU(4, 7, batch_first=True, bidirectional=bidirectional)
    gru.load_state_dict({name[4:]: w for name, w in weights.items() if name.startswith("gru.")})
    counts = bin_counts(np.random.default_rng(0).integers(4, size=(2, 9 * size)), size)
    # each letter is drawn with probability 1/4: binomial, mean n p, variance n p (1 - p)
    standardised = (counts - size * 0.25) / np.sqrt(size * 0.25 * 0.75)
    memory = torch.randn(1 + bidirectional, 2, 7, generator=torch.Generator().manual_seed(0))
    for hidden in (None, memory):
        vectors, last = gru(torch.tensor(standardised, dtype=torch.float32), hidden)
        logits, new = model(torch.from_numpy(counts), hidden)
        assert logits.shape == (2, 9, 3) and new.shape == (1 + bidirectional, 2, 7)
        assert close(logits, vectors @ weights["linear.weight"].T + weights["linear.bias"]) and close(new, last)


def test_counts_of_equally_likely_letters_come_out_with_mean_0_and_variance_1():
    read = []
    model = BinTagger(40, seed=0)
    model.gru.register_forward_hook(lambda module, inputs, output: read.append(inputs[0]))
    model(torch.from_numpy(bin_counts(np.random.default_rng(0).integers(4, size=(10, 40_000)), 40)))
    assert read[0].mean().abs() < 1e-5 and abs(read[0].var() - 1) < 0.02


def test_the_plain_reader_looks_both_ways_and_the_other_one_back_only():
    counts = torch.from_numpy(bin_counts(np.random.default_rng(0).integers(4, size=(1, 1000)), 50))
    other = counts.clone()
    other[:, 12] = counts[:, 12].flip(-1) + torch.tensor([1.0, -1, 2, -2])
    for model, sees_the_future in [(BinTagger(seed=0), True), (BinTagger(bidirectional=False, seed=0), False)]:
        change = (model(other)[0] - model(counts)[0]).abs().amax((0, 2))
        assert (change[12:15] > 0).all() and (change[9:12] > 0).all() == sees_the_future


def test_the_seed_decides_the_weights_and_leaves_the_global_stream_alone():
    def weights(model):
        return torch.cat([p.flatten() for p in model.parameters()])

    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    assert torch.equal(weights(BinTagger(seed=0)), weights(BinTagger(seed=0)))
    assert not torch.equal(weights(BinTagger(seed=0)), weights(BinTagger(seed=1)))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(weights(BinTagger()), weights(BinTagger(seed=1)))
