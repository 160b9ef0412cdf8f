"""How sure may one be? p-values, intervals, equivalence.

Positions of one sequence depend on each other, sequences do not: so these take one number a sequence.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from course_utils.inputs import whole_number


def monte_carlo_p(observed: float, null: ArrayLike) -> float:
    """P(null >= observed), estimated as (b + 1) / (n + 1): b of n draws reach the observed value or exceed it.

    The observed world counts as one of the draws, so p is never 0.  Raises: ValueError if there are no draws or a NaN.
    Source: Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2.

    >>> monte_carlo_p(0.7, [0.5, 0.6, 0.7, 0.8])
    0.6
    """
    null = np.asarray(null, dtype=float)
    if null.ndim != 1 or null.size == 0 or np.isnan(null).any() or np.isnan(observed):
        raise ValueError(
            f"needs a row of null draws without NaN, and an observed value; got shape {null.shape} and {observed}"
        )
    reached = int((null >= observed - 1e-12).sum())  # a tie is a tie also after rounding
    return (reached + 1) / (null.size + 1)


def bootstrap_ci(
    per_sequence: ArrayLike, statistic: Callable = np.mean, level: float = 0.95, n_resamples: int = 9999, seed=0
) -> tuple[float, float]:
    """Percentile bootstrap interval of a statistic of one number a sequence, (N,): it redraws sequences, not positions.

    Equal numbers give an interval without width.
    Raises: ValueError unless there are at least two finite numbers, one a sequence, at least two resamples, and the
    level lies between 0 and 1.
    """
    values = _per_sequence(per_sequence)
    n_resamples = whole_number("n_resamples", n_resamples, least=2)
    if not 0 < level < 1:
        raise ValueError(f"level is a share between 0 and 1, such as 0.95; got {level}")
    result = stats.bootstrap(
        (values,),
        statistic,
        confidence_level=level,
        n_resamples=n_resamples,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def sign_flip_p(differences: ArrayLike, n_resamples: int = 9999, seed=0) -> float:
    """Two-sided p-value for "the mean paired difference is 0".

    If it is, each sequence's difference might as well have the other sign.

    Parameters: one difference a sequence, (N,).  If there are no more than n_resamples patterns of signs,
    all of them are tried (by default up to 13 sequences), otherwise that many random ones.
    Raises: as `bootstrap_ci`.
    """
    values = _per_sequence(differences)
    result = stats.permutation_test(
        (values,), np.mean, permutation_type="samples", n_resamples=n_resamples, rng=np.random.default_rng(seed)
    )
    return float(min(result.pvalue, 1.0))


@dataclass(frozen=True)
class Equivalence:
    """The 90 % interval [low, high] of the mean difference, the margin, and whether one lies inside the other."""

    mean: float
    low: float
    high: float
    margin: float

    @property
    def equivalent(self) -> bool:
        return -self.margin < self.low and self.high < self.margin


def equivalence(differences: ArrayLike, margin: float, n_resamples: int = 9999, seed=0) -> Equivalence:
    """Are two models equal up to a margin declared beforehand?

    Yes if the 90 % interval of the mean difference lies within it. That is two one-sided tests at 5 %: not worse by
    the margin, not better by the margin.
    Parameters: one difference a sequence, (N,); margin, positive, in the same units.  Raises: ValueError if the
    margin is not positive; otherwise as `bootstrap_ci`.  Source: Schuirmann (1987), J. Pharmacokinet. Biopharm. 15,
    657-680.
    """
    if not margin > 0:
        raise ValueError(f"the margin must be positive, and declared before looking; got {margin}")
    values = _per_sequence(differences)
    low, high = bootstrap_ci(values, level=0.90, n_resamples=n_resamples, seed=seed)
    return Equivalence(float(values.mean()), low, high, margin)


def design_effect(correct: ArrayLike) -> float:
    """How many dependent positions are worth one independent one.

    It is the variance of the sequence means over the variance that independent positions would give them.

    Parameters: correct, booleans (N, L).  n_eff = N * L / design_effect.
    Raises: ValueError unless there are two sequences and both right and wrong positions.
    Source: Kish (1965), Survey Sampling, section 8.2.
    """
    correct = np.asarray(correct)
    if not np.isin(correct, [0, 1]).all():
        raise ValueError("correct must be True or False at every position")
    share = correct.mean() if correct.size else 0.0
    if correct.ndim != 2 or len(correct) < 2 or not 0 < share < 1:
        raise ValueError(
            f"needs (N, L) with N >= 2, some right and some wrong; got shape {correct.shape}, {share:.0%} right"
        )
    return float(correct.mean(-1).var(ddof=1) / (share * (1 - share) / correct.shape[1]))


def _per_sequence(values: ArrayLike) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"needs one finite number a sequence, (N,), at least two; got shape {values.shape}")
    return values
