"""Long sequences to read, and whether two tables of segments say the same."""

from pathlib import Path

import numpy as np
import pandas as pd

from course_utils import encoding
from course_utils.hmm import HMM

#: About what Baum-Welch finds in phage lambda (lesson 12): stretches of some thousand letters.
LAMBDA_LIKE = HMM(
    start=[0.5, 0.5],
    transition=[[1 - 1 / 8643, 1 / 8643], [1 / 4423, 1 - 1 / 4423]],
    emission=[[0.246, 0.248, 0.298, 0.208], [0.270, 0.209, 0.198, 0.323]],
)


def long_sequence(chain: HMM, length: int, seed: int) -> np.ndarray:
    """One sequence (L,) of a chain of two states, drawn run by run: `hmm.simulate` would take a step a letter."""
    random = np.random.default_rng(seed)
    leave = 1 - chain.transition.diagonal()
    n_runs = int(length * leave.max()) + 10  # of each state: more than enough
    runs = np.stack([random.geometric(p, n_runs) for p in leave], axis=1).ravel()
    states = np.repeat(np.arange(len(runs)) % 2, runs)[:length]
    return (chain.emission.cumsum(-1)[states, :-1] <= random.random((length, 1))).sum(-1)


def write_genome(path: Path, length: int) -> None:
    letters = encoding.decode(long_sequence(LAMBDA_LIKE, length, seed=0), encoding.NUCLEOTIDES)
    lines = [letters[i : i + 70] for i in range(0, length, 70)]
    path.write_text("\n".join([">simulated", *lines, ""]), encoding="utf-8")


def same_segments(ours: Path, theirs: Path) -> bool:
    """Same length, and another state at one letter in a thousand at most: two climbs stop at slightly other heights."""
    tables = [pd.read_csv(path, sep="\t") for path in (ours, theirs)]
    a, b = (np.repeat(table["state"].to_numpy() == "H", table["length"]) for table in tables)
    return len(a) == len(b) and (a != b).mean() <= 1e-3
