"""Where symbols come in: checked once, then read by the compiled loops."""

import numpy as np
from numpy.typing import ArrayLike

from course_utils.hmm._loops import LEAST, backward, forward, log_backward, log_forward
from course_utils.hmm.chain import HMM


def as_rows(hmm: HMM, codes: ArrayLike, n_codes: int | None = None, what: str = "symbol"):
    """The input as int64 (N, L), checked, and the function that gives a result the shape of the input again."""
    codes = np.asarray(codes)
    n_codes = hmm.emission.shape[1] if n_codes is None else n_codes
    if codes.dtype.kind in "US":
        raise ValueError(f"{what}s must be integers: encode the letters first")
    if codes.ndim not in (1, 2) or codes.size == 0:
        raise ValueError(f"{what}s must have shape (L,) or (N, L), none of them empty; got {codes.shape}")
    if not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(f"{what}s must be integers; got {codes.dtype}")
    if codes.min() < 0 or codes.max() >= n_codes:
        bad = np.argwhere((codes < 0) | (codes >= n_codes))[0]
        raise ValueError(f"{what} {codes[tuple(bad)]} at position {bad.tolist()} is outside 0..{n_codes - 1}")
    rows = np.ascontiguousarray(codes, dtype=np.int64)
    return (rows[None], lambda result: result[0]) if codes.ndim == 1 else (rows, lambda result: result)


def read(hmm: HMM, rows: np.ndarray, changes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read checked rows (N, L): the shares of the states (N, L, S), and log P of each row (N,), -inf if impossible.

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


def refuse_impossible(shares: np.ndarray, log_p: np.ndarray) -> None:
    """Raises: ValueError if `read` found a row that the chain cannot produce."""
    if np.isneginf(log_p).any():
        refuse(shares.sum(-1) == 0)


def refuse(impossible: np.ndarray) -> None:
    """impossible (N, L): True where the chain cannot produce what is there."""
    if impossible.any():
        row, position = np.argwhere(impossible)[0]
        raise ValueError(f"sequence {row}, position {position}: the chain cannot produce this symbol here")
