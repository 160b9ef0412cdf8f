"""How good are predictions, and how far from the exact answer? Scores, one number a sequence, and calibration."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import rel_entr

from course_utils.evaluation.nulls import same_states
from course_utils.inputs import whole_number


def sequence_accuracy(prediction: ArrayLike, truth: ArrayLike) -> np.ndarray:
    """Share of positions named right: states (N, L) or (L,) twice -> (N,) or ()."""
    truth, prediction = same_states(truth, prediction)
    return (prediction == truth).mean(-1)


def sequence_nll(probabilities: ArrayLike, truth: ArrayLike) -> np.ndarray:
    """Mean -log probability of the true state, in nats per position: (N, L, S) and (N, L) -> (N,)."""
    probabilities = _distribution(probabilities)
    truth, _ = same_states(truth, probabilities[..., 0], n_states=probabilities.shape[-1])
    of_truth = np.take_along_axis(probabilities, truth[..., None], -1)[..., 0]
    with np.errstate(divide="ignore"):  # a true state of probability 0 costs infinity
        return 0 - np.log(of_truth).mean(-1)  # not -mean: a sure and right answer would cost -0


def kl_divergence(exact: ArrayLike, model: ArrayLike) -> np.ndarray:
    """KL(exact || model) in nats per position: the model's excess NLL, with the luck of the labels averaged out.

    Parameters
    ----------
    exact, model : array of float, shape (N, L, S) or (L, S), rows that sum to 1 (otherwise ValueError)

    Returns
    -------
    array of float, shape (N,) or (): means over positions; infinite where the model rules out what is possible
    """
    exact, model = _distribution(exact), _distribution(model)
    if exact.shape != model.shape:
        raise ValueError(f"the two must have one shape; got {exact.shape} and {model.shape}")
    return rel_entr(exact, model).sum(-1).mean(-1)  # exact * log(exact / model); 0 where exact is 0


def calibration_table(probability: ArrayLike, happened: ArrayLike, n_bins: int = 10) -> pd.DataFrame:
    """Of the positions given about this probability, in what share did it happen?

    Parameters
    ----------
    probability, happened : array of float in [0, 1], and of bool in the same shape (otherwise ValueError)
    n_bins : int, bins of equal width

    Returns
    -------
    DataFrame with columns n, mean_probability, share: one row for each bin that is not empty
    """
    probability, happened, n_bins = np.ravel(probability), np.ravel(happened), whole_number("n_bins", n_bins)
    in_range = ((probability >= 0) & (probability <= 1)).all()
    if not in_range or len(probability) != len(happened) or not np.isin(happened, [0, 1]).all():
        raise ValueError("needs probabilities in [0, 1], and True or False for every one of them")
    bins = np.minimum((probability * n_bins + 1e-9).astype(int), n_bins - 1)  # .29 * 100 is a little below 29
    groups = pd.DataFrame({"mean_probability": probability, "share": happened.astype(float)}).groupby(bins)
    return pd.concat([groups.size().rename("n"), groups.mean()], axis=1).reset_index(drop=True)


def _distribution(probabilities: ArrayLike) -> np.ndarray:
    p = np.asarray(probabilities, dtype=float)
    if p.ndim < 2 or p.size == 0 or (p < 0).any() or not np.allclose(p.sum(-1), 1, rtol=0, atol=1e-4):
        raise ValueError(f"probabilities (..., L, S) must sum to 1; are these logarithms or logits? Shape {p.shape}")
    return p
