"""The chain and how to draw from it: closed forms, hmmlearn's draws, and frequencies against the exact law."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils.encoding import NUCLEOTIDES, STATES, decode
from course_utils.hmm import HMM, STICKY, TOY, simulate, sticky

quick = settings(max_examples=40, deadline=None)
THREE = HMM(
    start=[0.2, 0.3, 0.5],
    transition=[[0.9, 0.1, 0], [0, 0.7, 0.3], [0.25, 0.25, 0.5]],
    emission=[[0.5, 0.5, 0], [0, 0, 1], [0.1, 0.2, 0.7]],
)
CYCLE = HMM([1, 0, 0], [[0, 1, 0], [0, 0, 1], [1, 0, 0]], np.eye(3))
seeds = st.integers(0, 2**32 - 1)


def within_five_standard_errors(count, n, p):
    return np.all(abs(count - n * p) <= 5 * np.sqrt(n * p * (1 - p)))


@pytest.mark.parametrize(
    "hmm, transition",
    [
        (TOY, [[0.5, 0.5], [0.4, 0.6]]),
        (STICKY, [[0.99, 0.01], [0.01, 0.99]]),
        (sticky(0), [[0, 1], [1, 0]]),
        (sticky(1), [[1, 0], [0, 1]]),
    ],
)
def test_the_chains_of_the_course(hmm, transition):
    np.testing.assert_allclose(hmm.transition, transition, rtol=1e-12)
    assert hmm.start.tolist() == [0.5, 0.5]
    assert hmm.emission.tolist() == [[0.2, 0.3, 0.3, 0.2], [0.3, 0.2, 0.2, 0.3]]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"start": [[0.5, 0.5]]}, r"start must be \(S,\).*got \[\(1, 2\)"),
        ({"transition": [0.5, 0.5]}, r"transition \(S, S\)"),
        ({"emission": np.ones((2, 2, 1))}, r"emission \(S, V\)"),
        ({"start": [1]}, r"got \[\(1,\), \(2, 2\), \(2, 4\)\]"),
        ({"start": [1.5, -0.5]}, "start: no entry below 0"),
        ({"transition": [[np.nan, 1], [0.5, 0.5]]}, "transition: no entry below 0"),
        ({"emission": [[np.inf, 0], [0, 1]]}, "emission: .* must sum to 1"),
        ({"transition": [[0.5, 0.5], [0.5, 0.4]]}, r"transition: .*every row must sum to 1; the sums are \[1. +0.9\]"),
        ({"start": []}, "start: .*the sums are 0"),
    ],
)
def test_a_chain_that_is_none_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(TOY, **change)


def test_a_chain_cannot_be_changed():
    start = np.array([0.5, 0.5])
    chain = dataclasses.replace(TOY, start=start)
    start[0] = 7
    assert chain.start.tolist() == [0.5, 0.5]
    with pytest.raises(dataclasses.FrozenInstanceError):
        chain.start = start
    with pytest.raises(ValueError, match="read-only"):
        chain.transition[0, 0] = 1


@pytest.mark.parametrize(
    "hmm, law",
    [
        (TOY, [4 / 9, 5 / 9]),
        (STICKY, [0.5, 0.5]),
        (sticky(0), [0.5, 0.5]),
        (CYCLE, [1 / 3, 1 / 3, 1 / 3]),
        (HMM([1, 0], [[0.5, 0.5], [0, 1]], [[1], [1]]), [0, 1]),
        (HMM([1], [[1]], [[1]]), [1]),
        (sticky(1 - 1e-15), [0.5, 0.5]),
    ],
)
def test_stationary_law_in_closed_form(hmm, law):
    np.testing.assert_allclose(hmm.stationary, law, atol=1e-14)


RATES = st.sampled_from([0.0, 1e-200, 1e-100, 1e-15, 1e-9, 0.1, 0.3])


@quick
@given(st.lists(RATES, min_size=6, max_size=6))
def test_the_stationary_law_of_three_states_is_that_of_fractions_however_rare_the_changes(rates):
    """By the chain's trees: the share of a state is the sum of all ways in which the other two can lead to it."""
    a, b, c, d, e, f = map(Fraction, rates)
    trees = [c * e + c * f + d * e, a * e + a * f + b * f, a * d + b * c + b * d]
    transition = np.zeros((3, 3))
    transition[~np.eye(3, dtype=bool)] = rates
    chain = HMM([1, 0, 0], transition + np.diag(1 - transition.sum(1)), np.eye(3))
    if sum(trees) == 0:
        with pytest.raises(ValueError, match="separate parts"):
            _ = chain.stationary
    else:
        np.testing.assert_allclose(chain.stationary, [float(t / sum(trees)) for t in trees], rtol=1e-12, atol=1e-300)


def test_tables_in_single_precision_are_taken_and_made_to_sum_to_1():
    table = np.array([[0.1, 0.9]], dtype=np.float32).repeat(2, 0)
    table[0, 0] += np.float32(1e-7)
    chain = HMM(table[0], table, torch.tensor(table))
    for rows in (chain.start, chain.transition, chain.emission):
        assert rows.dtype == np.float64 and abs(rows.sum(-1) - 1).max() < 1e-15
    with pytest.raises(ValueError, match=r"emission: .*must sum to 1"):
        HMM(table[0], table, table + np.float32(1e-5))


@pytest.mark.parametrize(
    "seed, dna, hidden_state",
    [
        (21, "CAAGGTATTC", "HLHHHHHHLL"),
        (0, "TGGTCGTATTTTGTCGGGGGCAGACC", "LLLLLLLHHLLLHHLHHHLLHLLHH"),
        (1, "GCACGGTGGATGTATCGCTGTGCAAG", "HHHHHHHHHHLHLHHHLLLHLHHLHH"),
    ],
)
def test_sample_gives_the_known_sequences(seed, dna, hidden_state):
    symbols, states = TOY.sample(len(dna), seed=seed)
    assert symbols.dtype == states.dtype == np.int64
    assert decode(symbols, NUCLEOTIDES) == dna
    assert decode(states, STATES).startswith(hidden_state)


@pytest.mark.parametrize("hmm, seed", [(TOY, 0), (STICKY, 1), (THREE, 99)], ids=["toy", "sticky", "three"])
def test_sample_draws_what_hmmlearn_draws(hmm, seed):
    oracle = pytest.importorskip("hmmlearn.hmm").CategoricalHMM(len(hmm.start), n_features=hmm.emission.shape[1])
    oracle.startprob_, oracle.transmat_, oracle.emissionprob_ = hmm.start, hmm.transition, hmm.emission
    symbols, states = oracle.sample(500, random_state=seed)
    np.testing.assert_array_equal(hmm.sample(500, seed=seed), [symbols[:, 0], states])


def test_simulate_has_its_shapes_and_depends_on_the_seed_alone():
    symbols, states = simulate(TOY, 3, 50, seed=7)
    assert symbols.shape == states.shape == (3, 50) and symbols.dtype == states.dtype == np.int64
    np.testing.assert_array_equal(simulate(TOY, 3, 50, seed=np.random.default_rng(7)), [symbols, states])
    assert (simulate(TOY, 3, 50, seed=8)[0] != symbols).any()
    assert len(np.unique(symbols, axis=0)) == 3


@pytest.mark.parametrize("draw", [lambda hmm: simulate(hmm, 2, 9, seed=0), lambda hmm: hmm.sample(9, seed=0)])
def test_what_has_probability_one_happens(draw):
    symbols, states = draw(CYCLE)
    np.testing.assert_array_equal(states, np.broadcast_to([0, 1, 2] * 3, states.shape))
    np.testing.assert_array_equal(symbols, states)


@pytest.mark.parametrize("hmm", [TOY, sticky(0.9), THREE], ids=["toy", "sticky .9", "three"])
@pytest.mark.parametrize(
    "draw", [lambda hmm: simulate(hmm, 2000, 20, 5), lambda hmm: np.array(hmm.sample(20_000, 5))[:, None]]
)
def test_transitions_and_emissions_have_their_frequencies(hmm, draw):
    symbols, states = draw(hmm)
    cases = [(hmm.emission, states, symbols), (hmm.transition, states[:, :-1], states[:, 1:])]
    for table, given_state, outcome in cases:
        for (i, j), p in np.ndenumerate(table):
            outcomes = outcome[given_state == i]
            assert within_five_standard_errors((outcomes == j).sum(), len(outcomes), p)


@pytest.mark.parametrize("hmm", [TOY, STICKY, THREE], ids=["toy", "sticky", "three"])
def test_simulated_states_start_from_start_and_follow_the_exact_law(hmm):
    _, states = simulate(hmm, 20_000, 12, seed=3)
    for t in (0, 1, 5, 11):
        law = hmm.start @ np.linalg.matrix_power(hmm.transition, t)
        assert within_five_standard_errors(np.bincount(states[:, t]), 20_000, law)
