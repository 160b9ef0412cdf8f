"""evaluation against SciPy, PyTorch, enumeration and hand counts."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from course_utils.evaluation import (
    Equivalence,
    bootstrap_ci,
    calibration_table,
    design_effect,
    equivalence,
    kl_divergence,
    monte_carlo_p,
    sequence_accuracy,
    sequence_nll,
    sign_flip_p,
)

lawful = settings(max_examples=30, deadline=None, derandomize=True)


def distributions(*shape, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(shape[-1]), shape[:-1])


def normal(n, mean=0.0, sd=1.0, seed=0):
    return np.random.default_rng(seed).normal(mean, sd, n)


def calibration_error(table):
    """The mean distance between probability and share, weighted by the bins' counts."""
    return np.average((table["mean_probability"] - table["share"]).abs(), weights=table["n"])


def test_accuracy_by_hand():
    assert sequence_accuracy([[0, 1, 1, 0], [1, 1, 1, 1]], [[0, 1, 0, 0], [0, 0, 0, 1]]).tolist() == [0.75, 0.25]
    assert sequence_accuracy([0, 1], [0, 0]) == 0.5


def test_nll_is_the_cross_entropy():
    p, truth = distributions(5, 30, 3), np.random.default_rng(1).integers(3, size=(5, 30))
    expected = torch.nn.functional.nll_loss(
        torch.tensor(p).log().transpose(1, 2), torch.tensor(truth), reduction="none"
    )
    assert np.allclose(sequence_nll(p, truth), expected.mean(-1), rtol=0, atol=1e-12)
    assert sequence_nll(p[0], truth[0]) == pytest.approx(expected[0].mean().item(), abs=1e-12)
    assert sequence_nll([[1, 0], [0.5, 0.5]], [0, 1]) == pytest.approx(np.log(2) / 2)
    assert sequence_nll([[1.0, 0], [0.5, 0.5]], [1, 1]) == np.inf


@lawful
@given(st.integers(0, 10**6))
def test_kl_is_the_relative_entropy_and_the_expected_excess_of_the_nll(seed):
    p, q = distributions(4, 1, 3, seed=seed), distributions(4, 1, 3, seed=seed + 1)
    kl = kl_divergence(p, q)
    assert np.allclose(kl, stats.entropy(p, q, axis=-1).mean(-1), rtol=0, atol=1e-12) and (kl > -1e-12).all()
    excess = [sequence_nll(q, np.full((4, 1), s)) - sequence_nll(p, np.full((4, 1), s)) for s in range(3)]
    assert np.allclose(kl, sum(p[:, 0, s] * excess[s] for s in range(3)), rtol=0, atol=1e-12)
    assert (kl_divergence(p, p) == 0).all()


def test_kl_with_certainty():
    sure, unsure = np.array([[[1.0, 0.0]]]), np.array([[[0.5, 0.5]]])
    assert kl_divergence(unsure, sure) == np.inf
    assert kl_divergence(sure, unsure) == pytest.approx(np.log(2)) and kl_divergence(sure, sure) == 0


def test_a_monte_carlo_p_counts_ties_and_the_observed_world():
    null = np.random.default_rng(0).binomial(20, 0.5, 999) / 20
    assert monte_carlo_p(14 / 20, null) == ((null * 20 >= 13.5).sum() + 1) / 1000 == pytest.approx(0.054, abs=1e-9)
    assert monte_carlo_p(0.1 + 0.2, [0.3] * 9) == 1
    assert monte_carlo_p(2, [1] * 99) == 0.01 and monte_carlo_p(0, [1] * 99) == 1


@pytest.mark.parametrize("level", [0.05, 0.25, 0.5])
def test_a_monte_carlo_p_is_uniform_when_nothing_is_going_on(level):
    worlds = np.random.default_rng(0).random((4000, 20))
    p = [monte_carlo_p(observed, null) for observed, *null in worlds]
    assert np.mean(np.array(p) <= level + 1e-9) == pytest.approx(level, abs=0.03)


@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_the_bootstrap_redraws_sequences(statistic):
    values, random = np.random.default_rng(0).exponential(size=80), np.random.default_rng(1)
    redrawn = [statistic(random.choice(values, 80)) for _ in range(5000)]
    low, high = bootstrap_ci(values, statistic, level=0.9)
    assert (low, high) == pytest.approx(tuple(np.quantile(redrawn, [0.05, 0.95])), abs=0.02)
    assert bootstrap_ci(values) == bootstrap_ci(values) != bootstrap_ci(values, seed=1)


def test_the_bootstrap_interval_covers_the_mean_as_often_as_it_says():
    intervals = [bootstrap_ci(normal(40, 1, seed=i), n_resamples=500, seed=i) for i in range(200)]
    assert 0.89 <= np.mean([low <= 1 <= high for low, high in intervals]) <= 0.99


@lawful
@given(st.lists(st.integers(-5, 5), min_size=2, max_size=8))
def test_sign_flipping_tries_all_signs_of_a_few_sequences(differences):
    means = [abs(np.mean(np.multiply(differences, signs))) for signs in product([-1, 1], repeat=len(differences))]
    assert sign_flip_p(differences) == pytest.approx(np.mean(np.array(means) >= abs(np.mean(differences)) - 1e-12))


def test_sign_flipping_many_sequences_agrees_with_the_t_test():
    differences = normal(60, 0.25)
    assert sign_flip_p(differences) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.01)
    assert sign_flip_p(differences) == sign_flip_p(differences) != sign_flip_p(differences, seed=1)
    assert sign_flip_p(np.ones(13)) == 2 / 2**13 and sign_flip_p(np.zeros(20)) == 1


@pytest.mark.parametrize(
    ("mean", "equivalent"), [(0, True), (0.5, False), (-0.5, False), (0.1, False), (-0.1, False), (0.05, True)]
)
def test_equivalent_means_that_the_90_percent_interval_lies_within_the_margin(mean, equivalent):
    noise = normal(50, sd=0.1)
    differences = noise - noise.mean() + mean
    result = equivalence(differences, 0.1)
    assert result.equivalent is equivalent and result.mean == pytest.approx(mean, abs=1e-12) and result.margin == 0.1
    assert (result.low, result.high) == bootstrap_ci(differences, level=0.9)
    not_worse = stats.ttest_1samp(differences, 0.1, alternative="less").pvalue
    not_better = stats.ttest_1samp(differences, -0.1, alternative="greater").pvalue
    assert (not_worse < 0.05 and not_better < 0.05) == equivalent


def test_too_few_sequences_show_neither_difference_nor_equivalence():
    result = equivalence(normal(5, 0.05, sd=0.2, seed=1), 0.1)
    assert result.low < 0 < 0.1 < result.high and not result.equivalent
    assert not Equivalence(0.0, -0.1, 0.05, margin=0.1).equivalent


def test_the_design_effect_of_independent_positions_is_one():
    random = np.random.default_rng(0)
    assert np.mean([design_effect(random.random((20, 30)) < 0.7) for _ in range(300)]) == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(("n", "length", "right"), [(100, 30, 60), (50, 7, 1)])
def test_the_design_effect_of_sequences_all_right_or_all_wrong_is_their_length(n, length, right):
    correct = np.repeat(np.arange(n) < right, length).reshape(n, length)
    assert design_effect(correct) == pytest.approx(length * n / (n - 1))


def test_a_calibration_table_counted_by_hand():
    table = calibration_table([[0.05, 0.3, 0.35], [1.0, 0.95, 0.0]], [[1, 0, 1], [1, 1, 0]])
    expected = pd.DataFrame({"n": [2, 2, 2], "mean_probability": [0.025, 0.325, 0.975], "share": [0.5, 0.5, 1.0]})
    pd.testing.assert_frame_equal(table, expected)
    assert calibration_error(table) == pytest.approx((2 * 0.475 + 2 * 0.175 + 2 * 0.025) / 6)


@lawful
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=50), st.integers(1, 12))
def test_binning_loses_no_position(pairs, n_bins):
    probability, happened = np.array(pairs, dtype=float).T
    table = calibration_table(probability, happened, n_bins)
    assert table["n"].sum() == len(pairs) and len(table) <= n_bins
    assert np.average(table["share"], weights=table["n"]) == pytest.approx(happened.mean())
    assert np.average(table["mean_probability"], weights=table["n"]) == pytest.approx(probability.mean())
    gaps = sum(abs((probability - happened)[np.minimum(np.floor(probability * n_bins), n_bins - 1) == b].sum())
               for b in range(n_bins))  # fmt: skip
    assert calibration_error(table) == pytest.approx(gaps / len(pairs), abs=1e-12)


def test_honest_probabilities_have_no_calibration_error():
    exact = calibration_table([0.25] * 4 + [0.75] * 4, [1, 0, 0, 0, 1, 1, 1, 0])
    assert calibration_error(exact) == pytest.approx(0, abs=1e-12)
    p, luck = np.random.default_rng(0).random((2, 100_000))
    honest, boastful = (calibration_error(calibration_table(p, luck < rate)) for rate in (p, p**3))
    assert honest < 0.01 and boastful > 0.1


HALF = np.full((2, 3, 2), 0.5)
BAD = {
    "accuracy: shapes": (lambda: sequence_accuracy([0, 1], [0]), "one shape"),
    "accuracy: empty": (lambda: sequence_accuracy([], []), "not be empty"),
    "accuracy: padding": (lambda: sequence_accuracy([[1, 0]], [[1, -100]]), "from -100 to 1; take padding"),
    "accuracy: strings": (lambda: sequence_accuracy(["H"], ["H"]), "encode the letters"),
    "nll: shapes": (lambda: sequence_nll(HALF, np.zeros((2, 2), int)), "one shape"),
    "nll: logits": (lambda: sequence_nll(HALF * 3, np.zeros((2, 3), int)), "sum to 1; are these log"),
    "nll: negative": (lambda: sequence_nll([[1.5, -0.5]], [0]), "must sum to 1"),
    "nll: state 2 of 2": (lambda: sequence_nll([[0.9, 0.1]], [2]), "2"),
    "nll: padding": (lambda: sequence_nll([[0.9, 0.1]], [-100]), "take padding"),
    "kl: shapes": (lambda: kl_divergence(HALF, HALF[:1]), "one shape"),
    "p: no draws": (lambda: monte_carlo_p(0.5, []), "null draws"),
    "p: NaN": (lambda: monte_carlo_p(np.nan, [0.1]), "no NaN"),
    "ci: one": (lambda: bootstrap_ci([1.0]), "at least two"),
    "ci: positions": (lambda: bootstrap_ci(np.ones((5, 9))), "one finite number a sequence"),
    "ci: NaN": (lambda: bootstrap_ci([1.0, np.nan]), "finite number a sequence"),
    "ci: per cent": (lambda: bootstrap_ci([1.0, 2, 3], level=95), "level"),
    "sign flip: one": (lambda: sign_flip_p([1.0]), "at least two"),
    "equivalence: margin 0": (lambda: equivalence([1.0, 2.0], 0), "margin must be positive"),
    "design: one sequence": (lambda: design_effect([[1, 0, 1]]), "N >= 2"),
    "design: all right": (lambda: design_effect(np.ones((3, 4))), "some of both"),
    "calibration: shapes": (lambda: calibration_table([0.1], [0, 1]), "for every one of them"),
    "calibration: NaN": (lambda: calibration_table([np.nan], [1]), r"in \[0, 1\]"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused(name):
    call, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        call()
