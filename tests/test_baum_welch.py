"""Finding a chain from symbols: against every path of states written out, closed forms and hmmlearn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_inference import CYCLE, cases, every_path, random_hmm

from course_utils.hmm import HMM, STICKY, TOY, baum_welch_step, fit, log_likelihood, simulate
from course_utils.hmm.baum_welch import random_chain

quick = settings(max_examples=50, deadline=None)
TABLES = ("start", "transition", "emission")
TINY = HMM([0.5, 0.5], [[1, 1e-300], [1e-300, 1]], [[0.6, 0.4], [0.3, 0.7]])


def assert_same_chain(a, b, **tolerance):
    for name in TABLES:
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), **{"atol": 1e-9, **tolerance}, err_msg=name)


def counts_over_every_path(hmm, x):
    """Each path's first state, changes and symbols in each state, weighed by P(path | x); and log P(x)."""
    paths, weights = every_path(hmm, x)
    first, changes, emitted = (np.zeros_like(getattr(hmm, name)) for name in TABLES)
    for path, share in zip(paths, weights / weights.sum(), strict=True):
        first[path[0]] += share
        np.add.at(changes, (path[:-1], path[1:]), share)
        np.add.at(emitted, (path, x), share)
    return first, changes, emitted, np.log(weights.sum())


def shares(counts, otherwise):
    """A row of counts as shares; where nothing is counted, the row there was."""
    total = counts.sum(-1, keepdims=True)
    return np.where(total > 1e-15, counts / np.maximum(total, 1e-300), otherwise)


def total_log_likelihood(hmm, sequences):
    return sum(log_likelihood(hmm, x) for x in sequences)


def hmmlearn_after(hmm, sequences, n_steps):
    oracle = pytest.importorskip("hmmlearn.hmm").CategoricalHMM(
        len(hmm.start), n_features=hmm.emission.shape[1], init_params="", n_iter=n_steps, tol=-np.inf
    )
    oracle.startprob_, oracle.transmat_, oracle.emissionprob_ = (getattr(hmm, name).copy() for name in TABLES)
    oracle.fit(np.concatenate(sequences)[:, None], [len(x) for x in sequences])
    return HMM(oracle.startprob_, oracle.transmat_, oracle.emissionprob_)


def after(hmm, symbols, n_steps):
    for _ in range(n_steps):
        hmm, _ = baum_welch_step(hmm, symbols)
    return hmm


@pytest.mark.parametrize(
    "hmm, x",
    [
        (CYCLE, [1, 1, 0, 2, 1]),
        (TINY, [0, 1, 0, 1, 1]),
        (
            HMM([1, 0, 0], [[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 1]], [[0.6, 0.4], [0.3, 0.7], [0.5, 0.5]]),
            [0, 1, 1, 0, 1],
        ),
        (HMM([0.5, 0.5], np.eye(2), [[0.6, 0.4], [0.3, 0.7]]), [0, 1, 1, 0]),
        (HMM([1], [[1]], [[0.5, 0.5]]), [0, 1, 1]),
        (TOY, [2]),
    ],
    ids=["cycle", "tiny", "left to right", "never switches", "one state", "one symbol"],
)
def test_so_it_is_in_chains_that_hardly_leave_a_choice(hmm, x):
    new, height = baum_welch_step(hmm, x)
    *counts, log_p = counts_over_every_path(hmm, x)
    for name, count in zip(TABLES, counts, strict=True):
        np.testing.assert_allclose(getattr(new, name), shares(count, getattr(hmm, name)), rtol=1e-9, atol=1e-12)
    assert height == pytest.approx(log_p, rel=1e-9, abs=1e-12)


@quick
@given(cases(), st.integers(1, 4))
def test_a_step_takes_the_shares_of_the_counts_of_all_sequences(case, n):
    hmm, x = case
    sequences = [hmm.sample(1 + (3 * i + len(x)) % 6, seed=i)[0] for i in range(n)]
    counted = [counts_over_every_path(hmm, x) for x in sequences]
    new, before = baum_welch_step(hmm, sequences)
    for name, *counts in zip(TABLES, *[c[:3] for c in counted], strict=True):
        expected = shares(np.sum(counts, axis=0), getattr(hmm, name))
        np.testing.assert_allclose(getattr(new, name), expected, rtol=1e-9, atol=1e-9)
    assert before == pytest.approx(sum(c[3] for c in counted), rel=1e-9, abs=1e-12)


@quick
@given(cases(max_length=60), st.integers(1, 3))
def test_a_step_never_leads_downhill(case, n):
    hmm, x = case
    sequences = [x, *(hmm.sample(len(x) + i, seed=i)[0] for i in range(n))]
    hmm = random_chain(np.full(hmm.emission.shape[1], 1 / hmm.emission.shape[1]), 3, 0.8, n) if n == 3 else hmm
    height = total_log_likelihood(hmm, sequences)
    for _ in range(6):
        hmm, reported = baum_welch_step(hmm, sequences)
        assert reported == pytest.approx(height, rel=1e-9, abs=1e-9)  # of the chain that came in
        higher = total_log_likelihood(hmm, sequences)
        assert higher >= height - 1e-9 * max(1, abs(height))
        height = higher


ZEROS = HMM(
    [1, 0, 0], [[0.8, 0.2, 0], [0, 0.7, 0.3], [0.4, 0, 0.6]], [[0.5, 0.5, 0, 0], [0, 0.2, 0.3, 0.5], [0.25] * 4]
)


@pytest.mark.parametrize("hmm", [TOY, STICKY, random_hmm(2, 3, 4), ZEROS], ids=["toy", "sticky", "three", "zeros"])
@pytest.mark.parametrize("n_steps", [1, 2, 10])
@pytest.mark.parametrize("lengths", [[1], [400], [300, 300, 300], [120, 7, 1, 250]], ids=str)
def test_steps_are_hmmlearns(hmm, n_steps, lengths):
    sequences = [hmm.sample(length, seed)[0] for seed, length in enumerate(lengths)]
    if lengths == [1]:  # hmmlearn gives states that are left nowhere a row of zeros, this course leaves it as it is
        new = after(hmm, sequences, n_steps)
        np.testing.assert_array_equal(new.transition, hmm.transition)
        return
    assert_same_chain(after(hmm, sequences, n_steps), hmmlearn_after(hmm, sequences, n_steps), rtol=0, atol=1e-8)


def test_states_that_can_be_seen_are_counted():
    x = np.array([0, 0, 1, 2, 1, 0, 0, 0, 2])
    visible = HMM([0.2, 0.3, 0.5], random_hmm(1, 3, 3).transition, np.eye(3))
    changes = np.array([[3, 1, 1], [1, 0, 1], [0, 1, 0]])  # by hand: 00 three times, 01, 02; 10, 12; 21
    expected = HMM([1, 0, 0], changes / changes.sum(1, keepdims=True), np.eye(3))
    counted, _ = baum_welch_step(visible, x)
    assert_same_chain(counted, expected, atol=1e-12)
    assert_same_chain(baum_welch_step(counted, x)[0], expected, atol=1e-12)  # nothing is more probable than that
    log_shares = 3 * np.log(3 / 5) + 2 * np.log(1 / 5) + 2 * np.log(1 / 2)
    assert log_likelihood(counted, x) == pytest.approx(log_shares)


def tables_of(hmm):
    return [getattr(hmm, name) for name in TABLES]


@pytest.mark.parametrize("hmm", [TOY, ZEROS], ids=["toy", "zeros"])
def test_all_forms_of_the_same_sequences_give_the_same_step(hmm):
    x = simulate(hmm, 6, 40, seed=0)[0]
    new, height = baum_welch_step(hmm, x)
    assert height == pytest.approx(log_likelihood(hmm, x).sum())
    for form in (
        list(x),
        tuple(x),
        x.tolist(),
        [x[:2], x[2:]],
        [x[0], x[1:]],
        x.astype(np.uint8),
        x[::-1],
        [*x[3:], x[:3]],
    ):
        other, other_height = baum_welch_step(hmm, form)
        assert_same_chain(other, new, atol=1e-12)
        assert other_height == pytest.approx(height, rel=1e-12)
    single, pair = baum_welch_step(hmm, x[0]), baum_welch_step(hmm, [x[0].tolist(), x[0].tolist()])
    assert_same_chain(single[0], pair[0], atol=1e-12)  # seen twice, the shares are the same
    assert pair[1] == pytest.approx(2 * single[1])


def in_the_order_of(hmm, other):
    """hmm with its two states named as in `other`."""
    order = (
        [0, 1]
        if abs(hmm.emission[0] - other.emission[0]).sum() < abs(hmm.emission[1] - other.emission[0]).sum()
        else [1, 0]
    )
    return HMM(hmm.start[order], hmm.transition[order][:, order], hmm.emission[order])


def test_fit_finds_sticky_again():
    x = simulate(STICKY, 20, 2000, seed=1)[0]
    found = in_the_order_of(fit(x, 2, n_starts=2), STICKY)
    np.testing.assert_allclose(np.diag(found.transition), 0.99, rtol=0, atol=0.01)
    np.testing.assert_allclose(found.emission, STICKY.emission, rtol=0, atol=0.02)
    assert log_likelihood(found, x).sum() > log_likelihood(STICKY, x).sum()  # the truth fits its own draws less well


SMALL = simulate(TOY, 3, 50, seed=4)[0]


def test_the_same_seed_gives_the_same_chain_and_nothing_else_does():
    first, again, other = (fit(SMALL, 2, n_starts=1, seed=seed, max_iterations=9) for seed in (5, 5, 6))
    with_generator = fit(SMALL, 2, n_starts=1, seed=np.random.default_rng(5), max_iterations=9)
    for table, *same in zip(*map(tables_of, (first, again, with_generator)), strict=True):
        for twin in same:
            np.testing.assert_array_equal(table, twin)
    assert abs(first.emission - other.emission).max() > 1e-6


def test_fit_returns_the_best_of_its_climbs():
    options = {"max_iterations": 30, "tolerance": 1e-9}
    best = fit(SMALL, 2, n_starts=8, seed=3, **options)
    one_stream = np.random.default_rng(3)
    climbs = [fit(SMALL, 2, n_starts=1, seed=one_stream, **options) for _ in range(8)]
    heights = [log_likelihood(chain, SMALL).sum() for chain in climbs]
    assert len(set(heights)) > 1
    assert log_likelihood(best, SMALL).sum() == max(heights)


@pytest.mark.parametrize("n_steps", [1, 7])
def test_from_a_given_start_fit_climbs_step_by_step(n_steps):
    chain = random_hmm(1, 2, 4)
    found = fit(SMALL, 2, start=chain, max_iterations=n_steps, tolerance=0)
    assert_same_chain(found, after(chain, SMALL, n_steps), atol=0)


def test_each_step_is_told_with_its_climb_and_log_likelihood_and_changes_nothing():
    told = []
    options = dict(n_starts=3, seed=2, max_iterations=4, tolerance=0)
    chain = fit(SMALL, 2, on_step=lambda *step: told.append(step), **options)
    assert [climb for climb, _ in told] == [1] * 4 + [2] * 4 + [3] * 4
    assert_same_chain(chain, fit(SMALL, 2, **options), atol=0, rtol=0)
    start = fit(
        SMALL, 2, n_starts=1, seed=2, max_iterations=3, tolerance=0
    )  # the chain that the fourth step begins with
    assert told[3][1] == pytest.approx(np.sum(log_likelihood(start, SMALL)), rel=1e-9)


def test_fit_stops_after_the_first_step_that_gains_less_than_the_tolerance():
    chains = [random_hmm(1, 2, 4)]
    while len(chains) < 30:
        chains.append(after(chains[-1], SMALL, 1))
    gains = np.diff([log_likelihood(chain, SMALL).sum() for chain in chains])
    for last in (2, 3, 4):
        assert gains[last] < 0.99 * gains[:last].min()  # each of these steps gains less than all before
        for tolerance, stop in ((1.001 * gains[last], last), (0.999 * gains[last], last + 1)):
            found = fit(SMALL, 2, start=chains[0], tolerance=tolerance)
            assert_same_chain(found, chains[stop + 1], rtol=0, atol=1e-12)


def test_a_state_that_is_never_visited_keeps_its_rows():
    hmm = HMM([0.5, 0.5, 0], [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.3, 0.3, 0.4]], [[0.5, 0.5], [0.1, 0.9], [0.7, 0.3]])
    new = after(hmm, TOY.sample(30, 0)[0] % 2, 5)
    assert new.start[2] == 0 and (new.transition[:2, 2] == 0).all()
    assert new.transition[2].tolist() == [0.3, 0.3, 0.4] and new.emission[2].tolist() == [0.7, 0.3]
    assert all(np.isfinite(table).all() for table in tables_of(new))


def test_a_state_that_is_only_visited_at_the_end_keeps_its_transitions_alone():
    visible = HMM([0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5, 0], [0, 0, 1]])
    new, _ = baum_welch_step(visible, [0, 0, 0, 1, 2])
    np.testing.assert_allclose(new.transition, [[0.75, 0.25], [0.2, 0.8]])
    np.testing.assert_allclose(new.emission, [[0.75, 0.25, 0], [0, 0, 1]])


@pytest.mark.parametrize("symbols", [[0, 0, 1, 2, 0, 2], [[0, 0, 1], [2, 0, 2]], [[0, 0, 1, 2], [0], [2]]])
def test_one_state_has_the_shares_of_the_letters(symbols):
    expected = [[3 / 6, 1 / 6, 2 / 6]]
    assert_same_chain(fit(symbols, 1), HMM([1], [[1]], expected), atol=1e-12)
    padded = fit(symbols, 1, n_symbols=5)
    assert_same_chain(padded, HMM([1], [[1]], [[*expected[0], 0, 0]]), atol=1e-12)


def test_a_letter_that_is_very_rare_does_not_stop_the_climb():
    x = np.tile([0, 1, 2, 1], 20_000)
    x[777] = 3
    for seed in range(8):
        assert log_likelihood(fit(x, 2, n_starts=1, seed=seed, max_iterations=1), x) > -np.inf
    for seed in range(100):
        assert (random_chain(np.array([0.6, 0.4 - 1e-7, 1e-7]), 2, 0.99, seed).emission > 0).all()


def test_a_climb_goes_on_where_a_change_becomes_too_rare_for_a_float():
    """0 0 0 ... 1 1 1: the way back from the second state to the first one dies out within a few steps."""
    x = np.repeat([0, 1], 50)
    chain, heights = HMM([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]], [[0.9, 0.1], [0.1, 0.9]]), []
    for _ in range(60):
        chain, height = baum_welch_step(chain, x)
        heights.append(height)
        assert all(np.isfinite(table).all() for table in tables_of(chain))
    assert (chain.transition == 0).any() and (np.diff(heights) >= -1e-9).all()
    expected = HMM([1, 0], [[49 / 50, 1 / 50], [0, 1]], np.eye(2))  # 50 zeros: 49 times it stays, once it leaves
    assert_same_chain(chain, expected, atol=1e-6)


@pytest.mark.parametrize(
    "symbols, message",
    [
        ([0.0, np.nan], "sequence 0: symbols must be integers"),
        (["ACGT", "AC"], "sequence 0: symbols must be integers"),
        (None, "sequence 0: symbols must have shape"),
        ([0, -1], r"sequence 0: symbol -1 at position \[1\] is outside 0.."),
        ([[0, 1], [-1]], "sequence 1: symbol -1"),
        ([[0, 1], [0.5]], "sequence 1: symbols must be integers"),
        ([], "sequence 0: .* none of them empty"),
        ([[0, 1], []], "sequence 1: .* none of them empty"),
        (np.zeros((1, 1, 1), int), r"sequence 0: .* \(L,\) or \(N, L\)"),
    ],
)
def test_what_are_no_symbols_is_refused(symbols, message):
    with pytest.raises(ValueError, match=message):
        fit(symbols, 2)
    with pytest.raises(ValueError, match=message):
        baum_welch_step(TOY, symbols)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"n_states": 0}, "n_states must be a whole number .*; got 0"),
        ({"n_symbols": 3}, r"sequence 0: symbol 3 at position \[3\] is outside 0..2"),
        ({"stay": 1.1}, "transition: no entry below 0"),
        ({"start": HMM([0.5] * 2, [[0.5] * 2] * 2, [[0.5, 0.5, 0, 0]] * 2)}, "the chain to climb from cannot produce"),
        ({"start": HMM([1], [[1]], [[0.5, 0.5]])}, r"start has \(1, 2\) states and symbols"),
        ({"start": CYCLE, "symbols": [1, 0, 0]}, "the chain to climb from cannot produce these symbols"),
    ],
)
def test_options_that_are_none_are_refused(options, message):
    arguments = {"symbols": [[0, 1, 2, 3]], "n_states": 2, "max_iterations": 2, **options}
    with pytest.raises(ValueError, match=message):
        fit(**arguments)
