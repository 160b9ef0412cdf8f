"""Where symbols come in: checked once, then read by the compiled loops."""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm._loops import LEAST, backward, forward, log_backward, log_forward
from course_utils.hmm.chain import HMM


def as_rows(codes: ArrayLike, n_codes: int, what: str = "symbol") -> np.ndarray:
    """One sequence (L,) or many (N, L) as int64 (N, L). Raises ValueError for codes outside 0 to n_codes - 1."""
    codes = np.asarray(codes)
    if codes.ndim not in (1, 2) or codes.size == 0:
        raise ValueError(f"{what}s must have shape (L,) or (N, L), none of them empty; got {codes.shape}")
    if not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"{what}s must be integers (encode letters first); got {codes.dtype}")
    if codes.min() < 0 or codes.max() >= n_codes:
        bad = np.argwhere((codes < 0) | (codes >= n_codes))[0]
        raise ValueError(f"{what} {codes[tuple(bad)]} at position {bad.tolist()} is outside 0..{n_codes - 1}")
    return np.ascontiguousarray(np.atleast_2d(codes), dtype=np.int64)


def read(hmm: HMM, rows: np.ndarray, changes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the states (N, L, S) in checked rows (N, L), and log P of each row (N,), -inf if it is impossible.

    The shares are the filter's; with `changes` (S, S), the smoother's, and the expected steps are added to it.
    """
    tables, log_tables = (hmm.start, hmm.transition, hmm.emission), logs(hmm)
    tiny = any(((table > 0) & (table < LEAST)).any() for table in tables)
    shares, log_p = np.empty((*rows.shape, len(hmm.start))), np.empty(len(rows))
    for n, (row, share) in enumerate(zip(rows, shares, strict=True)):
        log_p[n] = np.nan if tiny else forward(*tables, row, share)
        on_logs = np.isnan(log_p[n])
        if on_logs:
            log_p[n] = log_forward(*log_tables, row, share)
        if changes is not None and log_p[n] > -np.inf:
            log_backward(log_tables[1], share, changes) if on_logs else backward(hmm.transition, share, changes)
        if on_logs:
            np.exp(share, out=share)
    return shares, log_p


def logs(hmm: HMM) -> list[np.ndarray]:
    """Start, transition and emission as logarithms."""
    with np.errstate(divide="ignore"):  # log 0 = -inf is right: impossible
        return [np.log(table) for table in (hmm.start, hmm.transition, hmm.emission)]
