"""scaling.streaming: nothing comes twice, nothing is left out, and the seed decides the rest."""

from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from course_utils.datasets import PAD, make_loader, pad_batch, to_frame
from course_utils.gru import GRUTagger
from course_utils.hmm import STICKY, TOY, filter_probabilities, sticky
from course_utils.prediction import predict
from course_utils.scaling import streaming
from course_utils.scaling.streaming import SimulatedStream, bucket_batches, padding_share, stream_loader
from course_utils.training import evaluate, fit

quick = settings(max_examples=40, deadline=None)
some_lengths = st.lists(st.integers(1, 60), min_size=1, max_size=80)
sizes = st.integers(1, 9)
LONG = 60  # two random sequences of this length are not equal by chance


def rows(stream, n):
    """The first n pairs as a list of tuples, easy to compare."""
    return [(*x.tolist(), *y.tolist()) for x, y in islice(stream, n)]


@pytest.mark.parametrize("hmm", [TOY, STICKY])
def test_the_stream_is_the_chain(hmm):
    pairs = list(islice(SimulatedStream(hmm, 200, seed=0), 500))
    x, y = (torch.stack(column) for column in zip(*pairs, strict=True))
    assert x.shape == y.shape == (500, 200) and x.dtype == y.dtype == torch.int64
    stays = (y[:, 1:] == y[:, :-1]).float()
    for state in range(2):
        assert stays[y[:, :-1] == state].mean() == pytest.approx(hmm.transition[state, state], abs=0.02)
        shares = torch.bincount(x[y == state], minlength=4) / (y == state).sum()
        assert shares.numpy() == pytest.approx(hmm.emission[state], abs=0.02)


@quick
@given(seed=st.integers(0, 2**40), block=sizes, n=st.integers(0, 30))
def test_the_seed_decides_the_stream_and_each_iteration_starts_again(seed, block, n):
    stream = SimulatedStream(TOY, LONG, seed, block=block)
    first = rows(stream, n)
    assert first == rows(stream, n) == rows(SimulatedStream(TOY, LONG, seed, block=block), n)
    assert not set(first) & set(rows(SimulatedStream(TOY, LONG, seed + 1, block=block), 40))
    assert len(set(first)) == n


@quick
@given(world_size=st.integers(1, 4), n_workers=st.integers(0, 3), block=sizes, rounds=st.integers(1, 3))
def test_processes_and_workers_share_one_stream_out(world_size, n_workers, block, rounds):
    parts = []
    with pytest.MonkeyPatch.context() as patch:
        for rank in range(world_size):
            stream = SimulatedStream(TOY, LONG, 7, rank=rank, world_size=world_size, block=block)
            for i in range(max(n_workers, 1)):
                worker = SimpleNamespace(id=i, num_workers=n_workers) if n_workers else None
                patch.setattr(streaming, "get_worker_info", lambda worker=worker: worker)
                parts.append(rows(stream, rounds * block))
    together = [row for part in parts for row in part]
    assert len(set(together)) == len(together)
    alone = rows(SimulatedStream(TOY, LONG, 7, block=block), len(together))
    assert sorted(together) == sorted(alone), "what one process would have made"


def test_real_workers_see_nothing_twice():
    loader = DataLoader(SimulatedStream(TOY, LONG, seed=0, block=8), batch_size=4, num_workers=2, timeout=60)
    batches = list(islice(loader, 12))
    assert all(x.shape == y.shape == (4, LONG) for x, y in batches)
    seen = [row for x, y in batches for row in rows(zip(x, y, strict=True), 4)]
    assert len(set(seen)) == 48 and sorted(seen) == sorted(rows(SimulatedStream(TOY, LONG, 0, block=8), 48))


def test_a_stream_loader_goes_on_where_the_last_epoch_ended():
    loader = stream_loader(TOY, batch_size=5, length=LONG, n_batches=3, seed=4)
    assert len(loader) == 3
    epochs = [list(loader) for _ in range(4)]
    assert all(len(epoch) == 3 and all(x.shape == y.shape == (5, LONG) for x, y in epoch) for epoch in epochs)
    seen = [row for epoch in epochs for x, y in epoch for row in rows(zip(x, y, strict=True), 5)]
    assert seen == rows(SimulatedStream(TOY, LONG, seed=4, block=5), 60)
    assert len(set(seen)) == 60


def test_fit_trains_on_a_stream_as_on_any_loader():
    def trained():
        model = GRUTagger(seed=0)
        history = fit(
            model, stream_loader(TOY, 50, 50, 20, seed=1), epochs=3, learning_rate=0.02, seed=0, verbose=False
        )
        return model, history

    (model, history), (again, _) = trained(), trained()
    assert len(history) == 3 and len(history.attrs["steps"]) == 60
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    loader = stream_loader(TOY, 100, 100, 3, seed=2)
    x, y = map(torch.cat, zip(*stream_loader(TOY, 100, 100, 3, seed=2), strict=True))
    exact = np.take_along_axis(filter_probabilities(TOY, x.numpy()), y.numpy()[..., None], -1)
    assert evaluate(model, loader)["nll"] == pytest.approx(-np.log(exact).mean(), abs=0.005)


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(block=2.5), "block must be a whole number of at least 1; got 2.5"),
        (dict(world_size=0), "world_size must be a whole number of at least 1; got 0"),
        (dict(rank=2, world_size=2), r"rank must be one of 0\.\.1, .* got 2"),
        (dict(rank=-1), r"rank must be one of 0\.\.0, .* got -1"),
        (dict(seed=-1), "seed must be a whole number of at least 0; got -1"),
        (dict(seed=None), "seed must be a whole number of at least 0; got None"),
    ],
)
def test_a_stream_that_cannot_be_is_refused_at_once(changes, message):
    with pytest.raises(ValueError, match=message):
        SimulatedStream(**dict(hmm=TOY, length=10, seed=0) | changes)


@quick
@given(some_lengths, sizes, st.integers(0, 99), sizes)
def test_every_index_comes_exactly_once_an_epoch(lengths, batch_size, seed, bucket_size):
    batches = bucket_batches(lengths, batch_size, seed, bucket_size)
    for _ in range(3):
        epoch = list(batches)
        assert sorted(i for batch in epoch for i in batch) == list(range(len(lengths)))
        assert len(epoch) == len(batches)
        short = [batch for batch in epoch if len(batch) != batch_size]
        assert len(short) == (len(lengths) % batch_size > 0) and all(0 < len(batch) < batch_size for batch in short)


@quick
@given(some_lengths, sizes, st.integers(0, 99), sizes)
def test_the_seed_decides_the_order_of_every_epoch(lengths, batch_size, seed, bucket_size):
    a, b = (bucket_batches(lengths, batch_size, seed, bucket_size) for _ in range(2))
    assert [list(a) for _ in range(3)] == [list(b) for _ in range(3)]
    a.generator.manual_seed(seed)
    assert list(a) == list(bucket_batches(np.array(lengths), batch_size, seed, bucket_size))


@pytest.mark.parametrize("bucket_size", [1, 4, 20])
def test_every_epoch_and_every_seed_has_an_order_of_its_own(bucket_size):
    lengths = np.random.default_rng(0).integers(1, 30, 80)
    a, b = (bucket_batches(lengths, 4, seed, bucket_size) for seed in (0, 1))
    orders = [list(a), list(a), list(b), list(b)]
    assert all(orders[i] != orders[j] for i in range(4) for j in range(i))


@quick
@given(some_lengths, sizes, st.integers(0, 99))
def test_one_bucket_of_everything_pads_as_little_as_sorting(lengths, batch_size, seed):
    order = np.argsort(lengths).tolist()
    by_length = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    one_bucket = padding_share(lengths, bucket_batches(lengths, batch_size, seed, bucket_size=80))
    assert one_bucket == pytest.approx(padding_share(lengths, by_length))


def test_buckets_pad_less_and_their_batches_come_in_no_order():
    lengths = np.random.default_rng(0).lognormal(4.8, 0.8, 1000).astype(int).clip(20, 1000)
    shares = [padding_share(lengths, bucket_batches(lengths, 50, seed=0, bucket_size=n)) for n in (1, 5, 20)]
    assert shares[0] > 0.6 and shares[0] > shares[1] > shares[2] and shares[2] < 0.2
    longest = [max(lengths[batch]) for batch in bucket_batches(lengths, 50, seed=0, bucket_size=20)]
    assert longest != sorted(longest) and abs(np.corrcoef(longest, range(20))[0, 1]) < 0.6


@quick
@given(some_lengths, st.data())
def test_padding_share_is_the_share_of_pads_in_the_tensors(lengths, data):
    pairs = [(torch.zeros(n, dtype=torch.int64),) * 2 for n in lengths]
    chosen = st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=9)
    batches = data.draw(st.lists(chosen, min_size=1, max_size=9))
    pads = torch.cat([(x == PAD).flatten() for x, _ in DataLoader(pairs, batch_sampler=batches, collate_fn=pad_batch)])
    assert padding_share(lengths, batches) == pytest.approx(pads.double().mean().item(), abs=1e-12)


def test_padding_share_by_hand():
    assert padding_share([5, 5, 5], [[0, 1], [2]]) == 0
    assert padding_share([1, 3], [[0, 1]]) == pytest.approx(2 / 6)
    assert padding_share([1, 3], [[0], [1]]) == 0


@pytest.mark.parametrize(
    "batches, message",
    [
        ([], "no batches"),
        ([[0], []], r"batch 1 must hold indices of 0\.\.2; it is \[\]"),
        ([[0, 3]], r"batch 0 must hold indices of 0\.\.2; it is \[0, 3\]"),
        ([[-1]], r"batch 0 must hold indices"),
    ],
)
def test_padding_share_needs_batches_of_indices(batches, message):
    with pytest.raises(ValueError, match=message):
        padding_share([1, 2, 3], batches)


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(seed=-3), "seed must be a whole number of at least 0; got -3"),
        (dict(lengths=[]), r"lengths must be whole numbers \(N,\); got shape \(0,\)"),
        (dict(lengths=[[1, 2]]), r"got shape \(1, 2\)"),
        (dict(lengths=[1.5, 2]), "float64"),
        (dict(lengths=[3, 0]), "lengths must be at least 1; sequence 1 has 0"),
    ],
)
def test_bucket_batches_names_what_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        bucket_batches(**dict(lengths=[1, 2, 3], batch_size=2, seed=0) | changes)


@pytest.mark.parametrize("bidirectional", [False, True])
@settings(max_examples=15, deadline=None)
@given(lengths=some_lengths, batch_size=sizes, seed=st.integers(0, 99))
def test_predictions_are_those_of_each_sequence_alone(bidirectional, lengths, batch_size, seed):
    model = GRUTagger(hidden_size=5, bidirectional=bidirectional, seed=0)
    pairs = list(islice(SimulatedStream(sticky(0.9), 60, seed), len(lengths)))
    pairs = [(x[:n], y[:n]) for (x, y), n in zip(pairs, lengths, strict=True)]
    alone = [model(x[None])[0][0].softmax(-1).detach().numpy() for x, _ in pairs]
    batches = list(bucket_batches(lengths, batch_size, seed, bucket_size=3))
    for batch, (x, y) in zip(batches, DataLoader(pairs, batch_sampler=batches, collate_fn=pad_batch), strict=True):
        for i, row, states, probabilities in zip(batch, x, y, model(x)[0].softmax(-1).detach().numpy(), strict=True):
            n = lengths[i]
            assert torch.equal(row[:n], pairs[i][0]) and torch.equal(states[:n], pairs[i][1]) and (row[n:] == PAD).all()
            np.testing.assert_allclose(probabilities[:n], alone[i], rtol=0, atol=1e-6)
    dna = ["".join("ACGT"[symbol] for symbol in x) for x, _ in pairs]
    for prediction, expected in zip(predict(model, dna), alone, strict=True):
        np.testing.assert_allclose(prediction.probabilities, expected, rtol=0, atol=1e-6)


def test_fit_decides_the_order_of_buckets_by_its_own_seed():
    symbols, states = (
        torch.stack(column).numpy() for column in zip(*islice(SimulatedStream(TOY, 30, 0), 12), strict=True)
    )
    frame = to_frame(symbols, states)
    for column in frame:
        frame[column] = [text[: 3 + 2 * i] for i, text in enumerate(frame[column])]
    batches = bucket_batches(frame["dna"].str.len(), 3, seed=0, bucket_size=2)
    pairs = make_loader(frame, 1).dataset
    loader = DataLoader(pairs, batch_sampler=batches, generator=batches.generator, collate_fn=pad_batch)

    def weights(seed):
        model = GRUTagger(seed=0)
        fit(model, loader, epochs=2, learning_rate=0.02, seed=seed, verbose=False)
        return model.linear.weight

    assert torch.equal(weights(5), weights(5)) and not torch.equal(weights(5), weights(6))
