"""What would the score be if prediction and truth had nothing to do with each other?
The nulls differ in what they leave as it is. All take truth and prediction, integers (L,) or (N, L), and a seed or
Generator, and give the accuracies (n_draws,) of that many worlds; ValueError for other shapes, letters, padding.
"""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.inputs import whole_number


def null_coin(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth is a fair coin at every position. Nothing of the real truth stays."""
    truth, _, n_draws, random = _checked(truth, prediction, n_draws, seed)
    return random.binomial(truth.size, 0.5, n_draws) / truth.size


def null_composition(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth is drawn anew at every position, with the truth's own shares of states. Runs are lost."""
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    states, counts = np.unique(prediction, return_counts=True)
    shares = [(truth == state).mean() for state in states]  # how often a position drawn anew is what was predicted
    return random.binomial(counts, shares, (n_draws, len(states))).sum(-1) / truth.size


def null_permute(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth's positions are shuffled within each sequence. Its composition stays exactly; runs are lost."""
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    return np.array([(random.permuted(truth, axis=-1) == prediction).mean() for _ in range(n_draws)])


def null_shift(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """The truth is shifted in a circle, each sequence by its own random amount. Composition and runs both stay.

    One sequence of length L has only L shifts, so its p-value cannot be expected to fall below 1/L.
    """
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    length, scores = truth.shape[-1], []
    for _ in range(n_draws):
        amounts = random.integers(length, size=(*truth.shape[:-1], 1))
        shifted = np.take_along_axis(truth, (np.arange(length) + amounts) % length, -1)
        scores.append((shifted == prediction).mean())
    return np.array(scores)


def null_swap(truth: ArrayLike, prediction: ArrayLike, n_draws: int, seed) -> np.ndarray:
    """Whole truths (N, L) are dealt out to other sequences' predictions. Everything within a sequence stays."""
    truth, prediction, n_draws, random = _checked(truth, prediction, n_draws, seed)
    if truth.ndim != 2 or len(truth) < 2:
        raise ValueError(f"swapping needs at least two sequences, shape (N, L); got {truth.shape}")
    table = np.array([(row == prediction).mean(-1) for row in truth])  # every truth against every prediction, once
    deals = random.permuted(np.tile(np.arange(len(truth)), (n_draws, 1)), axis=1)
    return table[deals, np.arange(len(truth))].mean(-1)


def _checked(truth, prediction, n_draws, seed) -> tuple[np.ndarray, np.ndarray, int, np.random.Generator]:
    return *same_states(truth, prediction), whole_number("n_draws", n_draws), np.random.default_rng(seed)


def same_states(truth: ArrayLike, prediction: ArrayLike, n_states: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays. Raises ValueError if they do not hold states, differ in shape, or the truth holds padding."""
    truth, prediction = np.asarray(truth), np.asarray(prediction)
    if prediction.dtype.kind in "US" or (truth.size and truth.dtype.kind not in "biu"):
        raise ValueError("states must be integers: encode the letters first")
    if truth.shape != prediction.shape or truth.size == 0 or truth.ndim == 0:
        raise ValueError(f"the two must have one shape, and not be empty; got {truth.shape} and {prediction.shape}")
    if truth.min() < 0 or truth.max() >= n_states:
        raise ValueError(f"true states run from {truth.min()} to {truth.max()}; take padding (-100) out first")
    return truth, prediction
