"""The exact answers, against every path of states written out, closed forms and hmmlearn."""

import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logsumexp

from course_utils.hmm import (
    HMM,
    STICKY,
    TOY,
    filter_probabilities,
    log_likelihood,
    lookup_probabilities,
    path_log_probability,
    simulate,
    smoother_probabilities,
    sticky,
    viterbi,
)

quick = settings(max_examples=50, deadline=None)
CYCLE = HMM([1, 0], [[0, 1], [1, 0]], [[0.5, 0.5, 0], [0, 0.5, 0.5]])
NO_TWO = HMM([0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5, 0], [0.3, 0.7, 0]])  # all changes are possible
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
    longer = filter_probabilities(hmm, [*x[:t], *other_future])[:t]
    np.testing.assert_array_equal(longer, filtered[:t])


@pytest.mark.parametrize("function", ALL)
@pytest.mark.parametrize("hmm", [TOY, STICKY, random_hmm(1, 3, 5)], ids=["toy", "sticky", "three"])
def test_a_batch_equals_one_at_a_time(function, hmm):
    x = simulate(hmm, 7, 30, seed=1)[0]
    batch, one_by_one = function(hmm, x), [function(hmm, row) for row in x]
    assert batch.dtype == (np.int64 if function is viterbi else np.float64)
    assert type(one_by_one[0]) is (float if function in (log_likelihood, path_of_zeros) else np.ndarray)
    np.testing.assert_allclose(batch, one_by_one, rtol=1e-12)
    np.testing.assert_array_equal(batch, function(hmm, x.tolist()))
    np.testing.assert_array_equal(batch, function(hmm, x.astype(np.uint8)))


def test_on_toy_filter_smoother_and_table_take_the_same_decision_everywhere():
    x = simulate(TOY, 200, 500, seed=3)[0]
    table = np.array([1, 0, 0, 1])[x]
    for function in (filter_probabilities, smoother_probabilities, lookup_probabilities):
        np.testing.assert_array_equal(function(TOY, x).argmax(-1), table)


@pytest.mark.parametrize("half", [1, 10, 3000])
def test_a_chain_that_never_switches_weighs_two_coins(half):
    x = np.repeat([1, 0], half)  # C favours H by 3 : 2, A favours L by as much
    evidence_for_h = np.cumsum(np.where(x == 1, 1, -1)) * np.log(1.5)
    np.testing.assert_allclose(filter_probabilities(sticky(1), x)[:, 0], expit(evidence_for_h), atol=1e-9)
    np.testing.assert_allclose(smoother_probabilities(sticky(1), x), 0.5, atol=1e-9)
    assert log_likelihood(sticky(1), x) == pytest.approx(half * np.log(0.06), abs=1e-6)


@pytest.mark.parametrize("hmm, length", [(TOY, 500), (random_hmm(2, 3, 5), 500), (STICKY, 20_000)])
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
        ([0.0, np.nan], r"symbols must be integers \(encode letters first\); got float64"),
        (list("ACGT"), r"symbols must be integers \(encode letters first\); got <U1"),
        ([], r"symbols must have shape \(L,\) or \(N, L\), none of them empty; got \(0,\)"),
        (np.zeros((3, 0), int), r"none of them empty; got \(3, 0\)"),
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


def test_a_change_that_is_possible_but_hardly_ever_happens_is_no_impossible_one():
    hmm = HMM([1, 0], [[1, 1e-300], [1e-300, 1]], [[1, 0], [1 - 1e-30, 1e-30]])
    assert log_likelihood(hmm, [0, 1]) == pytest.approx(np.log(1e-300) + np.log(1e-30))
    assert viterbi(hmm, [0, 1]).tolist() == [0, 1]
    np.testing.assert_array_equal(filter_probabilities(hmm, [0, 1]), np.eye(2))
    np.testing.assert_array_equal(smoother_probabilities(hmm, [0, 1]), np.eye(2))


@pytest.mark.parametrize("function", EXACT)
@pytest.mark.parametrize("length, where", [(1, 0), (50, 49), (2_000, 999)])
def test_the_first_impossible_symbol_is_named_with_its_sequence(function, length, where):
    x = np.random.default_rng(0).integers(2, size=length)  # NO_TWO emits these, whatever they are
    late = np.array([x, x])
    x[where] = late[1, where] = 2
    late[1, -1] = 2  # two of them: the first one is named
    cycle = np.ones(length, dtype=int)  # both states of CYCLE emit a 1, and only the second a 2
    cycle[where] = 2 if where % 2 == 0 else 0
    for hmm, symbols, row in ((NO_TWO, x, 0), (NO_TWO, late, 1), (CYCLE, cycle, 0)):
        with pytest.raises(ValueError, match=f"sequence {row}, position {where}: the chain cannot"):
            function(hmm, symbols)
    assert log_likelihood(NO_TWO, x) == log_likelihood(CYCLE, cycle) == -np.inf
    np.testing.assert_array_equal(np.isfinite(log_likelihood(NO_TWO, late)), [True, False])


def on_logarithms(hmm, x):
    """Filter, smoother and log-likelihood once more, on logarithms throughout: slow, plain, and nothing vanishes."""
    with np.errstate(divide="ignore"):
        start, transition, emission = map(np.log, (hmm.start, hmm.transition, hmm.emission))
    ahead, behind = np.empty((2, len(x), len(start)))
    for t in range(len(x)):
        arrived = start if t == 0 else logsumexp(ahead[t - 1][:, None] + transition, axis=0)
        ahead[t] = arrived + emission[:, x[t]]
    behind[-1] = 0
    for t in range(len(x) - 2, -1, -1):
        behind[t] = logsumexp(transition + emission[:, x[t + 1]] + behind[t + 1], axis=1)
    whole = ahead + behind
    shares = [np.exp(logs - logsumexp(logs, axis=1, keepdims=True)) for logs in (ahead, whole)]
    return *shares, logsumexp(ahead[-1])


LEFT_TO_RIGHT = HMM([1, 0, 0], [[0.9, 0.1, 0], [0, 0.9, 0.1], [0, 0, 1]], [[0.6, 0.4], [0.3, 0.7], [0.5, 0.5]])
HARD = {
    "never switches": (sticky(1), np.repeat([1, 0, 1], [1000, 2000, 500])),
    "always switches": (sticky(0), np.tile([1, 0], 700)),
    "alternates, and the evidence turns": (sticky(0), np.concatenate([np.tile([1, 0], 600), np.tile([0, 1], 900)])),
    "left to right": (LEFT_TO_RIGHT, np.repeat([0, 1, 0], 600)),
    "in a circle with a tiny change": (
        HMM([1, 0], [[1, 1e-200], [1e-200, 1]], LEFT_TO_RIGHT.emission[:2]),
        [0, 1] * 400,
    ),
    "tiny emissions": (HMM([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]], [[1, 1e-170], [1e-150, 1]]), [0, 1] * 200),
    "one state": (HMM([1], [[1]], [[0.25, 0.75]]), [0, 1, 1] * 50),
    "one letter": (HMM([0.2, 0.8], [[0.3, 0.7], [0.6, 0.4]], [[1], [1]]), [0] * 60),
    "300 symbols": (random_hmm(7, 3, 300), np.arange(300)),
}


@pytest.mark.parametrize("hmm, x", HARD.values(), ids=HARD)
def test_no_share_is_lost_on_chains_where_it_could_vanish(hmm, x):
    x = np.asarray(x)
    filtered, smoothed, height = on_logarithms(hmm, x)
    np.testing.assert_allclose(filter_probabilities(hmm, x), filtered, rtol=0, atol=1e-9)
    np.testing.assert_allclose(smoother_probabilities(hmm, x), smoothed, rtol=0, atol=1e-9)
    assert log_likelihood(hmm, x) == pytest.approx(height, rel=1e-11)


def test_a_million_letters_keep_their_digits():
    """A chain that visits its second state now and then, and shows it: the shares are known between two visits."""
    hmm = HMM([1, 0], [[0.999, 0.001], [1, 0]], [[1, 0], [0, 1]])
    x = np.zeros(1_000_000, dtype=np.int64)
    x[999::1000] = 1
    assert log_likelihood(hmm, x) == pytest.approx(998_999 * np.log(0.999) - 999 * np.log(0.999) + 1000 * np.log(0.001))
    smoothed = smoother_probabilities(STICKY, np.random.default_rng(0).integers(4, size=1_000_000))
    np.testing.assert_allclose(smoothed.sum(-1), 1, rtol=0, atol=1e-11)


TRIED = "shares_of_paths or none_beats_viterbi or refused_exactly or looks_ahead or shares_of_the_counts or no_symbols"


WRONG_INDEX = """
import numpy as np
from course_utils.hmm import TOY
from course_utils.hmm._loops import forward
forward(TOY.start, TOY.transition, TOY.emission, np.array([4]), np.empty((1, 2)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("switch", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_no_index_leaves_its_array_and_the_loops_are_plain_python(switch, tmp_path):
    """Compiled code does not check an index by itself; with these switches it does."""

    def run(*command):  # with a cache of its own: code that was compiled without the switch would be taken
        environment = os.environ | {switch: "1", "NUMBA_CACHE_DIR": str(tmp_path)}
        return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True)

    assert "IndexError" in run("-c", WRONG_INDEX).stderr
    files = [os.path.join(os.path.dirname(__file__), name) for name in ("test_inference.py", "test_baum_welch.py")]
    tried = run("-m", "pytest", "-q", "-o", "addopts=", "-p", "no:cacheprovider", "-k", TRIED, *files)
    assert tried.returncode == 0 and "passed" in tried.stdout, tried.stdout[-2000:]


def test_it_runs_where_nothing_can_be_written(tmp_path):
    """numba keeps compiled code beside the source or in the user's folder; where neither can be written, nowhere."""
    program = "from course_utils.hmm import *; print(filter_probabilities(TOY, [1])[0, 0].round(3))"
    nowhere = {"NUMBA_CACHE_DIR": str(tmp_path / "no" / "folder"), "HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null"}
    (tmp_path / "no").write_text("a file where a folder should be")
    run = subprocess.run([sys.executable, "-c", program], env=os.environ | nowhere, capture_output=True, text=True)
    assert run.stdout == "0.6\n", run.stderr
