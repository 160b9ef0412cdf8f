"""Filter and smoother on logarithms, for chains that forbid transitions (used by inference.py).

The recursions of inference.py, with sums for products and logsumexp for sums: slower, and nothing shrinks to zero.
Shapes: rows (N, L) of symbols; S states. -inf stands for impossible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import logsumexp

if TYPE_CHECKING:
    from course_utils.hmm import HMM


def forward(hmm: HMM, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log filter (N, L, S) and log evidence (N, L): log P(symbol at t | symbols before t)."""
    log_start, log_transition, log_emission = _logs(hmm)
    n, length = rows.shape
    log_filter, log_evidence = np.empty((n, length, len(log_start))), np.empty((n, length))
    predicted = np.broadcast_to(log_start, (n, len(log_start)))
    for t in range(length):
        joint = predicted + log_emission[:, rows[:, t]].T
        log_evidence[:, t] = logsumexp(joint, axis=-1)
        # once a sequence is impossible every entry is -inf; subtracting -inf would make it NaN
        log_filter[:, t] = joint - np.where(np.isfinite(log_evidence[:, t]), log_evidence[:, t], 0)[:, None]
        predicted = logsumexp(log_filter[:, t, :, None] + log_transition, axis=1)
    return log_filter, log_evidence


def smoother(hmm: HMM, rows: np.ndarray) -> np.ndarray:
    """P(state at t | the whole sequence) (N, L, S) for sequences that the chain can produce."""
    _, log_transition, log_emission = _logs(hmm)
    joint, _ = forward(hmm, rows)
    after = np.zeros((len(rows), len(log_transition)))
    for t in range(rows.shape[1] - 2, -1, -1):
        from_next = log_emission[:, rows[:, t + 1]].T + after
        after = logsumexp(log_transition + from_next[:, None, :], axis=-1)
        after -= after.max(-1, keepdims=True)
        joint[:, t] += after
    return np.exp(joint - logsumexp(joint, axis=-1, keepdims=True))


def _logs(hmm: HMM) -> list[np.ndarray]:
    with np.errstate(divide="ignore"):
        return [np.log(table) for table in (hmm.start, hmm.transition, hmm.emission)]
