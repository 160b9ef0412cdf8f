"""Whatever comes in from outside, and whatever number stands at an edge: a result that is right, or a clear refusal."""

import gzip
import itertools
import math
import random
from fractions import Fraction

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course_utils import DATA, evaluation, progress
from course_utils.datasets import make_loader, read_sequences, write_sequences
from course_utils.genome import read_fasta
from course_utils.gru import GRUTagger
from course_utils.hmm import (
    HMM,
    baum_welch_step,
    filter_probabilities,
    log_likelihood,
    path_log_probability,
    smoother_probabilities,
    viterbi,
)
from course_utils.prediction import predict
from course_utils.training import evaluate, load_checkpoint

strict = pytest.mark.filterwarnings("error")  # a division by zero is a fault, also where the number looks right
about_pickles = pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's own

# --- files that were damaged, or made by somebody else


def damaged(content: bytes, n: int):
    """n copies of content with a few bits changed, bytes put in, a piece cut out or repeated, or the end cut off."""
    draw = random.Random(0)
    for _ in range(n):
        b = bytearray(content)
        for _ in range(draw.choice([1, 1, 1, 2, 5])):
            at, to = sorted(draw.randrange(len(b) + 1) for _ in range(2))
            match draw.randrange(6) if len(b) else 1:
                case 0 | 5:
                    b[min(at, len(b) - 1)] ^= 1 << draw.randrange(8)
                case 1:
                    b[at:at] = draw.randbytes(draw.choice([1, 2, 40]))
                case 2:
                    del b[at : min(to, at + 50)]
                case 3:
                    b[at:at] = b[at : min(to, at + 200)]
                case 4:
                    del b[at:]
        yield bytes(b)


def read_table(path):
    frame = read_sequences(path)
    assert len(frame) and all(len(dna) == len(states) > 0 for dna, states in frame.to_numpy())
    write_sequences(frame, path)
    pd.testing.assert_frame_equal(read_sequences(path), frame)


TABLE = b"dna\thidden_state\n" + b"".join(b"%s\t%s\n" % (b"ACGT" * n, b"HLLH" * n) for n in (1, 3, 9))
PRINTED = [new_output("stream", text="Exercise 0.1 - correct\n")]
CELL = new_code_cell("check.share(1)", metadata={"tags": ["check"]}, outputs=PRINTED)
READERS = {
    "table": (read_table, TABLE),
    "packed table": (read_table, gzip.compress(TABLE)),
    "fasta": (read_fasta, b">one gene\nACGTNACGT\nacgt\n>two\nGGG\n"),
    "checkpoint": (load_checkpoint, (DATA / "checkpoints/toy_0.pt").read_bytes()),
    "notebook": (progress.main, nbformat.writes(new_notebook(cells=[CELL])).encode()),
}


@about_pickles
@pytest.mark.parametrize("n", [60, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", READERS)
def test_a_damaged_file_is_read_or_refused_by_name_in_one_line(tmp_path, capsys, kind, n):
    (read, content), path = READERS[kind], tmp_path / "bad.file"
    for bad in damaged(content, n):
        path.write_bytes(bad)
        try:
            assert read([str(path)] if kind == "notebook" else path) in (0, 1, 2) or kind != "notebook"
        except (ValueError, OSError) as error:
            assert path.name in str(error) and str(error).isprintable() and len(str(error)) < 500 + len(str(path))
    assert not capsys.readouterr().err


# --- numbers at the edge: chains


def exactly(hmm: HMM, symbols: list[int]):
    """By adding up all paths, in fractions: log P, filter, smoother, log P of the best path. None if impossible."""
    start, transition, emission = ([[Fraction(float(p)) for p in row] for row in np.atleast_2d(table)]
                                   for table in (hmm.start, hmm.transition, hmm.emission))  # fmt: skip

    def weights(length):
        for path in itertools.product(range(len(hmm.start)), repeat=length):
            p = start[0][path[0]]
            for t, state in enumerate(path):
                p *= emission[state][symbols[t]] * (transition[path[t - 1]][state] if t else 1)
            yield path, p

    def shares(length, t):
        sums = [sum(p for path, p in weights(length) if path[t] == state) for state in range(len(hmm.start))]
        return [float(s / sum(sums)) for s in sums]

    whole = dict(weights(len(symbols)))
    if not (total := sum(whole.values())):
        return None

    def log(p):
        return math.log(p.numerator) - math.log(p.denominator)

    positions = range(len(symbols))
    filtered, smoothed = [shares(t + 1, t) for t in positions], [shares(len(symbols), t) for t in positions]
    return log(total), filtered, smoothed, log(max(whole.values()))


@st.composite
def extreme_chains(draw):
    """Entries of 0, of 1, and of every size between that a float can have; and symbols."""
    n_states, n_symbols = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    tiny = st.sampled_from([0.0, 0.0, 5e-324, 1e-310, 1e-200, 1e-150, 1e-100, 1e-20, 0.3])

    def row(n):
        rest = [draw(tiny) for _ in range(n - 1)]
        rest.insert(draw(st.integers(0, n - 1)), 1 - sum(rest))
        return rest

    hmm = HMM(row(n_states), [row(n_states) for _ in range(n_states)], [row(n_symbols) for _ in range(n_states)])
    return hmm, draw(st.lists(st.integers(0, n_symbols - 1), min_size=1, max_size=4))


@strict
@settings(max_examples=60)
@given(extreme_chains())
def test_probabilities_of_any_size_give_what_fractions_give(case):
    hmm, symbols = case
    exact = exactly(hmm, symbols)
    if exact is None:
        assert log_likelihood(hmm, symbols) == -math.inf
        for function in (filter_probabilities, smoother_probabilities, viterbi, baum_welch_step):
            with pytest.raises(ValueError, match="cannot produce"):
                function(hmm, symbols)
        return
    total, filtered, smoothed, best = exact
    close = dict(rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(log_likelihood(hmm, symbols), total, **close)
    np.testing.assert_allclose(filter_probabilities(hmm, symbols), filtered, **close)
    np.testing.assert_allclose(smoother_probabilities(hmm, symbols), smoothed, **close)
    np.testing.assert_allclose(path_log_probability(hmm, symbols, viterbi(hmm, symbols)), best, **close)
    climbed, before = baum_welch_step(hmm, symbols)
    np.testing.assert_allclose(before, total, **close)
    np.testing.assert_allclose(climbed.start, smoothed[0], **close)
    assert log_likelihood(climbed, symbols) >= total - 1e-9


# --- numbers at the edge: statistics


@strict
@settings(max_examples=100)
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 10**6), st.data())
def test_scores_of_any_probabilities_are_numbers_not_below_0(n, length, n_states, seed, data):
    def draw(label):
        weights = data.draw(st.lists(st.sampled_from([0, 0, 1e-320, 1e-9, 1, 5]), min_size=size, max_size=size), label)
        weights = np.reshape(weights, (n, length, n_states)).astype(float)
        weights[weights.sum(-1) < 1e-9] = 1
        return weights / weights.sum(-1, keepdims=True)

    size = n * length * n_states
    exact, model = draw("exact"), draw("model")
    truth = np.random.default_rng(seed).integers(n_states, size=(n, length))
    for score in (evaluation.sequence_nll(model, truth), evaluation.kl_divergence(exact, model)):
        assert score.shape == (n,) and not np.isnan(score).any() and (score >= -1e-12).all()
    assert np.allclose(evaluation.kl_divergence(exact, exact), 0)
    table = evaluation.calibration_table(model[..., 0], truth == 0)
    assert table["n"].sum() == n * length and table["share"].between(0, 1).all()


@strict
@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 1e-320, 1e100])
@pytest.mark.parametrize("n", [2, 5, 30])
def test_differences_that_are_all_the_same(value, n):
    low, high = evaluation.bootstrap_ci([value] * n, n_resamples=99)
    assert low == pytest.approx(value, rel=1e-12) and high == pytest.approx(value, rel=1e-12)
    p = evaluation.sign_flip_p([value] * n, n_resamples=99)
    assert p == (1 if value == 0 else pytest.approx(max(2 / 2**n, 2 / 100)))
    found = evaluation.equivalence([value] * n, margin=0.5, n_resamples=99)
    assert found.equivalent == (abs(value) < 0.5)


# --- numbers at the edge: networks


class Fixed(torch.nn.Module):
    """Gives every position the same logits."""

    def __init__(self, *logits):
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, x):
        return self.logits.expand(*x.shape, -1), None


@strict
@pytest.mark.parametrize("states", ["L", "HL", "HHHHL"])
def test_a_model_that_is_sure_is_right_for_nothing_or_wrong_for_infinity(states):
    loader = make_loader(pd.DataFrame({"dna": ["A" * len(states)], "hidden_state": [states]}), batch_size=1)
    share = states.count("H") / len(states)
    never_h = evaluate(Fixed(-math.inf, 0.0), loader)
    assert never_h["nll"] == (math.inf if share else 0) and never_h["accuracy"] == pytest.approx(1 - share)
    assert evaluate(Fixed(0.0, 0.0), loader) == pytest.approx({"nll": math.log(2), "accuracy": share}), (
        "a tie: the first"
    )


@strict
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_network_reads_one_letter_and_twenty_thousand(bidirectional):
    model = GRUTagger(hidden_size=2, bidirectional=bidirectional, seed=0)
    long, one = predict(model, ["ACGT" * 5_000, "A"])
    assert one.probabilities.shape == (1, 2) and long.probabilities.shape == (20_000, 2)
    assert np.isfinite(long.probabilities).all() and np.allclose(long.probabilities.sum(-1), 1, atol=1e-5)
