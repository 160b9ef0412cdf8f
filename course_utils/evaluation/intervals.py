"""How sure may one be? p-values, intervals, equivalence, from one number a sequence."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from course_utils.inputs import whole_number


def monte_carlo_p(observed: float, null: ArrayLike) -> float:
    """P(null >= observed), estimated as (b + 1) / (n + 1): b of n draws reach the observed value or exceed it.

    It is never 0: the observed world counts as one of the draws.

    Parameters
    ----------
    observed, null : float, and array of float, shape (n,), n >= 1, without NaN (otherwise ValueError)

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2.
    """
    null = np.asarray(null, dtype=float)
    if null.ndim != 1 or null.size == 0 or np.isnan([observed, *null]).any():
        raise ValueError(f"needs a row of null draws, and no NaN; got shape {null.shape} and {observed}")
    return (int((null >= observed - 1e-12).sum()) + 1) / (null.size + 1)  # a tie is a tie also after rounding


def bootstrap_ci(per_sequence: ArrayLike, statistic=np.mean, level=0.95, n_resamples=9999, seed=0) -> tuple:
    """Percentile bootstrap interval (low, high) of a statistic: it redraws sequences, not positions.

    Parameters
    ----------
    per_sequence : array of float, shape (N,), one number a sequence; fewer than two are a ValueError
    statistic : function of an array and an axis
    level, n_resamples, seed : float between 0 and 1 (otherwise ValueError); int; int or Generator
    """
    values, n_resamples = _one_a_sequence(per_sequence), whole_number("n_resamples", n_resamples, least=2)
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, such as 0.95; got {level}")
    options = dict(confidence_level=level, n_resamples=n_resamples, method="percentile")
    interval = stats.bootstrap((values,), statistic, rng=np.random.default_rng(seed), **options).confidence_interval
    return float(interval.low), float(interval.high)


def sign_flip_p(differences: ArrayLike, n_resamples: int = 9999, seed=0) -> float:
    """Two-sided p-value for "the two readers could change places": then each difference could have the other sign.

    Parameters
    ----------
    differences : array of float, shape (N,), one a sequence; fewer than two are a ValueError
    n_resamples, seed : random patterns of signs; all patterns, if there are no more (by default up to 13 sequences)
    """
    options = dict(permutation_type="samples", n_resamples=n_resamples, rng=np.random.default_rng(seed))
    return float(min(stats.permutation_test((_one_a_sequence(differences),), np.mean, **options).pvalue, 1.0))


class Equivalence(NamedTuple):
    """The 90 % interval [low, high] of the mean difference, the margin, and whether one lies inside the other."""

    mean: float
    low: float
    high: float
    margin: float

    @property
    def equivalent(self) -> bool:
        return -self.margin < self.low and self.high < self.margin


def equivalence(differences: ArrayLike, margin: float, n_resamples: int = 9999, seed=0) -> Equivalence:
    """Are two models equal up to a margin declared beforehand? Yes if the 90 % interval of the mean lies within it.

    Parameters
    ----------
    differences : array of float, shape (N,), one a sequence; fewer than two are a ValueError
    margin, n_resamples, seed : float above 0 (otherwise ValueError), in the same units; as for `bootstrap_ci`

    References
    ----------
    Schuirmann (1987), J. Pharmacokinet. Biopharm. 15, 657-680.
    """
    if not margin > 0:
        raise ValueError(f"the margin must be positive, and declared before looking; got {margin}")
    low, high = bootstrap_ci(differences, level=0.90, n_resamples=n_resamples, seed=seed)
    return Equivalence(float(np.mean(differences)), low, high, margin)


def design_effect(correct: ArrayLike) -> float:
    """Variance of the sequence means, over what independent positions would give: N * L / it is their effective number.

    Parameters
    ----------
    correct : array of bool, shape (N, L), N >= 2, with both values in it (otherwise ValueError)

    References
    ----------
    Kish (1965), Survey Sampling, section 8.2.
    """
    correct = np.asarray(correct)
    if correct.ndim != 2 or len(correct) < 2 or set(np.unique(correct)) != {0, 1}:
        raise ValueError(f"needs True and False, some of both, as (N, L) with N >= 2; got shape {correct.shape}")
    share = correct.mean()
    return float(correct.mean(-1).var(ddof=1) / (share * (1 - share) / correct.shape[1]))


def _one_a_sequence(values: ArrayLike) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"needs one finite number a sequence, (N,), at least two; got shape {values.shape}")
    return values
