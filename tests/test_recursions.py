"""The loop in blocks, against plain products of unnormalised numbers and against the loop without blocks."""

from functools import cache, partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_inference import random_hmm

from course_utils.hmm import HMM
from course_utils.recursions import BEST_WAY, LOGARITHM, PROBABILITY, _in_blocks, _one_by_one, predictions, trace_back

ARITHMETICS = {"probability": PROBABILITY, "logarithm": LOGARITHM, "best way": BEST_WAY}
LOGS = {name: arithmetic for name, arithmetic in ARITHMETICS.items() if arithmetic is not PROBABILITY}
EMISSION = [[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6], [0.3, 0.4, 0.3]]
FORBIDDING = {
    "left to right": HMM([1, 0, 0, 0], np.eye(4) * [0.9, 0.8, 0.7, 1] + np.diag([0.1, 0.2, 0.3], 1), EMISSION),
    "one way, unknown start": HMM([0.25] * 4, np.eye(4) * [0.9, 0.8, 0.7, 1] + np.diag([0.1, 0.2, 0.3], 1), EMISSION),
    "a cycle": HMM([0.5, 0.5, 0], np.roll(np.eye(3), 1, axis=1), EMISSION[:3]),
    "never switches": HMM([0.2, 0.3, 0.5], np.eye(3), EMISSION[:3]),
    "some zeros": random_hmm(4, 3, 3, zeros=True),
    "many zeros": random_hmm(11, 5, 3, zeros=True),
}


@cache
def emits_zeros(n_states):
    """Every transition is possible, but not every symbol in every state."""
    full, holes = random_hmm(n_states, n_states, 4), random_hmm(10 + n_states, n_states, 4, zeros=True)
    return HMM(holes.start, full.transition, holes.emission)


CODONS = random_hmm(1, 2, 64)  # a block of 316 of these has a probability of about 1e-570


@cache
def read(hmm, n, length):
    """Symbols (n, length) that the chain can produce."""
    return np.array([hmm.sample(length, seed)[0] for seed in range(n)])


def by_definition(arithmetic, hmm, x):
    """log of the sum over all paths up to t (or of the best one), (S, L, N): plain products, for short sequences."""
    plus = np.max if arithmetic is BEST_WAY else np.sum
    answers = []
    for row in x:
        belief, beliefs = hmm.start, []
        for symbol in row:
            beliefs.append(belief)
            belief = plus((belief * hmm.emission[:, symbol])[:, None] * hmm.transition, axis=0)
        answers.append(beliefs)
    assert np.array(answers).max(-1).min() > 1e-250  # plain products have not got lost
    return on_one_scale(PROBABILITY, np.array(answers).transpose(2, 1, 0))


def on_one_scale(arithmetic, beliefs):
    """Only what the states' beliefs are to each other matters: as logarithms, the largest of them 0."""
    with np.errstate(divide="ignore"):
        logs = np.log(beliefs) if arithmetic is PROBABILITY else beliefs
    return logs - logs.max(0)


def tables(arithmetic, hmm, x):
    with np.errstate(divide="ignore"):
        forms = [table if arithmetic is PROBABILITY else np.log(table) for table in (hmm.transition, hmm.emission)]
        first = hmm.start if arithmetic is PROBABILITY else np.log(hmm.start)
    return forms[0], forms[1][:, x.T], first[:, None]


same = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-9)


def check_every_short_length(arithmetic, hmm, lengths=range(1, 71)):
    for n in (1, 2, 3):
        x = read(hmm, n, max(lengths))
        expected = by_definition(arithmetic, hmm, x)
        for length in lengths:
            arguments = (arithmetic, *tables(arithmetic, hmm, x[:, :length]))
            for function in (_in_blocks, predictions, _one_by_one)[: 3 if n == 1 else 2]:
                same(on_one_scale(arithmetic, function(*arguments)), expected[:, :length])


@pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=ARITHMETICS)
@pytest.mark.parametrize("n_states", [1, 2, 3, 4, 5])
def test_blocks_and_no_blocks_are_the_sum_over_paths_at_every_length(arithmetic, n_states):
    check_every_short_length(arithmetic, emits_zeros(n_states))


@pytest.mark.parametrize("arithmetic", LOGS.values(), ids=LOGS)
@pytest.mark.parametrize("hmm", FORBIDDING.values(), ids=FORBIDDING)
def test_so_they_are_where_transitions_are_forbidden(arithmetic, hmm):
    check_every_short_length(arithmetic, hmm, (*range(1, 20), 35, 36, 37, 48, 49, 50))


@pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=ARITHMETICS)
@pytest.mark.parametrize(
    "hmm, n, length",
    [*((emits_zeros(n_states), n, 1000) for n_states in (1, 3, 5) for n in (1, 2, 3)), (CODONS, 1, 100_003)],
)
def test_blocks_change_nothing_in_long_sequences(arithmetic, hmm, n, length):
    arguments = (arithmetic, *tables(arithmetic, hmm, read(hmm, n, length)))
    expected = on_one_scale(arithmetic, _one_by_one(*arguments))
    same(on_one_scale(arithmetic, _in_blocks(*arguments)), expected)
    same(on_one_scale(arithmetic, predictions(*arguments)), expected)


@pytest.mark.parametrize("arithmetic", LOGS.values(), ids=LOGS)
@pytest.mark.parametrize("hmm", FORBIDDING.values(), ids=FORBIDDING)
def test_blocks_change_nothing_where_beliefs_fall_far_below_the_smallest_float(arithmetic, hmm):
    arguments = (arithmetic, *tables(arithmetic, hmm, read(hmm, 1, 20_000)))
    one_by_one = on_one_scale(arithmetic, _one_by_one(*arguments))
    same(on_one_scale(arithmetic, _in_blocks(*arguments)), one_by_one)
    if hmm is FORBIDDING["never switches"]:
        assert one_by_one[:, -1].min() < -1000


@pytest.mark.parametrize("arithmetic", ARITHMETICS.values(), ids=ARITHMETICS)
@pytest.mark.parametrize("length, where", [(9, 0), (9, 8), (1000, 0), (1000, 500), (1000, 512), (1000, 999)])
def test_after_an_impossible_symbol_nothing_is_believed_and_nothing_is_nan(arithmetic, length, where):
    hmm = HMM([0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5, 0], [0.3, 0.7, 0]])
    x = read(hmm, 2, length).copy()
    x[1, where] = 2
    for function in (_in_blocks, _one_by_one):
        predicted = function(arithmetic, *tables(arithmetic, hmm, x))
        assert (predicted[:, : where + 1] > arithmetic.zero).all() and (predicted[:, :, 0] > arithmetic.zero).all()
        assert (predicted[:, where + 1 :, 1] == arithmetic.zero).all()


def test_several_starts_at_once_are_several_readings():
    hmm, first = emits_zeros(3), np.random.default_rng(0).dirichlet(np.ones(3), 4).T
    x = np.tile(read(hmm, 1, 400), (4, 1))
    transition, weights, _ = tables(PROBABILITY, hmm, x)
    together = predictions(PROBABILITY, transition, weights, first)
    for i in range(4):
        alone = predictions(PROBABILITY, transition, weights[:, :, [i]], first[:, [i]])
        same(on_one_scale(PROBABILITY, together[:, :, [i]]), on_one_scale(PROBABILITY, alone))


def follow_by_hand(pointers, last):
    paths = []
    for n, state in enumerate(last):
        path = [state]
        for t in range(pointers.shape[1] - 1, 0, -1):
            path.append(pointers[path[-1], t, n])
        paths.append(path[::-1])
    return np.array(paths).T


def random_pointers(random, n_states, length, n):
    return random.integers(n_states, size=(n_states, length, n)).astype(np.int8), random.integers(n_states, size=n)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("n_states", [1, 2, 3, 4, 5])
def test_trace_back_follows_the_pointers_at_every_length(n_states, n):
    random = np.random.default_rng(n_states)
    for length in (*range(1, 72), 99, 100, 101, 120, 121, 1000):
        pointers, last = random_pointers(random, n_states, length, n)
        path = trace_back(pointers, last)
        np.testing.assert_array_equal(path, follow_by_hand(pointers, last))
        assert path.dtype == np.int64 and path.shape == (length, n)


def test_trace_back_follows_permutations_through_a_hundred_thousand_positions():
    random = np.random.default_rng(1)  # unlike random pointers, permutations never forget where they came from
    pointers = random.permuted(np.tile(np.arange(3, dtype=np.int8)[:, None, None], (1, 100_003, 2)), axis=0)
    for last in ([0, 1], [2, 2]):
        np.testing.assert_array_equal(trace_back(pointers, np.array(last)), follow_by_hand(pointers, last))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 400), st.integers(1, 4))
def test_no_path_needs_the_pointers_of_the_first_position(seed, n_states, length, n):
    pointers, last = random_pointers(np.random.default_rng(seed), n_states, length, n)
    path = trace_back(pointers, last)
    pointers[:, 0] = 0
    np.testing.assert_array_equal(trace_back(pointers, last), path)
    np.testing.assert_array_equal(path[-1], last)
