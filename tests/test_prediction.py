"""prediction.py against a softmax written out sequence by sequence."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.gru import GRUTagger
from course_utils.prediction import compare_tracks, predict
from course_utils.training import evaluate

MODELS = [GRUTagger(seed=0), GRUTagger(bidirectional=True, n_layers=2, seed=0)]
both_models = pytest.mark.parametrize("model", MODELS, ids=["causal", "bidirectional"])


def random_dna(*lengths, seed=0):
    random = np.random.default_rng(seed)
    return ["".join(random.choice(list("ACGT"), length)) for length in lengths]


def by_hand(model, dna):
    logits = model(torch.tensor([["ACGT".index(symbol) for symbol in dna]]))[0][0].detach().double().numpy()
    odds = np.exp(logits)
    return odds / odds.sum(-1, keepdims=True)


@both_models
def test_many_sequences_of_mixed_length_come_back_in_order_each_as_if_alone(model):
    sequences = random_dna(*np.random.default_rng(1).integers(1, 30, 130))
    predictions = predict(model, sequences)
    assert len(predictions) == 130
    for dna, prediction in zip(sequences, predictions, strict=True):
        expected = by_hand(model, dna)
        assert prediction.probabilities.shape == (len(dna), 2)
        assert np.allclose(prediction.probabilities, expected, rtol=0, atol=1e-6)
        assert prediction.states == "".join("HL"[i] for i in expected.argmax(-1))


@both_models
def test_one_sequence_is_a_list_of_one(model):
    (dna,) = random_dna(50)
    single, (listed,) = predict(model, dna), predict(model, [dna])
    assert single.states == listed.states and np.array_equal(single.probabilities, listed.probabilities)
    assert single.probabilities.dtype == np.float32
    assert np.allclose(single.probabilities.sum(-1), 1, atol=1e-6)
    with pytest.raises(dataclasses.FrozenInstanceError):
        single.states = ""


def test_lower_case_is_read_as_upper_case():
    lower, upper = predict(MODELS[0], ["gattaca", "GATTACA"])
    assert np.array_equal(lower.probabilities, upper.probabilities)


def test_other_alphabets_than_dna():
    model = GRUTagger(n_symbols=3, n_states=4, seed=0)
    prediction = predict(model, [["AAA", "CCC", "GGG"]], alphabet=["AAA", "CCC", "GGG"], states="WXYZ")[0]
    expected = model(torch.tensor([[0, 1, 2]]))[0][0].softmax(-1).detach().numpy()
    assert np.allclose(prediction.probabilities, expected, atol=1e-6)
    assert prediction.states == "".join("WXYZ"[i] for i in expected.argmax(-1))


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training):
    model = GRUTagger(seed=0).train(training)
    model.gru.register_forward_hook(lambda *_: modes.append((model.training, torch.is_grad_enabled())))
    modes, threads = [], torch.get_num_threads()
    predict(model, "ACGT")
    assert modes == [(False, False)]
    assert model.training == training and torch.is_grad_enabled() and torch.get_num_threads() == threads
    assert all(p.grad is None and p.requires_grad for p in model.parameters())


@pytest.mark.parametrize(
    ("dna", "message"),
    [
        ("", "sequence 0 is empty"),
        (["ACGT", ""], "sequence 1 is empty"),
        ("ACGTN", "sequence 0: 'N' at position 4 is not in 'ACGT'"),
        (["ACGT", "ACG", "A-C"], "sequence 2: '-' at position 1"),
        (["ACGT\n"], r"sequence 0: '\\n' at position 4"),
        ([["A", "AC"]], "sequence 0: 'AC' at position 1"),
    ],
)
def test_what_cannot_be_read_is_named(dna, message):
    with pytest.raises(ValueError, match=message):
        predict(MODELS[0], dna)


@pytest.mark.parametrize("alphabets", [{"alphabet": "ACG"}, {"states": "H"}, {"alphabet": "ACGTN", "states": "HLX"}])
def test_alphabets_must_fit_the_model(alphabets):
    with pytest.raises(ValueError, match=r"the model has \(4, 2\) symbols and states, the alphabets"):
        predict(MODELS[0], "ACG", **alphabets)


@pytest.mark.parametrize(
    "read", [lambda model: predict(model, "ACGT"), lambda model: evaluate(model, [(torch.tensor([[0, 1]]),) * 2])]
)
def test_a_model_that_gives_nan_is_refused_instead_of_read_as_its_first_state(read):
    model = GRUTagger(seed=0)
    model.linear.weight.data[1, 0] = torch.nan
    with pytest.raises(ValueError, match="the model gives NaN"):
        read(model)


def test_two_tracks_as_they_look():
    assert compare_tracks("HHLLH", "HLLLL", width=3).splitlines() == [
        "     0  truth       HHL",
        "                     *",
        "        prediction  HLL",
        "",
        "     3  truth       LH",
        "                     *",
        "        prediction  LL",
    ]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 200), st.integers(1, 90), st.integers(0, 1000))
def test_tracks_come_back_from_the_blocks_with_a_star_at_every_difference(length, width, seed):
    random = np.random.default_rng(seed)
    truth, prediction = ("".join(random.choice(list("HL"), length)) for _ in range(2))
    lines = compare_tracks(truth, prediction, width).split("\n")
    upper, marks, lower = ([line[20:] for line in lines[i::4]] for i in range(3))
    starts = range(0, length, width)
    assert [int(line.split()[0]) for line in lines[::4]] == list(starts)
    assert upper == [truth[i : i + width] for i in starts]
    assert lower == [prediction[i : i + width] for i in starts]
    stars = "".join(row.ljust(width) for row in marks)
    assert [i for i, mark in enumerate(stars) if mark == "*"] == [i for i in range(length) if truth[i] != prediction[i]]


def test_tracks_must_have_one_length():
    with pytest.raises(ValueError, match="the truth has 2 positions, the prediction 3"):
        compare_tracks("HL", "HLL")
