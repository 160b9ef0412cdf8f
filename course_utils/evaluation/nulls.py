"""What would the score be if prediction and truth had nothing to do with each other? (notebook 06)

Every null takes truth and prediction, states as integers (L,) or (N, L), and returns the accuracies (n_draws,) of
that many worlds in which they are unrelated. The nulls differ in what they leave as it is. seed: an integer or a
numpy Generator. All raise ValueError if the two shapes differ, are empty, or hold letters, if the truth holds padding,
or if n_draws is not a whole number of at least 1. They can be imported from evaluation.py as well.
"""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.inputs import whole_number


def null_coin(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth is a fair coin at every position. Nothing of the real truth stays."""
    truth, _, n_draws, random = _checked(truth, prediction, n_draws, seed)
    return random.binomial(truth.size, 0.5, n_draws) / truth.size


def null_composition(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth is drawn afresh at every position with the truth's own shares of states. Runs are lost."""
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    at_once = max(1, 2**20 // truth.size)  # as many draws as fill a million positions: neither slow nor large

    def matches(n):
        return (random.choice(truth.ravel(), (n, *truth.shape)) == prediction).reshape(n, -1).mean(-1)

    shares = [matches(min(at_once, n_draws - done)) for done in range(0, n_draws, at_once)]
    return np.concatenate(shares)


def null_permute(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth's positions are shuffled within each sequence. Its composition stays exactly; runs are lost."""
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    return np.array([(random.permuted(truth, axis=-1) == prediction).mean() for _ in range(n_draws)])


def null_shift(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth is turned like a wheel, each sequence by its own random amount. Composition and runs both stay.

    One sequence of length L has only L turns, so its p-value cannot be expected to fall below 1/L.
    """
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    length = truth.shape[-1]

    def turned():
        places = (np.arange(length) + random.integers(length, size=(*truth.shape[:-1], 1))) % length
        return np.take_along_axis(truth, places, -1)

    return np.array([(turned() == prediction).mean() for _ in range(n_draws)])


def null_swap(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """Whole truths (N, L) are dealt out to other sequences' predictions. Everything within a sequence stays.

    Raises: ValueError with fewer than two sequences (also if shapes differ).
    """
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    if truth.ndim != 2 or len(truth) < 2:
        raise ValueError(f"swapping needs at least two sequences, shape (N, L); got {truth.shape}")
    # every truth against every prediction once; a draw then only picks N entries of that table
    table = np.array([(row == prediction).mean(-1) for row in truth])
    deals = random.permuted(np.tile(np.arange(len(truth)), (n_draws, 1)), axis=1)
    return table[deals, np.arange(len(truth))].mean(-1)


def _checked(truth, prediction, n_draws, seed) -> tuple[np.ndarray, np.ndarray, int, np.random.Generator]:
    truth, prediction = same_shape(truth, prediction)
    refuse_padding(truth)
    return truth, prediction, whole_number("n_draws", n_draws), np.random.default_rng(seed)


def refuse_padding(truth: np.ndarray, n_states: int | None = None) -> None:
    """Raises: ValueError for a true state below 0, or, if the number of states is known, not below it."""
    bad = truth[(truth < 0) | (truth >= (np.inf if n_states is None else n_states))]
    if bad.size:
        states = "0, 1, ..." if n_states is None else f"0..{n_states - 1}"
        raise ValueError(f"true state {bad[0]} is outside {states}; take padding out first")


def same_shape(a: ArrayLike, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays of numbers. Raises: ValueError if their shapes differ or they are empty, single or text."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind in "US" or b.dtype.kind in "US":
        raise ValueError("states must be integers: encode the letters first")
    if a.shape != b.shape or a.size == 0 or a.ndim == 0:
        raise ValueError(f"the two must have one shape, and not be empty; got {a.shape} and {b.shape}")
    return a, b
