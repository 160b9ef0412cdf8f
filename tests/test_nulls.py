"""evaluation.nulls against closed forms: every null's mean, its spread, what it keeps, and how often it errs."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from course_utils.evaluation import monte_carlo_p, null_coin, null_composition, null_permute, null_shift, null_swap
from course_utils.hmm import STICKY, filter_probabilities, simulate

NULLS = [null_coin, null_composition, null_permute, null_shift, null_swap]
each_null = pytest.mark.parametrize("null", NULLS)


def random_states(shape, share=0.5, seed=0):
    return (np.random.default_rng(seed).random(shape) < share).astype(int)


TRUTH, PREDICTION = random_states((8, 40), 0.3, seed=1), random_states((8, 40), 0.6, seed=2)


def within(draws, mean, errors=4):
    """The mean of the draws is as near as its standard error lets one expect."""
    return abs(draws.mean() - mean) <= errors * draws.std() / np.sqrt(len(draws)) + 1e-12


@each_null
def test_a_seed_decides_the_draws_and_the_inputs_stay_as_they_were(null):
    truth, prediction = TRUTH.copy(), PREDICTION.copy()
    a, b, c = (null(truth, prediction, 50, seed) for seed in (3, np.random.default_rng(3), 4))
    assert a.shape == (50,) and np.array_equal(a, b) and not np.array_equal(a, c)
    assert ((a >= 0) & (a <= 1)).all()
    assert np.array_equal(truth, TRUTH) and np.array_equal(prediction, PREDICTION)


def test_the_coin_is_binomial():
    draws = null_coin(np.zeros(500, int), np.zeros(500, int), 20_000, 0)
    assert within(draws, 0.5) and draws.std() == pytest.approx(np.sqrt(0.25 / 500), rel=0.03)
    assert (draws >= 265 / 500).mean() == pytest.approx(stats.binom.sf(264, 500, 0.5), rel=0.1)
    assert stats.binomtest(305, 500, alternative="greater").pvalue == pytest.approx(4.95e-7, rel=1e-3)
    assert monte_carlo_p(305 / 500, draws) == 1 / 20_001


def test_composition_keeps_the_shares_on_average():
    prediction = random_states((8, 40), 0.9)
    draws = null_composition(TRUTH, prediction, 5000, 0)
    share, called = TRUTH.mean(), prediction.mean()
    assert within(draws, share * called + (1 - share) * (1 - called))
    assert draws.std() == pytest.approx(np.sqrt(share * (1 - share) / TRUTH.size), rel=0.05)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.integers(1, 30), st.integers(1, 4), st.integers(0, 1000))
def test_permuting_and_shifting_match_the_shares_within_each_sequence(n, length, n_states, seed):
    random = np.random.default_rng(seed)
    truth, prediction = random.integers(n_states, size=(2, n, length))
    expected = sum(((truth == s).mean(-1) * (prediction == s).mean(-1)).mean() for s in range(n_states))
    for null in (null_permute, null_shift):
        assert within(null(truth, prediction, 400, seed), expected, errors=5)


@pytest.mark.parametrize("null", [null_permute, null_shift, null_swap])
def test_a_constant_truth_gives_the_share_of_its_state_every_time(null):
    assert np.allclose(null(np.ones_like(PREDICTION), PREDICTION, 30, 0), PREDICTION.mean(), rtol=0, atol=1e-12)


def test_shifting_one_sequence_gives_its_turns_and_nothing_else():
    truth, prediction = TRUTH[0], PREDICTION[0]
    turns = {(np.roll(truth, k) == prediction).mean() for k in range(40)}
    assert set(null_shift(truth, prediction, 2000, 0)) == turns


def test_each_sequence_turns_by_its_own_amount():
    truth = np.tile(np.arange(40), (8, 1))
    assert len(set(null_shift(truth, truth, 200, 0))) > 2  # turned together, all rows match or none does


def test_swapping_deals_whole_truths():
    truth, prediction = TRUTH[:4], PREDICTION[:4]
    worlds = [(truth[list(order)] == prediction).mean() for order in permutations(range(4))]
    draws = null_swap(truth, prediction, 4000, 0)
    assert within(draws, np.mean(worlds))
    assert draws.std() == pytest.approx(np.std(worlds), rel=0.05)
    assert set(draws.round(9)) == set(np.round(worlds, 9))


def test_swapping_has_the_mean_of_all_pairs():
    pairs = np.mean([(t == p).mean() for t in TRUTH for p in PREDICTION])
    assert within(null_swap(TRUTH, PREDICTION, 4000, 0), pairs)


def test_two_independent_copies_are_no_news_to_any_null_but_long_runs_fool_the_coin():
    """Predictions read from the wrong DNA: every rejection is an error."""
    symbols, _ = simulate(STICKY, 2000, 500, seed=1)
    _, states = simulate(STICKY, 2000, 500, seed=2)
    predictions = filter_probabilities(STICKY, symbols).argmax(-1)
    worlds = list(zip(states.reshape(200, 10, 500), predictions.reshape(200, 10, 500), strict=True))
    rejected = {
        null: np.mean([monte_carlo_p((z == p).mean(), null(z, p, 99, i)) <= 0.05 for i, (z, p) in enumerate(worlds)])
        for null in (null_coin, null_shift, null_swap)
    }
    assert rejected[null_coin] > 0.25
    assert 0.01 <= rejected[null_swap] <= 0.10
    assert 0.01 <= rejected[null_shift] <= 0.10


@each_null
def test_what_is_no_pair_of_state_sequences_is_refused(null):
    for shapes in [((2, 3), (3, 2)), ((2, 3), (3,)), ((2, 0), (2, 0))]:
        with pytest.raises(ValueError, match="one shape, and not be empty"):
            null(*(np.zeros(shape, int) for shape in shapes), 10, 0)
    with pytest.raises(ValueError, match="from -100 to 1; take padding"):
        null([[0, 1], [1, -100]], [[0, 1], [1, 0]], 10, 0)
    with pytest.raises(ValueError, match="encode the letters"):
        null("HHLL", "HLLL", 10, 0)


def test_swapping_needs_two_sequences():
    with pytest.raises(ValueError, match="at least two sequences"):
        null_swap(np.zeros((1, 5), int), np.zeros((1, 5), int), 10, 0)
