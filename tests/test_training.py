"""training.py against a loop and averages written out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import log_softmax
from torch.utils.data import DataLoader

from course_utils.datasets import make_loader, pad_batch, to_frame
from course_utils.gru import GRUTagger
from course_utils.hmm import TOY, filter_probabilities, simulate
from course_utils.training import evaluate, fit, one_thread, reading

SETTINGS = dict(epochs=2, learning_rate=0.02, seed=0, verbose=False)
FRAME = to_frame(*simulate(TOY, 8, 20, seed=0))
RAGGED = FRAME.assign(**{c: [FRAME[c][i][:n] for i, n in enumerate([3, 20, 1, 7, 2, 12, 5, 9])] for c in FRAME})


def trained(seed=0, loader=None, **changes):
    model = GRUTagger(seed=1)
    return model, fit(model, loader or make_loader(FRAME, 3, shuffle=True), **SETTINGS | {"seed": seed} | changes)


def same_weights(a, b, atol=0.0):
    return all(torch.allclose(p, q, rtol=0, atol=atol) for p, q in zip(a.parameters(), b.parameters(), strict=True))


def test_evaluate_averages_over_positions_not_over_batches():
    model, loader = GRUTagger(seed=0), make_loader(RAGGED, 3)
    nll, right, batch_means = [], [], []
    for x, y in make_loader(RAGGED, 1):
        log_p = log_softmax(model(x)[0][0].detach().double().numpy(), axis=-1)
        nll.append(-log_p[np.arange(y.shape[1]), y[0]])
        right.append(log_p.argmax(-1) == y[0].numpy())
    for i in range(0, 8, 3):
        batch_means.append(np.concatenate(nll[i : i + 3]).mean())
    measured = evaluate(model, loader)
    assert measured["nll"] == pytest.approx(np.concatenate(nll).mean(), abs=1e-6)
    assert measured["accuracy"] == np.concatenate(right).mean()
    assert abs(np.mean(batch_means) - measured["nll"]) > 1e-4


def test_evaluate_needs_positions():
    with pytest.raises(ValueError, match="no positions"):
        evaluate(GRUTagger(seed=0), [])


@pytest.mark.parametrize("cosine", [True, False])
def test_fit_is_adam_with_clipped_gradients_and_ends_at_the_last_step(cosine):
    loader = make_loader(RAGGED, 3)
    model, by_hand = GRUTagger(seed=1), GRUTagger(seed=1)
    for start in (model, by_hand):
        start.linear.weight.data *= 20  # gradients long enough to be clipped
    history = fit(model, loader, make_loader(FRAME, 4), cosine=cosine, **SETTINGS)
    adam = torch.optim.Adam(by_hand.parameters())
    losses, norms = [], []
    for step, (x, y) in enumerate([*loader, *loader]):
        adam.param_groups[0]["lr"] = 0.02 * ((1 + math.cos(math.pi * step / 6)) / 2 if cosine else 1)
        log_p = by_hand(x)[0].log_softmax(-1)
        loss = -log_p.gather(-1, y.clamp(min=0)[..., None])[..., 0][y >= 0].mean()
        adam.zero_grad()
        loss.backward()
        norm = torch.sqrt(sum((p.grad**2).sum() for p in by_hand.parameters()))
        for p in by_hand.parameters():
            p.grad *= min(1, 1 / norm)
        adam.step()
        losses.append(loss.item())
        norms.append(norm.item())
    assert max(norms) > 1
    assert history.attrs["steps"] == pytest.approx(losses, abs=1e-5)
    assert same_weights(model, by_hand, atol=1e-5)
    positions = [24, 21, 14]
    assert history["train_nll"].tolist() == pytest.approx(
        [np.average(losses[i : i + 3], weights=positions) for i in (0, 3)], abs=1e-5
    )


@pytest.mark.parametrize("own_generator", [True, False])
def test_the_seed_decides_everything_and_the_global_stream_stays(own_generator):
    pairs = make_loader(FRAME, 3).dataset
    loader = DataLoader(pairs, 3, shuffle=True, collate_fn=pad_batch)
    loader = make_loader(FRAME, 3, shuffle=True) if own_generator else loader
    before = torch.random.get_rng_state()
    (a, history_a), (b, history_b), (c, _) = (trained(seed, loader) for seed in (3, 3, 4))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert same_weights(a, b) and history_a.attrs["steps"] == history_b.attrs["steps"]
    pd.testing.assert_frame_equal(history_a, history_b, check_exact=True)
    assert not same_weights(a, c)


def test_the_history_has_a_row_an_epoch_and_a_loss_a_step():
    _, history = trained(epochs=3)
    assert list(history) == ["epoch", "train_nll"] and history["epoch"].tolist() == [1, 2, 3]
    assert len(history.attrs["steps"]) == 9
    model, history = trained(validation_loader=make_loader(RAGGED, 3))
    assert list(history) == ["epoch", "train_nll", "validation_nll", "validation_accuracy"]
    measured = evaluate(model, make_loader(RAGGED, 2))
    assert history["validation_nll"].iloc[-1] == pytest.approx(measured["nll"], abs=1e-6)
    assert history["validation_accuracy"].iloc[-1] == measured["accuracy"]


def test_one_line_an_epoch_or_nothing(capsys):
    trained(epochs=3, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [["epoch", str(i), "train_nll"] for i in (1, 2, 3)]
    trained(epochs=3)
    assert capsys.readouterr() == ("", "")


def test_a_short_training_on_the_toy_chain_ends_near_the_filter():
    model = GRUTagger(seed=0)
    fit(model, make_loader(to_frame(*simulate(TOY, 200, 500, seed=1)), 100, window=50, shuffle=True),
        **SETTINGS | {"epochs": 3})  # fmt: skip
    symbols, states = simulate(TOY, 100, 500, seed=2)
    exact = filter_probabilities(TOY, symbols)
    with reading(model):
        log_q = model(torch.from_numpy(symbols))[0].double().log_softmax(-1).numpy()
    assert 0 < (exact * (np.log(exact) - log_q)).sum(-1).mean() < 0.003
    bayes = -np.log(np.take_along_axis(exact, states[..., None], -1)).mean()
    assert evaluate(model, make_loader(to_frame(symbols, states), 100))["nll"] == pytest.approx(bayes, abs=0.004)


def test_a_loss_that_is_not_a_number_stops_training_and_puts_everything_back():
    model, threads, stream = GRUTagger(seed=0), torch.get_num_threads(), torch.random.get_rng_state()
    model.linear.weight.data[0, 0] = math.nan
    with pytest.raises(FloatingPointError, match=r"loss nan in epoch 1: lower the rate of 0\.02"):
        fit(model, make_loader(FRAME, 3), **SETTINGS)
    assert torch.get_num_threads() == threads and torch.equal(torch.random.get_rng_state(), stream)


@pytest.mark.parametrize("changes", [{"epochs": 0}, {"epochs": 1.5}, {"learning_rate": 0}, {"learning_rate": math.nan}])
def test_settings_that_make_no_sense_are_refused(changes):
    with pytest.raises(ValueError, match=f"{next(iter(changes))} must be"):
        trained(**changes)


def test_a_loader_without_batches_is_refused():
    with pytest.raises(ValueError, match="the loader not empty"):
        fit(GRUTagger(seed=0), [], **SETTINGS)


@pytest.mark.parametrize("training", [True, False])
def test_reading_and_training_use_one_thread_and_put_everything_back(training):
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        model = GRUTagger(seed=0).train(training)
        model.gru.register_forward_hook(
            lambda *_: seen.append((model.training, torch.is_grad_enabled(), torch.get_num_threads()))
        )
        evaluate(model, make_loader(FRAME, 8))
        assert model.training == training
        fit(model, make_loader(FRAME, 8), **SETTINGS | {"epochs": 1})
        assert seen == [(False, False, 1), (True, True, 1)] and torch.get_num_threads() == 2
        model.train(training)
        with pytest.raises(RuntimeError, match="stop"), reading(model), one_thread():
            assert not model.training
            raise RuntimeError("stop")
        assert model.training == training and torch.get_num_threads() == 2 and torch.is_grad_enabled()
    finally:
        torch.set_num_threads(before)
