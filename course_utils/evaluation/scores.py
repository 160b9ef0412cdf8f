"""How good are predictions, and how far from the exact answer? Scores, one number a sequence, and calibration."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from course_utils.evaluation.nulls import refuse_padding, same_shape
from course_utils.inputs import whole_number


def sequence_accuracy(prediction: ArrayLike, truth: ArrayLike) -> np.ndarray:
    """Share of positions named right, one a sequence: states (N, L) or (L,) twice -> (N,) or a scalar array.

    Raises: ValueError if the shapes differ or the truth holds padding.
    """
    prediction, truth = same_shape(prediction, truth)
    refuse_padding(truth)
    return (prediction == truth).mean(-1)


def sequence_nll(probabilities: ArrayLike, truth: ArrayLike) -> np.ndarray:
    """Mean -log probability of the true state, in nats per position: (N, L, S) and (N, L) -> (N,).

    A true state of probability 0 costs infinity.  Raises: ValueError if the shapes do not fit, rows do not sum to 1, or
    a true state is not one of 0..S-1 (padding, for instance).
    """
    probabilities, truth = _distribution(probabilities), np.asarray(truth)
    if not np.issubdtype(truth.dtype, np.integer):
        raise ValueError(f"the true states must be integers; got {truth.dtype}")
    if probabilities.shape[:-1] != truth.shape:
        raise ValueError(f"probabilities have shape {probabilities.shape}, the truth {truth.shape}")
    refuse_padding(truth, probabilities.shape[-1])
    of_truth = np.take_along_axis(probabilities, truth[..., None], -1)[..., 0]
    with np.errstate(divide="ignore"):
        return 0 - np.log(of_truth).mean(-1)  # not -mean: a sure and right answer would cost -0


def kl_divergence(exact: ArrayLike, model: ArrayLike) -> np.ndarray:
    """KL(exact || model), mean over positions, in nats per position: (N, L, S) twice -> (N,).

    It is the model's NLL above the exact posterior's, with the luck of the labels averaged out.
    What the model gives probability 0, and the exact answer does not, costs infinity.
    Raises: ValueError if the shapes differ or rows do not sum to 1.
    """
    exact, model = same_shape(_distribution(exact), _distribution(model))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(exact > 0, exact * (np.log(exact) - np.log(model)), 0.0)
    return terms.sum(-1).mean(-1)


def calibration_table(probability: ArrayLike, happened: ArrayLike, n_bins: int = 10) -> pd.DataFrame:
    """Of the positions given about this probability, in what share did it happen?

    One row for each of n_bins bins of equal width that is not empty.

    Parameters: probability in [0, 1] and happened (booleans), same shape.
    Returns: columns n, mean_probability, share.  Raises: ValueError for other shapes, probabilities outside [0, 1] or
    n_bins that is not a whole number of at least 1.
    """
    probability, happened = (values.ravel() for values in same_shape(probability, happened))
    n_bins = whole_number("n_bins", n_bins)
    if not ((probability >= 0) & (probability <= 1)).all():
        raise ValueError("probabilities must lie in [0, 1]")
    if not np.isin(happened, [0, 1]).all():
        raise ValueError("happened must be True or False for every probability")
    bins = np.minimum((probability * n_bins + 1e-9).astype(int), n_bins - 1)  # .29 * 100 is a little below 29
    table = pd.DataFrame({"bin": bins, "n": 1, "mean_probability": probability, "share": happened.astype(float)})
    return table.groupby("bin").agg({"n": "sum", "mean_probability": "mean", "share": "mean"}).reset_index(drop=True)


def calibration_error(table: pd.DataFrame) -> float:
    """Expected calibration error: the mean distance between probability and share, weighted by the bins' counts.

    Raises: ValueError for a table without rows.
    """
    if len(table) == 0:
        raise ValueError("the table has no rows")
    return float(np.average((table["mean_probability"] - table["share"]).abs(), weights=table["n"]))


def _distribution(probabilities: ArrayLike) -> np.ndarray:
    probabilities = np.asarray(probabilities, dtype=float)
    if probabilities.ndim < 2 or probabilities.size == 0:
        raise ValueError(f"probabilities must be (..., L, S), not empty; got shape {probabilities.shape}")
    if not np.allclose(probabilities.sum(-1), 1, rtol=0, atol=1e-4) or (probabilities < 0).any():
        raise ValueError("the probabilities of a position must sum to 1; are these log-probabilities or logits?")
    return probabilities
