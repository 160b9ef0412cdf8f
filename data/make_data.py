"""Make data/ again from nothing: the toy sequences, and the checkpoints that later notebooks start from.

Usage: python data/make_data.py [NAME ...]     (all of them: about five minutes on one core; names: --list)
"""

import sys
from collections.abc import Callable

from course_utils import DATA
from course_utils.datasets import make_loader, make_toy_data, read_sequences, to_frame, write_sequences
from course_utils.gru import GRUTagger
from course_utils.hmm import HMM, STICKY, TOY, simulate
from course_utils.training import fit, save_checkpoint

N_WORKSHOP, N_TOY, N_STICKY = 10, 10, 5


def train_workshop(seed: int) -> GRUTagger:
    """The recipe of the workshop this course grew out of: rows 0-49 one by one, five epochs, constant rate .02."""
    loader = make_loader(read_sequences(DATA / "toy_hmm.tsv").iloc[:50], batch_size=1, shuffle=True)
    model = GRUTagger(hidden_size=10, seed=seed)
    fit(model, loader, epochs=5, learning_rate=0.02, seed=seed, cosine=False, verbose=False)
    return model


def train_simulated(hmm: HMM, hidden_size: int, window: int, epochs: int, seed: int) -> GRUTagger:
    """The recipe of notebook 04: 1000 simulated sequences of 500, cut into windows, 100 windows a batch."""
    frame = to_frame(*simulate(hmm, n_sequences=1000, length=500, seed=1))
    loader = make_loader(frame, batch_size=100, window=window, shuffle=True)
    model = GRUTagger(hidden_size=hidden_size, seed=seed)
    fit(model, loader, epochs=epochs, learning_rate=0.02, seed=seed, verbose=False)
    return model


#: name of the checkpoint -> the training that makes it
CHECKPOINTS: dict[str, Callable[[], GRUTagger]] = {
    **{
        f"toy_{seed}": lambda seed=seed: train_simulated(TOY, hidden_size=10, window=50, epochs=3, seed=seed)
        for seed in range(N_TOY)
    },
    **{f"workshop_{seed}": lambda seed=seed: train_workshop(seed) for seed in range(N_WORKSHOP)},
    **{
        f"sticky_{seed}": lambda seed=seed: train_simulated(STICKY, hidden_size=16, window=100, epochs=3, seed=seed)
        for seed in range(N_STICKY)
    },
}


def main(names: list[str]) -> None:
    if names == ["--list"]:
        return print("toy_hmm.tsv", *CHECKPOINTS, sep="\n")
    unknown = set(names) - {"toy_hmm.tsv", *CHECKPOINTS}
    if unknown:
        sys.exit(f"no such thing to make: {', '.join(sorted(unknown))} (--list names them)")
    (DATA / "checkpoints").mkdir(exist_ok=True)
    if not names or "toy_hmm.tsv" in names:
        write_sequences(make_toy_data(), DATA / "toy_hmm.tsv")
    for name in names or CHECKPOINTS:
        if name in CHECKPOINTS:
            print("training", name, flush=True)
            save_checkpoint(CHECKPOINTS[name](), DATA / "checkpoints" / f"{name}.pt")


if __name__ == "__main__":
    main(sys.argv[1:])
