"""The exact answers, against every path of states written out, closed forms and hmmlearn."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logsumexp

from course_utils.hmm import HMM, STICKY, TOY, simulate, sticky
from course_utils.inference import (
    filter_probabilities,
    log_likelihood,
    lookup_probabilities,
    path_log_probability,
    smoother_probabilities,
    viterbi,
)

quick = settings(max_examples=50, deadline=None)
CYCLE = HMM([1, 0], [[0, 1], [1, 0]], [[0.5, 0.5, 0], [0, 0.5, 0.5]])
EXACT = [filter_probabilities, smoother_probabilities, viterbi]


def path_of_zeros(hmm, x):
    return path_log_probability(hmm, x, np.zeros(np.shape(x), int))


ALL = [*EXACT, lookup_probabilities, log_likelihood, path_of_zeros]


def random_hmm(seed, n_states, n_symbols, zeros=False):
    """Random rows; with zeros, some transitions and emissions are impossible."""
    rng = np.random.default_rng(seed)

    def rows(n, k):
        weights = rng.dirichlet(np.ones(k), n) * (rng.random((n, k)) < (0.6 if zeros else 1))
        weights[np.arange(n), rng.integers(k, size=n)] += 0.1
        return weights / weights.sum(-1, keepdims=True)

    return HMM(rows(1, n_states)[0], rows(n_states, n_states), rows(n_states, n_symbols))


@st.composite
def cases(draw, max_length=6, zeros=(False, True)):
    """A random chain and a sequence that it can produce."""
    seed, n_states, n_symbols = draw(st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 3), st.integers(2, 4)))
    hmm = random_hmm(seed, n_states, n_symbols, draw(st.sampled_from(zeros)))
    return hmm, hmm.sample(draw(st.integers(1, max_length)), seed)[0]


def every_path(hmm, x):
    """All S**L paths of states (P, L) and P(symbols and path) for each (P,), from the definition."""
    paths = np.array(list(itertools.product(range(len(hmm.start)), repeat=len(x))))
    steps = hmm.transition[paths[:, :-1], paths[:, 1:]].prod(1)
    return paths, hmm.start[paths[:, 0]] * steps * hmm.emission[paths, x].prod(1)


def share_of_paths(hmm, x, t):
    paths, weights = every_path(hmm, x)
    return [weights[paths[:, t] == state].sum() / weights.sum() for state in range(len(hmm.start))]


@quick
@given(cases())
def test_filter_and_smoother_are_shares_of_paths(case):
    hmm, x = case
    past = [share_of_paths(hmm, x[: t + 1], t) for t in range(len(x))]
    whole = [share_of_paths(hmm, x, t) for t in range(len(x))]
    np.testing.assert_allclose(filter_probabilities(hmm, x), past, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(smoother_probabilities(hmm, x), whole, rtol=1e-9, atol=1e-12)


@quick
@given(cases())
def test_paths_add_up_to_the_likelihood_and_none_beats_viterbi(case):
    hmm, x = case
    paths, weights = every_path(hmm, x)
    with np.errstate(divide="ignore"):
        logs = np.log(weights)
    np.testing.assert_allclose([path_log_probability(hmm, x, path) for path in paths], logs, rtol=1e-9, atol=1e-12)
    assert log_likelihood(hmm, x) == pytest.approx(logsumexp(logs), rel=1e-9, abs=1e-12)
    assert logs[(paths == viterbi(hmm, x)).all(1)] == pytest.approx(logs.max(), rel=1e-9, abs=1e-12)


@quick
@given(cases(zeros=(True,)), st.randoms())
def test_a_sequence_is_refused_exactly_when_no_path_produces_it(case, random):
    hmm, x = case
    random.shuffle(x)
    if every_path(hmm, x)[1].any():
        assert np.isfinite(log_likelihood(hmm, x)) and all(np.isfinite(f(hmm, x)).all() for f in EXACT)
        return
    assert log_likelihood(hmm, x) == -np.inf
    for function in EXACT:
        with pytest.raises(ValueError, match=r"sequence 0.*: the chain cannot produce"):
            function(hmm, x)


@quick
@given(cases(zeros=(False,)))
def test_lookup_is_bayes_rule_from_the_long_run_law(case):
    hmm, x = case
    joint = np.linalg.matrix_power(hmm.transition, 2**16)[0] * hmm.emission[:, x].T
    np.testing.assert_allclose(lookup_probabilities(hmm, x), joint / joint.sum(-1, keepdims=True), rtol=1e-6)


@quick
@given(cases(max_length=40, zeros=(False,)), st.data())
def test_filter_never_looks_ahead_and_meets_the_smoother_at_the_end(case, data):
    hmm, x = case
    filtered, smoothed = filter_probabilities(hmm, x), smoother_probabilities(hmm, x)
    assert filtered.shape == smoothed.shape == (len(x), len(hmm.start))
    np.testing.assert_allclose([filtered.sum(-1), smoothed.sum(-1)], 1)
    np.testing.assert_allclose(smoothed[-1], filtered[-1])
    t = data.draw(st.integers(1, len(x)))
    other_future = data.draw(st.lists(st.integers(0, hmm.emission.shape[1] - 1), max_size=9))
    np.testing.assert_array_equal(filter_probabilities(hmm, [*x[:t], *other_future])[:t], filtered[:t])


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("hmm", [TOY, STICKY, random_hmm(1, 3, 5)], ids=["toy", "sticky", "three"])
def test_a_batch_equals_one_at_a_time(function, hmm):
    x = simulate(hmm, 7, 30, seed=1)[0]
    batch, one_by_one = function(hmm, x), [function(hmm, row) for row in x]
    assert batch.dtype == (np.int64 if function is viterbi else np.float64)
    assert type(one_by_one[0]) is (float if function in (log_likelihood, path_of_zeros) else np.ndarray)
    np.testing.assert_allclose(batch, one_by_one, rtol=1e-12)
    np.testing.assert_array_equal(batch, function(hmm, x.astype(np.uint8).tolist()))


@pytest.mark.parametrize("symbol, p_high", [(0, 0.3478), (1, 0.5455), (2, 0.5455), (3, 0.3478)])
def test_one_position_of_toy_in_closed_form(symbol, p_high):
    assert lookup_probabilities(TOY, [symbol]).round(4).tolist() == [[p_high, round(1 - p_high, 4)]]
    joint = 0.5 * TOY.emission[:, symbol]
    np.testing.assert_allclose(filter_probabilities(TOY, [symbol]), [joint / joint.sum()])
    np.testing.assert_allclose(smoother_probabilities(TOY, [symbol]), [joint / joint.sum()])
    assert viterbi(TOY, [symbol]).tolist() == [joint.argmax()]
    assert log_likelihood(TOY, [symbol]) == pytest.approx(np.log(0.25))


def test_on_toy_filter_smoother_and_table_take_the_same_decision_everywhere():
    x = simulate(TOY, 200, 500, seed=3)[0]
    table = np.array([1, 0, 0, 1])[x]
    for function in (filter_probabilities, smoother_probabilities, lookup_probabilities):
        np.testing.assert_array_equal(function(TOY, x).argmax(-1), table)


def test_without_memory_filter_smoother_and_table_are_one():
    iid = HMM([0.3, 0.7], [[0.3, 0.7]] * 2, TOY.emission)
    x = iid.sample(200, seed=0)[0]
    np.testing.assert_allclose(filter_probabilities(iid, x), lookup_probabilities(iid, x))
    np.testing.assert_allclose(smoother_probabilities(iid, x), lookup_probabilities(iid, x))
    assert log_likelihood(iid, x) == pytest.approx(np.log(iid.start @ iid.emission[:, x]).sum())


@pytest.mark.parametrize("half", [1, 10, 1000, 3000])
def test_a_chain_that_never_switches_weighs_two_coins(half):
    x = np.repeat([1, 0], half)  # C favours H by 3 : 2, A favours L by as much
    evidence_for_h = np.cumsum(np.where(x == 1, 1, -1)) * np.log(1.5)
    np.testing.assert_allclose(filter_probabilities(sticky(1), x)[:, 0], expit(evidence_for_h), atol=1e-9)
    np.testing.assert_allclose(smoother_probabilities(sticky(1), x), 0.5, atol=1e-9)
    assert log_likelihood(sticky(1), x) == pytest.approx(half * np.log(0.06), abs=1e-6)


def test_steps_of_probability_zero_and_one_leave_no_doubt():
    x, path = [1, 1, 0, 2, 1], [0, 1, 0, 1, 0]
    np.testing.assert_array_equal(filter_probabilities(CYCLE, x), np.eye(2)[path])
    np.testing.assert_array_equal(smoother_probabilities(CYCLE, x), np.eye(2)[path])
    assert viterbi(CYCLE, x).tolist() == path
    assert log_likelihood(CYCLE, x) == pytest.approx(path_log_probability(CYCLE, x, path)) == 5 * np.log(0.5)
    assert path_log_probability(CYCLE, x, [0, 0, 0, 1, 0]) == -np.inf


@pytest.mark.parametrize("hmm, length", [(TOY, 500), (random_hmm(2, 3, 5), 500), (STICKY, 100_000)])
def test_agrees_with_hmmlearn(hmm, length):
    hmmlearn = pytest.importorskip("hmmlearn.hmm")
    oracle = hmmlearn.CategoricalHMM(len(hmm.start), n_features=hmm.emission.shape[1], implementation="scaling")
    oracle.startprob_, oracle.transmat_, oracle.emissionprob_ = hmm.start, hmm.transition, hmm.emission
    x = hmm.sample(length, seed=5)[0]
    filtered = filter_probabilities(hmm, x)
    np.testing.assert_allclose(filtered.sum(-1), 1)
    for n in (1, 2, 10, length // 2, length):
        np.testing.assert_allclose(filtered[n - 1], oracle.predict_proba(x[:n, None])[-1], atol=1e-9)
    np.testing.assert_allclose(smoother_probabilities(hmm, x), oracle.predict_proba(x[:, None]), atol=1e-9)
    assert log_likelihood(hmm, x) == pytest.approx(oracle.score(x[:, None]), rel=1e-9)
    assert path_log_probability(hmm, x, viterbi(hmm, x)) == pytest.approx(oracle.decode(x[:, None])[0], rel=1e-9)


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize(
    "symbols, message",
    [
        ([0, 4], r"symbol 4 at position \[1\] is outside 0..3"),
        ([[0, 1], [2, -100]], r"symbol -100 at position \[1, 1\] is outside 0..3"),
        ([0.0, 1.0], "symbols must be integers; got float64"),
        ([0, np.nan], "symbols must be integers; got float64"),
        (list("ACGT"), "symbols must be integers: encode the letters first"),
        ("ACGT", "symbols must be integers: encode the letters first"),
        ([], r"symbols must have shape \(L,\) or \(N, L\), none of them empty; got \(0,\)"),
        (np.zeros((3, 0), int), r"none of them empty; got \(3, 0\)"),
        (np.zeros((1, 1, 1), int), r"none of them empty; got \(1, 1, 1\)"),
        (2, r"none of them empty; got \(\)"),
    ],
)
def test_what_are_no_symbols_is_refused(function, symbols, message):
    with pytest.raises(ValueError, match=message):
        function(TOY, symbols)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: path_log_probability(TOY, [0, 1], [0]), r"symbols have shape \(2,\), states \(1,\)"),
        (lambda: path_log_probability(TOY, [0, 1], [[0, 1]]), r"symbols have shape \(2,\), states \(1, 2\)"),
        (lambda: path_log_probability(TOY, [0, 1], [0, 2]), r"state 2 at position \[1\] is outside 0..1"),
        (lambda: path_log_probability(TOY, [0, 1], [0.0, 1.0]), "states must be integers"),
        (lambda: filter_probabilities(CYCLE, [[1, 1, 1], [1, 1, 2]]), "sequence 1, position 2: the chain cannot"),
        (lambda: smoother_probabilities(CYCLE, [0, 0, 1]), "sequence 0, position 1: the chain cannot"),
        (lambda: viterbi(CYCLE, [[1, 1, 1], [1, 1, 2]]), "sequence 1.*: the chain cannot"),
        (lambda: lookup_probabilities(HMM([1], [[1]], [[1, 0]]), [[0, 1]]), "sequence 0, position 1: the chain cannot"),
        (lambda: lookup_probabilities(sticky(1), [0]), "more than one stationary law"),
    ],
)
def test_states_and_symbols_that_the_chain_does_not_have_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_state_that_seemed_impossible_to_float_can_still_be_the_only_one():
    never_switches = HMM([0.5, 0.5], np.eye(2), [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1]])
    symbols = [0] * 400 + [2]  # only the second state emits a 2, and it is 9**400 times less likely until then
    assert filter_probabilities(never_switches, symbols)[-1].tolist() == [0, 1]
    assert np.allclose(smoother_probabilities(never_switches, symbols), [0, 1])
    assert np.isclose(log_likelihood(never_switches, symbols), np.log(0.5) + 401 * np.log(0.1))
