"""The rival of `python -m course_utils.genome`: the same segmentation as a small script around hmmlearn.

Usage: python benchmarks/segment_hmmlearn.py genome.fasta segments.tsv [log | scaling]
One record of A, C, G and T only. Same stretches to fit to, same six starts, same tolerance, same columns.
"""

import sys

import numpy as np
from hmmlearn.hmm import CategoricalHMM

STATES, LETTERS, MOST, STRETCHES, STARTS, STAY = 2, b"ACGT", 1_000_000, 20, 6, 0.999


def read(path):
    with open(path, "rb") as file:
        next(file)  # the header
        letters = b"".join(line.strip() for line in file)
    table = np.zeros(256, dtype=np.int64)
    table[list(LETTERS)] = range(4)
    return table[np.frombuffer(letters, dtype=np.uint8)]


def fit(x, implementation):
    width = min(MOST, len(x)) // STRETCHES
    begins = np.linspace(0, len(x) - width, STRETCHES).astype(int)
    known = np.concatenate([x[begin : begin + width] for begin in begins])
    shares = 1 + np.bincount(known, minlength=4)
    shares, random, models = shares / shares.sum(), np.random.default_rng(0), []
    for _ in range(STARTS):
        model = CategoricalHMM(STATES, init_params="", n_iter=500, tol=1e-3, implementation=implementation)
        model.startprob_ = np.full(STATES, 1 / STATES)
        model.transmat_ = np.where(np.eye(STATES), STAY, (1 - STAY) / (STATES - 1))
        model.emissionprob_ = 0.99 * random.dirichlet(50 * shares, STATES) + 0.01 * shares
        models.append(model.fit(known[:, None], [width] * STRETCHES))
    return max(models, key=lambda model: model.monitor_.history[-1])


def main(fasta, table, implementation="scaling"):
    x = read(fasta)
    model = fit(x, implementation)
    _, path = model.decode(x[:, None])
    posterior = model.predict_proba(x[:, None])[np.arange(len(x)), path]
    starts = np.append(0, np.flatnonzero(np.diff(path)) + 1)
    lengths = np.diff(np.append(starts, len(x)))
    gc = np.add.reduceat((x == 1) | (x == 2), starts, dtype=np.int64) / lengths
    posterior = np.add.reduceat(posterior, starts) / lengths
    names = np.array(["H", "L"])[np.argsort(np.argsort(-model.emissionprob_[:, 1:3].sum(1)))]
    with open(table, "w", encoding="utf-8") as file:
        print("start", "end", "state", "length", "gc", "posterior", sep="\t", file=file)
        for start, length, state, share, p in zip(starts, lengths, names[path[starts]], gc, posterior, strict=True):
            print(start + 1, start + length, state, length, f"{share:.4f}", f"{p:.4f}", sep="\t", file=file)


if __name__ == "__main__":
    main(*sys.argv[1:])
