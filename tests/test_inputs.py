"""inputs.py: one rule for sizes, wherever one is asked for; and errors that stay short, whatever they quote."""

import numpy as np
import pandas as pd
import pytest
import torch

from course_utils.datasets import make_loader
from course_utils.evaluation import bootstrap_ci, calibration_table
from course_utils.evaluation.nulls import null_coin, null_composition, null_permute, null_shift, null_swap
from course_utils.genome.bins import BinTagger, bin_counts
from course_utils.gru import GRUTagger, count_parameters
from course_utils.hmm import TOY, fit, simulate
from course_utils.inputs import quoted, whole_number
from course_utils.prediction import compare_tracks
from course_utils.scaling.runs import Settings
from course_utils.scaling.streaming import bucket_batches, stream_loader
from course_utils.training import fit as train

FRAME = pd.DataFrame({"dna": ["ACGT"] * 4, "hidden_state": ["HLHL"] * 4})
SYMBOLS, STATES = np.array([0, 1, 2, 3] * 5), np.array([[0, 1], [1, 0]])
PLACES = {
    "TOY.sample, length": lambda n: TOY.sample(n, seed=0),
    "simulate, length": lambda n: simulate(TOY, 2, n, seed=0),
    "simulate, n_sequences": lambda n: simulate(TOY, n, 2, seed=0),
    "hmm.fit, n_states": lambda n: fit(SYMBOLS, n, n_starts=1, max_iterations=1),
    "hmm.fit, n_starts": lambda n: fit(SYMBOLS, 2, n_starts=n, max_iterations=1),
    "hmm.fit, max_iterations": lambda n: fit(SYMBOLS, 2, n_starts=1, max_iterations=n),
    "make_loader, batch_size": lambda n: make_loader(FRAME, n),
    "make_loader, window": lambda n: make_loader(FRAME, 2, window=n),
    "count_parameters, n_layers": lambda n: count_parameters(n_layers=n),
    **{
        f"GRUTagger, {name}": lambda n, name=name: GRUTagger(**{name: n})
        for name in ("n_symbols", "n_states", "embedding_size", "hidden_size", "n_layers")
    },
    **{
        f"BinTagger, {name}": lambda n, name=name: BinTagger(**{name: n})
        for name in ("bin_size", "n_states", "hidden_size")
    },
    "training.fit, epochs": lambda n: train(
        GRUTagger(seed=0), make_loader(FRAME, 4), epochs=n, learning_rate=0.1, seed=0, verbose=False
    ),
    "bin_counts, size": lambda n: bin_counts(SYMBOLS, n),
    "stream_loader, batch_size": lambda n: stream_loader(TOY, n, 5, 2, seed=0),
    "stream_loader, length": lambda n: stream_loader(TOY, 2, n, 2, seed=0),
    "stream_loader, n_batches": lambda n: stream_loader(TOY, 2, 5, n, seed=0),
    "bucket_batches, batch_size": lambda n: bucket_batches([3, 4], n, seed=0),
    "bucket_batches, bucket_size": lambda n: bucket_batches([3, 4], 2, seed=0, bucket_size=n),
    **{
        f"{null.__name__}, n_draws": lambda n, null=null: null(STATES, STATES, n, seed=0)
        for null in (null_coin, null_composition, null_permute, null_shift, null_swap)
    },
    "calibration_table, n_bins": lambda n: calibration_table([0.5], [1], n),
    "bootstrap_ci, n_resamples": lambda n: bootstrap_ci([1.0, 2.0], n_resamples=n),
    "compare_tracks, width": lambda n: compare_tracks("HL", "HL", n),
    "Settings, hidden": lambda n: Settings(hidden=n),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_size_is_a_whole_number_of_at_least_1_of_pythons_or_numpys_kind(place):
    name = place.partition(", ")[2]
    for size in (0, -1, True, 2.0, np.float64(2), "3", None, float("nan")):
        if size is None and name == "window":
            continue  # uncut
        with pytest.raises(ValueError, match=rf"^{name} must be a whole number of at least [12]; got "):
            PLACES[place](size)
    PLACES[place](2)
    PLACES[place](np.int64(2))


def test_the_value_comes_back_as_pythons_own():
    assert type(whole_number("n", np.int8(3))) is int and whole_number("n", 0, least=0) == 0
    assert GRUTagger(hidden_size=np.int64(7)).architecture == GRUTagger(hidden_size=7).architecture


def test_what_is_quoted_is_short_however_large_it_is():
    doubling = []
    for _ in range(500):
        doubling = [doubling] * 9
    for value in (doubling, {"a": doubling}, "x" * 10**6, 10**1000, torch.zeros(10**6), ["x" * 99] * 99):
        assert 0 < len(quoted(value)) <= 80
    assert [quoted(value) for value in (2.0, "3", [1, None])] == ["2.0", "'3'", "[1, None]"]
